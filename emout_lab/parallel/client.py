"""Client: the engines of a session as IPython.parallel's users know them."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.balanced_view import LoadBalancedView
from emout_lab.parallel.direct_view import DirectView
from emout_lab.parallel.engine_table import EngineTable
from emout_lab.parallel.sender import Sender
from emout_lab.parallel.targets import Targets
from emout_lab.remote.session import Session, resolve

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine

R = TypeVar("R", bound=AsyncResult)


class Client:
    """The engines of a session.

    Parameters
    ----------
    session : Session or str, optional
        Which; the connected (or the active) one by default.

    Examples
    --------
    ::

        client = Client()
        client.ids
        client[:].apply_sync(os.getpid)
    """

    def __init__(self, session: Session | str | None = None) -> None:
        self.session = resolve(session)
        self.sender = Sender(self.session)
        self._table = EngineTable(self.session)
        self._results: dict[str, AsyncResult] = {}

    @property
    def ids(self) -> list[int]:
        """Ids of the engines that are there now."""
        return list(self._table.look())

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[DirectView]:
        for number in self.ids:
            yield self[number]

    def __getitem__(self, key: Any) -> DirectView:
        return DirectView(self, targets=self._table.chosen(key))

    def direct_view(self, targets: Any = "all", **flags: Any) -> DirectView:
        """Return a view of engines; of all that there are at each call, by default."""
        found = targets if targets == "all" else self._table.chosen(targets)
        return DirectView(self, targets=found, **flags)

    def load_balanced_view(self, targets: Any = None, **flags: Any) -> LoadBalancedView:
        """Return a view that lets any engine, or any of some, run what is asked for."""
        found = None if targets is None or targets == "all" else self._table.chosen(targets)
        return LoadBalancedView(self, targets=found, **flags)

    def noted(self, msg_id: str) -> AsyncResult | None:
        """Return the result of a request by its id; None where nothing is known of it."""
        return self._results.get(msg_id)

    def engines_of(self, targets: Targets) -> list[NumberedEngine]:
        """Return the engines of targets, see `EngineTable.engines`."""
        return self._table.engines(targets)

    def note(self, result: R) -> R:
        """Remember a result, to be had again by its ids."""
        for each in result.msg_ids:
            self._results[each] = result
        return result

    def become_dask(self) -> Any:
        """Return the session's Dask client."""
        return self.session.client

    def close(self) -> None:
        """Give up what is known of results; the session goes on."""
        self._results.clear()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of session {self.session.name!r}>"
