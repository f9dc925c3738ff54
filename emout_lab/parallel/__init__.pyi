from . import error
from .async_map_result import AsyncMapResult
from .async_result import AsyncResult
from .balanced_view import LoadBalancedView
from .broadcast_view import BroadcastView
from .client import Client
from .dependencies import depend, dependent, require
from .direct_view import DirectView
from .errors import (
    CompositeError,
    EngineError,
    ImpossibleDependency,
    InvalidDependency,
    IPythonError,
    KernelError,
    NoEnginesRegistered,
    RemoteError,
    TaskAborted,
    TaskTimeout,
    TimeoutError,
    UnknownFlag,
    UnmetDependency,
)
from .functions import ParallelFunction, RemoteFunction, interactive, parallel, remote
from .metadata import Metadata
from .references import Reference
from .return_when import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from .task_dependencies import Dependency
from .view_executor import ViewExecutor

__all__ = [
    "ALL_COMPLETED",
    "AsyncMapResult",
    "AsyncResult",
    "BroadcastView",
    "Client",
    "CompositeError",
    "Dependency",
    "DirectView",
    "EngineError",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "IPythonError",
    "ImpossibleDependency",
    "InvalidDependency",
    "KernelError",
    "LoadBalancedView",
    "Metadata",
    "NoEnginesRegistered",
    "ParallelFunction",
    "Reference",
    "RemoteError",
    "RemoteFunction",
    "TaskAborted",
    "TaskTimeout",
    "TimeoutError",
    "UnknownFlag",
    "UnmetDependency",
    "ViewExecutor",
    "depend",
    "dependent",
    "interactive",
    "parallel",
    "remote",
    "require",
    "error",
]
