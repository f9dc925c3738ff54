"""EngineTable: the engines of a session by the numbers that views know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emout_lab.errors import NoEngine
from emout_lab.parallel.targets import Targets, chosen, is_all
from emout_lab.remote.waiting import interrupts_at_users_line

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.remote.session import Session


class EngineTable:
    """Knows which engines there are; it asks where the session tells that some came or went.

    Parameters
    ----------
    session : Session
        Whose engines.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        # Which state of the session this is, and the engines then: one object, swapped at once.
        self._seen: tuple[int, dict[int, NumberedEngine]] = (-1, {})

    def look(self) -> dict[int, NumberedEngine]:
        """Ask, and return the engines that are there now by their ids.

        Raises
        ------
        SessionDead
            If the session is over.
        """
        connection = self._session.connection
        changes = connection.engine_changes
        with interrupts_at_users_line():
            found = connection.numbered_engines()
        self._seen = changes, {each.number: each for each in found}
        return self._seen[1]

    def known(self) -> dict[int, NumberedEngine]:
        """Return the engines as the session has told last, without asking where nothing is new."""
        connection = self._session.connection
        changes, engines = self._seen
        if not engines or changes != connection.engine_changes or not connection.is_open:
            return self.look()
        return engines

    def chosen(self, key: Any) -> Targets:
        """Return the ids that a key means now, see `targets.chosen`.

        An id that is known is not asked for: a loop over 1,000 engines would ask 1,000 times.

        Raises
        ------
        NoEngine
            For a slice where no engine is there yet.
        """
        if isinstance(key, int) and key in self.known():
            return int(key)
        ids = list(self.look())
        if not ids and (key is None or isinstance(key, slice)):
            raise self._none()
        return chosen(key, ids)

    def engines(self, targets: Any) -> list[NumberedEngine]:
        """Return the engines of targets.

        Raises
        ------
        NoEngine
            If none is there, or none is meant.
        IndexError
            If one of them is gone.
        """
        engines = self.known()
        if is_all(targets) or targets is None:
            found = list(engines.values())
        else:
            numbers = chosen(targets, list(engines))
            found = [engines[n] for n in ([numbers] if isinstance(numbers, int) else numbers)]  # type: ignore[index]
        if not found:
            raise self._none() if not engines else NoEngine(f"{targets!r} are no engines")
        return found

    def _none(self) -> NoEngine:
        return NoEngine(
            f"session {self._session.name!r} has no engine yet; client.wait_for_engines(1) waits. "
            "See `emout-lab server status`"
        )
