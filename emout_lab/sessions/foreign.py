"""Sessions that upstream emout has started: where they listen, and with which keys.

They can be joined, no more: their files are never written or removed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emout_lab.errors import DamagedState
from emout_lab.paths import Runtime, check_name
from emout_lab.sessions.models import RECORD_VERSION
from emout_lab.sessions.state_file import read_object

TLS: Final = "tls"


@dataclass(frozen=True)
class ForeignSession:
    """What has to be known of a session to join it.

    Parameters
    ----------
    name, address : str
        Its name, and where its scheduler listens.
    pid : int or None
        The process that started it.
    tls : dict or None
        Paths of its keys, as in the state file; None where it speaks without TLS.
    """

    name: str
    address: str
    pid: int | None
    tls: dict[str, Any] | None


def find_foreign(home: Path, name: str | None, address: str | None = None) -> ForeignSession | None:
    """Return the session that upstream emout has started; None where there is none.

    Parameters
    ----------
    home : Path
        The runtime root.
    name : str or None
        Which session; the active one by default.
    address : str, optional
        Of its scheduler; another one's session is not meant then.

    Raises
    ------
    DamagedState
        Its state file is no such file, or others can write it.
    """
    runtime = Runtime(home)
    default = runtime.session(check_name("default")).state
    files = [runtime.active, default] if name is None else [runtime.session(name).state]
    for file in files:
        found = _read(file)
        if found is not None and (name is None or address in (None, found.address)):
            return found
    return None


def _read(file: Path) -> ForeignSession | None:
    data = read_object(file)
    if data is None or data.get("version") == RECORD_VERSION:
        return None
    address, tls = data.get("address"), data.get("tls")
    if not isinstance(address, str) or "://" not in address:
        raise DamagedState(
            f"{file} names no scheduler. If its session still runs, stop it where it was started; "
            "then start one: emout-lab server start"
        )
    is_private = data.get("protocol") == TLS and isinstance(tls, dict)
    pid = data.get("pid")
    return ForeignSession(
        str(data.get("name") or "default"),
        address,
        pid if isinstance(pid, int) else None,
        tls if is_private else None,
    )
