"""Where a sweep lives on disk: what is to be done, what came of it, and how far it is."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emout_lab.config import load
from emout_lab.engine.sweeps.plain_values import require_info, require_progress
from emout_lab.engine.sweeps.points import Points, packed_points
from emout_lab.engine.sweeps.records import CountedRounds, RecordReader
from emout_lab.errors import SpecError, StateError
from emout_lab.files import replacing
from emout_lab.format import format_bytes
from emout_lab.paths import Runtime, make_private_directory

VERSION: Final = 1
ID: Final = re.compile("[0-9a-f]{32}")


class SweepState(Enum):
    """Where a sweep is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, unless somebody asks for it."""
        return self not in (SweepState.QUEUED, SweepState.RUNNING)


@dataclass(frozen=True)
class SweepInfo:
    """What a sweep is, as it was begun.

    Attributes
    ----------
    id : str
        32 hexadecimal digits.
    name : str
        What it is called where it is shown.
    notebook, tag : str
        Where its results belong.
    session, address, session_started : str
        The session that runs it, the address of its scheduler, and when it was started: another may
        have both. "" where only the session itself knows that.
    directory : str
        What relative paths mean.
    total : int
        How many points.
    parameters : tuple of str
        Their names.
    retries : int
        So often a point whose worker has died is done again.
    created : float
        When it was begun, in seconds since 1970.
    version : int
        Of the form on disk.
    """

    id: str
    name: str
    notebook: str
    tag: str
    session: str
    address: str
    directory: str
    total: int
    parameters: tuple[str, ...]
    retries: int
    created: float
    version: int = VERSION
    session_started: str = ""


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is.

    Attributes
    ----------
    state : SweepState
        Where it is in its life.
    done, failed : int
        Points that are over, those that failed among them.
    running : int
        Points that are at workers.
    cancelled : int
        Points that were given up.
    started, ended : float or None
        When the first point began and the last was over, in seconds since 1970.
    rate : float
        Points per second, of late.
    first_error : str
        What went wrong at the first point that failed.
    """

    state: SweepState = SweepState.QUEUED
    done: int = 0
    failed: int = 0
    running: int = 0
    started: float | None = None
    ended: float | None = None
    rate: float = 0.0
    first_error: str = ""
    cancelled: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "state": self.state.value}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> SweepProgress:
        """Return what plain values say.

        Raises
        ------
        ValueError
            When they say nothing that a sweep can be.
        """
        names = {each.name for each in fields(cls)}
        known = {name: value for name, value in found.items() if name in names}
        require_progress(known)
        return cls(**{**known, "state": SweepState(known.get("state", "queued"))})


