"""All sweeps of the user, as their folders tell of them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from emout_lab.engine.sweeps.folder import (
    SweepFolder,
    SweepInfo,
    SweepProgress,
    interrupted,
    known_ids,
    sweeps_root,
)
from emout_lab.errors import ObjectGone, StateError
from emout_lab.server.contract.models import Json

Signature = tuple[int, int, int]


class NoSweep(ObjectGone):
    """There is no sweep of this id (any more)."""


@dataclass
class KnownSweep:
    """A sweep whose folder was read.

    Attributes
    ----------
    info : SweepInfo
        What it is; that never changes.
    progress : SweepProgress
        How far it was when that was last written.
    signature : tuple of int, or None
        Of the file that says so.
    """

    info: SweepInfo
    progress: SweepProgress
    signature: Signature | None


class SweepList:
    """Reads the folders of sweeps; of one that is known only what has changed.

    Everything here takes its time: it is not for an event loop. One thread at a time.
    """

    def __init__(self) -> None:
        self._known: dict[str, KnownSweep] = {}
        self._unreadable: dict[str, str] = {}

    def read(self) -> list[KnownSweep]:
        """Return all sweeps; those that cannot be read are in `faults`."""
        root = sweeps_root()  # once: it is a setting, which is read from files
        found = {}
        faults = {}
        for each in known_ids():
            try:
                found[each] = self._read(SweepFolder(each, root))
            except NoSweep:
                continue  # removed meanwhile
            except StateError as exc:
                faults[each] = str(exc)
        self._known, self._unreadable = found, faults
        return list(found.values())

    @property
    def faults(self) -> dict[str, str]:
        """Why sweeps could not be read, by their ids."""
        return dict(self._unreadable)

    def read_one(self, id: str) -> KnownSweep:
        """Return one sweep.

        Raises
        ------
        SpecError
            When no sweep can have this id.
        NoSweep
            When there is none.
        StateError
            When it cannot be read.
        """
        return self._read(SweepFolder(id))

    def _read(self, folder: SweepFolder) -> KnownSweep:
        if not folder.path.is_dir():
            raise no_sweep(folder.id)
        known = self._known.get(folder.id)
        if known is None:
            known = self._known[folder.id] = KnownSweep(folder.info(), SweepProgress(), None)
        signature = _signature(folder)
        if signature != known.signature:
            known.signature, known.progress = signature, folder.progress()
        return known


def no_sweep(id: str) -> NoSweep:
    """Return the error for an id that names none."""
    return NoSweep(f"There is no sweep {id}: it was removed, or it is another user's.")


def sweep_json(info: SweepInfo, progress: SweepProgress, *, is_alive: bool) -> Json:
    """Return a sweep as the panel gets it.

    Parameters
    ----------
    info, progress : SweepInfo, SweepProgress
        What it is, and how far.
    is_alive : bool
        Whether its session is there; else it is interrupted, unless it is over.
    """
    if not is_alive:
        progress = interrupted(progress)
    rate = None if progress.state.is_over else progress.rate or None
    return {
        "id": info.id,
        "name": info.name,
        "tag": info.tag,
        "notebook": info.notebook,
        "session": info.session,
        "state": progress.state.value,
        "total": info.total,
        "done": progress.done,
        "failed": progress.failed,
        "running": progress.running,
        "created": info.created,
        "started": progress.started,
        "ended": progress.ended,
        "rate": rate,
        "seconds_left": None if rate is None else (info.total - progress.done) / rate,
        "first_error": progress.first_error or None,
        "parameters": list(info.parameters),
    }


def _signature(folder: SweepFolder) -> Signature | None:
    try:
        found = os.stat(folder.path / "state.json")
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
