"""The exception tree of emout_lab.

::

    EmoutLabError
    ├── SpecError (ValueError)          the user: a value in a request cannot be used
    ├── StateError (RuntimeError)       the user: open, closed or gone, where it should not be;
    │   │                               so are those that are marked with *
    │   └── NotOpen (AttributeError)    the user: a figure that is not open has no such attribute
    ├── NotSendable (TypeError)         the user: a value cannot be pickled; open it there instead
    ├── SessionError
    │   ├── NoSession (LookupError) *   the user: nothing runs under this name; start one
    │   ├── SessionExists *             the user: the name is taken, or another session is active
    │   ├── SessionDead *               the site: host gone, jobs cancelled, walltime over
    │   │   └── SessionGone (NoSession)     the same, and no record tells of it any more
    │   ├── StartFailed                 the site: the queue refused; its words are quoted
    │   ├── DamagedState                the site: a state file cannot be read, or is broken
    │   └── UnsafeFile (PermissionError)  the user: a credential that others can read
    ├── EngineError
    │   ├── NoEngine *                  the site: no worker runs yet; the queue's reason is quoted
    │   ├── EngineBusy *                nobody: a program runs; ask again when it is done
    │   ├── EngineLost *                the site: the worker was killed; the next use replays
    │   ├── TooLarge (MemoryError)      the user: more than fits, or than shall be sent
    │   ├── CannotShow                  the user: own code or data of a live figure failed
    │   └── ObjectGone (LookupError) *  the user: the object was dropped
    ├── RemoteError                     the user: own code failed on the engine
    ├── UnmetDependency                 the user: a request needs what its engine does not have
    ├── MissingExtra (ImportError)      the user: a package that comes with an extra only
    ├── NoRendering (RuntimeError)      the site: OpenGL, which draws in space, is missing there
    └── DataError
        ├── NotAnEmsesDirectory (FileNotFoundError)   the user: wrong directory
        ├── UnknownField (AttributeError, KeyError)   the user: wrong field name
        ├── UnknownParameter (AttributeError, KeyError)   the user: wrong parameter name
        ├── BadIndex (IndexError)       the user: no such position, or not one at all
        ├── NoSuchPosition (KeyError)   the user: sel() has nothing near the value
        ├── NotRecorded (LookupError)   the user: an article does not hold what the code reads
        ├── ArticleTooLarge             the user: more than the limit of an article was read
        ├── LocalReadForbidden *        the user: the policy wants the data read on an engine
        ├── ReadTooLarge                the user: more than the read limit would come here
        ├── BadOption (SpecError)       the user: an option of a drawing does not fit the data
        └── BadFile (OSError)           the data: truncated or foreign file

Every message says what failed, the value, the likely cause and the next step.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from emout_lab.printable import printable


class EmoutLabError(Exception):
    """Base of all errors that emout_lab raises on purpose."""

    def __str__(self) -> str:
        """Return the message alone; ``KeyError`` and ``OSError`` would dress it up.

        It may quote what others wrote, so that nothing in it is for the terminal to obey.
        """
        return printable(str(self.args[0])) if self.args else ""


class SpecError(EmoutLabError, ValueError):
    """A value in a session request cannot be used.

    Parameters
    ----------
    message : str
        What is wrong, the value, and a form that would be accepted.
    field : str, optional
        Name of the offending field, so that a form can show the message beside it.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class StateError(EmoutLabError, RuntimeError):
    """Something is open, closed or gone, where it should not be."""


class NotOpen(StateError, AttributeError):
    """A figure that is not open was asked for an attribute of a figure."""


class NotSendable(EmoutLabError, TypeError):
    """A value cannot travel between a notebook and an engine."""


class MissingExtra(EmoutLabError, ImportError):
    """Something needs a package that is installed with an extra only.

    Parameters
    ----------
    what : str
        What needs it, as the user knows it.
    package : str
        The package that is missing.
    extra : str
        The extra of emout_lab that brings it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs {package}, which is not installed here. Install it in this environment, "
            f"then start the session and the kernel again: pip install 'emout_lab[{extra}]'"
        )
        self.name, self.package, self.extra = package, package, extra
        self.what = what

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it was made of; the message alone would not make one."""
        return MissingExtra, (self.what, self.package, self.extra)


class NoRendering(EmoutLabError, RuntimeError):
    """VTK finds no OpenGL that draws without a screen.

    Parameters
    ----------
    said : str
        What was tried, and what it said.
    """

    def __init__(self, said: str) -> None:
        super().__init__(
            "plot3d() cannot draw on this machine: VTK finds no OpenGL that works without a "
            f"screen ({said}). Install Mesa's EGL where it is drawn, on the compute nodes: "
            "apt-get install libegl1 libgl1-mesa-dri (Debian, Ubuntu), dnf install mesa-libEGL "
            "mesa-dri-drivers (RHEL, Rocky), or without root: conda install -c conda-forge "
            "mesalib. Then start the session and the kernel again."
        )
        self.said = said

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it was made of; the message alone would not make one."""
        return NoRendering, (self.said,)


class SessionError(EmoutLabError):
    """Something about a session failed."""


class NoSession(SessionError, StateError, LookupError):
    """No session runs (under this name)."""


class SessionExists(SessionError, StateError):
    """The name is taken, or another session is active already."""


class SessionDead(SessionError, StateError):
    """The session was there and is gone; the message carries the reason."""


class SessionGone(SessionDead, NoSession):
    """The session that was connected is over, and nothing is known of it any more."""


class StartFailed(SessionError):
    """A session could not be brought up; the message quotes the queue system."""


class DamagedState(SessionError):
    """A session's state file cannot be read, or holds something else than a state.

    Parameters
    ----------
    message : str
        The file, what is wrong with it, and the next step.
    name : str, optional
        The session's name.
    """

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name


class UnsafeFile(SessionError, PermissionError):
    """A credential file that others can read, or a folder that they can change, is refused."""


class EngineError(EmoutLabError):
    """Something about an engine failed."""


class NoEngine(EngineError, StateError):
    """The session has no worker (yet); the message carries the queue's reason."""


