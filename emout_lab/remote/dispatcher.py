"""Pending calls for one engine: when they are sent, and what comes back."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from emout_lab.engine.protocol import Figure, FigureOptions, Program, Reply
from emout_lab.engine.remote_errors import remote_error
from emout_lab.engine.send_errors import packed_call
from emout_lab.engine.serialization import unpack
from emout_lab.errors import EngineLost, ObjectGone, ObjectsDropped
from emout_lab.remote import buffers, freed, local_axes, plan, replicas
from emout_lab.remote.call_site import described, origin, warn_at_users_line, with_cells
from emout_lab.remote.context import AMBIENT, known_recordings, open_recordings
from emout_lab.remote.expression import Expression
from emout_lab.remote.node import Node, State
from emout_lab.remote.ref import RemoteRef
from emout_lab.remote.waiting import shown

if TYPE_CHECKING:
    from emout_lab.remote.link import EngineLink

NO_KWARGS: Mapping[str, Any] = {}
#: So many calls wait before those that nobody refers to any more are looked for.
CROWD = 1000
#: A worker that is lost so soon after a program was sent was probably gone before.
SOON_S = 0.3


class Queue:
    """Calls for one engine, in the order in which the user wrote them.

    Parameters
    ----------
    link : EngineLink
        Finds the engine and carries programs to it.
    lock : threading.RLock
        Shared by all queues of a session, since an object may move between their engines.
    """

    def __init__(self, link: EngineLink, lock: threading.RLock) -> None:
        self.link = link
        self._pending: list[Node] = []
        self._crowd = CROWD
        self._drops: deque[Node] = deque()
        self._discards: list[str] = []
        self._abandoned: deque[str] = deque()
        self._started: set[str] = set()
        self._live: WeakSet[Node] = WeakSet()
        self._lock = lock

    def node(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        has_effect: bool = False,
        can_replay: bool = True,
    ) -> Node:
        """Make the node of a call without queueing it."""
        needs: dict[int, Node] = {}

        def met(ref: Any) -> str:
            node = replicas.here(ref._node, self)
            needs[node.serial] = node
            return node.id

        payload = packed_call(function, args, kwargs, met)
        scope, recording = AMBIENT.scope, AMBIENT.recording_on(self)
        node = Node(
            self,
            payload,
            tuple(needs.values()),
            expression,
            origin(),
            has_effect=has_effect,
            # A call on a figure would be drawn on nothing once the figure is closed.
            can_replay=can_replay and not (has_effect and recording is not None),
            is_pure=can_replay,
            is_part=freed.is_part(function, args),
            scope=None if scope is None else scope.label,
            drawing=None if recording is None else recording.id,
        )
        if scope is not None:
            scope.adopt(node)
        return node

    def ref(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
    ) -> RemoteRef:
        """Queue a call without effects and return the ref to its result."""
        node = self.node(function, args, kwargs, expression=expression, can_replay=can_replay)
        self._enqueue(node)
        return RemoteRef(node)

    def effect(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
        is_urgent: bool = True,
    ) -> RemoteRef:
        """Queue a call that may change something; outside a recording an urgent one is sent."""
        local_axes.refuse(function, args, kwargs)
        changed = freed.changed_by(function, args, kwargs)
        if changed and all(each.queue is not self for each in changed):
            self.flush()  # here only a copy would be changed
            make = changed[0].queue.effect
            return make(function, args, kwargs, expression=expression, can_replay=can_replay)
        if (recording := AMBIENT.recording_on(self)) is not None:
            recording.send_settings()
        if written := buffers.among(args, kwargs):
            return buffers.call(self, written, function, args, kwargs, expression)
        node = self.node(
            function, args, kwargs, expression=expression, has_effect=True, can_replay=can_replay
        )
        freed.note_change(node, changed)
        is_outside = is_urgent and recording is None
        replicas.outdate(node.needs if is_outside else changed)
        self._enqueue(node)
        result = RemoteRef(node)
        if is_outside:
            self.flush()
        return result

    def _enqueue(self, node: Node) -> None:
        with self._lock:
            self._pending.append(node)
            if len(self._pending) > self._crowd:
                # A loop without a needed value would collect what it has thrown away long ago.
                self._pending = [n for n in self._pending if n.is_referenced or n.has_effect]
                self._crowd = max(CROWD, 2 * len(self._pending))

    def forget(self, node: Node) -> None:
        """Note that no ref to a node is left; its object is dropped with the next program."""
        node.is_referenced = False
        if node.state is State.LIVE and node.address is not None:
            self._drops.append(node)
        for guest in list(node.guests.values()):
            guest.queue.forget(guest)

    def _clear_drops(self) -> None:
        while self._drops:
            self._drops.popleft().address = None

    def send_drops(self) -> None:
        """Free in the engine what nobody refers to any more, if there is anything."""
        if (self._drops or self._discards or self._abandoned) and self.link.is_up:
            self.flush()

    def end_cell(self) -> None:
        """Send what is queued; nobody waits for an engine that has only something to free."""
        with self._lock:
            if self._pending or self._discards or self._abandoned:
                self.flush()
            elif self._drops and self.link.free([node.id for node in self._drops]):
                self._clear_drops()

    def discard(self, drawing: str) -> None:
        """Throw away what a recording queued; nothing of it is drawn."""
        with self._lock:
            for node in self._pending:
                if node.drawing == drawing and node.has_effect:
                    node.fail(
                        ObjectGone(f"{node.expression} belongs to a figure that was not finished")
                    )
            plan.spread_failures(self._pending)
            self._pending = [n for n in self._pending if n.state is State.PENDING]
            if drawing in self._started:
                self._started.discard(drawing)
                self._discards.append(drawing)

    def abandon(self, drawing: str) -> None:
        """Note that a recording was collected unfinished; it is discarded with the next program.

        The garbage collector may call from any thread, while another holds the lock.
        """
        self._abandoned.append(drawing)

    def value(self, node: Node, limit: int | None = None) -> Any:
        """Send what is queued and return the value of ``node``, of at most ``limit`` bytes."""
        node.check()
        node.is_referenced = False
        data = self._answer(node, limit)
        return None if data is None else unpack(data)

    def _answer(self, node: Node, limit: int | None, *, is_second: bool = False) -> bytes | None:
        reply = self._send(node, limit=limit)
        if reply.staged is None:
            return reply.value
        try:
            return self.link.take(reply.staged)
        except ObjectGone:
            if is_second:
                raise
            # Dropped on its way, as happens to a notebook that was not heard of.
            return self._answer(node, limit, is_second=True)
        except BaseException:
            # Of an interrupted fetch nobody wants the rest.
            self.link.free([reply.staged])
            raise

    def flush(self) -> None:
        """Send what is queued."""
        with self._lock:
            if self._pending or self._drops or self._discards or self._abandoned:
                self._send(None)

    def finish(self, drawing: str, options: FigureOptions) -> tuple[Figure, ...]:
        """Send what is queued and return the rendered figures of a recording."""
        return self._send(None, ((drawing, options),)).figures

    def hold(self, node: Node) -> str:
        """Have the object of a node in the engine and return the engine's address."""
        with self._lock:
            node.check()
            if not node.is_live_at(self.link.locate()):
                node.is_referenced, node.state = True, State.PENDING  # made again, if it was lost
                if node not in self._pending:
                    self._pending.append(node)
                self._send(None)
                node.check()
            return node.address or ""

    def _send(
        self,
        want: Node | None,
        finish: tuple[tuple[str, FigureOptions], ...] = (),
        limit: int | None = None,
    ) -> Reply:
        with self._lock:
            nodes, reply = self._exchanged(want, finish, limit)
        self._raise_failure(nodes, reply)
        return reply

    def _exchanged(
        self,
        want: Node | None,
        finish: tuple[tuple[str, FigureOptions], ...],
        limit: int | None,
        *,
        is_second: bool = False,
    ) -> tuple[list[Node], Reply]:
        """Send a program and note what became of its calls."""
        address = self.link.locate()
        self._warn_of_replay(address)
        while self._abandoned:
            self.discard(self._abandoned.popleft())
        try:
            nodes = replicas.receive(self._selected(want, address), address)
        except KeyboardInterrupt:
            # As with a program that was sent: what is needed later is computed then.
            self._pending.clear()
            raise
        program = self._program(nodes, want, finish, limit)
        self._clear_drops()
        for sent_now in (self._pending, self._discards):
            sent_now.clear()
        begun = set(self._started)
        self._started.update(open_recordings(n.drawing for n in nodes))
        self._started.difference_update(name for name, _ in finish)
        sent = time.monotonic()
        try:
            reply = self.link.send(address, program)
        except ObjectsDropped as error:
            if is_second:
                raise
            self.note_dropped(address, error)
            self._started, self._pending = begun, nodes
            self._discards = list(program.discard)
            return self._exchanged(want, finish, limit, is_second=True)
        except EngineLost as error:
            if not nodes and not finish and want is None:
                return [], Reply(done=())  # there was only something to be freed
            is_repeatable = all(n.is_pure and n.drawing not in begun for n in nodes)
            is_late = self.link.gone_since(address) - sent > SOON_S
            # What ended its engine, or made the user restart it, must not do so again.
            is_ours = any(str(node.expression) in (error.during or ()) for node in nodes)
            is_ours = is_ours or self.link.restarted_from(address) is not None
            if is_second or is_late or is_ours or not is_repeatable:
                raise
            # It was dead already, and nobody had told: the program runs where it comes back.
            self._started, self._pending = begun, nodes
            return self._exchanged(want, finish, limit, is_second=True)
        self._settle(nodes, reply, address)
        return nodes, reply

    def _selected(self, want: Node | None, address: str) -> list[Node]:
        """Return the nodes to compute; raise where one that somebody waits for cannot be."""
        waiting = [node for node in self._pending if node.has_effect]
        nodes = plan.select(self._pending, want, address)
        errors = [n.error for n in (want, *waiting) if n is not None and n.error is not None]
        if errors:
            self._pending = nodes if want is None or want.error is None else []
            raise errors[0]
        return nodes

    def _program(
        self,
        nodes: list[Node],
        want: Node | None,
        finish: tuple[tuple[str, FigureOptions], ...],
        limit: int | None,
    ) -> Program:
        calls, drops = plan.calls(nodes, want, self._drops)
        return Program(
            client=self.link.client_id,
            calls=calls,
            id=uuid.uuid4().hex,
            want=None if want is None else want.id,
            limit=limit,
            drops=drops,
            drawings=tuple((r.id, r.options) for r in known_recordings({n.drawing for n in nodes})),
            finish=finish,
            discard=tuple(self._discards),
            directory=self.link.directory(),
            notebook=self.link.notebook,
        )

    def note_dropped(self, address: str, why: ObjectsDropped) -> None:
        """Take notice that an engine has dropped all that it held for this queue."""
        with self._lock:
            for node in list(self._live):
                if node.is_live_at(address):
                    node.address = None
            self._live.clear()
        warn_at_users_line(
            f"{why}. What the next calls need is computed again.",
            next((n.origin for n in reversed(self._pending) if n.origin), None),
        )

    def note_live(self, node: Node, address: str) -> None:
        """Take notice that the object of a node is in the engine at an address."""
        node.state, node.address = State.LIVE, address
        self._live.add(node)

    def _settle(self, nodes: Iterable[Node], reply: Reply, address: str) -> None:
        done = set(reply.done)
        for node in nodes:
            if node.id not in done:
                continue
            node.was_run = True
            node.description = reply.descriptions.get(node.id)
            if node.description is not None:
                self.note_live(node, address)
                if not node.is_referenced:
                    self._drops.append(node)

    def _raise_failure(self, nodes: list[Node], reply: Reply) -> None:
        if reply.failure is None:
            return
        failure = replace(reply.failure, traceback=with_cells(reply.failure.traceback))
        node = next((n for n in nodes if n.id == failure.call), None)
        if node is not None:
            failure = freed.note_gone(node, failure)
        else:  # of rendering: the line that ends the figure
            raise shown(remote_error(failure, "the figure", described(origin())))
        where = failure.place or described(node.origin)
        error = shown(remote_error(failure, str(node.expression), where))
        node.fail(error)
        plan.spread_failures(nodes)
        raise error

    def _warn_of_replay(self, address: str) -> None:
        lost = self.link.lost_since_last_use(address)
        if lost is None:
            return
        self._clear_drops()
        self._discards.clear()
        fate = self.link.fate_of(lost)
        if self._started:
            self._started.clear()
            self._pending.clear()
            raise EngineLost(
                f"engine {self.link.engine!r} {fate} in the middle of a figure, and with it what "
                "was drawn so far. It is back: run the cell again."
            )
        warn_at_users_line(
            f"engine {self.link.engine!r} {fate} and is back with empty hands: what the next "
            "calls need is computed again.",
            next((n.origin for n in reversed(self._pending) if n.origin), None),
        )
