"""Which address and port a scheduler listens on, and whether it answers there."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil

from emout_lab.errors import SpecError, StartFailed
from emout_lab.sessions.models import SessionRecord

LOOPBACK: Final = "127.0.0.1"
SYSFS_NET: Final = Path("/sys/class/net")
PROC_ROUTE: Final = Path("/proc/net/route")
PORT_BASE: Final = 10_000
PORT_SPAN: Final = 50_000
PORT_TRIES: Final = 20
ANSWER_TIMEOUT_S: Final = 3.0

# Kernel interface types (include/uapi/linux/if_arp.h), best first.
_RANK_BY_TYPE: Final = {32: 0, 1: 1, 772: 2}


@dataclass(frozen=True)
class Interface:
    """A network interface with an IPv4 address.

    Parameters
    ----------
    name, address : str
        For example ``ib0``, ``10.0.0.1``.
    kind : int
        The kernel's interface type: 32 InfiniBand, 1 Ethernet, 772 loopback.
    is_physical : bool
        Whether hardware is behind it (bridges of containers have none).
    is_default : bool
        Whether the default route goes through it.
    """

    name: str
    address: str
    kind: int
    is_physical: bool
    is_default: bool


def choose_address(wanted: str | None, interfaces: list[Interface] | None = None) -> str:
    """Return the IPv4 address that workers on other machines shall dial.

    Parameters
    ----------
    wanted : str or None
        What the user set; taken if it is an address of this machine.
    interfaces : list of Interface, optional
        Those of this machine by default.

    Raises
    ------
    SpecError
        `wanted` is no address of this machine.

    Examples
    --------
    >>> choose_address("127.0.0.1")
    '127.0.0.1'
    """
    found = list_interfaces() if interfaces is None else interfaces
    if wanted is not None:
        known = sorted(interface.address for interface in found)
        if wanted not in known:
            raise SpecError(
                f"Scheduler address {wanted!r} is no address of this machine "
                f"({socket.gethostname()} has {', '.join(known)}). "
                "Unset EMOUT_DASK_SCHED_IP to have one chosen.",
                field="scheduler_ip",
            )
        return wanted
    ranked = sorted(
        (interface for interface in found if interface.kind in _RANK_BY_TYPE),
        key=lambda interface: (
            _RANK_BY_TYPE[interface.kind],
            not interface.is_physical,
            not interface.is_default,
            interface.name,
        ),
    )
    return ranked[0].address if ranked else LOOPBACK


def list_interfaces(
    sysfs: Path = SYSFS_NET,
    addresses: Mapping[str, str] | None = None,
    route_table: Path = PROC_ROUTE,
) -> list[Interface]:
    """Return this machine's interfaces that are up and have an IPv4 address.

    Parameters
    ----------
    sysfs, route_table : Path
        Where the kernel tells of interfaces and routes.
    addresses : mapping of str to str, optional
        IPv4 address by interface name; asked of the system by default.
    """
    known = _addresses() if addresses is None else addresses
    default = _default_interface(route_table)
    interfaces = []
    for name, address in known.items():
        try:
            kind = int((sysfs / name / "type").read_text())
        except (OSError, ValueError):
            # No sysfs (macOS): loopback by its address, the rest as Ethernet.
            kind = 772 if address.startswith("127.") else 1
        is_physical = (sysfs / name / "device").exists()
        interfaces.append(Interface(name, address, kind, is_physical, name == default))
    return interfaces


def candidate_ports(wanted: int | None, user_id: int | None = None) -> range:
    """Return the ports to try, in order.

    Examples
    --------
    >>> candidate_ports(None, user_id=50_123)[0]
    10123
    >>> len(candidate_ports(9000))
    1
    """
    if wanted is not None:
        return range(wanted, wanted + 1)
    first = PORT_BASE + (os.getuid() if user_id is None else user_id) % PORT_SPAN
    return range(first, first + PORT_TRIES)


def free_ports(address: str, candidates: range) -> Iterator[int]:
    """Yield the ports that can be listened on now, then fail.

    Raises
    ------
    StartFailed
        The caller needs another one and there is none.
    """
    for port in candidates:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: a connection in TIME_WAIT does not occupy a port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as exc:
                if exc.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                continue
        yield port
    raise StartFailed(
        f"No port of {candidates[0]} to {candidates[-1]} is free on {address}. "
        "Set EMOUT_DASK_SCHED_PORT to a free one, or stop a session: emout-lab server stop"
    )


def is_port_taken(failure: BaseException) -> bool:
    """Tell whether a server failed to start because somebody else listens on its port.

    Dask wraps the system's error, once or twice, in errors that no longer say it.

    Examples
    --------
    >>> is_port_taken(OSError(errno.EADDRINUSE, "Address already in use"))
    True
    """
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def answers(record: SessionRecord, timeout: float = ANSWER_TIMEOUT_S) -> bool:
    """Return whether the scheduler of a session shakes hands under the session's certificates.

    A frozen process does not, although the kernel accepts connections in its name.
    """
    import ssl  # noqa: PLC0415 - only a start asks, and this takes its time

    tls = record.tls or {}
    where = urlsplit(record.address or "")
    with contextlib.suppress(OSError, KeyError, TypeError, ValueError):
        context = ssl.create_default_context(cafile=tls["ca_file"])
        context.check_hostname = False
        context.load_cert_chain(tls["client_cert"], tls["client_key"])
        with (
            socket.create_connection((where.hostname, where.port or 0), timeout=timeout) as plain,
            context.wrap_socket(plain) as secured,
        ):
            return secured.version() is not None
    return False


def _addresses() -> dict[str, str]:
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    return {
        name: entry.address
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if entry.family == socket.AF_INET and name in up
    }


def _default_interface(route_table: Path) -> str | None:
    try:
        lines = route_table.read_text().splitlines()[1:]
    except OSError:
        return None
    routes = [line.split() for line in lines]
    return next((route[0] for route in routes if len(route) > 1 and route[1] == "00000000"), None)
