"""How far sweeps are, as people see it, and whether the sessions that run them are there."""

from __future__ import annotations

from dataclasses import dataclass

from emout_lab import sessions
from emout_lab.engine.sweeps import folder as folders
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress
from emout_lab.errors import SessionError, SpecError, StateError


@dataclass(frozen=True)
class SweepStatus:
    """A sweep as people see it: what it is, and how far it is."""

    info: SweepInfo
    progress: SweepProgress

    @property
    def seconds_left(self) -> float | None:
        """How long it still takes at its present speed; None where nobody knows."""
        rate, left = self.progress.rate, self.info.total - self.progress.done
        return left / rate if rate > 0 and not self.progress.state.is_over else None


def sweeps() -> list[SweepStatus]:
    """Return all sweeps of this user, the newest first; those that cannot be read are left out."""
    found = []
    for id in folders.known_ids():
        folder = SweepFolder(id)
        try:
            info = folder.info()
        except StateError:
            continue
        progress = folder.progress()
        found.append(
            SweepStatus(info, progress if is_alive(info) else folders.interrupted(progress))
        )
    return sorted(found, key=lambda each: -each.info.created)


def is_alive(info: SweepInfo) -> bool:
    """Return whether the session that runs a sweep is there, or may come back."""
    try:
        status = sessions.get(info.session)
    except (SessionError, SpecError):
        return False
    is_same = info.session_started in ("", status.started_at)
    return status.address == info.address and is_same and not status.state.is_over


def started_of(session: str) -> str:
    """Return when a session was started; "" of one that another program has."""
    try:
        return sessions.get(session).started_at
    except (SessionError, SpecError):
        return ""
