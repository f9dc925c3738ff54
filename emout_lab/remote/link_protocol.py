"""What refs, dispatchers and sessions need of the connection to an engine."""

from __future__ import annotations

from typing import Protocol

from emout_lab.engine.protocol import Description, Program, Reply
from emout_lab.engine.serialization import Packed


class Link(Protocol):
    """Connection to one engine, which carries programs to it and says where it is."""

    @property
    def engine(self) -> str:
        """Name of the engine."""

    @property
    def session_name(self) -> str:
        """Name of the session, for messages."""

    @property
    def fetch_limit(self) -> int | None:
        """Most bytes that a value may have which comes here; None for no limit."""

    @property
    def notebook(self) -> str | None:
        """Path of the notebook or name of the script that this process belongs to."""

    @property
    def client_id(self) -> str:
        """Owner of the objects that this process makes."""

    @property
    def session_id(self) -> str:
        """What tells this connection from all others."""

    @property
    def is_up(self) -> bool:
        """Whether the session is still connected."""

    @property
    def is_silent(self) -> bool:
        """Whether the engine has not answered yet what was interrupted here."""

    def directory(self) -> str | None:
        """Return the directory that relative paths mean; None where it was removed."""

    def locate(self) -> str:
        """Return the address of the engine; wait a little for one that is being restarted."""

    def send(self, address: str, program: Program) -> Reply:
        """Run a program on the engine at an address."""

    def take(self, name: str) -> bytes | Packed:
        """Return a value that the engine has staged."""

    def move(
        self, source: tuple[str, str], target: tuple[str, str], expression: str
    ) -> Description:
        """Copy an object from another engine: from (address, id) to (address, id)."""

    def free(self, names: list[str]) -> bool:
        """Have objects dropped, without waiting for it; False where no engine is known."""

    def note_gone(self, address: str) -> None:
        """Take notice that a worker left the session."""

    def gone_since(self, address: str) -> float:
        """Return when (by ``time.monotonic``) a worker that is gone was first missed."""

    def restarted_from(self, address: str) -> str | None:
        """Return where the user restarted the engine that was at an address, if that is why."""

    def lost_since_last_use(self, address: str) -> str | None:
        """Return the address of the engine that was used before ``address``, once."""

    def name_at(self, address: str) -> str:
        """Return the name of the engine that was at an address, whoever has taken its place."""

    def fate_of(self, address: str) -> str:
        """Return what became of the engine that was at an address, for a message."""
