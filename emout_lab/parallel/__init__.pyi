from . import error
from .async_map_result import AsyncMapResult
from .async_result import AsyncResult
from .client import Client
from .direct_view import DirectView
from .errors import CompositeError, EngineError, RemoteError, TaskAborted, TimeoutError
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
    "Reference",
    "RemoteError",
    "TaskAborted",
    "TimeoutError",
    "error",
]
