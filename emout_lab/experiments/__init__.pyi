from .cluster_lab import ClusterLab
from .designs import (
    Design,
    FactorialDesign,
    LatinHypercubeDesign,
    PointwiseDesign,
    SampledDesign,
    SobolDesign,
)
from .errors import (
    ForeignNotebook,
    NotebookError,
    NotebookInUse,
    NotebookLocked,
    NotStorable,
    UnknownResult,
)
from .experiment import Experiment
from .hdf5_notebook import HDF5LabNotebook
from .json_notebook import JSONLabNotebook
from .lab import Lab
from .notebook import LabNotebook
from .repeated import ExperimentCombinator, RepeatedExperiment
from .result_set import ResultSet
from .summary import SummaryExperiment

__all__ = [
    "ClusterLab",
    "Design",
    "Experiment",
    "ExperimentCombinator",
    "FactorialDesign",
    "ForeignNotebook",
    "HDF5LabNotebook",
    "JSONLabNotebook",
    "Lab",
    "LabNotebook",
    "LatinHypercubeDesign",
    "NotStorable",
    "NotebookError",
    "NotebookInUse",
    "NotebookLocked",
    "PointwiseDesign",
    "RepeatedExperiment",
    "ResultSet",
    "SampledDesign",
    "SobolDesign",
    "SummaryExperiment",
    "UnknownResult",
]
