"""What requests have printed and displayed, shown here: grouped at their end, or as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from emout_lab.client.collector import Output
from emout_lab.engine.protocol import Figure
from emout_lab.parallel.metadata import Metadata
from emout_lab.parallel.screen import Screen

if TYPE_CHECKING:
    from emout_lab.parallel.request import Request

GROUPS = ("type", "engine", "order")
_Item = tuple[str, str] | Output


def show_grouped(
    requests: Sequence[Metadata],
    screen: Screen,
    groupby: str = "type",
    *,
    result_only: bool = False,
) -> None:
    """Show what requests that are over have printed, displayed and given, engine by engine.

    Parameters
    ----------
    requests : sequence of Metadata
        What is known of them.
    screen : Screen
        Shows it.
    groupby : str
        ``"type"``: first all that was printed, then all displays, then all values;
        ``"engine"``: all of one engine, then all of the next;
        ``"order"``: as ``"type"``, but the first display of each engine, then all second ones.
    result_only : bool
        Whether only the values of cells are shown.

    Raises
    ------
    ValueError
        For another ``groupby``.
    """
    if groupby not in GROUPS:
        raise ValueError(f"groupby {groupby!r} is not one of {', '.join(GROUPS)}")
    if groupby == "engine":
        for each in requests:
            _show_of([each], screen, is_collated=False, result_only=result_only)
    else:
        _show_of(requests, screen, is_collated=groupby == "order", result_only=result_only)
    screen.end_line()


def _show_of(
    requests: Sequence[Metadata], screen: Screen, *, is_collated: bool, result_only: bool
) -> None:
    if not result_only:
        for stream in ("stdout", "stderr"):
            for each in requests:
                screen.text(stream, each[stream], each.engine_id)
                if each[stream]:
                    screen.end_line()
        rows: list[list[tuple[Any, int]]]
        rows = [[(bundle, each.engine_id) for bundle in each.outputs] for each in requests]
        if is_collated:
            rows = [[found for found in row if found is not None] for row in zip_longest(*rows)]
        for row in rows:
            for bundle, engine in row:
                screen.output(bundle, engine)
    for each in requests:
        if each.execute_result is not None:
            screen.value(each.execute_result, each.engine_id)


class LiveOutput:
    """Shows what requests print and display while they run.

    Values of cells, and the figures that cells have drawn and not shown, are not shown: they come
    at the end, in the order of the engines.

    Parameters
    ----------
    requests : sequence of Request
        Which.
    screen : Screen
        Shows it.
    """

    def __init__(self, requests: Sequence[Request], screen: Screen) -> None:
        self._requests = requests
        self._screen = screen
        self._seen: list[list[_Item]] = [[] for _ in requests]

    @property
    def has_shown(self) -> bool:
        """Whether something was shown."""
        return any(self._seen)

    def show_new(self) -> None:
        """Show what has come since the last time."""
        for request, seen in zip(self._requests, self._seen, strict=True):
            request.ask_for_shown()
            now = request.output.transcript
            for index, item in enumerate(now):
                before = seen[index] if index < len(seen) else None
                if before is not item and before != item:
                    self._show(request, before, item)
            seen[:] = now

    def show_figures(self) -> None:
        """Show the figures that the cells have drawn."""
        for request in self._requests:
            for item in request.output.transcript:
                if isinstance(item, Figure):
                    bundle = request.bundles().of(item)
                    self._screen.output(bundle, request.metadata.engine_id)

    def _show(self, request: Request, before: _Item | None, item: _Item) -> None:
        engine = request.metadata.engine_id
        if isinstance(item, tuple):
            stream, text = item
            is_more = isinstance(before, tuple) and before[0] == stream
            if is_more and text.startswith(before[1]):  # type: ignore[index]  # a tuple
                text = text[len(before[1]) :]  # type: ignore[index]
            self._screen.text(stream, text, engine)
        elif not isinstance(item, Figure) and getattr(item, "kind", "") != "execute_result":
            bundle, name = request.bundles().of(item), getattr(item, "display_id", None)
            is_update = name is not None and name == getattr(before, "display_id", None)
            self._screen.output(bundle, engine, is_update=is_update)
