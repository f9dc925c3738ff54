"""The one wire form: calls, programs and replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from emout_lab.engine.modules.sources import CodeUpdate
from emout_lab.engine.serialization import Packed
from emout_lab.errors import EngineError

PROTOCOL_VERSION: Final = 6
#: Said of an engine that does not do what it is asked.
WHAT_HELPS: Final = (
    "If engine {engine} stays stuck: Restart engine (in the panel's Workers section, "
    '`emout-lab server restart {engine}`, or session.restart_engine("{engine}")).'
)


#: What a program has written in one go, as ``(stream, text)``.
Piece = tuple[tuple[str, str], ...]
#: Stands in place of a stream where a figure was shown; the text is the figure's name.
FIGURE: Final = "figure"
#: Stands in place of a stream where something else was displayed; the text is its mark.
DISPLAY: Final = "display"
#: What can be told of a display, in Jupyter's words; the last: its content is not kept any more.
DISPLAY_KINDS: Final = (
    "display_data",
    "execute_result",
    "update_display_data",
    "clear_output",
    "gone",
)


class _Message:
    """Is pickled by its fields: dataclasses with slots take five times as long by themselves."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        kind: Any = type(self)
        return kind, tuple([getattr(self, name) for name in kind.__match_args__])


@dataclass(frozen=True, slots=True)
class Origin(_Message):
    """Where the user wrote a call: a file or a notebook cell, and a line in it.

    ``source`` is the line itself and ``label`` what a person calls the file or cell, where they are
    known: an engine cannot look into a notebook's cells. ``via`` names the function of a library
    through which the user's line led to the call.
    """

    filename: str
    line: int
    source: str = ""
    label: str = ""
    via: str = ""

    @property
    def place(self) -> str:
        """The place as a person reads it.

        Examples
        --------
        >>> Origin("/tmp/1.py", 2, label="Cell In[3]").place
        'Cell In[3], line 2'
        """
        return f"{self.label or self.filename}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Call(_Message):
    """``function(*args, **kwargs)`` with a name for its result.

    Parameters
    ----------
    id : str
        Name of the result; later calls refer to it.
    payload : bytes or Packed
        Function, arguments and keyword arguments, packed by
        :func:`emout_lab.engine.serialization.pack`.
    expression : str
        The call as a person would write it.
    origin : Origin or None
        Where the user wrote it.
    keep : bool
        Whether the result stays in the engine after the program.
    scope : str or None
        Scope that the result lives in.
    drawing : str or None
        Recording whose figures are current while the call runs.
    release : tuple of str
        Results and kept objects that no later call needs, and nobody else.
    """

    id: str
    payload: bytes | Packed
    expression: str
    origin: Origin | None = None
    keep: bool = True
    scope: str | None = None
    drawing: str | None = None
    release: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FigureOptions(_Message):
    """How the figures of a finished recording are rendered (``dpi`` in dots per inch)."""

    format: str | None = None
    dpi: float = 150.0


@dataclass(frozen=True, slots=True)
class Program(_Message):
    """Calls that an engine runs in order, in one message.

    ``id`` is what the program goes by while it runs.
    ``drawings`` tells how figures are rendered that the calls of a recording show themselves.
    ``finish`` names recordings whose figures are rendered and released after the last call,
    ``discard`` those that are released undrawn; ``drops`` are objects that nobody refers to any
    more and no call needs: they are freed before the first call.
    ``limit`` bounds the bytes of the wanted value. ``directory`` is the user's working directory,
    to which relative paths refer, ``code`` what has changed of the user's own modules.
    ``keeps_reply`` lets the engine keep its reply for a while, for other clients.
    """

    client: str
    calls: tuple[Call, ...]
    id: str = ""
    want: str | None = None
    limit: int | None = None
    drops: tuple[str, ...] = ()
    drawings: tuple[tuple[str, FigureOptions], ...] = ()
    finish: tuple[tuple[str, FigureOptions], ...] = ()
    discard: tuple[str, ...] = ()
    directory: str | None = None
    notebook: str | None = None
    code: CodeUpdate | None = None
    keeps_reply: bool = False
    version: int = PROTOCOL_VERSION

    def outdated(self) -> set[str]:
        """Return the objects of before that nobody needs, whether or not the calls ever run."""
        released = (name for call in self.calls for name in call.release)
        return {*self.drops, *released} - {call.id for call in self.calls}

    def __reduce__(self) -> tuple[Any, ...]:
        # Its version first: the fields of another version cannot be read.
        return read_program, (self.version, *super(Program, self).__reduce__()[1])


