"""Who listens in a session's place, with a certificate of his own, learns nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emout_lab import sessions
from emout_lab.errors import SessionDead
from emout_lab.sessions import SessionStatus
from emout_lab.sessions.connection_file import connect_file
from emout_lab.sessions.tls import Certificates, make_certificates


class Impostor:
    """Speaks TLS at a port; keeps whatever it is told once a handshake is done."""

    def __init__(self, files: Certificates, role: str) -> None:
        self.heard: list[bytes] = []
        self.visits = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(str(files.cert(role)), str(files.key(role)))
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tls://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            raw, _ = self._server.accept()
            with raw, contextlib.suppress(OSError):
                raw.settimeout(10)
                if raw.recv(1, socket.MSG_PEEK) == b"!":
                    return
                self.visits += 1
                with self._context.wrap_socket(raw, server_side=True) as connection:
                    self.heard.append(connection.recv(1000))

    def close(self) -> None:
        with socket.create_connection(self._server.getsockname()) as last:
            last.sendall(b"!")
            self._thread.join()
        self._server.close()


@pytest.fixture
def folder(local_session: SessionStatus) -> Path:
    return Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / local_session.name


@pytest.fixture(params=["stranger", "client"])
def impostor(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[Impostor]:
    """One with an authority of its own; and one that has stolen the session's client key."""
    if request.param == "stranger":
        files, role = make_certificates(tmp_path / "certs", "default", "127.0.0.1"), "scheduler"
    else:
        files, role = Certificates(folder / "certs"), "client"
    found = Impostor(files, role)
    yield found
    found.close()


def test_impostor_at_the_port_of_a_session_is_told_nothing(
    folder: Path, impostor: Impostor, tmp_path: Path
) -> None:
    state = json.loads((folder / "state.json").read_text()) | {"address": impostor.address}
    copy = tmp_path / "copy"
    shutil.copytree(folder / "certs", copy / "certs")
    copy.chmod(0o700)
    (copy / "state.json").write_text(json.dumps(state))
    (copy / "state.json").chmod(0o600)
    with pytest.raises(SessionDead):
        connect_file(copy / "state.json", timeout=3)
    assert impostor.visits
    assert not any(impostor.heard)


def test_certificates_of_one_session_open_no_other(local_session: SessionStatus) -> None:
    sessions.start(name="second", backend="local", memory="1G", cores=1, allow_multiple=True)
    try:
        servers = Path(os.environ["EMOUT_LAB_HOME"]) / "servers"
        first, second = (servers / name / "certs" for name in (local_session.name, "second"))
        files = Certificates(first)
        context = ssl.create_default_context(cafile=str(second / "ca.pem"))
        context.check_hostname = False
        context.load_cert_chain(str(files.cert("worker")), str(files.key("worker")))
        address = str(sessions.get("second").address).rpartition("/")[2]
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), 30) as raw,
            pytest.raises((ssl.SSLError, ConnectionError)),
            context.wrap_socket(raw) as connection,
        ):
            connection.settimeout(30)
            assert connection.recv(100) == b""
            raise ConnectionError("it hung up")
    finally:
        sessions.stop("second")
