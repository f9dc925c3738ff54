"""What sees the data layer at work: articles record what is used, or answer for runs that are gone.

`emout_lab.emses.articles.observing` is the one observer that there is; before it is loaded nobody
looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from emout_lab.emses.reading import Read

#: Name and contents of a text file, if one is meant; None for contents where there is none.
Text: TypeAlias = "tuple[str, str | None] | None"


class Watch(Protocol):
    """What engines read while an article is recorded here."""

    def collect(self) -> list[Any]:
        """Return what each engine has kept since it was asked last; they go on."""

    def take(self) -> list[Any]:
        """Return what each engine has kept, and let them keep nothing more."""

    def close(self) -> None:
        """Let them keep nothing more."""


class Observer(Protocol):
    """Sees what the data layer uses: an article records it, or answers for a run that is gone."""

    def of(self, executor: Any) -> Any:
        """Return the executor to use in place of another: itself, or one that passes on to it."""

    def note(self, files: Any, source: Any = None, text: Text = None) -> None:
        """Take notice that a run is used: its parameters, a field's header, a text file."""

    def computed(self, read: Read, compute: Callable[[], Any]) -> Any:
        """Return what is computed of a field, or what an article holds of it."""

    @property
    def is_recording(self) -> bool:
        """Whether what this thread reads is recorded."""


class _Seen:
    """Who looks."""

    by: Observer | None = None


_SEEN = _Seen()


def observed(executor: Any) -> Any:
    """Return the executor to use in place of another, see `Observer.of`."""
    return executor if _SEEN.by is None else _SEEN.by.of(executor)


def observe_by(observer: Observer) -> None:
    """Let an observer see what the data layer of this process uses, in all its threads."""
    _SEEN.by = observer


def is_recorded() -> bool:
    """Say whether what this thread reads is recorded, so that it has to be read and not known."""
    return _SEEN.by is not None and _SEEN.by.is_recording


def is_observed() -> bool:
    """Tell whether articles are recorded or replayed in this process, or were."""
    return _SEEN.by is not None


def computed(read: Read, compute: Callable[[], Any]) -> Any:
    """Return what ``compute()`` gives: a result that stands for all that is read for it.

    While an article is recorded the result is kept, and not what it went through; from an article
    it comes without being computed.

    Parameters
    ----------
    read : Read
        What it is, as for `Executor.read`.
    compute : callable
        Computes it where and how it likes.
    """
    observer = _SEEN.by
    return compute() if observer is None else observer.computed(read, compute)


def note(files: Any, source: Any = None, text: Text = None) -> None:
    """Tell the observer, if there is one, what of a run is used besides the values of fields.

    Parameters
    ----------
    files : RunDirectory
        The run.
    source : FieldSource, optional
        A field of it whose header is known.
    text : (str, str or None), optional
        Name and contents of a text file of its output; None where there is no such file.
    """
    if _SEEN.by is not None:
        _SEEN.by.note(files, source, text)
