"""What views need of their client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.targets import Targets

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.parallel.sender import Sender
    from emout_lab.remote.session import Session

R = TypeVar("R", bound=AsyncResult)


class ViewClient(Protocol):
    """The client of a view; `emout_lab.parallel.client` implements it."""

    session: Session
    sender: Sender

    def engines_of(self, targets: Any) -> list[NumberedEngine]:
        """Return the engines of targets."""

    def chosen(self, targets: Any) -> Targets:
        """Return the ids that are meant now."""

    def noted(self, msg_id: str) -> AsyncResult | None:
        """Return the result of a request by its id; None where nothing is known of it here."""

    def note(self, result: R) -> R:
        """Remember a result, to be had again by its ids."""

    @property
    def outstanding(self) -> set[str]:
        """Ids of the requests that are under way."""

    @property
    def results(self) -> Mapping[str, Any]:
        """What came of the requests that are known, by id."""

    def wait(self, jobs: Any = None, timeout: float | None = -1) -> bool:
        """Wait for requests."""

    def abort(self, jobs: Any = None, targets: Any = None, block: bool | None = None) -> None:
        """End requests."""

    def queue_status(self, targets: Any = "all", verbose: bool = False) -> Any:
        """Tell what engines have to do."""

    def purge_results(self, jobs: Any = (), targets: Any = ()) -> None:
        """Forget results."""

    def shutdown(
        self,
        targets: Any = "all",
        restart: bool = False,
        hub: bool = False,
        block: bool | None = None,
    ) -> Any:
        """End engines, or the session."""

    def get_result(
        self, indices_or_msg_ids: Any = None, block: bool | None = None, owner: bool = True
    ) -> AsyncResult:
        """Return a result again."""
