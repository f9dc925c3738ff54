"""What requests have displayed, as Jupyter's messages have it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from emout_lab.client.collector import Output
from emout_lab.engine.protocol import Display, Figure, Shown
from emout_lab.remote.figure_result import FigureResult


@dataclass(frozen=True)
class Bundles:
    """Makes bundles of what requests to one session display.

    Parameters
    ----------
    session : str
        Name of the session.
    notebook : str or None
        Path of the notebook that shows them.
    """

    session: str
    notebook: str | None

    def of(self, output: Output) -> dict[str, Any]:
        """Return ``data``, ``metadata``, ``transient`` and, of a cell's value, its number."""
        if isinstance(output, Display):
            found: dict[str, Any] = {
                "data": {kind: _as_json(value) for kind, value in output.data.items()},
                "metadata": output.metadata,
                "transient": output.transient,
            }
            if output.execution_count is not None:
                found["execution_count"] = output.execution_count
            return found
        figure = output.figure if isinstance(output, Shown) else output
        return {"data": self._figure(figure), "metadata": {}, "transient": {}}

    def _figure(self, figure: Figure) -> dict[str, Any]:
        result = FigureResult(figure, self.session, self.notebook, figure.milliseconds)
        return result._repr_mimebundle_()


def _as_json(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
