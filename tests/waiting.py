"""Waiting for a condition, never for a fixed time."""

from __future__ import annotations

import threading
import time


def wait_until(condition, timeout=30.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        threading.Event().wait(0.02)
