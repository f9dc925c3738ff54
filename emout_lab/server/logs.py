"""What a session has written, piece by piece: a panel asks again from where it stopped."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from emout_lab.config import load
from emout_lab.errors import NoSession
from emout_lab.server.contract.models import LogPiece, LogSource
from emout_lab.sessions.log_files import HOST, job_files
from emout_lab.sessions.lookup import find_record
from emout_lab.sessions.store import SessionStore

TAIL_BYTES: Final = 64_000
PIECE_BYTES: Final = 256_000


def read(name: str, job: str | None, offset: int | None) -> LogPiece:
    """Return a piece of a log.

    Parameters
    ----------
    name : str
        Name of the session.
    job : str or None
        Which log, one of the ``sources``; the host's by default.
    offset : int or None
        Byte to begin at; None begins near the end. A log that is shorter was begun anew, and is
        read from its start.

    Returns
    -------
    LogPiece

    Raises
    ------
    NoSession
        There is none of this name, or it has no such log.
    """
    files = _files(name)
    wanted = job or HOST
    if wanted not in files:
        raise NoSession(
            f"Session {name!r} has no log {wanted!r}. It has: {', '.join(files)}; a job's log "
            "appears when the job writes its first line."
        )
    _, file = files[wanted]
    text, position = _piece(file, offset)
    sources = [LogSource(source, label) for source, (label, _) in files.items()]
    return LogPiece(text, position, sources)


def _files(name: str) -> dict[str, tuple[str, Path]]:
    """Return label and file of each log; only these are ever opened."""
    store = SessionStore(load())
    record = find_record(store, name)
    paths = store.paths(record.name)
    found = {HOST: ("host", paths.host_log)}
    for job in record.job_ids:
        for number, file in enumerate(job_files(paths, job)):
            # Queue systems that keep standard error apart write two files for a job.
            suffix = f" ({file.suffix.lstrip('.') or number})" if number else ""
            found[f"{job}.{number}" if number else job] = (f"job {job}{suffix}", file)
    return found


def _piece(file: Path, offset: int | None) -> tuple[str, int]:
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            start = max(0, size - TAIL_BYTES) if offset is None else offset
            start = start if start <= size else 0
            stream.seek(start)
            data = stream.read(PIECE_BYTES)
    except FileNotFoundError:
        return "", 0
    if offset is None and start > 0:
        # Begin with a whole line.
        cut = data.find(b"\n") + 1
        start, data = start + cut, data[cut:]
    # A character whose last bytes are not written yet is left for the next piece.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    return text, start + len(data) - len(decoder.getstate()[0])