class EngineBusy(EngineError, StateError):
    """A program runs, and what was asked for shall not wait for it."""


class EngineLost(EngineError, StateError):
    """The worker of an engine is gone (killed, out of memory, walltime).

    Parameters
    ----------
    message : str
        How it ended, and what helps.
    during : sequence of str, optional
        The calls that it ran then; None where its end is not explained.

    Attributes
    ----------
    address : str or None
        Where it was, as far as that is known.
    """

    address: str | None = None

    def __init__(self, message: str, during: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.during = None if during is None else tuple(during)


class ObjectsDropped(EngineError):
    """An engine has dropped what a notebook kept there, since its kernel was not heard of."""


class CodeUnknown(EngineError):
    """An engine was told changes of a notebook's modules that it does not know; it is told all."""


class TooLarge(MemoryError, EngineError):
    """A value is larger than the engine's memory, or than shall come to the notebook."""


class CannotShow(EngineError):
    """A live figure cannot be drawn as it is wished; others of its pictures may be."""


class ObjectGone(EngineError, StateError, LookupError):
    """An object was dropped, or is gone with its scope and cannot be made again."""


class RemoteError(EmoutLabError):
    """The user's own code failed on an engine.

    It is also an instance of the original exception's class where that class exists here, so
    ``except IndexError`` works.

    Attributes
    ----------
    message : str
        What the original exception said.
    kind : str
        Name of the original exception's class.
    expression : str or None
        The call that failed.
    location, source : str or None
        File or cell and line number of the user's code, and that line.
    via : str
        Function of a library which that line called, and which made the call that failed.
    remote_traceback : str
        Traceback on the engine.
    engine_info : dict
        Of a request of a view: ``engine_id``, ``engine_uuid`` and ``method``.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "Exception",
        expression: str | None = None,
        location: str | None = None,
        source: str | None = None,
        via: str = "",
        remote_traceback: str = "",
    ) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.kind = kind
        self.expression = expression
        self.location = location
        self.source = source
        self.via = via
        self.remote_traceback = remote_traceback
        self.engine_info: dict[str, object] = {}

    @property
    def ename(self) -> str:
        """What IPython.parallel calls the name of the original exception's class."""
        return self.kind

    @property
    def evalue(self) -> str:
        """What IPython.parallel calls what the original exception said."""
        return self.message

    @property
    def traceback(self) -> str:
        """What IPython.parallel calls the traceback on the engine."""
        return self.remote_traceback

    def __str__(self) -> str:
        """Return the original message, the user's line and the traceback on the engine."""
        parts = [self.message]
        if self.location:
            parts.append(f"  in {self.location}:\n    {self.source or self.expression}")
        if self.via:
            function = self.via.rpartition(".")[2]
            parts.append(
                f"{self.via} was called here, with objects that are on the engine. Where that does "
                f"not work, call it there: emout_lab.remote.call({function}, …), or fetch() first."
            )
        if self.remote_traceback:
            parts.append("On the engine:\n" + self.remote_traceback)
        return "\n\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as a plain RemoteError: the combined class exists in this process only."""
        return _remote_error, (self.message, self.__dict__)

    def render_traceback(self) -> list[str]:
        """Return the lines that IPython shows: of a request of a view, with its engine first."""
        return [*self._engine(), *f"{self.kind}: {self}".splitlines()]

    def print_traceback(self, excid: int | None = None) -> None:  # noqa: ARG002  # of several errors
        """Print what IPython shows."""
        sys.stdout.write("\n".join(self._render_traceback_()) + "\n")

    def _render_traceback_(self) -> list[str]:
        """Show in IPython the user's line first, not the frames that brought the error here."""
        return [*self._engine(), f"{self.kind}: {self}"]

    def _engine(self) -> list[str]:
        info = self.engine_info
        return [f"[{info.get('engine_id', '?')}:{info.get('method', '')}]:"] if info else []


def _remote_error(message: str, state: dict[str, object]) -> RemoteError:
    error = RemoteError(message)
    error.__dict__.update(state)
    return error


class UnmetDependency(EmoutLabError):
    """A request did not run: it needs what its engine does not have."""


class DataError(EmoutLabError):
    """Simulation data cannot be read."""


class NotAnEmsesDirectory(DataError, FileNotFoundError):
    """The directory is missing or holds no EMSES output."""


class UnknownField(DataError, AttributeError, KeyError):
    """No field of this name; the message suggests near ones."""


class UnknownParameter(DataError, AttributeError, KeyError):
    """No input parameter of this name; the message suggests near ones."""


class BadIndex(DataError, IndexError):
    """An index names no position of a field."""


class NoSuchPosition(DataError, KeyError):
    """Nothing of a field lies near a value; the message names the neighbours."""


class NoConversion(DataError, AttributeError):
    """A value has no SI counterpart that is known."""


class LocalReadForbidden(DataError, StateError):
    """The local-data policy forbids to read here, and no engine reads it."""


class ReadTooLarge(DataError):
    """A read would bring more into this process than the read limit."""


class NotRecorded(DataError, LookupError):
    """An article does not hold what is asked of it: it was not read when it was recorded."""


class ArticleTooLarge(DataError):
    """What was read while an article was recorded takes more than its limit."""


class BadOption(DataError, SpecError):
    """An option does not fit the data: the message names it, its value and what fits."""


class BadFile(DataError, OSError):
    """A file is truncated, foreign or still being written."""
