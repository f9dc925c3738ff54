"""Pictures that came back, kept so that they outlive the engine that drew them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from emout_lab.errors import ObjectGone
from emout_lab.server.contract.models import Figure

#: Every figure costs time whenever one is drawn, however small it is.
MOST_IMAGES: Final = 500


class ImageCache:
    """Figures of all sessions with the image bytes of the newest.

    A figure is listed while an engine can still give its image or its image is kept here.

    Parameters
    ----------
    capacity : int
        Bytes of images that are kept; the oldest figures give way.
    most : int
        How many images are kept.
    """

    def __init__(self, capacity: int, most: int = MOST_IMAGES) -> None:
        self._capacity = capacity
        self._most = most
        self._figures: dict[str, Figure] = {}
        self._images: dict[str, bytes] = {}
        self._live: dict[str, int] = {}  # figures that an engine still has, with their arrival
        self._arrivals = 0
        # Figures that were taken off the list, and when.
        self._hidden: dict[str, tuple[Figure, int]] = {}

    def mark(self) -> int:
        """Return a point in time for :meth:`reconcile`."""
        return self._arrivals

    def figures(self) -> list[Figure]:
        """Return what can be shown, newest first."""
        return sorted(self._figures.values(), key=lambda each: each.created, reverse=True)

    def figure(self, figure_id: str) -> Figure:
        """Return one figure's metadata.

        Raises
        ------
        ObjectGone
            When no such figure is known.
        """
        figure = self._figures.get(figure_id)
        if figure is None:
            raise ObjectGone(
                f"There is no figure {figure_id!r}: its session has stopped, or newer figures "
                "have taken its place. Run its cell again."
            )
        return figure

    def image(self, figure_id: str) -> bytes | None:
        """Return the image if it is kept here."""
        return self._images.get(figure_id)

    def hide(self, figure_ids: Iterable[str]) -> None:
        """Take figures off the list; engines that still have them do not bring them back."""
        for figure_id in figure_ids:
            figure = self._figures.pop(figure_id, None)
            self._images.pop(figure_id, None)
            self._live.pop(figure_id, None)
            if figure is not None:
                self._hidden[figure_id] = figure, self._arrivals

    def hidden(self, figure_ids: Iterable[str]) -> list[str]:
        """Return those that were taken off the list."""
        return [figure_id for figure_id in figure_ids if figure_id in self._hidden]

    def add(self, figure: Figure) -> None:
        """List a figure that an engine has, unless it was taken off."""
        if figure.id in self._hidden:
            return
        self._arrivals += 1
        self._live.setdefault(figure.id, self._arrivals)
        self._figures[figure.id] = figure

    def reconcile(
        self,
        session: str,
        figures: Iterable[Figure],
        since: int,
        silent: Container[str] = (),
    ) -> None:
        """Take over what a session's engines list.

        Parameters
        ----------
        session : str
            Name of the session.
        figures : iterable of Figure
            What its engines listed.
        since : int
            The :meth:`mark` taken before the engines were asked: a figure that arrived later
            cannot be in their answer and stays.
        silent : container of str
            Addresses of engines that did not answer: what they did not list may still be there.
        """
        listed = {figure.id: figure for figure in figures}

        def is_gone(figure: Figure, seen_at: int) -> bool:
            is_asked = figure.session == session and figure.address not in silent
            return is_asked and figure.id not in listed and seen_at <= since

        for figure_id, (hidden, hidden_at) in list(self._hidden.items()):
            if is_gone(hidden, hidden_at):
                del self._hidden[figure_id]
        for figure in listed.values():
            if figure.id not in self._live:
                self.add(figure)
        for figure_id, known in list(self._figures.items()):
            if is_gone(known, self._live.get(figure_id, 0)):
                self.lose(figure_id)

    def lose(self, figure_id: str) -> None:
        """Note that no engine has this figure any more; without a kept image it is gone."""
        self._live.pop(figure_id, None)
        if figure_id not in self._images:
            self._figures.pop(figure_id, None)

    def put_image(self, figure_id: str, image: bytes) -> None:
        """Keep an image; the images of the oldest figures give way."""
        if figure_id not in self._figures:
            return
        self._images[figure_id] = image
        free, places = self._capacity, self._most
        for figure in self.figures():
            kept = self._images.get(figure.id)
            if kept is None:
                continue
            free, places = free - len(kept), places - 1
            if free < 0 or places < 0:
                del self._images[figure.id]
                if figure.id not in self._live:
                    self.lose(figure.id)

    def missing(self, session: str) -> list[Figure]:
        """Return a session's newest figures whose images are not kept but would fit."""
        free, places, wanted = self._capacity, self._most, []
        for figure in self.figures():
            image = self._images.get(figure.id)
            free -= figure.bytes if image is None else len(image)
            places -= 1
            if free < 0 or places < 0:
                break
            if image is None and figure.session == session:
                wanted.append(figure)
        return wanted
