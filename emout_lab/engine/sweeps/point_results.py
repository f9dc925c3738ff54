"""What a point of a sweep gives, as the record that is written of it; whatever it gives."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any, Final

import cloudpickle

from emout_lab.engine.error_reports import failure_of, message_of
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.records import PointRecord, shown_values
from emout_lab.errors import RemoteError
from emout_lab.format import shorten

#: Of what a point writes, so much is kept, the last of it.
OUTPUT_CHARACTERS: Final = 2000
#: Of a traceback, so much can be read without unpickling anything.
TRACEBACK_CHARACTERS: Final = 1500


@dataclass(frozen=True)
class PointRun:
    """A point that has run, before it is known what came of it.

    Attributes
    ----------
    number, round : int
        Which point, and how often it had been asked for again.
    point : dict
        Its parameters.
    metadata : dict
        Added to that of the experiment: the engine, and its memory.
    began, seconds : float [s]
        When it began, since 1970, and how long it took.
    """

    number: int
    round: int
    point: dict[str, Any]
    metadata: dict[str, Any]
    began: float
    seconds: float

    def record(self, found: Any) -> PointRecord:
        """Return the record of what an experiment gave; what cannot be one is a failure."""
        try:
            return self._record(found)
        except BaseException as error:  # noqa: BLE001  # code of the user's: results of own classes
            return self._record(failed_point(self.point, error))

    def _record(self, found: Any) -> PointRecord:
        rows = names.flattened(found)
        for row in rows:
            row[names.METADATA] = {**row[names.METADATA], **self.metadata}
            _let_travel(row[names.METADATA])
        packed = _packed(found)
        bad = next((row for row in rows if not names.is_successful(row)), None)
        told: dict[str, Any] = {
            "ok": bad is None,
            "seconds": self.seconds,
            "began": self.began,
            "engine": self.metadata[names.ENGINE],
            "peak_memory": self.metadata[names.PEAK_MEMORY],
            "parameters": shown_values(self.point),
            "results": shown_values(names.means(rows)),
        }
        if len(rows) > 1:
            told["runs"] = len(rows)
        if bad is not None:
            told["error"] = message_of_failure(bad[names.METADATA])
            frames = str(bad[names.METADATA].get(names.TRACEBACK) or "")
            told["traceback"] = shorten(frames, TRACEBACK_CHARACTERS)
        return PointRecord(self.number, False, told, packed, self.round)


def failed_point(point: dict[str, Any], error: BaseException) -> names.ResultsDict:
    """Return the results dictionary of a point whose experiment could not even tell so."""
    failure = failure_of(None, error)
    kind = failure.kind.rpartition(":")[2]
    message = failure.message
    if not isinstance(error, Exception):
        message = f"{kind} ended it: {message}" if message else f"{kind} ended it"
    # Its traceback stands beside it.
    named = RemoteError(message, kind=kind)
    return names.failure(point, named, failure.traceback)


def message_of_failure(metadata: dict[str, Any]) -> str:
    """Return in one line what went wrong."""
    error = metadata.get(names.EXCEPTION)
    if isinstance(error, RemoteError):
        return f"{error.ename}: {message_of_remote(error)}"
    if isinstance(error, BaseException):
        return f"{type(error).__name__}: {message_of(error, 400)}"
    return str(error)[:400]


def message_of_remote(error: RemoteError) -> str:
    """Return what an error said, without its traceback."""
    return shorten(str(error.evalue), 400)


def text_of(output: OutputStream) -> str:
    """Return the last of what was written."""
    output.cut()
    text = "".join(text for piece in output.pieces() for _, text in piece)
    return text[-OUTPUT_CHARACTERS:]


def _let_travel(metadata: dict[str, Any]) -> None:
    """Put a text in place of an exception that does not come back as itself."""
    error = metadata.get(names.EXCEPTION)
    if isinstance(error, BaseException):
        try:
            same = pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001  # its own code
            same = None
        if type(same) is not type(error):
            kind = type(error).__name__
            metadata[names.EXCEPTION] = RemoteError(message_of(error, 2000), kind=kind)


def _packed(found: Any) -> bytes:
    try:
        return pickle.dumps(found, protocol=5)
    except Exception:  # noqa: BLE001  # of a class that is not found by its name
        pass
    try:
        return bytes(cloudpickle.dumps(found, protocol=5))
    except Exception as error:
        raise TypeError(
            f"the results cannot be pickled ({message_of(error, 200)}): give numbers, texts and "
            "arrays"
        ) from error
