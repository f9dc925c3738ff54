"""Cells and functions of a client, run by an executor in this process."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest

from emout_lab.engine.executor import ProgramExecutor
from emout_lab.engine.protocol import Call, FigureOptions, Program, Reply
from emout_lab.engine.serialization import EngineNamespace, pack
from emout_lab.engine.views.shell import run_cell

OPTIONS = (("d", FigureOptions(dpi=20)),)


class Requests:
    """Runs what a view would ask for; it begins within the test, whose streams it replaces."""

    def __init__(self) -> None:
        self._executor: ProgramExecutor | None = None

    @property
    def executor(self) -> ProgramExecutor:
        if self._executor is None:
            self._executor = ProgramExecutor("0", [].append, lambda: (10**9, 2 * 10**9))
            self._executor.start()
        return self._executor

    def cell(self, source: str, client: str = "me", **options: Any) -> Reply:
        return self.call(run_cell, EngineNamespace(), source, "<cell>", client=client, **options)

    def call(
        self, function: Callable[..., Any], *args: Any, client: str = "me", **options: Any
    ) -> Reply:
        packed = pack((function, args, options))
        call = Call("c", packed, "c", drawing="d", keep=False)
        program = Program(client, (call,), want="c", drawings=OPTIONS, finish=OPTIONS)
        return self.executor.run(program)

    def names(self, client: str = "me") -> dict[str, Any]:
        return self.executor.objects.names.of(client)

    def close(self) -> None:
        if self._executor is not None:
            self._executor.close()
        plt.close("all")


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    # Doctests leave their last value there, and IPython then leaves the user's own `_` alone.
    monkeypatch.delattr(builtins, "_", raising=False)
    made = Requests()
    yield made
    made.close()
