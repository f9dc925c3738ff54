from .cluster_lab import ClusterLab
from .designs import (
    Design,
    ExperimentalConfiguration,
    ExperimentalParameters,
    FactorialDesign,
    PointwiseDesign,
)
from .errors import (
    CancelledException,
    DesignException,
    ForeignNotebook,
    LabNotebookLockedException,
    NotebookError,
    NotebookInUse,
    NotebookLocked,
    NotebookVersionException,
    NotStorable,
    PendingResultException,
    ResultSetLockedException,
    ResultsStructureException,
    UnknownResult,
)
from .experiment import Experiment, ResultsDict
from .figure_experiment import FigureExperiment
from .hdf5_notebook import HDF5LabNotebook
from .json_notebook import JSONLabNotebook
from .lab import Lab
from .notebook import LabNotebook
from .repeated import ExperimentCombinator, RepeatedExperiment
from .result_set import ResultSet
from .run_experiment import RunExperiment, runs
from .sampled_designs import LatinHypercubeDesign, SampledDesign, SobolDesign
from .summary import SummaryExperiment
from .sweep_listing import Sweep, sweeps

__all__ = [
    "ResultsStructureException",
    "ResultSetLockedException",
    "PendingResultException",
    "NotebookVersionException",
    "LabNotebookLockedException",
    "CancelledException",
    "ClusterLab",
    "Design",
    "DesignException",
    "Experiment",
    "ExperimentCombinator",
    "ExperimentalConfiguration",
    "ExperimentalParameters",
    "FactorialDesign",
    "FigureExperiment",
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
    "ResultsDict",
    "RunExperiment",
    "SampledDesign",
    "SobolDesign",
    "SummaryExperiment",
    "Sweep",
    "UnknownResult",
    "runs",
    "sweeps",
]
