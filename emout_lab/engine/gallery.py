"""The last figures that an engine drew, for whoever looks later."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from emout_lab.engine.call import Figure
from emout_lab.engine.snapshot import FigureInfo
from emout_lab.errors import ObjectGone

MAX_BYTES = 64_000_000
MAX_FIGURES = 200


class Gallery:
    """A bounded collection; the oldest figures go first."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_figures: int = MAX_FIGURES) -> None:
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
        )
        with self._lock:
            self._figures[figure.id] = (info, figure.data)
            self._bytes += info.bytes
            self.version += 1
            while len(self._figures) > 1 and (
                self._bytes > self._max_bytes or len(self._figures) > self._max_figures
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
                f"figure {name} is no longer in the engine's gallery: it was cleared, or is none "
                f"of the last {self._max_figures}. Run its cell again."
            ) from None

    def infos(self) -> tuple[FigureInfo, ...]:
        """Return the particulars of all figures, oldest first."""
        with self._lock:
            return tuple(info for info, _ in self._figures.values())
