"""Load-balanced tasks whose engines are killed, in a session of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from emout_lab import parallel, sessions


@pytest.fixture(scope="module")
def lossy(_never_the_real_home: Any) -> Iterator[parallel.Client]:
    sessions.start(name="lossy", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers("lossy", n=2, timeout=120)
    with parallel.Client("lossy") as client:
        yield client
    sessions.stop("lossy")


def die_once(path: str) -> int:
    if not os.path.exists(path):
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 5


def die(wanted: bool) -> bool:
    if wanted:
        os.kill(os.getpid(), signal.SIGKILL)
    return wanted


def test_a_task_whose_engine_is_killed_runs_again(lossy: parallel.Client, tmp_path: Path) -> None:
    view = lossy.load_balanced_view()
    assert view.map_sync(die_once, [str(tmp_path / "died")] * 20) == [5] * 20


def test_a_task_that_kills_every_engine_fails_alone(lossy: parallel.Client) -> None:
    view = lossy.load_balanced_view()
    lost = view.apply_async(die, True)
    assert view.map_sync(die, [False] * 20) == [False] * 20
    with pytest.raises(parallel.EngineError, match="ended each worker"):
        lost.get(120)


def test_tasks_for_an_engine_that_is_gone_fail(lossy: parallel.Client) -> None:
    wait_until(lambda: len(lossy.ids) == 2, 60)  # those that the test before has killed are back
    number = lossy.ids[0]
    view = lossy.load_balanced_view([number])
    result = view.apply_async(die, True)
    with pytest.raises((parallel.ImpossibleDependency, parallel.EngineError)):
        result.get(60)
    assert number not in lossy.ids
