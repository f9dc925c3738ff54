"""What views need of their client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from emout_lab.parallel.async_result import AsyncResult

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.parallel.sender import Sender
    from emout_lab.parallel.targets import Targets
    from emout_lab.remote.session import Session

R = TypeVar("R", bound=AsyncResult)


class ViewClient(Protocol):
    """The client of a view; `emout_lab.parallel.client` implements it."""

    session: Session
    sender: Sender

    def engines_of(self, targets: Targets) -> list[NumberedEngine]:
        """Return the engines of targets."""

    def note(self, result: R) -> R:
        """Remember a result, to be had again by its ids."""

    def noted(self, msg_id: str) -> AsyncResult | None:
        """Return the result of a request by its id; None where nothing is known of it."""
