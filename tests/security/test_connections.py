"""Strangers at a session's ports: they hold nothing for long, and nothing that they do ends it."""

from __future__ import annotations

import asyncio
import contextlib
import operator
import os
import resource
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.engine.dashboard import open_dashboard
from emout_lab.sessions import SessionStatus
from emout_lab.sessions.admission import MOST_WAITING, raise_file_limit
from emout_lab.sessions.peers import has_spoken, user_at
from emout_lab.sessions.tls import Certificates, make_certificates
from emout_lab.sockets.frames import HEADER, SIZE

#: Well above what a server gives a stranger, since this machine may be busy.
ENDS_WITHIN_S = 60.0
WATCHED_S = 3.0
HTTP = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def folder(local_session: SessionStatus) -> Path:
    return Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / local_session.name


@pytest.fixture(scope="module")
def dashboard(local_session: SessionStatus) -> None:
    """Dask's dashboard, which listens once somebody has asked for it."""
    with sessions.connect(name=local_session.name, timeout=60) as client:
        client.run_on_scheduler(open_dashboard)


@pytest.fixture(scope="module")
def channels(local_session: SessionStatus) -> Iterator[None]:
    """The worker's port for programs, which is there once a notebook has sent one."""
    session = ConnectedSession.connect(local_session.name)
    session.engine("0").invoke("has", "nothing").result(60)
    yield
    session.close()


@pytest.fixture
def ports(local_session: SessionStatus, dashboard: None, channels: None) -> list[tuple[str, int]]:
    """All that the processes listen on: scheduler, nanny, worker with two, and dashboard."""
    host = psutil.Process(local_session.pid)
    return sorted(
        {
            (connection.laddr.ip, connection.laddr.port)
            for process in (host, *host.children(recursive=True))
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
    )


def scheduler_port(status: SessionStatus) -> tuple[str, int]:
    ip, _, port = str(status.address).rpartition("/")[2].rpartition(":")
    return ip, int(port)


def require_use(name: str | None = None) -> None:
    """The session serves its owner."""
    with sessions.connect(name=name, timeout=60) as client:
        assert client.submit(operator.mul, 6, 7, pure=False).result(timeout=60) == 42


@contextlib.contextmanager
def many(port: tuple[str, int], count: int) -> Iterator[list[socket.socket]]:
    """Hold bare connections."""
    assert raise_file_limit() > count + 100
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(port, 30)) for _ in range(count)]


def is_ended(connection: socket.socket) -> bool:
    """Whether the other side has hung up."""
    connection.setblocking(False)
    try:
        # What it may have said before (an alert) is read away.
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def hello() -> bytes:
    """Return how a TLS client begins."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


def client_context(files: Certificates, ca: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    context.check_hostname = False
    context.load_cert_chain(str(files.cert("client")), str(files.key("client")))
    return context


def log_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in (folder / "logs").iterdir())


def test_1100_bare_connections_neither_end_the_session_nor_keep_its_owner_out(
    local_session: SessionStatus, folder: Path
) -> None:
    before = log_size(folder)
    with many(scheduler_port(local_session), 1100) as connections:
        require_use()
        # What a stranger may hold at most.
        assert sum(not is_ended(connection) for connection in connections) <= MOST_WAITING
    assert sessions.get().state is sessions.SessionState.RUNNING
    assert log_size(folder) - before < 20_000


FLOOD = """
import contextlib, os, socket, sys, time
os.setgid(65534), os.setuid(65534)
hello = bytes.fromhex(sys.argv[2])
kept = []
print("begun", flush=True)
while True:
    with contextlib.suppress(OSError):
        # All of the loopback network is anybody's.
        source = f"127.0.0.{2 + len(kept) % 200}"
        kept.append(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5, (source, 0)))
        kept[-1].sendall(hello)
    if len(kept) > 400:
        kept.pop(0).close()
    time.sleep(0.005)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can play another user")
