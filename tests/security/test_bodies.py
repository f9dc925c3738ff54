"""What somebody without a token can make the Jupyter server read, keep and wait for."""

from __future__ import annotations

import gzip
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import pytest
from jupyter_process import TOKEN, ask, jupyter_server

MANY_MB = 200
MB = 1_000_000
GROWTH_MB = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("jupyter")
    with jupyter_server(home, signal.SIGTERM) as api:
        yield api


def process_of(api: str) -> psutil.Process:
    port = urlsplit(api).port
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            for each in process.net_connections(kind="inet"):
                if each.laddr.port == port and each.status == psutil.CONN_LISTEN:
                    return process
    raise AssertionError(f"nobody listens at {api}")


class Peak:
    """The most memory that a process had in between [bytes]."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._ended = threading.Event()
        self.before = self.most = process.memory_info().rss
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.02):
            self.most = max(self.most, self._process.memory_info().rss)

    @property
    def growth_mb(self) -> float:
        return (self.most - self.before) / MB


def send(api: str, head: str, body: Iterator[bytes]) -> bytes:
    """Send what the server takes; return how it answers."""
    where = urlsplit(api)
    with socket.create_connection((where.hostname, where.port or 0), timeout=60) as peer:
        with suppress(ConnectionError):
            peer.sendall(head.format(path=where.path, host=where.netloc).encode())
            for part in body:
                peer.sendall(part)
        with suppress(ConnectionError):
            return peer.recv(4096)
    return b""


def plain() -> Iterator[bytes]:
    return (bytes(MB) for _ in range(MANY_MB))


def chunked() -> Iterator[bytes]:
    return (b"f4240\r\n" + bytes(MB) + b"\r\n" for _ in range(MANY_MB))


LENGTH = f"Content-Length: {MANY_MB * MB}"
CHUNKED = "Transfer-Encoding: chunked"
KNOWN = f"Authorization: token {TOKEN}"


@pytest.mark.parametrize(
    "verb", ["POST {path}/sessions", "GET {path}/events", "PUT {path}/nothing"]
)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (LENGTH, plain),
        (CHUNKED, chunked),
        (f"{LENGTH}\r\nContent-Encoding: gzip", plain),
        (f"{LENGTH}\r\n{KNOWN}", plain),
        (f"{CHUNKED}\r\n{KNOWN}", chunked),
    ],
)
def test_large_body_is_refused_before_it_is_kept(server, verb, headers, body) -> None:
    with Peak(process_of(server)) as peak:
        answer = send(server, f"{verb} HTTP/1.1\r\nHost: {{host}}\r\n{headers}\r\n\r\n", body())
    assert answer[9:12] in (b"", b"400", b"403", b"413")
    assert peak.growth_mb < GROWTH_MB
    assert ask(f"{server}/sessions") == {"sessions": []}


def test_body_that_does_not_come_is_not_waited_for_without_a_token(server) -> None:
    head = "POST {path}/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n"
    # Answered at once, although nothing of the body has come.
    assert send(server, head, iter(()))[9:12] == b"403"


def test_compressed_body_is_not_unpacked(server) -> None:
    bomb = gzip.compress(bytes(MANY_MB * MB))
    head = (
        f"POST {{path}}/sessions HTTP/1.1\r\nHost: {{host}}\r\n{KNOWN}\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    )
    with Peak(process_of(server)) as peak:
        answer = send(server, head, iter((bomb,)))
    assert answer[9:12] == b"400"
    assert peak.growth_mb < GROWTH_MB
