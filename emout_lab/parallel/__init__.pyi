from . import error
from .async_map_result import AsyncMapResult
from .async_result import AsyncResult
from .client import Client
from .dependencies import depend, dependent, require
from .direct_view import DirectView
from .errors import (
    CompositeError,
    EngineError,
    RemoteError,
    TaskAborted,
    TimeoutError,
    UnknownFlag,
    UnmetDependency,
)
from .functions import ParallelFunction, RemoteFunction, interactive, parallel, remote
from .metadata import Metadata
from .references import Reference

__all__ = [
    "AsyncMapResult",
    "AsyncResult",
    "Client",
    "CompositeError",
    "DirectView",
    "EngineError",
    "Metadata",
    "ParallelFunction",
    "Reference",
    "RemoteError",
    "RemoteFunction",
    "TaskAborted",
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
