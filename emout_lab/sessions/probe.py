"""Ask a session's scheduler whether it lives, without Dask: a TLS handshake and no word more."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from emout_lab.sessions.models import SessionRecord

TIMEOUT_S: Final = 3.0


def answers(record: SessionRecord, timeout: float = TIMEOUT_S) -> bool:
    """Return whether the scheduler of a session shakes hands under the session's certificates.

    A frozen process does not, although the kernel accepts connections in its name.
    """
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