@pytest.mark.parametrize("words", [b"", hello()], ids=["silent", "half a handshake"])
def test_flood_of_another_user_keeps_nobody_out(local_session: SessionStatus, words: bytes) -> None:
    port = scheduler_port(local_session)[1]
    command = [sys.executable, "-c", FLOOD, str(port), words.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as flood:
        try:
            assert flood.stdout is not None
            flood.stdout.readline()
            for _ in range(3):
                require_use()
        finally:
            flood.kill()
    require_use()


def test_kernel_tells_who_connects() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            with accepted:
                assert user_at(accepted) == os.getuid()
                assert not has_spoken(accepted)
                client.sendall(b"x")
                wait_until(lambda: has_spoken(accepted))
                client.close()
                wait_until(lambda: user_at(accepted) is None)


def test_who_does_not_finish_a_handshake_is_hung_up_on_everywhere(
    ports: list[tuple[str, int]],
) -> None:
    greeting = hello()
    beginnings = (b"", b"\x16", greeting[:40], greeting)
    with contextlib.ExitStack() as stack:
        silent, slow = [], []
        for port in ports:
            for beginning in beginnings:
                connection = stack.enter_context(socket.create_connection(port, 30))
                connection.sendall(beginning)
                silent.append(connection)
            slow.append(stack.enter_context(socket.create_connection(port, 30)))
        assert len(silent) == 20, "scheduler, nanny, worker with two ports, and dashboard"
        rest = iter(greeting[:-1])

        def is_over() -> bool:
            # A byte now and then must not buy more time.
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.send(bytes([next(rest, 0)]))
            return all(map(is_ended, silent)) and all(map(is_ended, slow))

        wait_until(is_over, ENDS_WITHIN_S)
    require_use()


def reset_at_once(port: tuple[str, int]) -> None:
    """Send something and break off, so that the server finds both at once."""
    with socket.create_connection(port, 30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.send(b"x")


def speak_http(port: tuple[str, int]) -> None:
    with socket.create_connection(port, 30) as connection:
        connection.sendall(HTTP)


def scan(port: tuple[str, int]) -> None:
    socket.create_connection(port, 30).close()


@pytest.mark.parametrize("attack", [reset_at_once, speak_http, scan])
def test_failed_handshakes_do_not_fill_the_log(
    ports: list[tuple[str, int]], folder: Path, attack: Callable[[tuple[str, int]], None]
) -> None:
    before = log_size(folder)
    for _ in range(250):
        for port in ports:
            # A server that is overrun may refuse a connection.
            with contextlib.suppress(OSError):
                attack(port)
    require_use()
    assert log_size(folder) - before < 100_000


def test_strangers_certificate_is_turned_away_and_told_in_the_log(
    local_session: SessionStatus, ports: list[tuple[str, int]], folder: Path, tmp_path: Path
) -> None:
    stranger = make_certificates(tmp_path / "certs", "stranger", "127.0.0.1")
    context = client_context(stranger, folder / "certs" / "ca.pem")
    before = log_size(folder)
    for _ in range(20):
        for port in ports:
            with (
                socket.create_connection(port, 30) as raw,
                pytest.raises((ssl.SSLError, ConnectionError)),
                context.wrap_socket(raw) as connection,
            ):
                connection.settimeout(30)
                assert connection.recv(100) == b""
                raise ConnectionError("it hung up")
    log = folder / "logs" / "host.log"
    # It is told once, with a count.
    wait_until(lambda: "turned" in log.read_text(), 30)
    assert log_size(folder) - before < 20_000
    require_use()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(HTTP, id="another protocol"),
        pytest.param(struct.pack("Q", 2**62), id="a length beyond all memory"),
        pytest.param(struct.pack("Q", 8) + struct.pack("Q", 2**60), id="frames beyond all memory"),
        pytest.param(struct.pack("Q", 24) + os.urandom(24), id="noise"),
        pytest.param(HEADER.pack(1, 1, 2**30, 10), id="buffers without end"),
        pytest.param(HEADER.pack(1, 1, 0, 2**60), id="a pickle beyond all memory"),
        pytest.param(HEADER.pack(1, 1, 1, 0) + SIZE.pack(2**60), id="a buffer beyond all memory"),
        pytest.param(HEADER.pack(1, 1, 0, 10) + bytes(10), id="no pickle"),
    ],
)
def test_nonsense_from_the_owner_ends_its_connection_only(
    local_session: SessionStatus, ports: list[tuple[str, int]], folder: Path, message: bytes
) -> None:
    certificates = Certificates(folder / "certs")
    context = client_context(certificates, certificates.ca)
    for port in ports:
        with (
            socket.create_connection(port, 30) as raw,
            contextlib.suppress(OSError),
            context.wrap_socket(raw) as connection,
        ):
            connection.sendall(message)
            connection.settimeout(0.5)
            connection.recv(10_000)
    require_use()
    assert psutil.pid_exists(local_session.pid)


def test_host_without_files_waits_instead_of_spinning(local_session: SessionStatus) -> None:
    def use_up(dask_scheduler: Any) -> int:
        loop = asyncio.get_running_loop()
        handler = loop.get_exception_handler()
        failures: list[str] = []

        def count(loop: Any, context: Any) -> None:
            failures.append(str(context.get("exception")))
            handler(loop, context)  # type: ignore[misc]

        loop.set_exception_handler(count)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        kept: list[int] = []
        dask_scheduler.test_files = (limits, kept, handler, failures)
        with contextlib.suppress(OSError):
            while True:
                kept.append(os.open(os.devnull, os.O_RDONLY))
        return len(kept)

    def release(dask_scheduler: Any) -> list[str]:
        limits, kept, handler, failures = dask_scheduler.test_files
        asyncio.get_running_loop().set_exception_handler(handler)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for number in kept:
            os.close(number)
        return list(failures)

    with sessions.connect(timeout=60) as client:
        assert client.run_on_scheduler(use_up) > 0
        with many(scheduler_port(local_session), 50):
            began = time.monotonic()
            wait_until(lambda: time.monotonic() - began > WATCHED_S)
            failures = client.run_on_scheduler(release)
    assert any("Too many open files" in failure for failure in failures)
    assert len(failures) < 100, "without a pause it is thousands"
    require_use()