def read_program(version: int, *fields: Any) -> Program:
    """Return a program by its fields, as it was written by the notebook.

    Raises
    ------
    EngineError
        The notebook's emout_lab speaks another version of the protocol.
    """
    require_version(version)
    return Program(*fields)


def require_version(version: int) -> None:
    """Refuse what another version of emout_lab has written.

    Raises
    ------
    EngineError
        It is not the one of this process.

    Examples
    --------
    >>> require_version(PROTOCOL_VERSION)
    """
    if version != PROTOCOL_VERSION:
        raise EngineError(
            f"this engine speaks version {PROTOCOL_VERSION} of the protocol and the notebook "
            f"version {version}. Stop the session, start it again with the emout_lab that the "
            "notebook uses."
        )


@dataclass(frozen=True, slots=True)
class Description(_Message):
    """What a ref can show of its object without a round trip."""

    type: str
    shape: tuple[int, ...] | None
    dtype: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Figure(_Message):
    """A rendered figure.

    ``width`` and ``height`` are pixels, 0 where the format has none; ``milliseconds`` is the
    engine's time from the start of the program to the finished image, and ``bytes_read`` what the
    calls read from files. ``preview`` is a small PNG beside a format that notebooks
    cannot show. ``title`` is what stands above the figure, and ``cell`` what a person calls the
    cell that drew it; both may be empty.
    """

    id: str
    engine: str
    format: str
    mimetype: str
    width: int
    height: int
    milliseconds: float
    created: float
    bytes_read: int
    data: bytes
    preview: bytes | None = None
    title: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Shown(_Message):
    """A figure that a call has shown, of which recording, and the mark in what it printed."""

    mark: str
    drawing: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Display(_Message):
    """What a call has displayed with IPython's means, and the mark in what it printed.

    Parameters
    ----------
    mark : str
        Stands for it in `Reply.printed`.
    kind : str
        One of `DISPLAY_KINDS`, as Jupyter's messages are called.
    data : dict
        Representations by their MIME type: text, bytes, or what JSON has.
    metadata, transient : dict
        Jupyter's; ``transient["display_id"]`` is what an update refers to. For ``clear_output``
        ``metadata["wait"]`` tells whether it waits for what is displayed next.
    execution_count : int or None
        Number of the cell whose value it is.
    """

    mark: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    transient: dict[str, Any] = field(default_factory=dict)
    execution_count: int | None = None

    @property
    def display_id(self) -> str | None:
        """What an update of it refers to; None where it is never updated."""
        return self.transient.get("display_id")

    @property
    def bytes(self) -> int:
        r"""What its representations take, roughly.

        Examples
        --------
        >>> Display("1", "display_data", {"text/plain": "two", "image/png": b"\x89PNG"}).bytes
        7
        """
        return sum(
            len(value) if isinstance(value, (str, bytes)) else len(repr(value))
            for value in self.data.values()
        )


@dataclass(frozen=True, slots=True)
class Failure(_Message):
    """The call that failed, and how.

    ``exception`` is the pickled exception where it can be pickled; ``kind`` names its class as
    ``module:qualname``. ``place`` is the line of a cell that ran on the engine.
    """

    call: str | None
    kind: str
    message: str
    traceback: str
    exception: bytes | Packed | None = None
    place: Origin | None = None


@dataclass(frozen=True, slots=True)
class Reply(_Message):
    """Answer to a program.

    ``value`` is the packed value that was asked for; a large one stays in the engine as the object
    ``staged`` and is taken straight from the worker. ``done`` names the calls that were completed;
    ``printed`` is what they wrote, in pieces of which the first may have been sent already, with a
    mark for each figure that was ``shown`` and for each of the ``displays``; ``figures`` are those
    that the program finished.
    ``started`` is when it began, in seconds since the epoch.
    """

    done: tuple[str, ...]
    value: bytes | Packed | None = None
    staged: str | None = None
    failure: Failure | None = None
    descriptions: dict[str, Description] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    printed: tuple[Piece, ...] = ()
    shown: tuple[Shown, ...] = ()
    displays: tuple[Display, ...] = ()
    milliseconds: float = 0.0
    started: float = 0.0
