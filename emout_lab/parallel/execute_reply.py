"""ExecuteReply: what came of a cell on one engine."""

from __future__ import annotations

from typing import Any

from emout_lab.parallel.metadata import Metadata

#: Of the texts in a short form, so many characters are shown.
SHORT_CHARACTERS = 32


class ExecuteReply:
    r"""What a cell has printed on one engine, and the value of its last expression.

    What is known of the request (``stdout``, ``stderr``, ``outputs``, ``engine_id``, …) are items
    and attributes.

    Parameters
    ----------
    execution_count : int
        Number of the cell on the engine.
    metadata : Metadata
        What is known of the request.

    Examples
    --------
    >>> reply = ExecuteReply(3, Metadata(engine_id=0, stdout="hello\n"))
    >>> reply.stdout, reply["engine_id"]
    ('hello\n', 0)
    >>> reply
    <ExecuteReply[0:3]: hello>
    """

    def __init__(self, execution_count: int, metadata: Metadata) -> None:
        self.execution_count = execution_count
        self.metadata = metadata

    @property
    def data(self) -> dict[str, Any]:
        """Representations of the value by their MIME type; empty where there is none."""
        return dict((self.metadata.execute_result or {}).get("data", {}))

    @property
    def value(self) -> str:
        """The value as ``Out[0:3]: …``; empty where there is none."""
        text = self.data.get("text/plain", "")
        between = "\n" if "\n" in text and not text.startswith("\n") else ""
        return f"{self.prompt}{between}{text}" if text else ""

    @property
    def text(self) -> str:
        """What was printed, and the value below it."""
        printed = str(self.metadata.stdout)
        between = "\n" if self.value and printed and not printed.endswith("\n") else ""
        return f"{printed}{between}{self.value}"

    @property
    def prompt(self) -> str:
        """Engine and number of the cell, as in ``Out[0:3]: ``."""
        return f"Out[{self.metadata.engine_id}:{self.execution_count}]: "

    def __getitem__(self, key: str) -> Any:
        return self.metadata[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "metadata":
            raise AttributeError(name)
        return getattr(self.metadata, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExecuteReply):
            return NotImplemented
        return bool(self.metadata.msg_id == other.metadata.msg_id)

    def __hash__(self) -> int:
        return hash(self.metadata.msg_id)

    def __repr__(self) -> str:
        text = self.data.get("text/plain") or str(self.metadata.stdout).rstrip("\n")
        if len(text) > SHORT_CHARACTERS:
            text = text[: SHORT_CHARACTERS - 3] + "..."
        return f"<ExecuteReply[{self.metadata.engine_id}:{self.execution_count}]: {text}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # IPython's protocol
        return {**self.data, "text/plain": self.text.rstrip("\n") or repr(self)}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002, FBT001  # IPython's protocol
        printer.text(self.text.rstrip("\n") or repr(self))
