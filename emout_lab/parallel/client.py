"""Client: the engines of a session as IPython.parallel's users know them."""

from __future__ import annotations

import importlib
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any

from emout_lab import sessions
from emout_lab.client.requests import retire, stop
from emout_lab.errors import NoSession, SpecError, StateError
from emout_lab.parallel.broadcast_view import BroadcastView
from emout_lab.parallel.client_jobs import ClientJobs
from emout_lab.parallel.connecting import connected_session
from emout_lab.parallel.direct_view import DirectView
from emout_lab.parallel.engine_table import EngineTable
from emout_lab.parallel.errors import TimeoutError
from emout_lab.parallel.sender import Sender
from emout_lab.parallel.targets import Targets, is_all

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine

#: How often one looks whether engines have come [s].
LOOK_S = 0.1


class Client(ClientJobs):
    """The engines of a session.

    Parameters
    ----------
    session : Session, str, path or distributed.Client, optional
        Which: a session or its name; a session's state file
        (``~/.emout/servers/<name>/state.json``, also a copy of it on another machine), which names
        the credentials; the address of a scheduler; a Dask client, whose workers get engines where
        they have none. The connected (or the active) session by default.
    timeout : float [s]
        How long the scheduler may take to answer.
    **options
        ``profile`` and ``cluster_id`` are names of sessions, ``url_file`` is a state file.
        Other keywords of IPython.parallel's Client mean nothing here, and say so.

    Attributes
    ----------
    session : Session
        What it is connected to.
    block : bool
        Whether `get_result`, `abort`, `clear` and `shutdown` wait, where they are not told.

    Raises
    ------
    OSError
        When there is no such session (also a `NoSession`), when it is over or does not answer
        (also a `SessionDead` and a `TimeoutError`), or when there is no such file.
    TypeError
        For keywords that mean nothing here.

    Examples
    --------
    ::

        client = Client()
        client.ids
        client[:].apply_sync(os.getpid)
    """

    def __init__(self, session: Any = None, *, timeout: float = 10.0, **options: Any) -> None:
        super().__init__()
        self.session, self._is_session_own = connected_session(session, timeout, options)
        self.sender = Sender(self.session)
        self._table = EngineTable(self.session)
        self._is_closed = False

    @property
    def ids(self) -> list[int]:
        """Ids of the engines that are there now.

        Raises
        ------
        SessionDead
            If the session is over.
        """
        self._require_open()
        return list(self._table.look())

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[DirectView]:
        for number in self.ids:
            yield self[number]

    def __getitem__(self, key: Any) -> DirectView:
        if key is None or isinstance(key, str):
            raise TypeError(
                f"client[{key!r}]: an int, a slice or a list of ints; there are {self.ids}"
            )
        return self.direct_view(key)

    def direct_view(self, targets: Any = "all", **flags: Any) -> DirectView:
        """Return a view of engines; of all that there are at each call, by default."""
        return DirectView(self, targets=self.chosen(targets), **flags)

    def broadcast_view(
        self,
        targets: Any = "all",
        is_coalescing: bool = False,  # noqa: ARG002  # replies come in few messages anyway
        **flags: Any,
    ) -> BroadcastView:
        """Return a view of the engines that are there now; every call goes to all at once.

        Its results are lists, also where ``targets`` is a single int.
        """
        return BroadcastView(self, targets=self._several(targets), **flags)

    def load_balanced_view(self, targets: Any = None, **flags: Any) -> Any:
        """Return a view whose calls run on whichever engine is free.

        Parameters
        ----------
        targets : int, list of int or slice, optional
            Only on these.
        """
        found = None if targets is None or is_all(targets) else self._several(targets)
        module = importlib.import_module("emout_lab.parallel.balanced_view")
        return module.LoadBalancedView(self, targets=found, **flags)

    def executor(self, targets: Any = None) -> Any:
        """Return a `concurrent.futures.Executor` of a load-balanced view."""
        return self.load_balanced_view(targets).executor

    def activate(self, targets: Any = "all", suffix: str = "") -> DirectView:
        """Let the magics (``%px``) mean engines; return the view, whose ``block`` is set."""
        view = self.direct_view(targets, block=True)
        view.activate(suffix)
        return view

    def wait_for_engines(
        self,
        n: int | None = None,
        *,
        timeout: float | None = -1,
        block: bool = True,
        **_: Any,
    ) -> Future[None] | None:
        """Wait until there are (at least) so many engines.

        Parameters
        ----------
        n : int, optional
            How many; as many as the session was started with by default.
        timeout : float [s]
            At most so long; without end where it is negative or None.
        block : bool
            Otherwise a future is returned at once.

        Raises
        ------
        TimeoutError
            When they have not come in time; with the number of those that are there.
        SessionDead
            When the session ends meanwhile.
        """
        wanted = self._expected() if n is None else n
        if block:
            self._wait_for_engines(wanted, timeout)
            return None
        coming: Future[None] = Future()
        if len(self.ids) >= wanted:
            coming.set_result(None)
            return coming
        threading.Thread(
            target=self._tell_engines, args=(coming, wanted, timeout), daemon=True
        ).start()
        return coming

    def clear(self, targets: Any = None, block: bool | None = None) -> Any:
        """Forget all names on engines, on all by default."""
        view = self.direct_view("all" if targets is None else targets)
        return view.clear(block=self.is_blocking(block))

    def shutdown(
        self,
        targets: Any = "all",
        restart: bool = False,
        hub: bool = False,
        block: bool | None = None,
    ) -> Future[None] | None:
        """End engines, or the whole session.

        Parameters
        ----------
        targets : int, list of int, slice or "all"
            Which engines.
        restart : bool
            Start a new engine in the place of each; they have new ids.
        hub : bool
            Stop the session, with all of its engines and jobs.
        block : bool, optional
            Wait until it is done; otherwise a future is returned.
        """
        engines = [] if hub else self._table.engines(targets)
        done: Future[None] = Future()
        thread = threading.Thread(
            target=_fulfil, args=(done, self._shut_down, engines, restart, hub), daemon=True
        )
        thread.start()
        if not (hub or self.is_blocking(block)):
            return done
        self.wait(done)
        return done.result()

    def send_signal(self, sig: int | str, targets: Any = "all", block: bool | None = None) -> None:
        """Interrupt what runs on engines, whoever has sent it.

        Parameters
        ----------
        sig : int or str
            ``signal.SIGINT`` or its name.

        Raises
        ------
        ValueError
            For any other signal.
        """
        if sig not in (signal.SIGINT, "SIGINT"):
            raise ValueError(
                f"send_signal({sig!r}): only SIGINT, which interrupts what runs. "
                "shutdown(targets) ends engines, shutdown(targets, restart=True) starts them anew"
            )
        asked = [
            self.sender.handle(each).invoke("interrupt", address=each.address)
            for each in self.engines_of(targets)
        ]
        if self.is_blocking(block):
            self.wait(asked)

    def spin(self) -> None:
        """Do nothing: results come by themselves."""

    def spin_thread(self, interval: float = 1) -> None:
        """Do nothing: results come by themselves."""

    def stop_spin_thread(self) -> None:
        """Do nothing: there is no such thread."""

    def become_dask(self, *_: Any, **__: Any) -> Any:
        """Return the session's Dask client: a session is a Dask cluster already."""
        return self.session.client

    def stop_dask(self, *_: Any, **__: Any) -> None:
        """Do nothing: Dask is what the session consists of."""

    become_distributed, stop_distributed = become_dask, stop_dask

    def chosen(self, targets: Any) -> Targets:
        """Return the ids that targets mean now, see `targets.chosen`."""
        self._require_open()
        return "all" if is_all(targets) else self._table.chosen(targets)

    def _several(self, targets: Any) -> Targets:
        """Return a list of ids, also for a single one."""
        found = self.chosen(None if is_all(targets) else targets)
        return [found] if isinstance(found, int) else found

    def engines_of(self, targets: Any) -> list[NumberedEngine]:
        """Return the engines of targets, see `EngineTable.engines`."""
        self._require_open()
        return self._table.engines(targets)

    def close(self, linger: Any = None) -> None:  # noqa: ARG002  # of sockets, in the original
        """Give up what is known of results; the session goes on."""
        self._is_closed = True
        self._jobs.forget()
        if self._is_session_own:
            self.session.close()

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

    def _require_open(self) -> None:
        if self._is_closed:
            raise StateError("this client was closed; make another one: Client()")
        self.session.connection.check()

    def _expected(self) -> int:
        try:
            return sessions.get(self.session.name).workers_expected
        except (NoSession, SpecError):
            raise ValueError(
                f"wait_for_engines(n): how many session {self.session.name!r} was started with is "
                "not known here; say how many to wait for"
            ) from None

    def _wait_for_engines(self, n: int, timeout: float | None) -> None:
        end = None if timeout is None or timeout < 0 else time.monotonic() + timeout
        while (found := len(self.ids)) < n:
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(
                    f"{found} of {n} engines are there after {timeout} s. `emout-lab server "
                    "status` tells what the others wait for"
                )
            time.sleep(LOOK_S)

    def _tell_engines(self, coming: Future[None], n: int, timeout: float | None) -> None:
        _fulfil(coming, self._wait_for_engines, n, timeout)

    def _shut_down(self, engines: list[NumberedEngine], restart: bool, hub: bool) -> None:
        connection = self.session.connection
        if hub:
            self._stop_session()
        elif restart:
            for engine in engines:
                connection.restart_engine(engine.address, "Client.shutdown")
        else:
            connection.wait_for(retire(connection.client, [each.address for each in engines]))

    def _stop_session(self) -> None:
        connection = self.session.connection
        try:
            status = sessions.get(self.session.name)
        except (NoSession, SpecError):  # of another machine, or of Dask's own
            connection.wait_for(stop(connection.client))
            connection.close()
        else:
            if status.address is not None:
                self.session.stop()


def _fulfil(done: Future[None], function: Any, *args: Any) -> None:
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001  # who waits raises it
        done.set_exception(error)
    else:
        done.set_result(None)
