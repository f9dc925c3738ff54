"""Sends the pending calls of one engine: when, in which program, and what comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from emout_lab.engine.protocol import Figure, FigureOptions, Program, Reply
from emout_lab.engine.remote_errors import remote_error
from emout_lab.engine.send_errors import packed_call
from emout_lab.engine.serialization import unpack
from emout_lab.errors import EngineLost, ObjectGone, ObjectsDropped
from emout_lab.remote import buffers, changes, freed, local_axes, plan, replicas
from emout_lab.remote.call_site import described, origin, warn_at_users_line, with_cells
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.expression import Expression
from emout_lab.remote.graph import NO_KWARGS, Node, NodeSet, Queue, State
from emout_lab.remote.link_protocol import Link
from emout_lab.remote.pending import Pending
from emout_lab.remote.plan import Request
from emout_lab.remote.waiting import shown
from emout_lab.sessions import forks

#: A worker whose loss is known so soon after a program was sent was gone before [s].
ALREADY_GONE_S = 0.3


class Dispatcher(Queue):
    """Keeps the calls for one engine in the order in which the user wrote them, and sends them.

    Parameters
    ----------
    link : Link
        Finds the engine and carries programs to it.
    turn : threading.RLock
        Held by the thread whose program is under way, for all queues of a session: objects move
        between their engines. Who only queues calls does not wait for it.
    """

    def __init__(self, link: Link, turn: threading.RLock) -> None:
        self.link = link
        self.pending = Pending()
        self._live = NodeSet()
        self._turn = turn
        self._lock = threading.RLock()  # of what is pending; nothing is awaited under it
        self._is_sending = False

    def forget_threads(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent that held the lock."""
        forks.renew(self._lock)

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
        for watch in CONTEXT.call_watches:
            watch.note_call(self)
        needs: dict[int, Node] = {}

        def on_reference(ref: Any) -> str:
            node = replicas.local_node(ref._node, self)
            needs[node.serial] = node
            return node.id

        payload = packed_call(function, args, kwargs, on_reference)
        scope, recording = CONTEXT.scope, CONTEXT.recording_on(self)
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
            is_part=changes.is_part(function, args),
            scope=None if scope is None else scope.label,
            drawing=None if recording is None else recording.id,
        )
        CONTEXT.give(node, scope, recording)
        return node

    def pure(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
    ) -> Node:
        """Queue a call without effects."""
        node = self.node(function, args, kwargs, expression=expression, can_replay=can_replay)
        self._enqueue(node)
        return node

    def effect(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
        is_urgent: bool = True,
    ) -> Node:
        """Queue a call that may change something; outside a recording an urgent one is sent."""
        local_axes.refuse(function, args, kwargs)
        changed = changes.changed_by(function, args, kwargs)
        if changed and all(each.queue is not self for each in changed):
            self.flush()  # here only a copy would be changed
            make = changed[0].queue.effect
            return make(function, args, kwargs, expression=expression, can_replay=can_replay)
        if (recording := CONTEXT.recording_on(self)) is not None:
            recording.note_call()
        if written := buffers.find(args, kwargs):
            return buffers.call_and_fill(self, written, function, args, kwargs, expression)
        node = self.node(
            function, args, kwargs, expression=expression, has_effect=True, can_replay=can_replay
        )
        changes.note_change(node, changed)
        is_outside = is_urgent and recording is None
        replicas.invalidate(node.needs if is_outside else changed)
        self._enqueue(node)
        if is_outside:
            self._flush_for(node)
        return node

    def perform(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] = NO_KWARGS,
        *,
        expression: Expression,
        can_replay: bool = True,
    ) -> None:
        """Queue a call for its effect alone, as `effect` does; its result is dropped."""
        made = self.effect(function, args, kwargs, expression=expression, can_replay=can_replay)
        made.queue.forget(made)

    def _flush_for(self, node: Node) -> None:
        """Send what is queued; where that fails nobody gets the result of the node."""
        try:
            self.flush()
        except BaseException:
            self.forget(node)
            raise

    def _enqueue(self, node: Node) -> None:
        with self._lock:
            self.pending.add(node)

    def forget(self, node: Node) -> None:
        """Note that no ref to a node is left; its object is dropped with the next program."""
        node.is_referenced = False
        if node.state is State.LIVE and node.address is not None:
            self.pending.drops.append(node)
        for replica in list(node.replicas.values()):
            replica.queue.forget(replica)

    def send_drops(self) -> None:
        """Free in the engine what nobody refers to any more, if there is anything."""
        if self.pending.has_drops and self.link.is_up:
            self.flush()

    def end_cell(self) -> None:
        """Send what is queued; nobody waits for an engine that has only something to free."""
        if self.pending.has_changes:
            self.flush()
            return
        if not self._turn.acquire(blocking=False):
            return  # what is under way may need them
        try:
            with self._lock:
                # What another thread has queued meanwhile may need them.
                drops = [] if self.pending.has_changes else list(self.pending.drops)
                if drops and self.link.free([node.id for node in drops]):
                    self.pending.clear_drops(drops)
        finally:
            self._turn.release()

    def discard(self, drawing: str) -> None:
        """Throw away what a recording queued; nothing of it is drawn."""
        with self._lock:
            self.pending.discard(drawing)

    def abandon(self, drawing: str) -> None:
        """Note that a recording was collected unfinished; it is discarded with the next program.

        The garbage collector may call from any thread, while another holds the lock.
        """
        self.pending.abandon(drawing)

    def value(self, node: Node, limit: int | None = None) -> Any:
        """Send what is queued and return the value of ``node``, of at most ``limit`` bytes."""
        node.check()
        node.is_referenced = False
        return self._answer(node, limit)

    def _answer(self, node: Node, limit: int | None, *, is_second: bool = False) -> Any:
        reply = self._send(Request(node, limit))
        if reply.staged is None:
            return None if reply.value is None else unpack(reply.value)
        try:
            data = self.link.take(reply.staged)
        except ObjectGone:
            if is_second:
                raise
            # Dropped on its way, as happens to a notebook that was not heard of.
            return self._answer(node, limit, is_second=True)
        except BaseException:
            # Of an interrupted fetch nobody wants the rest.
            self.link.free([reply.staged])
            raise
        return unpack(data)

    def flush(self) -> None:
        """Send what is queued."""
        with self._turn:  # what another thread sends is sent when this returns
            if self.pending.has_changes or self.pending.drops:
                self._send(Request())

    def finish(self, drawing: str, options: FigureOptions) -> tuple[Figure, ...]:
        """Send what is queued and return the rendered figures of a recording."""
        return self._send(Request(finish=((drawing, options),))).figures

    def materialize(self, node: Node) -> str:
        """Have the object of a node in the engine and return the engine's address."""
        with self._turn:
            node.check()
            if not node.is_live_at(self.link.locate()):
                node.is_referenced, node.state = True, State.PENDING  # made again, if it was lost
                with self._lock:
                    if node not in self.pending.nodes:
                        self.pending.nodes.append(node)
                # For what is being sent something of another engine is needed, and for that this.
                self._send(Request(until=node.serial if self._is_sending else None))
                node.check()
            return node.address or ""

    def _send(self, request: Request) -> Reply:
        with self._turn:
            outer, self._is_sending = self._is_sending, True
            try:
                nodes, reply = self._exchanged(request)
            finally:
                self._is_sending = outer
        self._raise_failure(nodes, reply)
        return reply

    def _exchanged(self, request: Request, *, is_second: bool = False) -> tuple[list[Node], Reply]:
        """Send a program and note what became of its calls."""
        address = self.link.locate()
        self._warn_of_replay(address)
        nodes, program, started = self._take(request, address)
        sent = time.monotonic()
        try:
            reply = self.link.send(address, program)
        except ObjectsDropped as error:
            if is_second:
                raise
            self.note_dropped(address, error)
            with self._lock:
                self.pending.restore(nodes, program.discard, started)
            return self._exchanged(request, is_second=True)
        except EngineLost as error:
            if not nodes and not request.finish and request.want is None:
                return [], Reply(done=())  # there was only something to be freed
            is_late = self.link.gone_since(address) - sent > ALREADY_GONE_S
            if is_second or is_late or not self._may_repeat(nodes, started, address, error):
                raise
            # It was dead already, and nobody had told: the program runs where it comes back.
            with self._lock:
                self.pending.restore(nodes, (), started)
            return self._exchanged(request, is_second=True)
        with self._lock:
            self._settle(nodes, reply, address)
        return nodes, reply

    def _may_repeat(
        self, nodes: list[Node], started: set[str], address: str, error: EngineLost
    ) -> bool:
        """Tell whether a program that came to nothing may be sent again."""
        is_repeatable = all(n.is_pure and n.drawing not in started for n in nodes)
        # What ended its engine, or made the user restart it, must not do so again.
        has_ended_it = any(str(node.expression) in (error.during or ()) for node in nodes)
        was_restarted = self.link.restarted_from(address) is not None
        return is_repeatable and not has_ended_it and not was_restarted

    def _take(self, request: Request, address: str) -> tuple[list[Node], Program, set[str]]:
        """Take what is to run; return the nodes, their program and the drawings begun before.

        Replicas that they need are there then. All is taken at once: others queue and forget.
        """
        while True:
            with self._lock:
                self.pending.discard_abandoned()
                waiting = self.pending.until(request.until)
                nodes = self._selected(waiting, request.want, address)
                replica = next((node for node in nodes if node.source is not None), None)
                if replica is None:
                    drops = list(self.pending.drops) if request.until is None else []
                    program = plan.program(nodes, drops, self.pending.discards, request, self.link)
                    self.pending.take(waiting)  # what of it is not sent nobody needs
                    self.pending.clear_drops(drops)
                    finished = [name for name, _ in request.finish]
                    return nodes, program, self.pending.note_sent(nodes, finished)
            try:
                replicas.fetch(replica, address)
            except (Exception, KeyboardInterrupt) as error:
                with self._lock:
                    plan.spread_failures(nodes)
                    self.pending.remove_failed()
                    if isinstance(error, KeyboardInterrupt):  # what is needed is computed later
                        self.pending.take(waiting)
                raise

    def _selected(self, waiting: list[Node], want: Node | None, address: str) -> list[Node]:
        """Return the nodes to compute; raise where one that somebody waits for cannot be."""
        effects = [node for node in waiting if node.has_effect]
        nodes = plan.select(waiting, want, address)
        errors = [n.error for n in (want, *effects) if n is not None and n.error is not None]
        if errors:
            self.pending.remove_failed()
            raise errors[0]
        return nodes

    def note_dropped(self, address: str, why: ObjectsDropped) -> None:
        """Take notice that an engine has dropped all that it held for this queue."""
        with self._lock:
            for node in self._live:
                if node.is_live_at(address):
                    node.address = None
            self._live.clear()
        text = f"{why}. What the next calls need is computed again."
        warn_at_users_line(text, self.pending.last_origin)

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
                    self.pending.drops.append(node)

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
        with self._lock:
            was_drawing = self.pending.forget_engine()
        name, other = self.link.name_at(lost), self.link.engine
        fate = f"engine {name!r} {self.link.fate_of(lost)}"
        if was_drawing:
            back = "It is back" if name == other else f"Engine {other!r} has taken its place"
            raise EngineLost(
                f"{fate} in the middle of a figure, and with it what was drawn so far. "
                f"{back}: run the cell again."
            )
        back = " and is back with empty hands"
        back = back if name == other else f", and engine {other!r} has taken its place"
        text = f"{fate}{back}: what the next calls need is computed again."
        warn_at_users_line(text, self.pending.last_origin)
