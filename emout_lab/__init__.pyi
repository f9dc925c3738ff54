from . import article, parallel, remote, sessions
from ._version import __version__ as __version__
from .emses.emout import Emout
from .emses.policy import local_data_policy
from .errors import (
    DataError,
    EmoutLabError,
    EngineError,
    EngineLost,
    MissingExtra,
    NoEngine,
    NoRendering,
    NoSession,
    ObjectGone,
    RemoteError,
    SessionDead,
    SessionError,
    SpecError,
    TooLarge,
)
from .remote.figure import RemoteFigure, remote_figure
from .remote.figure_result import FigureResult
from .remote.ref import FigureProxy, RemoteRef
from .remote.scope import RemoteScope, remote_scope
from .remote.session import Session, connect

__all__ = [
    "DataError",
    "Emout",
    "EmoutLabError",
    "EngineError",
    "EngineLost",
    "FigureProxy",
    "FigureResult",
    "MissingExtra",
    "NoRendering",
    "NoEngine",
    "NoSession",
    "ObjectGone",
    "RemoteError",
    "RemoteFigure",
    "RemoteRef",
    "RemoteScope",
    "Session",
    "SessionDead",
    "SessionError",
    "SpecError",
    "TooLarge",
    "article",
    "connect",
    "local_data_policy",
    "parallel",
    "remote",
    "remote_figure",
    "remote_scope",
    "sessions",
]

def load_ipython_extension(shell: object) -> None: ...
def unload_ipython_extension(shell: object) -> None: ...
