from . import error
from .async_map_result import AsyncMapResult
from .async_result import AsyncResult
from .balanced_view import LoadBalancedView
from .client import Client
from .dependencies import depend, dependent, require
from .direct_view import DirectView
from .errors import (
    CompositeError,
    EngineError,
    ImpossibleDependency,
    InvalidDependency,
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
from .task_dependencies import Dependency

__all__ = [
    "AsyncMapResult",
    "AsyncResult",
    "Client",
    "CompositeError",
    "Dependency",
    "DirectView",
    "EngineError",
    "ImpossibleDependency",
    "InvalidDependency",
    "LoadBalancedView",
    "Metadata",
    "ParallelFunction",
    "Reference",
    "RemoteError",
    "RemoteFunction",
    "TaskAborted",
    "TaskTimeout",
    "TimeoutError",
    "UnknownFlag",
    "UnmetDependency",
    "depend",
    "dependent",
    "interactive",
    "parallel",
    "remote",
    "require",
    "error",
]
