"""What a thread does that waits for an answer."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import Future

import pytest

from emout_lab.client.output import Listener


def interrupt_this_thread() -> None:
    time.sleep(0.2)  # by then the main thread waits, as a rule
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


def test_interrupt_that_another_thread_gets_ends_the_waiting() -> None:
    other = threading.Thread(target=interrupt_this_thread)
    with pytest.raises(KeyboardInterrupt):
        other.start()
        Listener().wait(Future())
    other.join()
