"""The way from refs to their engine: one program at a time, for the thread that waits for it."""

from __future__ import annotations

import os

from emout_lab.client.engine import Engine
from emout_lab.client.output import Listener
from emout_lab.client.session import notebook_path
from emout_lab.client.waiting import result_of
from emout_lab.config import load
from emout_lab.engine.protocol import Description, Display, Program, Reply, Shown
from emout_lab.engine.serialization import Packed
from emout_lab.remote.context import known_recordings
from emout_lab.remote.ipython import show_display
from emout_lab.remote.waiting import interrupts_at_users_line


class EngineLink:
    """Carries the programs of refs to one engine of a session.

    Parameters
    ----------
    handle : emout_lab.client.engine.Engine
        The engine; whatever is not about refs is asked of it.
    """

    def __init__(self, handle: Engine) -> None:
        self.handle = handle
        self.fetch_limit = load().fetch_limit
        self.notebook = notebook_path()
        self._previous: str | None = None

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return self.handle.name

    @property
    def session_name(self) -> str:
        """Name of the session."""
        return self.handle.session_name

    @property
    def programs_sent(self) -> int:
        """How many programs were sent to the engine."""
        return self.handle.programs_sent

    @property
    def client_id(self) -> str:
        """Owner of the objects that this process makes."""
        return self.handle.client_id

    @property
    def session_id(self) -> str:
        """What tells this connection from all others."""
        return self.handle.client_id

    @property
    def is_silent(self) -> bool:
        """Whether the engine has not answered yet what was interrupted here."""
        return self.handle.is_silent

    @property
    def is_up(self) -> bool:
        """Whether the session is still connected."""
        return self.handle.location.is_up

    def directory(self) -> str | None:
        """Return the directory that relative paths mean; None where it was removed."""
        try:
            return os.getcwd()
        except FileNotFoundError:
            return None

    def note_gone(self, address: str) -> None:
        """Take notice that a worker left the session."""
        self.handle.location.note_gone(address)

    def restarted_from(self, address: str) -> str | None:
        """Return where the user restarted the engine that was at an address, if that is why."""
        return self.handle.location.restarted_from(address)

    def gone_since(self, address: str) -> float:
        """Return when (by ``time.monotonic``) a worker that is gone was first missed."""
        return self.handle.location.gone_since(address)

    def is_gone(self, address: str) -> bool:
        """Tell whether the worker at an address is known to have left."""
        return self.handle.location.is_gone(address)

    def locate(self) -> str:
        """Return the address of the engine, see `Engine.locate`."""
        with interrupts_at_users_line():
            return self.handle.locate()

    def name_at(self, address: str) -> str:
        """Return the name of the engine that was at an address, whoever has taken its place."""
        return self.handle.location.name_at(address)

    def fate_of(self, address: str) -> str:
        """Return what became of the engine that was at an address, for a message."""
        with interrupts_at_users_line():
            return self.handle.fate_of(address)

    def lost_since_last_use(self, address: str) -> str | None:
        """Return the address of the engine that was used before ``address``, once."""
        before, self._previous = self._previous, address
        return before if before not in (None, address) else None

    def send(self, address: str, program: Program) -> Reply:
        """Run a program and show what it writes meanwhile, see `Engine.run`."""

        def fetch(mark: str) -> Shown | Display | None:
            found: Shown | Display | None = result_of(
                self.handle.invoke("shown", program.id, mark, address=address), Listener()
            )
            return found

        listener = Listener(fetch, _show)
        with interrupts_at_users_line():
            return self.handle.run(program, address, listener)

    def take(self, name: str) -> bytes | Packed:
        """Return a value that the engine put aside, telling how far it is."""
        listener = Listener()
        address = self.handle.location.address or ""
        with interrupts_at_users_line():
            return result_of(self.handle.take(name, address, listener), listener)

    def move(
        self, source: tuple[str, str], target: tuple[str, str], expression: str
    ) -> Description:
        """Copy an object from another engine of the session, from worker to worker."""
        labels = {"owner": self.client_id, "notebook": self.notebook, "expression": expression}
        listener = Listener()
        with interrupts_at_users_line():
            return result_of(self.handle.move(source, target, labels, listener), listener)

    def free(self, names: list[str]) -> bool:
        """Have objects dropped, without waiting for it; False where no engine is known."""
        return self.handle.free(names)


def _show(shown: Shown | Display) -> None:
    if isinstance(shown, Display):
        show_display(shown)
        return
    for recording in known_recordings([shown.drawing]):
        recording.take(shown.figure)
