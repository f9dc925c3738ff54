"""From what a user hands to `Client` to a connected session."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from emout_lab.errors import NoSession, SessionDead
from emout_lab.parallel.errors import TimeoutError
from emout_lab.remote.session import CONNECTIONS, Session
from emout_lab.remote.waiting import interrupts_at_users_line
from emout_lab.sessions.connection_file import connect_file, own_name

#: Other names for what is connected to.
FILES: Final = ("url_file", "url_or_file")
NAMES: Final = ("profile", "cluster_id")
_TUNNEL: Final = (
    "a session is reached by its scheduler's address over TLS. Make the tunnel yourself (ssh -N -L "
    "10000:host:10000 login-node), then Client('tls://127.0.0.1:10000'), or copy the session's "
    "state.json and its certs here and set its address"
)
#: Keywords of IPython.parallel's Client that cannot mean anything here, and why.
REFUSED: Final = {
    "sshserver": _TUNNEL,
    "sshkey": _TUNNEL,
    "password": _TUNNEL,
    "paramiko": _TUNNEL,
    "context": "there are no ZeroMQ sockets that could share one; leave it out",
    "profile_dir": "sessions have no IPython profile; profile='name' is the name of a session",
    "ipython_dir": "sessions have no IPython profile; profile='name' is the name of a session",
    "cluster": "sessions are started with emout_lab.sessions.start; give the name of one",
    "debug": "the log of a session is shown by `emout-lab server logs`",
}
_DASK: Final = ("run_on_scheduler", "subscribe_topic", "register_plugin")


class SessionNotFound(NoSession, FileNotFoundError):
    """No session runs (under this name), or there is no such state file."""


class SessionNotReached(SessionDead, TimeoutError):
    """The session that was to be connected is over, or does not answer; with the reason."""


#: A Dask client keeps one handler for each topic: two sessions must not share it.
_OF_DASK: WeakValueDictionary[int, Session] = WeakValueDictionary()


def connected_session(given: Any, timeout: float, options: dict[str, Any]) -> tuple[Session, bool]:
    """Return the session that is meant, and whether it is the caller's to close.

    Parameters
    ----------
    given
        A `Session`, a name, a state file or its folder, an address, a Dask client, a thing that
        has one of them as ``session``; None for the latest connection or the active session.
    timeout : float [s]
        How long to wait for the scheduler.
    options : dict
        Keywords of IPython.parallel's Client.

    Raises
    ------
    TypeError
        For keywords that mean nothing here, and for anything else that is given.
    SessionNotFound, SessionNotReached
        Which are OSErrors too.
    """
    given = _chosen(given, options)
    with _also_os_errors(), interrupts_at_users_line():
        return _connected(getattr(given, "session", given), timeout)


def _chosen(given: Any, options: dict[str, Any]) -> Any:
    """Return what is meant by one of several names; the others must not be given."""
    left = {key: value for key, value in options.items() if value not in (None, False, "")}
    for key in left:
        if key in REFUSED:
            raise TypeError(f"Client({key}=…) means nothing here: {REFUSED[key]}")
        if key not in FILES + NAMES:
            raise TypeError(f"Client() has no keyword {key!r}")
    if left.get("profile") == "default" and len(left) > 1:
        del left["profile"]
    if given is not None:
        left["session"] = given
    if len(left) > 1:
        raise TypeError(f"Client(): {' and '.join(left)} are given; one of them says which session")
    for key, value in left.items():
        return Path(value) if key in FILES and isinstance(value, str) else value
    return None


def _connected(given: Any, timeout: float) -> tuple[Session, bool]:
    if given is None:
        return CONNECTIONS.current() or CONNECTIONS.connect(timeout=timeout), False
    if isinstance(given, Session):
        return given, False
    if isinstance(given, str) and re.match(r"[a-z]+://", given):
        if not given.startswith(("tls://", "tcp://")):
            raise ValueError(
                f"{given!r} is no address of a session, which is tls://host:port; or give its name "
                "or its state file"
            )
        return CONNECTIONS.connect(address=given, timeout=timeout), False
    if isinstance(given, os.PathLike) or isinstance(given, str) and _is_path(given):
        return _of_file(Path(given).expanduser(), timeout)
    if isinstance(given, str):
        return CONNECTIONS.connect(name=given, timeout=timeout), False
    if all(hasattr(type(given), name) for name in _DASK):
        return _of_dask(given), False
    raise TypeError(
        f"Client({given!r}): give a Session, its name, its state file, a Dask client, or nothing"
    )


def _is_path(text: str) -> bool:
    return os.sep in text or text.startswith("~") or text.endswith(".json")


def _of_file(file: Path, timeout: float) -> tuple[Session, bool]:
    found = (file / "state.json" if file.is_dir() else file).resolve()
    name = own_name(found)
    if name is not None:
        return CONNECTIONS.connect(name=name, timeout=timeout), False
    client, called = connect_file(found, timeout)
    return Session(client, called), True


def _of_dask(client: Any) -> Session:
    """Return the session of a Dask client, whose workers get engines where they have none."""
    if client.asynchronous:
        raise TypeError(
            "Client(client): it is an asynchronous Dask client, and views wait in threads. Give "
            "one that was made without asynchronous=True"
        )
    if str(client.status) != "running":
        raise SessionDead(f"{client!r} is {client.status}: make a new one")
    known = _OF_DASK.get(id(client))
    if known is None or known.client is not client:
        known = CONNECTIONS.of(client) or Session(client, f"dask@{_place(client)}")
        _OF_DASK[id(client)] = known
    return known


def _place(client: Any) -> str:
    address = str(getattr(client.scheduler, "address", ""))
    return address.partition("://")[2] or "here"


@contextlib.contextmanager
def _also_os_errors() -> Iterator[None]:
    """Raise what users of IPython.parallel expect where nothing can be connected."""
    try:
        yield
    except OSError:
        raise
    except NoSession as error:
        raise SessionNotFound(str(error)) from error
    except SessionDead as error:
        raise SessionNotReached(str(error)) from error
