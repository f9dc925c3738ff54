"""A real kernel whose cells are watched while they run, interrupted and killed."""

from __future__ import annotations

import os
import re
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

from jupyter_client.manager import start_new_kernel
from jupyter_core.utils import ensure_event_loop

SETUP = "%load_ext emout_lab\nimport time, threading, emout_lab\nsession = emout_lab.connect()"


class Cell:
    """One cell, or message, on its way: what it has shown so far, and when it was over."""

    def __init__(self, kernel: Kernel, id: str) -> None:
        self._kernel = kernel
        self.started = time.monotonic()
        self.seconds: float | None = None
        self.text = self.error = ""
        self.shown: list[tuple[float, str]] = []
        self._id = id

    def wait_for(self, text: str, timeout: float = 30.0) -> float:
        """Wait until the cell has shown a text; return after how many seconds it did."""
        self._read(timeout, lambda: text in self.text + self.error or self.seconds is not None)
        assert text in self.text + self.error, (text, self.text, self.error)
        return time.monotonic() - self.started

    def wait(self, timeout: float = 60.0) -> float:
        """Wait for the end of the cell; return how many seconds it ran."""
        self._read(timeout, lambda: self.seconds is not None)
        assert self.seconds is not None
        return self.seconds

    def interrupt(self) -> float:
        """Press the stop button; return how many seconds the prompt took to come back."""
        begun = time.monotonic()
        self._kernel.interrupt()
        self.wait()
        return time.monotonic() - begun

    def _read(self, timeout: float, is_enough: Any) -> None:
        end = time.monotonic() + timeout
        while not is_enough():
            assert time.monotonic() < end, f"not within {timeout} s: {self.text}{self.error}"
            try:
                self._take(self._kernel.client.get_iopub_msg(timeout=0.1))
            except Empty:
                continue

    def _take(self, message: dict[str, Any]) -> None:
        if message["parent_header"].get("msg_id") != self._id:
            return
        content = message["content"]
        text = content.get("text") or content.get("data", {}).get("text/plain", "")
        self.text += text
        if message["msg_type"] == "error":
            self.error = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
        elif content.get("execution_state") == "idle":
            self.seconds = time.monotonic() - self.started
        if text:
            self.shown.append((time.monotonic() - self.started, text))


class Kernel:
    """A notebook's kernel, connected to the active session."""

    def __init__(self, folder: str) -> None:
        self.manager, self.client = start_new_kernel(cwd=folder)
        self.run(SETUP)

    def begin(self, source: str) -> Cell:
        """Run a cell without waiting for its end."""
        return Cell(self, self.client.execute(source))

    def run(self, source: str, timeout: float = 60.0) -> Cell:
        """Run a cell to its end."""
        cell = self.begin(source)
        cell.wait(timeout)
        return cell

    def open_comm(self, target: str, timeout: float = 60.0) -> Cell:
        """Send a comm message, as widgets do, and wait until its callback is over."""
        content = {"comm_id": uuid.uuid4().hex, "target_name": target, "data": {}}
        message = self.client.session.msg("comm_open", content)
        cell = Cell(self, message["header"]["msg_id"])
        self.client.shell_channel.send(message)
        cell.wait(timeout)
        return cell

    def interrupt(self) -> None:
        os.kill(self.manager.provisioner.pid, signal.SIGINT)

    def kill(self) -> None:
        os.kill(self.manager.provisioner.pid, signal.SIGKILL)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        # The one in which the blocking calls above ran; nobody else closes it.
        ensure_event_loop().close()


@contextmanager
def kernel(folder: object) -> Iterator[Kernel]:
    """Start a kernel that works in a folder."""
    found = Kernel(str(folder))
    try:
        yield found
    finally:
        found.close()
