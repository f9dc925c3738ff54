"""Who is at the other end of a connection, as far as the kernel tells (Linux)."""

from __future__ import annotations

import socket
import struct
from typing import Final

# include/uapi/linux/sock_diag.h, inet_diag.h, netlink.h
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_ALL_STATES: Final = 0xFFFFFFFF
_HEADER: Final = struct.Struct("=IHHII")
_QUESTION: Final = struct.Struct("=BBBBI HH 16s 16s III".replace(" ", ""))
# Family, state, timer, retransmissions; ports, addresses, interface, cookie; expiry and queues;
# user and inode.
_ANSWER: Final = struct.Struct("=BBBB HH 16s 16s III III II".replace(" ", ""))
_ANSWER_TIMEOUT_S: Final = 0.2
# include/uapi/linux/tcp.h: where tcp_info has the bytes that came.
_BYTES_RECEIVED_AT: Final = 128


def user_at(connection: socket.socket) -> int | None:
    """Return the user id of the process that opened an IPv4 connection from this machine.

    Parameters
    ----------
    connection : socket.socket
        Our end of it.

    Returns
    -------
    int or None
        None where the other end is on another machine, or the kernel does not tell.
    """
    try:
        if connection.family != socket.AF_INET:
            return None
        (ours, our_port), (theirs, their_port) = connection.getsockname(), connection.getpeername()
        answer = _ask(
            _QUESTION.pack(
                socket.AF_INET,
                socket.IPPROTO_TCP,
                0,
                0,
                _ALL_STATES,
                socket.htons(their_port),
                socket.htons(our_port),
                socket.inet_aton(theirs),
                socket.inet_aton(ours),
                0,
                0xFFFFFFFF,
                0xFFFFFFFF,
            )
        )
    except (OSError, ValueError):
        return None
    if len(answer) < _HEADER.size + _ANSWER.size:
        return None
    if _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    user, inode = _ANSWER.unpack_from(answer, _HEADER.size)[-2:]
    # An end that was closed has no inode, and its user reads as root.
    return int(user) if inode else None


def has_spoken(connection: socket.socket) -> bool:
    """Return whether a single byte has come over a connection; True where nobody tells."""
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except (OSError, AttributeError):
        return True
    if len(info) < _BYTES_RECEIVED_AT + 8:
        return True
    return bool(struct.unpack_from("=Q", info, _BYTES_RECEIVED_AT)[0])


def _ask(question: bytes) -> bytes:
    """Ask the kernel about one connection, by its two ends."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return b""
    with socket.socket(family, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_ANSWER_TIMEOUT_S)
        size = _HEADER.size + len(question)
        header = _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
        kernel.sendto(header + question, (0, 0))
        return kernel.recv(8192)
