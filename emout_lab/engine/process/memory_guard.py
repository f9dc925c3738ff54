"""The memory limit of an engine: what does not fit fails, and nothing else is lost."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import gc
import mmap
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from emout_lab.engine.process.memory import Malloc, ProcessMemory
from emout_lab.engine.process.shared_memory import SharedShortage, limit_shared_memory
from emout_lab.engine.process_state import PROCESS
from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]  # asked for before each use

#: Kept free for the worker's event loop and for what Dask counts beside us.
RESERVE_SHARE, RESERVE_MIN_BYTES = 0.05, 32_000_000
#: What a program may never take in small pieces, since the event loop needs it meanwhile.
MARGIN_SHARE, MARGIN_MIN_BYTES = 0.02, 12_000_000
#: What reporting a failure may take beyond that, in such margins.
RELIEF_MARGINS = 1
#: So much can be used at least, however small the limit is.
LEAST_ROOM_BYTES = 32_000_000
#: Garbage is looked for when so much of the room was taken since it was looked for last.
COLLECT_SHARE = 0.25
WATCH_INTERVAL_S = 0.05
#: So many of the objects that fill an engine are named.
LARGEST_SHOWN = 3
#: How libraries say that they got no memory, where they raise no `MemoryError`.
SAID_OTHERWISE = ("memory allocation failed", "unable to allocate", "bad_alloc", "alloc failed")


class MemoryLimit:
    """Lets an allocation for which an engine has no room fail, where it would have ended it.

    On Linux the kernel refuses what goes beyond the limit (``RLIMIT_DATA``, which counts private
    memory as soon as it is promised, touched or not). Programs that grow in many small pieces are
    stopped a little earlier, so that the event loop always finds memory. Where the kernel has no
    such limit (macOS), the process's memory is watched instead.

    Parameters
    ----------
    total : int
        Memory limit of the worker [B].

    Attributes
    ----------
    kept : callable or None
        Returns text and bytes of the objects that the engine keeps, the largest first.
    is_enforced : bool
        Whether the kernel refuses what is too much.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.kept: Callable[[], Sequence[tuple[str, int]]] | None = None
        self.is_enforced = False
        self._memory = ProcessMemory()
        self._shared = 0
        self._margin = int(max(MARGIN_SHARE * total, MARGIN_MIN_BYTES))
        self._malloc = Malloc()
        self._base = self._ceiling = total
        self._start = self._collected = 0
        self._unused_at_start = 0
        self._began: dict[int, int] = {}
        self._lock = threading.Lock()
        self._watched: dict[int, int] = {}
        self._stopped: set[int] = set()
        self._has_work = threading.Event()
        self._is_closed = False
        self._relieved = self._awake = 0

    def start(self) -> None:
        """Begin to limit: what the process uses by now is what it needs itself."""
        used = self._taken()
        reserve = max(RESERVE_SHARE * self.total, RESERVE_MIN_BYTES)
        room = max(self.total - self._memory.resident() - reserve, LEAST_ROOM_BYTES + self._margin)
        self._base = self._ceiling = used + int(room)
        self._start = self._collected = used
        self._unused_at_start = self._malloc.unused()
        self.is_enforced = _set_data_limit(self._ceiling) and _is_refused(self._ceiling)
        limit_shared_memory(_free_for_this_thread)
        threading.Thread(target=self._watch, name="emout-lab-memory", daemon=True).start()

    def reserve_for(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the event loop have a little more than programs: it must never find no memory.

        While it runs, and no program does, the limit is higher. Only asyncio's selector knows
        when it sleeps; without one to be had, loop and programs share the limit.
        """
        selector: Any = getattr(loop, "_selector", None)
        select = getattr(selector, "select", None)
        if select is None:
            return

        def select_with_less(timeout: float | None = None) -> Any:
            if timeout == 0:  # it only looks, and runs on
                return select(timeout)
            self._note_awake(-1)
            try:
                return select(timeout)
            finally:
                self._note_awake(1)

        self._awake = 1  # the loop, which runs this
        selector.select = select_with_less

    @contextlib.contextmanager
    def margin(self) -> Iterator[None]:
        """Let a thread have a little more than programs while it serves others than itself."""
        self._note_awake(1)
        try:
            yield
        finally:
            self._note_awake(-1)

    def _note_awake(self, change: int) -> None:
        with self._lock:
            self._awake += change
        self._apply()

    def close(self) -> None:
        """End the watching, and put the process's limit back."""
        self._is_closed, is_enforced, self.is_enforced = True, self.is_enforced, False
        self._has_work.set()
        if is_enforced:
            _set_data_limit(None)

    def free(self) -> int:
        """Return what programs can still take [B]."""
        return max(0, self._ceiling - self._margin - self._taken())

    def is_program(self, thread: int) -> bool:
        """Return whether a program runs in this thread."""
        return thread in self._watched

    def make_room(self) -> int:
        """Free garbage, if enough was taken since the last time that there may be some.

        Returns
        -------
        int
            What is taken then, for `watched` [B].
        """
        step = COLLECT_SHARE * (self._base - self._start)
        taken = self._taken()
        # What was freed meanwhile may have been taken again, by garbage.
        self._collected = min(self._collected, taken)
        if taken - self._collected > step:
            self.collect()
            return self._collected
        if self._ceiling - self._margin - taken < step:
            self._follow()
        return taken

    def collect(self) -> None:
        """Free garbage and give its memory back to the system."""
        gc.collect()
        self._malloc.trim()
        self._follow()
        self._collected = self._taken()

    def _follow(self) -> None:
        """Let the limit follow what ``malloc`` keeps mapped though nothing lies there."""
        unused = max(0, self._malloc.unused() - self._unused_at_start)
        ceiling = self._base + (unused if unused > self._margin else 0)
        if ceiling > self._ceiling + self._margin:
            # What is promised once more elsewhere must not stay in memory here.
            self._malloc.trim()
        self._ceiling = ceiling
        self._apply()

    @contextlib.contextmanager
    def relief(self) -> Iterator[None]:
        """Let what is in the block have a little more: a failure is reported, and freed."""
        with self._lock:
            self._relieved += 1
        self._apply()
        try:
            yield
        finally:
            with self._lock:
                self._relieved -= 1
            self._apply()

    def _apply(self) -> None:
        """Set the kernel's limit for private memory: it does not count shared one."""
        if self.is_enforced:
            relief = RELIEF_MARGINS * self._margin if self._relieved else 0
            more = relief + (self._margin if self._awake > 0 else 0)
            _set_data_limit(max(self._ceiling - self._shared, self._start) + more)

    def too_large(self, error: BaseException) -> TooLarge:
        """Return the error that says what was asked for, what there was, and what helps."""
        needed = asked_bytes(error)
        before = self._began.get(threading.get_ident())
        if needed is not None:
            told = f"this needs {format_bytes(needed)} more"
        elif before is not None:
            told = f"this took {format_bytes(max(0, self._in_use() - before))} and needs more"
        else:
            told = "this needs more memory"
        return TooLarge(
            f"{told}; the engine has {format_bytes(self.free())} free of "
            f"{format_bytes(self.total)}. {self._kept_text()}Nothing of it is lost. Free what is "
            "not needed any more (ref.drop(), del, del in a %%remote cell or a view for the name "
            "of one, or the Objects section of the panel), compute a slice at a time, or start a "
            "session with more memory (--memory)."
        )

    def _kept_text(self) -> str:
        found = self.kept() if self.kept is not None else ()
        if not found:
            return "It keeps no objects. "
        largest = ", ".join(
            f"{text} ({format_bytes(size)})" for text, size in found[:LARGEST_SHOWN]
        )
        more = ", …" if len(found) > LARGEST_SHOWN else ""
        noun = "object" if len(found) == 1 else "objects"
        total = format_bytes(sum(size for _, size in found))
        return f"It keeps {len(found)} {noun} of {total}: {largest}{more}. "

    @contextlib.contextmanager
    def watched(self, taken: int | None = None) -> Iterator[None]:
        """Run what is in the block as a program: ``MemoryError`` is raised when it takes all."""
        thread = threading.get_ident()
        with self._lock:
            self._watched[thread] = self._began[thread] = self._in_use(taken)
        self._has_work.set()
        try:
            yield
        finally:
            with self._lock:
                if self._watched.pop(thread, None) is not None and thread in self._stopped:
                    # What was not raised yet must not be raised in whatever runs next.
                    self._stopped.discard(thread)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)
                if not self._watched:
                    self._has_work.clear()

    def _watch(self) -> None:
        pause = threading.Event()
        while not self._is_closed:
            # There may be no memory for this thread either, and it must not end for that.
            with contextlib.suppress(MemoryError, OSError):
                self._has_work.wait()
                pause.wait(WATCH_INTERVAL_S)
                self._look()

    def _look(self) -> None:
        shared = self._shared
        taken = self._taken()
        is_near = taken > self._ceiling - self._margin
        if is_near or self._ceiling != self._base or shared != self._shared:
            self._follow()
        if taken <= self._ceiling - self._margin:
            return
        in_use = self._in_use()
        with self._lock:
            for thread, before in self._watched.items():
                # One that only uses what is there already may go on in a full engine.
                if in_use - before > self._margin:
                    self._stopped.add(thread)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(thread), ctypes.py_object(MemoryError)
                    )

    def _taken(self) -> int:
        """Return the memory that counts against the limit [B]."""
        self._shared = self._memory.shared()
        return self._memory.private() + self._shared

    def _in_use(self, taken: int | None = None) -> int:
        """Return what is taken, without what `malloc` keeps mapped though nothing lies there."""
        taken = self._taken() if taken is None else taken
        return taken - max(0, self._malloc.unused() - self._unused_at_start)


