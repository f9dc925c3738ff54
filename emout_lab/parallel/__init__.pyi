from .async_map_result import AsyncMapResult
from .async_result import AsyncResult
from .balanced_view import LoadBalancedView
from .client import Client
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
    UnmetDependency,
)
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
    "Reference",
    "RemoteError",
    "TaskAborted",
    "TaskTimeout",
    "TimeoutError",
    "UnmetDependency",
]
