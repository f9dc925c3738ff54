"""CellRequest: one cell for one engine."""

from __future__ import annotations

from typing import Any

from emout_lab.engine.views.shell import CellResult
from emout_lab.parallel.execute_reply import ExecuteReply
from emout_lab.parallel.request import Request


class CellRequest(Request):
    """One cell for one engine; a future of its `ExecuteReply`."""

    method = "execute"

    def _made_of(self, value: Any) -> ExecuteReply:
        assert isinstance(value, CellResult)
        return ExecuteReply(value.execution_count, self.metadata)
