"""BalancedRequest: one call for any engine, from its sending to its value."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from emout_lab.engine.protocol import Call, Failure
from emout_lab.engine.remote_errors import remote_error
from emout_lab.engine.serialization import unpack
from emout_lab.engine.views.bundles import TaskItem, TaskOutcome
from emout_lab.parallel.errors import ImpossibleDependency, TaskAborted
from emout_lab.parallel.metadata import Metadata, moment

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine

#: What is known as seconds since the epoch, and told as a datetime.
TIMES = frozenset(("submitted", "started", "completed", "received"))


class BalancedRequest(Future[Any]):
    """One call for any engine; a future of what it gives.

    Parameters
    ----------
    item : TaskItem
        The call.
    places : frozenset of int, optional
        Engines that may run it; all by default.
    retries : int
        How often it is run again when it fails.
    directory : str, optional
        What relative paths mean.
    on_abort : callable
        Called with its id when it is aborted.

    Attributes
    ----------
    is_solo : bool
        Whether it travels alone.
    """

    def __init__(
        self,
        item: TaskItem,
        *,
        places: frozenset[int] | None,
        retries: int,
        directory: str | None,
        on_abort: Callable[[str], None],
        known: dict[str, Any],
    ) -> None:
        super().__init__()
        self.item, self.places, self.directory = item, places, directory
        self.is_solo = False
        self._retries, self._on_abort = retries, on_abort
        self._tried: frozenset[int] = frozenset()
        # A dict of what is known takes much more memory than this, for each of many items.
        self._known = known
        self._metadata: Metadata | None = None
        self._ended: dict[str, Any] = {"submitted": time.time()}

    @property
    def msg_id(self) -> str:
        """Its id."""
        return self.item.id

    @property
    def call(self) -> Call:
        """What is called."""
        return Call(self.item.id, b"", self.item.label, self.item.origin, keep=False)

    @property
    def metadata(self) -> Metadata:
        """What is known of it so far."""
        if self._metadata is None:
            self._metadata = Metadata(msg_id=self.item.id, **self._known)
            self._metadata.update(self._told())
        return self._metadata

    def abort(self) -> None:
        """End it, whether it runs or waits."""
        if not self.done():
            text = f"{self.item.label} was aborted before its result came"
            self._fail(TaskAborted(text), "aborted")
            self._on_abort(self.item.id)

    def note_outcome(
        self, outcome: TaskOutcome, engine: NumberedEngine | None, engines: Sequence[int]
    ) -> bool:
        """Take what came of it; return whether it is to be run again."""
        failure = outcome.failure
        if outcome.is_unmet and engine is not None:
            self._tried |= {engine.number}
            left = frozenset(engines if self.places is None else self.places) - self._tried
            if left:
                self.places = left
                return True
        elif failure is not None and self._retries > 0:
            self._retries -= 1
            return True
        self._note_run(outcome, engine)
        if failure is None:
            self._fulfil(outcome.value)
        else:
            error = self._error(failure, engine)
            self._fail(self._impossible(error) if outcome.is_unmet else error)
        return False

    def note_no_engine(self) -> None:
        """Take that none of the engines is there any more that may run it."""
        which = sorted(self.places or ())
        self._fail(
            ImpossibleDependency(
                f"{self.item.label} was for engines {which}, and none of them is there any more"
            )
        )

    def note_loss(self, error: BaseException) -> None:
        """Take that nothing came of it."""
        self._fail(error)

    def _impossible(self, error: BaseException) -> ImpossibleDependency:
        made = ImpossibleDependency(
            f"{self.item.label}: no engine has what it needs (tried: {sorted(self._tried)}). "
            f"The last said: {error}"
        )
        made.__cause__ = error
        return made

    def _note_run(self, outcome: TaskOutcome, engine: NumberedEngine | None) -> None:
        self._ended.update(
            engine_id=None if engine is None else engine.number,
            engine_uuid=None if engine is None else engine.uuid,
            started=outcome.started,
            completed=outcome.started + outcome.seconds,
        )
        texts = [piece for pieces in outcome.printed for piece in pieces]
        for stream in ("stdout", "stderr") if texts else ():
            if found := "".join(text for name, text in texts if name == stream):
                self._ended[stream] = found

    def _error(self, failure: Failure, engine: NumberedEngine | None) -> BaseException:
        error = remote_error(failure, self.item.label, failure.place or self.item.origin)
        error.engine_info = {
            "engine_id": None if engine is None else engine.number,
            "engine_uuid": None if engine is None else engine.uuid,
            "method": "apply",
        }
        return error

    def _fulfil(self, data: Any) -> None:
        try:
            value = unpack(data)
        except Exception as error:  # noqa: BLE001  # the user's own code; who waits raises it
            self._fail(error)
            return
        self._end(status="ok")
        with contextlib.suppress(InvalidStateError):
            self.set_result(value)

    def _fail(self, error: BaseException, status: str = "error") -> None:
        if not self.done():
            self._end(status=status, error=error)
        with contextlib.suppress(InvalidStateError):
            self.set_exception(error)

    def _end(self, **known: Any) -> None:
        self._ended.update(received=time.time(), **known)
        if self._metadata is not None:
            self._metadata.update(self._told())

    def _told(self) -> dict[str, Any]:
        return {k: moment(v) if k in TIMES else v for k, v in self._ended.items()}
