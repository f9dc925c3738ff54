"""What a session's host and jobs have written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emout_lab.config import load
from emout_lab.errors import NoSession
from emout_lab.paths import SessionPaths
from emout_lab.printable import printable
from emout_lab.sessions.lookup import find_record
from emout_lab.sessions.spec import is_queue
from emout_lab.sessions.store import SessionStore

HOST: Final = "host"
TAIL_LINES: Final = 200
BYTES_PER_LINE: Final = 400
POLL_INTERVAL_S: Final = 0.5


def logs(
    name: str | None = None, *, job: str | None = None, lines: int = TAIL_LINES
) -> dict[str, str]:
    """Return the ends of a session's logs.

    Parameters
    ----------
    name : str, optional
        Which session; the active one by default.
    job : str, optional
        Only this job's (the queue's id), or ``"host"`` for the host's only.
    lines : int
        How many lines of each at most.

    Returns
    -------
    dict of str to str
        Text by source: ``host`` first, then ``job 8123`` and so on, as far as they have written
        anything.

    Raises
    ------
    NoSession
        There is none (of this name), or no log of this job.

    Examples
    --------
    >>> print(logs()["host"])  # doctest: +SKIP
    """
    return {
        source: "".join(_tail(file, lines) for file in files)
        for source, files in _files(name, job).items()
    }


def follow_logs(
    name: str | None = None, *, job: str | None = None, lines: int = TAIL_LINES
) -> Iterator[tuple[str, str]]:
    """Yield a session's logs as they grow, until the session is over.

    Yields
    ------
    source, text : str
        As in `logs`; the ends of the logs come first.

    Raises
    ------
    NoSession
        There is none (of this name), or no log of this job.
    """
    store = SessionStore(load())
    name = find_record(store, name).name
    seen: dict[Path, int] = {}
    is_over = False
    files = _files(name, job)
    while True:
        for source in files:
            text = "".join(_news(file, seen, lines) for file in files[source])
            if text:
                yield source, text
        if is_over:
            return
        time.sleep(POLL_INTERVAL_S)
        record = store.read(name)
        # One more look: the last words are written just before the end.
        is_over = record is None or record.state.is_over
        files = {} if record is None else _files(name, job)


def _files(name: str | None, job: str | None) -> dict[str, list[Path]]:
    store = SessionStore(load())
    record = find_record(store, name)
    paths = store.paths(record.name)
    found = {HOST: [paths.host_log]}
    for job_id in record.job_ids:
        found[f"job {job_id}"] = job_files(paths, job_id)
    if job is None:
        return {source: files for source, files in found.items() if source == HOST or files}
    if job == HOST:
        return {HOST: found[HOST]}
    files = job_files(paths, job)
    if not files and job not in record.job_ids and not is_queue(str(record.spec.backend)):
        raise NoSession(
            f"Session {record.name!r} has no jobs: its backend {record.spec.backend!r} starts "
            "processes of this machine: its host and engines write one log, --job host"
        )
    if not files and job not in record.job_ids:
        known = ", ".join(record.job_ids) or "none yet"
        raise NoSession(
            f"Session {record.name!r} has no log of job {job!r}. Its jobs: {known}; the host's "
            f"log is 'host'. The files are in {paths.logs}"
        )
    return {f"job {job}": files}


def job_files(paths: SessionPaths, job: str) -> list[Path]:
    """Return what a job has written: queue systems name the file by the job, each its own way."""
    number = job.partition(".")[0]
    found = (file for file in paths.logs.glob(f"*{number}*") if file != paths.host_log)
    return sorted(file for file in found if number in _numbers(file.name))


def _numbers(text: str) -> set[str]:
    return set("".join(char if char.isdigit() else " " for char in text).split())


def _news(file: Path, seen: dict[Path, int], lines: int) -> str:
    """Return what is new in a file, at first its end."""
    position, size = seen.get(file), _size(file)
    seen[file] = size
    # A file that is smaller than before was begun anew, or has lost its beginning.
    is_new = position is None or position > size
    return _tail(file, lines) if is_new else _since(file, position or 0)


def _tail(file: Path, lines: int) -> str:
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, _size(file) - lines * BYTES_PER_LINE))
            kept = _text(stream.read()).splitlines(keepends=True)
    except FileNotFoundError:
        return ""
    return "".join(kept[-lines:])


def _since(file: Path, position: int) -> str:
    try:
        with file.open("rb") as stream:
            stream.seek(position)
            return _text(stream.read())
    except FileNotFoundError:
        return ""


def _text(data: bytes) -> str:
    """Return what programs of any kind have written, for a terminal or a page."""
    return printable(data.decode(errors="replace"))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
