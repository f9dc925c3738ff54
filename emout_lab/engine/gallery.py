"""The last figures that an engine drew, for whoever looks later."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable

from emout_lab.engine.call import Figure
from emout_lab.engine.snapshot import FigureInfo
from emout_lab.errors import ObjectGone
from emout_lab.format import format_bytes

MAX_FIGURES = 200


class Gallery:
    """A bounded collection; the oldest figures go first, the last one stays whatever it takes.

    Parameters
    ----------
    max_bytes : callable
        Returns the most that all figures may take together.
    max_figures : int
        The most that are kept.
    """

    def __init__(self, max_bytes: Callable[[], int], max_figures: int = MAX_FIGURES) -> None:
        self._max_bytes = max_bytes
        self._max_figures = max_figures
        self._figures: OrderedDict[str, tuple[FigureInfo, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self.version = 0

    def add(self, figure: Figure, notebook: str | None) -> FigureInfo:
        """Keep a figure and return its particulars."""
        info = FigureInfo(
            id=figure.id,
            engine=figure.engine,
            notebook=notebook,
            format=figure.format,
            mimetype=figure.mimetype,
            width=figure.width,
            height=figure.height,
            bytes=len(figure.data),
            milliseconds=figure.milliseconds,
            created=figure.created,
            bytes_read=figure.bytes_read,
            title=figure.title,
            cell=figure.cell,
        )
        most = self._max_bytes()
        with self._lock:
            self._figures[figure.id] = (info, figure.data)
            self._bytes += info.bytes
            self.version += 1
            while len(self._figures) > 1 and (
                self._bytes > most or len(self._figures) > self._max_figures
            ):
                _, (oldest, _) = self._figures.popitem(last=False)
                self._bytes -= oldest.bytes
        return info

    def forget(self, names: Iterable[str]) -> None:
        """Give figures up; unknown names are ignored, since a wish may come twice."""
        with self._lock:
            gone = [self._figures.pop(name, None) for name in names]
            found = [entry for entry in gone if entry is not None]
            self._bytes -= sum(info.bytes for info, _ in found)
            self.version += bool(found)

    def size(self) -> int:
        """Return the bytes of all pictures."""
        return self._bytes

    def data(self, name: str) -> bytes:
        """Return the bytes of a figure.

        Raises
        ------
        ObjectGone
            If it made room for newer ones, or was cleared.
        """
        try:
            return self._figures[name][1]
        except KeyError:
            raise ObjectGone(
                f"figure {name} is no longer in the engine's gallery: it was cleared, or has made "
                f"room for newer ones (the last {self._max_figures} are kept, in "
                f"{format_bytes(self._max_bytes())} at most; setting figure_share). Run its cell "
                "again."
            ) from None

    def infos(self) -> tuple[FigureInfo, ...]:
        """Return the particulars of all figures, oldest first."""
        with self._lock:
            return tuple(info for info, _ in self._figures.values())
