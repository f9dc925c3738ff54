"""Upstream's ``emout.distributed.server_state``: the files of sessions.

Only a session's own host writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emout_lab.config import load
from emout_lab.paths import Runtime, check_name
from emout_lab.sessions.spec import DEFAULT_NAME
from emout_lab.sessions.state_file import read_object

DEFAULT_SERVER_NAME = DEFAULT_NAME


def normalize_server_name(name: str | None) -> str:
    """Return the name of a session.

    Raises
    ------
    SpecError
        It cannot be one; it is a `ValueError`.

    Examples
    --------
    >>> normalize_server_name(None)
    'default'
    """
    return check_name((name or DEFAULT_NAME).strip())


def state_root_dir() -> Path:
    """Return the runtime root, ``~/.emout`` or EMOUT_LAB_HOME."""
    return load().home


def active_state_file() -> Path:
    """Return the file that mirrors the active session's state."""
    return Runtime(load().home).active


def servers_dir() -> Path:
    """Return the folder of all sessions."""
    return Runtime(load().home).servers


def server_session_dir(name: str | None = None) -> Path:
    """Return the folder of a session."""
    return Runtime(load().home).session(normalize_server_name(name)).directory


def server_state_file(name: str | None = None) -> Path:
    """Return the state file of a session."""
    return Runtime(load().home).session(normalize_server_name(name)).state


def server_certs_dir(name: str | None = None) -> Path:
    """Return the folder of a session's keys."""
    return Runtime(load().home).session(normalize_server_name(name)).certs


def load_server_state(name: str | None = None) -> dict[str, Any] | None:
    """Return the state of a session, or of the active one; None where there is none.

    Raises
    ------
    DamagedState
        The file is no state, or others can write it.
    """
    files = [server_state_file(name)] if name else [active_state_file(), server_state_file()]
    found = next((state for state in map(read_object, files) if state is not None), None)
    if found is not None:
        found.setdefault("name", normalize_server_name(name))
    return found


def list_server_states() -> list[dict[str, Any]]:
    """Return the states of all sessions, by name."""
    folders = servers_dir().iterdir() if servers_dir().is_dir() else ()
    states = [load_server_state(each.name) for each in folders if not each.name.startswith(".")]
    found = {state["name"]: state for state in [load_server_state(), *states] if state is not None}
    return [found[name] for name in sorted(found)]
