"""Connecting with nothing but a session's state file, which may be a copy on another machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emout_lab.config import load
from emout_lab.errors import DamagedState, NoSession, SessionDead
from emout_lab.paths import Runtime
from emout_lab.sessions.connection import joined
from emout_lab.sessions.lookup import HOW_TO_START
from emout_lab.sessions.state_file import read_object

if TYPE_CHECKING:
    from emout_lab.sessions.client import SessionClient

STATE: Final = "state.json"
_OVER: Final = ("stopped", "failed")


def own_name(file: Path) -> str | None:
    """Return the name of the session of this user whose state file this is, if it is one."""
    runtime = Runtime(load().home)
    if file == runtime.active.resolve():
        data = read_object(file)
        return None if data is None else str(data.get("name") or "default")
    name = file.parent.name
    is_own = file.name == STATE and file.parent.parent == runtime.servers.resolve()
    return name if is_own else None


def connect_file(file: Path, timeout: float) -> tuple[SessionClient, str]:
    """Connect to the session that a state file tells of, with the credentials that it names.

    Parameters
    ----------
    file : Path
        The file. Where its credentials are not at their places (a copied folder), those beside it
        are used: ``certs/…``.
    timeout : float [s]
        How long to wait for the scheduler.

    Returns
    -------
    client : distributed.Client
    name : str
        What the session is called here: its name, and where its scheduler is.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    DamagedState
        It is no state file of a session.
    NoSession
        The session is still starting.
    SessionDead
        The session is over or its scheduler does not answer.
    UnsafeFile
        A key or certificate can be read by others.
    """
    data = read_object(file)
    if data is None:
        raise FileNotFoundError(
            f"{file} is not there: the session is over, or has never run here. {HOW_TO_START}"
        )
    address, name = data.get("address"), str(data.get("name") or "default")
    if data.get("state") in _OVER:
        raise SessionDead(
            f"Session {name!r} of {file} is {data['state']}: {data.get('reason')}. {HOW_TO_START}"
        )
    if address is None and "state" in data:
        raise NoSession(
            f"Session {name!r} of {file} is still {data['state']}: its scheduler is not up yet. "
            "Try again in a moment; a copy of the file has to be made anew"
        )
    if not isinstance(address, str) or "://" not in address:
        raise DamagedState(
            f"{file} names no scheduler: it is no state file of a session "
            "(~/.emout/servers/<name>/state.json)"
        )
    tls = data.get("tls")
    keys = _found(tls, file.parent) if isinstance(tls, Mapping) else None
    called = f"{name}@{address.partition('://')[2]}"
    return joined(f"Session {name!r} of {file}", called, address, keys, timeout), called


def _found(tls: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the credentials at the places that are named, or beside the file."""
    found = dict(tls)
    for key, place in tls.items():
        if isinstance(place, str) and not (named := folder / place).exists():
            beside = [folder / "certs" / named.name, folder / named.name]
            found[key] = str(next((each for each in beside if each.exists()), named))
        elif isinstance(place, str):
            found[key] = str(named)
    return found