class SweepFolder:
    """The folder of a sweep.

    Parameters
    ----------
    id : str
        Of the sweep.

    Raises
    ------
    SpecError
        When it cannot be one.
    """

    def __init__(self, id: str, root: Path | None = None) -> None:
        if not isinstance(id, str) or ID.fullmatch(id) is None:
            raise SpecError(f"{id!r:.80} names no sweep: that is 32 hexadecimal digits")
        self.id = id
        self.path = (sweeps_root() if root is None else root) / id
        self.records = self.path / "records"

    @classmethod
    def create(
        cls, info: SweepInfo, experiment: bytes, points: Sequence[Mapping[str, Any]]
    ) -> SweepFolder:
        """Make the folder of a new sweep.

        Raises
        ------
        NotSendable
            When parameters cannot be pickled; there is no folder then.
        OSError
            When there is no room, or nothing may be written; there is no folder then.
        """
        files = {**packed_points(points), "experiment.pkl": experiment}
        files["sweep.json"] = json.dumps(asdict(info)).encode()
        folder = cls(info.id)
        part = folder.path.with_name(f".{info.id}")
        try:
            make_private_directory(sweeps_root())
            make_private_directory(part / "records")
            for name, data in files.items():
                _write(part / name, data)
            part.rename(folder.path)
        except BaseException as error:
            shutil.rmtree(part, ignore_errors=True)
            if isinstance(error, OSError):
                raise _not_written(error, folder.path, files) from error
            raise
        return folder

    def info(self) -> SweepInfo:
        """Return what the sweep is.

        Raises
        ------
        StateError
            When there is none, or another version has written it.
        """
        try:
            found = json.loads((self.path / "sweep.json").read_text())
        except FileNotFoundError:
            raise StateError(f"there is no sweep {self.id} (any more)") from None
        except (OSError, ValueError, RecursionError) as error:
            raise self._unreadable(error) from error
        version = found.get("version") if isinstance(found, dict) else None
        if version != VERSION:
            raise StateError(
                f"sweep {self.id} was begun by another version of emout_lab "
                f"({version}, here it is {VERSION}); use that one"
            )
        try:
            require_info(found)
            if found["id"] != self.id:
                raise ValueError(f"it is the folder of {found['id']!r:.80}")
            info = SweepInfo(**{**found, "parameters": tuple(found["parameters"])})
        except (TypeError, KeyError, ValueError) as error:
            raise self._unreadable(error) from error
        return info

    def _unreadable(self, error: Exception) -> StateError:
        return StateError(
            f"sweep {self.id} cannot be read: {str(error)[:200]}. Something else than emout_lab "
            f"has changed {str(self.path / 'sweep.json')!r}; its results are beside it, in records"
        )

    def progress(self) -> SweepProgress:
        """Return how far it was when that was last written."""
        try:
            return SweepProgress.from_json(json.loads((self.path / "state.json").read_text()))
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return SweepProgress()

    def write_progress(self, progress: SweepProgress) -> None:
        """Write how far it is; the sweep goes on where that cannot be: a full disk, no folder."""
        with contextlib.suppress(OSError):
            target = self.path / "state.json"
            with replacing(target) as part:
                _write(Path(part), json.dumps(progress.to_json()).encode())

    def require(self) -> None:
        """Make sure that what points give is kept.

        Raises
        ------
        StateError
            When somebody has removed the folder; not where it cannot be reached just now.
        """
        try:
            os.stat(self.records)
        except FileNotFoundError:
            raise StateError(f"its folder {str(self.path)!r} was removed while it ran") from None
        except OSError:
            pass

    def experiment(self) -> bytes:
        """Return the experiment, packed."""
        return (self.path / "experiment.pkl").read_bytes()

    def points(self) -> Points:
        """Return the points."""
        return Points(self.path)

    def write_info(self, info: SweepInfo) -> None:
        """Write what the sweep is, for another session that goes on with it."""
        with replacing(self.path / "sweep.json") as part:
            _write(Path(part), json.dumps(asdict(info)).encode())

    def cancelled(self) -> NDArray[np.bool_] | None:
        """Return which points were given up; None where none were."""
        try:
            found: NDArray[np.bool_] = np.load(self.path / "cancelled.npy").astype(bool)
        except (OSError, ValueError):
            return None
        return found

    def write_cancelled(self, points: NDArray[np.bool_]) -> None:
        """Write which points were given up."""
        self._write_array("cancelled.npy", points)

    def rounds(self) -> NDArray[np.int32] | None:
        """Return how often each point was asked for again; None where none was.

        What came of a point in an earlier round is no more what counts.
        """
        try:
            found: NDArray[np.int32] = np.load(self.path / "rounds.npy").astype(np.int32)
        except (OSError, ValueError):
            return None
        return found

    def newest_rounds(self, total: int) -> NDArray[np.int32]:
        """Return the newest round of which there is a record, of each point; -1 without one."""
        counted = CountedRounds(total)
        for head in RecordReader(self.records).heads():
            counted.take(head)
        return counted.rounds

    def write_rounds(self, rounds: NDArray[np.uint16]) -> None:
        """Write how often each point was asked for again."""
        self._write_array("rounds.npy", rounds)

    def _write_array(self, name: str, values: NDArray[Any]) -> None:
        file = io.BytesIO()
        np.save(file, values)
        with replacing(self.path / name) as part:
            _write(Path(part), file.getvalue())

    def fetched(self) -> dict[str, int]:
        """Return how much of each file of records was fetched when all was that was awaited [B]."""
        try:
            found = json.loads((self.path / "fetched.json").read_text())
            return {str(name): int(place) for name, place in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write_fetched(self, places: Mapping[str, int]) -> None:
        """Write how much of the records was fetched, where that can be."""
        with contextlib.suppress(OSError), replacing(self.path / "fetched.json") as part:
            _write(Path(part), json.dumps(dict(places)).encode())

    def size(self) -> int:
        """Return how much it takes on disk [B]."""
        found = 0
        for each in self.path.rglob("*"):
            with contextlib.suppress(OSError):  # gone meanwhile
                found += each.stat().st_size if each.is_file() else 0
        return found

    def remove(self) -> None:
        """Remove it with all that is in it; of a link or a file in its place, that alone."""
        if self.path.is_symlink() or not self.path.is_dir():
            with contextlib.suppress(OSError):
                self.path.unlink()
        shutil.rmtree(self.path, ignore_errors=True)


def new_id() -> str:
    """Return an id that no other sweep has."""
    return uuid.uuid4().hex


def sweeps_root() -> Path:
    """Return where all sweeps of this user live."""
    return Runtime(load().home).sweeps


def known_ids() -> list[str]:
    """Return the ids of all sweeps of this user."""
    try:
        return [each for each in os.listdir(sweeps_root()) if ID.fullmatch(each)]
    except OSError:
        return []


def interrupted(progress: SweepProgress) -> SweepProgress:
    """Return how far a sweep is whose session is gone."""
    if progress.state.is_over:
        return progress
    return replace(progress, state=SweepState.INTERRUPTED, running=0, rate=0.0)


def _not_written(error: OSError, path: Path, files: Mapping[str, bytes]) -> OSError:
    """Return an error that tells what could not be written, and how large it was."""
    size = format_bytes(sum(map(len, files.values())))
    return type(error)(
        error.errno,
        f"{error.strerror}: the sweep was not begun, since its folder {str(path)!r} ({size}) could "
        "not be written. Make room there, or remove old sweeps; large arrays among the parameters "
        "are better read by the experiment",
    )


def _write(path: Path, data: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
