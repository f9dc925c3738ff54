"""Makes requests for any engine and lets them go when what they wait for is over."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from emout_lab.client.session import notebook_path
from emout_lab.engine import user_objects
from emout_lab.engine.protocol import Origin
from emout_lab.engine.send_errors import REFUSALS, not_sendable
from emout_lab.engine.serialization import Packed
from emout_lab.engine.views.bundles import TaskItem
from emout_lab.engine.views.packing import pack_request
from emout_lab.errors import EmoutLabError, NotSendable
from emout_lab.parallel.balanced_request import BalancedRequest
from emout_lab.parallel.errors import InvalidDependency
from emout_lab.parallel.output_bundles import Bundles
from emout_lab.parallel.sender import directory
from emout_lab.parallel.task_dependencies import Dependency, DependencyWatch
from emout_lab.remote.call_site import described, origin

if TYPE_CHECKING:
    from emout_lab.parallel.client_protocol import ViewClient

#: What means the same wherever it is unpacked.
PLAIN = frozenset((int, float, complex, bool, str, bytes, type(None)))

Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class TaskOptions:
    """How tasks are run: flags of a view, of which ``places`` are the engines that may run them."""

    places: frozenset[int] | None = None
    after: Dependency | None = None
    follow: Dependency | None = None
    timeout: float | None = None
    retries: int = 0


class BalancedSender:
    """Sends calls of one function to any engine.

    Parameters
    ----------
    client : Client
        Whose engines.
    function : callable
        What is called; it is packed once.
    label : str
        The call as a person would write it.
    options : TaskOptions
        How they are run.
    """

    def __init__(self, client: ViewClient, function: Any, label: str, options: TaskOptions) -> None:
        self._client, self._label, self._options = client, label, options
        self._balancer = client.session.connection.balancer
        self._directory = directory()
        self._origin: Origin | None = described(origin())
        self._names = f"{uuid.uuid4().hex}_%d"
        self._count = 0
        self._function: bytes | Packed = b""
        self._brings_names = client.sender.brings_names
        self._error: Exception | None = None
        try:
            with user_objects.by_value():
                self._function = pack_request(function, _refuse, brings_names=self._brings_names)
        except Exception as error:  # noqa: BLE001  # the user's own code; who waits raises it
            self._error = _told(error, function)
        self._bundles = Bundles(client.session.name, notebook_path())
        self._known = {
            "after": sorted(options.after or ()) or None,
            "follow": sorted(options.follow or ()) or None,
        }

    def send(self, calls: Iterable[Arguments]) -> list[Any]:
        """Send calls by their arguments; what cannot be packed fails when its value is wanted."""
        with user_objects.by_value():
            made = [self._request(each) for each in calls]
        self._let_go([each for each in made if not each.done()])
        return made

    def _request(self, call: Arguments) -> BalancedRequest:
        error = self._error
        arguments: bytes | Packed = b""
        if error is None:
            try:
                arguments = _packed(call, brings_names=self._brings_names)
            except Exception as refused:  # noqa: BLE001  # as above
                args, kwargs = call
                error = _told(refused, self._label, args, kwargs)
        name = self._names % self._count
        self._count += 1
        request = BalancedRequest(
            TaskItem(name, self._function, arguments, self._label, self._origin),
            places=self._options.places,
            retries=self._options.retries,
            directory=self._directory,
            on_abort=self._balancer.give_up,
            bundles=self._bundles,
            known=self._known,
        )
        if error is not None:
            request.note_loss(error)
        return request

    def _let_go(self, requests: list[BalancedRequest]) -> None:
        options = self._options
        after, follow = options.after or Dependency(), options.follow or Dependency()
        if not (after or follow):
            self._balancer.add(requests)
            return

        def fail(error: BaseException) -> None:
            for request in requests:
                request.note_loss(error)

        def go(engines: frozenset[int] | None) -> None:
            if engines is not None:
                places = engines if options.places is None else engines & options.places
                for request in requests:
                    request.places = places
            self._balancer.add(requests)

        try:
            known = {each: self._known_request(each) for each in {*after, *follow}}
        except InvalidDependency as error:
            fail(error)
        else:
            DependencyWatch(after, follow, known, go, fail).start(options.timeout)

    def _known_request(self, msg_id: str) -> Future[Any]:
        result = self._client.noted(msg_id)
        for request in () if result is None else result._requests:
            if request.msg_id == msg_id:
                return request
        raise InvalidDependency(f"{msg_id!r} is the id of no request of this client")


def _packed(call: Arguments, *, brings_names: bool) -> bytes | Packed:
    """Pickle arguments; plain numbers and texts, of which maps have many, in the quick way."""
    args, kwargs = call
    if not kwargs and all(type(part) in PLAIN or _is_plain(part) for part in args):
        return pickle.dumps((args, {}), pickle.HIGHEST_PROTOCOL)
    return pack_request(call, _refuse, brings_names=brings_names)


def _told(error: Exception, function: Any, *call: Any) -> Exception:
    """Return an error that names what cannot be pickled, where this is what has failed."""
    if isinstance(error, EmoutLabError) or not isinstance(error, REFUSALS):
        return error
    made = not_sendable(error, function, *call)
    made.__cause__ = error
    return made


def _is_plain(part: Any) -> bool:
    return type(part) is list and all(type(each) in PLAIN for each in part)


def _refuse(reference: Any) -> NoReturn:
    raise NotSendable(
        f"{reference!r} is on one engine, and a load-balanced task runs on any: fetch() it, or use "
        "the direct view of its engine"
    )
