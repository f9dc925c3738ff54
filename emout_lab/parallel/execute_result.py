"""ExecuteResult: what comes of code that was sent as text."""

from __future__ import annotations

from typing import Any

from emout_lab.parallel.async_result import AsyncResult


class ExecuteResult(AsyncResult):
    """What comes of code that was sent as text; its value is an `ExecuteReply` for each engine.

    Examples
    --------
    ::

        result = view.execute("print(a)", block=True)
        result.stdout
        result.display_outputs()
    """

    #: Whether it shows itself by what was printed and given, as one that was waited for does.
    shows_outputs = False

    @property
    def text(self) -> str:
        """What was printed, behind ``[stdout:0] ``, and the values behind ``Out[0:3]: ``.

        Raises
        ------
        RemoteError, CompositeError
            When the code has failed.
        """
        replies = [self.get()] if self.is_single else self.get()
        if self.is_single:
            return str(replies[0].text).rstrip("\n")
        parts = [_labelled(reply.stdout, reply.engine_id) for reply in replies]
        return "\n".join(each for each in [*parts, *(r.value for r in replies)] if each)

    def __repr__(self) -> str:
        # By the name that users know.
        return super().__repr__().replace(type(self).__name__, AsyncResult.__name__, 1)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002  # IPython's protocol
        is_here = self.shows_outputs and self.done() and self.successful()
        printer.text((is_here and self.text) or repr(self))


def _labelled(text: str, engine: int) -> str:
    found = text.rstrip("\n")
    return f"[stdout:{engine}] " + ("\n" if "\n" in found else "") + found if found else ""