def _free_for_this_thread() -> int | None:
    limit: MemoryLimit | None = PROCESS.memory
    if limit is None or not limit.is_program(threading.get_ident()):
        return None
    return limit.free()


def is_shortage(error: BaseException) -> bool:
    """Return whether an error says that there was no memory.

    Examples
    --------
    >>> is_shortage(MemoryError()), is_shortage(OSError(errno.ENOMEM, "")), is_shortage(OSError())
    (True, True, False)
    """
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if isinstance(error, (OSError, RuntimeError)):
        with contextlib.suppress(Exception):
            text = str(error).lower()
            return any(words in text for words in SAID_OTHERWISE)
    return False


def memory_shortage(error: BaseException) -> TooLarge:
    """Return what to say of an error that was raised for lack of memory in this process."""
    if isinstance(error, TooLarge):
        return error
    limit: MemoryLimit | None = PROCESS.memory
    return limit.too_large(error) if limit is not None else TooLarge(str(error) or "no memory left")


def asked_bytes(error: BaseException) -> int | None:
    """Return what was asked for where the error tells, as numpy's does.

    Examples
    --------
    >>> try:
    ...     np.empty(10**17)
    ... except MemoryError as error:
    ...     asked_bytes(error)
    800000000000000000
    """
    if isinstance(error, SharedShortage):
        return error.asked_bytes
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if isinstance(shape, tuple) and isinstance(dtype, np.dtype):
        return int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
    return None


def clear_frames(error: BaseException) -> None:
    """Free the local variables that the traceback of an error, and of its causes, keeps alive.

    Whoever keeps the error after that (a log of Dask's does) keeps nothing else.
    """
    seen: set[int] = set()
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            traceback.clear_frames(link.__traceback__)
            links += link.__cause__, link.__context__


def _set_data_limit(ceiling: int | None) -> bool:
    """Limit the process's private memory (None: no more); False where that is not possible."""
    if resource is None:
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if ceiling is None else ceiling
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    except (ValueError, OSError):
        return False
    return True


def _is_refused(size: int) -> bool:
    """Return whether the system refuses private memory of this size, which is never touched."""
    private: Any = getattr(mmap, "MAP_PRIVATE", 0)
    anonymous: Any = getattr(mmap, "MAP_ANONYMOUS", 0)
    try:
        mmap.mmap(-1, size, flags=private | anonymous).close()
    except OSError:
        return True
    return False
