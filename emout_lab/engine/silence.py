"""Which clients are silent, and for how long: a suspended machine neither leaves nor answers."""

from __future__ import annotations

from collections.abc import Mapping


class Silences:
    """Counts for how long clients have not been heard of.

    What counts is time in which this process listened: one that was frozen itself, or whose clock
    was set, takes nobody for silent.

    Examples
    --------
    >>> silences = Silences()
    >>> silences.note({"a": 7.0}, 2.0)
    >>> silences.note({"a": 7.0}, 2.0)
    >>> silences.longer_than(1.5)
    ['a']
    """

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._silent: dict[str, float] = {}

    def note(self, heard: Mapping[str, float], step: float) -> None:
        """Take when each client was last heard of; ``step`` is the time since the last note [s]."""
        self._silent = {
            client: self._silent[client] + step if self._heard.get(client) == when else 0.0
            for client, when in heard.items()
        }
        self._heard = dict(heard)

    def longer_than(self, limit: float) -> list[str]:
        """Return the clients that have been silent for more than ``limit`` seconds."""
        return [client for client, seconds in self._silent.items() if seconds > limit]
