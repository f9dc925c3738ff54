"""Parameter sweeps with a lab notebook that persists, by epyc's names, over a session's engines.

::

    from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook

    lab = ClusterLab(HDF5LabNotebook("sweep.h5", create=True))
    lab["k"] = range(100)
    lab.runExperiment(MyExperiment())
    lab.wait()
    lab.dataframe()
"""

import lazy_loader

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
