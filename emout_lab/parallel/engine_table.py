"""EngineTable: the engines of a session by the numbers that views know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emout_lab.client import aio
from emout_lab.errors import NoEngine
from emout_lab.parallel.targets import Targets, chosen

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.remote.session import Session


class EngineTable:
    """Knows which engines there are, and asks where it does not.

    Parameters
    ----------
    session : Session
        Whose engines.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, NumberedEngine] = {}

    def look(self) -> dict[int, NumberedEngine]:
        """Ask, and return the engines that are there now by their ids."""
        connection = self._session.connection
        found = connection.wait_for(aio.engines(connection.client))
        self._known = {each.number: each for each in found}
        return self._known

    def chosen(self, key: Any) -> Targets:
        """Return the ids that a key means, see `targets.chosen`."""
        return chosen(key, list(self.look()))

    def engines(self, targets: Targets) -> list[NumberedEngine]:
        """Return the engines of targets.

        Raises
        ------
        NoEngine
            If none is there.
        IndexError
            If one of them is gone.
        """
        if targets == "all":
            found = list(self.look().values())
            if not found:
                raise NoEngine(f"session {self._session.name!r} has no engine yet")
            return found
        numbers = [targets] if isinstance(targets, int) else list(targets)
        if any(number not in self._known for number in numbers):
            self.look()
        chosen(numbers, list(self._known))
        return [self._known[number] for number in numbers]  # type: ignore[index]
