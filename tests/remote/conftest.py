"""A connection to a real local session, and figures that nobody looks at."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial

import matplotlib
import nbformat
import pytest
from nbclient import NotebookClient
from notebook_outputs import Run

from emout_lab import sessions
from emout_lab.remote.session import Session, connect
from emout_lab.sessions import SessionStatus

matplotlib.use("agg")


@pytest.fixture(scope="module")
def session(local_session: SessionStatus) -> Iterator[Session]:
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(scope="module")
def two_engines(local_session: SessionStatus) -> Iterator[Session]:
    """A second session beside the first, with two engines."""
    sessions.start(name="pair", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers("pair", n=2, timeout=60)
    with connect(name="pair") as connection:
        connect(name=local_session.name)  # stays the one that is meant where none is named
        yield connection
    sessions.stop("pair")


@pytest.fixture
def numbers(session: Session):
    """A ref to arange(24) in the engine."""
    return session.open("numpy:arange", 24.0)


@pytest.fixture
def programs(session: Session, monkeypatch: pytest.MonkeyPatch) -> list:
    """The programs that are really sent during a test, to count round trips."""
    sent: list = []
    send = session.queue.link.send

    def counted(address, program):
        sent.append(program)
        return send(address, program)

    monkeypatch.setattr(session.queue.link, "send", counted)
    return sent


@pytest.fixture
def notebook(local_session: SessionStatus, tmp_path) -> Iterator[Run]:
    """Run cells in a real kernel and return their outputs; errors are outputs too."""
    book = nbformat.v4.new_notebook()
    client = NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )

    def run(*sources: str) -> list:
        outputs = []
        for source in sources:
            cell = nbformat.v4.new_code_cell(source)
            book.cells.append(cell)
            client.execute_cell(cell, len(book.cells) - 1)
            outputs.append(cell.outputs)
        return outputs

    with client.setup_kernel():
        run("%load_ext emout_lab", "import emout_lab, numpy as np\nsession = emout_lab.connect()")
        run.interrupt = partial(os.kill, client.km.provisioner.pid, signal.SIGINT)
        yield run
