"""Who can reach a session, and what others see of it."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import stat
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from distributed import Client, Security

from emout_lab import sessions
from emout_lab.sessions import SessionStatus
from emout_lab.sessions.tls import make_certificates


@pytest.fixture
def folder(local_session: SessionStatus) -> Path:
    return Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / local_session.name


@pytest.fixture
def family(local_session: SessionStatus) -> list[psutil.Process]:
    """The host and all processes below it."""
    host = psutil.Process(local_session.pid)
    return [host, *host.children(recursive=True)]


def listening(family: list[psutil.Process]) -> set[tuple[str, int]]:
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in family
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_nothing_listens_but_tls_on_loopback(family: list[psutil.Process], folder: Path) -> None:
    ports = listening(family)
    assert len(ports) == 3, "scheduler, nanny and worker"
    assert {address for address, _ in ports} == {"127.0.0.1"}
    for port in ports:
        with socket.create_connection(port, timeout=5) as raw:
            context = _client_context(folder)
            with context.wrap_socket(raw) as tls:
                assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_plain_client_is_turned_away_everywhere(family: list[psutil.Process]) -> None:
    for port in listening(family):
        with socket.create_connection(port, timeout=5) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            raw.settimeout(5)
            try:
                answer = raw.recv(1000)
            except ConnectionError:
                answer = b""
        assert b"HTTP/1" not in answer


def test_client_without_the_sessions_certificate_cannot_connect(
    local_session: SessionStatus, tmp_path: Path
) -> None:
    stranger = make_certificates(tmp_path / "certs", "stranger", "127.0.0.1")
    security = Security(
        require_encryption=True,
        tls_ca_file=str(stranger.ca),
        tls_client_cert=str(stranger.cert("client")),
        tls_client_key=str(stranger.key("client")),
    )
    with pytest.raises(OSError, match="Timed out|certificate"):
        Client(local_session.address, security=security, timeout=1)


def test_files_are_private(folder: Path) -> None:
    assert stat.S_IMODE(folder.parent.parent.stat().st_mode) == 0o700
    for path in [folder, *folder.rglob("*")]:
        if "scratch" in path.relative_to(folder).parts:
            continue
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_no_secret_is_in_arguments_environment_or_logs(
    family: list[psutil.Process], folder: Path
) -> None:
    secrets = [
        line
        for key in folder.glob("certs/*-key.pem")
        for line in key.read_text().splitlines()
        if not line.startswith("-----")
    ]
    assert secrets
    seen = [" ".join([*process.cmdline(), *process.environ().values()]) for process in family]
    seen += [log.read_text() for log in folder.glob("logs/*")]
    assert not any(secret in text for secret in secrets for text in seen)


def test_authority_signs_for_its_session_only_and_keeps_no_key(folder: Path) -> None:
    assert sorted(path.name for path in folder.glob("certs/*")) == [
        "ca.pem",
        "client-cert.pem",
        "client-key.pem",
        "scheduler-cert.pem",
        "scheduler-key.pem",
        "worker-cert.pem",
        "worker-key.pem",
    ]
    certificate = x509.load_pem_x509_certificate((folder / "certs/scheduler-cert.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    now = datetime.datetime.now(datetime.timezone.utc)
    assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc


def test_clients_certificate_cannot_pose_as_a_scheduler(folder: Path) -> None:
    certificate = x509.load_pem_x509_certificate((folder / "certs/client-cert.pem").read_bytes())
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.oid.ExtendedKeyUsageOID.SERVER_AUTH not in usage


def test_worker_does_not_write_where_others_read(local_session: SessionStatus) -> None:
    with sessions.connect() as client:
        directories = client.run(lambda dask_worker: dask_worker.local_directory)
    assert all("scratch" in directory for directory in directories.values())


def _client_context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "certs/ca.pem"))
    # As Dask does: an own authority, and addresses instead of names.
    context.check_hostname = False
    context.load_cert_chain(
        str(folder / "certs/client-cert.pem"), str(folder / "certs/client-key.pem")
    )
    return context
