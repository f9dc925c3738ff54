"""BalancedRequest: one call for any engine, from its sending to its value."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from emout_lab.client.collector import Collector
from emout_lab.engine.protocol import Call, Failure, Reply
from emout_lab.engine.remote_errors import remote_error
from emout_lab.engine.serialization import unpack
from emout_lab.engine.views.bundles import TaskItem, TaskOutcome
from emout_lab.errors import EngineError
from emout_lab.parallel.deliveries import DELIVERIES
from emout_lab.parallel.errors import ImpossibleDependency, TaskAborted
from emout_lab.parallel.metadata import Metadata, moment
from emout_lab.parallel.output_bundles import Bundles
from emout_lab.parallel.request_errors import MISUNDERSTOOD, unreadable

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine

#: What is known as seconds since the epoch, and told as a datetime.
TIMES = frozenset(("submitted", "started", "completed", "received"))

#: Of requests that have printed nothing (yet), of which there may be very many.
NOTHING = Collector()


class BalancedRequest(Future[Any]):
    """One call for any engine; a future of what it gives, with the surface of a `Request`.

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
    bundles : Bundles
        Makes bundles of what it displays.
    known : dict
        Of its metadata, what is the same for all requests of a call.

    Attributes
    ----------
    is_solo : bool
        Whether it travels alone.
    msg_id : str
        Its id.
    """

    method = "apply"

    def __init__(
        self,
        item: TaskItem,
        *,
        places: frozenset[int] | None,
        retries: int,
        directory: str | None,
        on_abort: Callable[[str], None],
        bundles: Bundles,
        known: dict[str, Any],
    ) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        self.places, self.directory = places, directory
        self.is_solo = False
        self.item = item
        self.msg_id, self._label, self._origin = item.id, item.label, item.origin
        self._retries, self._on_abort, self._bundles = retries, on_abort, bundles
        self._tried: frozenset[int] = frozenset()
        self._engine: NumberedEngine | None = None
        # There may be very many, of which nobody asks these.
        self._known = known
        self._metadata: Metadata | None = None
        self._told: dict[str, Any] = {"submitted": time.time()}
        self._printed: Reply | None = None
        self._output: Collector | None = None

    @property
    def call(self) -> Call | None:
        """What is called; None once it is over."""
        return None if self.done() else Call(self.msg_id, b"", self._label, self._origin)

    @property
    def metadata(self) -> Metadata:
        """What is known of it so far."""
        if self._metadata is None:
            self._metadata = Metadata(msg_id=self.msg_id, label=self._label, **self._known)
        for key, value in list(self._told.items()):
            self._metadata[key] = moment(value) if key in TIMES else value
        if self._printed is not None:
            output = self.output
            self._metadata.update(
                stdout=output.stdout,
                stderr=output.stderr,
                outputs=[self._bundles.of(each) for each in output.outputs],
            )
        return self._metadata

    @property
    def output(self) -> Collector:
        """What it has printed and displayed; there is nothing until it is over."""
        if self._printed is None:
            return NOTHING
        if self._output is None:
            self._output = Collector()
            self._output.finish(self._printed)
        return self._output

    @property
    def engine_info(self) -> dict[str, Any]:
        """Where it ran, as errors tell it."""
        engine = self._engine
        return {
            "engine_id": None if engine is None else engine.number,
            "engine_uuid": None if engine is None else engine.uuid,
            "method": self.method,
        }

    def bundles(self) -> Bundles:
        """Return what makes bundles of what it displays."""
        return self._bundles

    def ask_for_shown(self) -> None:
        """Do nothing: all comes when it is over."""

    def abort(self, *, is_given_up: bool = False) -> None:  # noqa: ARG002  # as for `Request`
        """End it, whether it runs or waits."""
        if not self.done():
            self._fail(TaskAborted(f"{self._label} was aborted"), "aborted")
            self._on_abort(self.msg_id)

    def is_again(
        self, outcome: TaskOutcome, engine: NumberedEngine | None, engines: Sequence[int]
    ) -> bool:
        """Look at what came of it; return whether it is to be run again."""
        if outcome.is_unmet:
            if engine is None:
                return False
            self._tried |= {engine.number}
            left = frozenset(engines if self.places is None else self.places) - self._tried
            self.places = left or self.places
            return bool(left)
        is_again = outcome.failure is not None and self._retries > 0
        self._retries -= is_again
        return is_again

    def settle(self, outcome: TaskOutcome, engine: NumberedEngine | None) -> None:
        """Take what came of it."""
        self._engine = engine
        self._told.update(
            engine_id=None if engine is None else engine.number,
            engine_uuid=None if engine is None else engine.uuid,
            started=outcome.started,
            completed=outcome.started + outcome.seconds,
        )
        if outcome.printed:
            self._printed = Reply((), printed=outcome.printed, displays=outcome.displays)
        if outcome.failure is None:
            self._fulfil(outcome.value)
        else:
            error = self._error(outcome.failure)
            self._fail(self._impossible(error) if outcome.is_unmet else error)

    @staticmethod
    def deliver(function: Callable[[], None]) -> None:
        """Call a function outside of the event loop."""
        DELIVERIES.run(function)

    def note_no_engine(self) -> None:
        """Take that none of the engines is there any more that may run it."""
        text = f"{self._label} was for engines {sorted(self.places or ())}, which are gone"
        self._fail(ImpossibleDependency(text))

    def note_loss(self, error: BaseException) -> None:
        """Take that nothing came of it."""
        self._fail(error)

    def _impossible(self, error: BaseException) -> ImpossibleDependency:
        made = ImpossibleDependency(
            f"{self._label}: no engine has what it needs (tried: {sorted(self._tried)}). "
            f"The last said: {error}"
        )
        made.__cause__ = error
        return made

    def _error(self, failure: Failure) -> BaseException:
        place = failure.place or self._origin
        error = remote_error(failure, self._label, place, as_plain=MISUNDERSTOOD)
        error.engine_info = self.engine_info
        return error

    def _fulfil(self, data: Any) -> None:
        try:
            value = unpack(data)
        except BaseException as error:  # noqa: BLE001  # the user's own code, sys.exit() too
            number = None if self._engine is None else self._engine.number
            self._fail(unreadable(self._label, number, error))
            return
        with contextlib.suppress(InvalidStateError):
            if not self.done():
                self._end(status="ok")
            self.set_result(value)

    def _fail(self, error: BaseException, status: str = "error") -> None:
        if not isinstance(error, Exception):
            error = EngineError(f"{self._label}: ended by {type(error).__name__}: {error}")
        with contextlib.suppress(InvalidStateError):
            if not self.done():
                self._end(status=status, error=error)
            self.set_exception(error)

    def _end(self, **known: Any) -> None:
        self._told.update(received=time.time(), **known)
        # Arguments may be large.
        self.item = self.item._replace(function=b"", arguments=b"")
