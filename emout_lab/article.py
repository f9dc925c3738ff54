"""Articles: a figure with what it has read of its runs in one file, drawn again without the runs.

`record` keeps what the code of a block reads, `replay` answers it from the file::

    from emout_lab import Emout, article

    with article.record("fig1.h5"):
        data = Emout("run1")
        data.phisp[-1, :, 64, :].plot(savefilename="fig1.png")

    with article.replay("fig1.h5"):  # on any machine
        data = Emout("run1")
        data.phisp[-1, :, 64, :].plot(savefilename="fig1.png")

``Emout("fig1.h5")`` opens the recorded run without a block. The file is HDF5 and holds no code:
loading it runs nothing of whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

from emout_lab.emses.articles import runs, storage
from emout_lab.emses.articles.observing import RECORDERS
from emout_lab.emses.articles.opening import REPLAYS
from emout_lab.emses.articles.recording import PathLike, Recording
from emout_lab.emses.emout import Emout
from emout_lab.errors import NotRecorded

__all__ = ["NotRecorded", "Recording", "Replay", "keep", "record", "replay"]


def record(path: PathLike, *, mode: str = "w", limit: Any = "256MB") -> Recording:
    """Record what the code of a block reads of runs, for one file.

    Kept are the slices that are read and the results of reductions, with coordinates, units and
    names, the parameter file of each run and the tables that are used, versions and the place of
    origin. The same slice is kept once. It works where data are read here, on an engine for this
    process (transfer), in ``remote_figure`` blocks and through ``.remote()``; there work that is
    shared between engines is done by one while it is recorded.

    Parameters
    ----------
    path : path
        The file, in HDF5.
    mode : {"w", "a", "x"}
        ``"w"`` replaces a file of that name, ``"a"`` adds to it (a part that it has is replaced),
        ``"x"`` refuses.
    limit : size or None
        How much it may hold, such as ``"1GB"``.

    Returns
    -------
    Recording
        For ``with``. The file is written when the block has ended; after an error, in the block or
        in writing, it is as it was before.

    Raises
    ------
    SpecError
        When `mode` or `limit` is none.

    Examples
    --------
    >>> import os, tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> folder = tempfile.mkdtemp()
    >>> run, file = write_demo_data(os.path.join(folder, "run"), grid=8, steps=2), folder + "/a.h5"
    >>> with record(file):
    ...     read = Emout(run).phisp[-1, :, 4].values
    >>> bool((Emout(file).phisp[-1, :, 4].values == read).all())
    True
    """
    return Recording(path, mode, limit)


class Replay:
    """Lets an article answer for runs in a block; `replay` makes it.

    Attributes
    ----------
    path : str
        The file.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = os.path.abspath(os.path.expanduser(os.fspath(path)))
        self._article = storage.article(self.path)

    @property
    def runs(self) -> list[str]:
        """Names of the runs in it."""
        return self._article.labels

    @property
    def parts(self) -> list[str]:
        """What it holds of their fields, such as ``phisp[3, 0:17, 8, 0:17]``."""
        return list(map(str, self._article.parts))

    @property
    def data(self) -> Emout:
        """The run, where it is the only one.

        Raises
        ------
        NotRecorded
            When there are several; the message names them.
        """
        return self[""]

    def __getitem__(self, name: str) -> Emout:
        """Return the run of a name."""
        directory, *_ = runs.run_of(self._article, name).opening
        return Emout(directory)

    def __enter__(self) -> Replay:
        REPLAYS.open.append(self._article)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        REPLAYS.open.remove(self._article)

    def __repr__(self) -> str:
        return f"<Replay {self.path}: {', '.join(self.runs) or 'no run'}>"


def replay(path: PathLike) -> Replay:
    """Draw a recorded figure again: in the block ``Emout(...)`` gives what the article holds.

    The run is found by its directory, or by its name where the article has travelled. Nothing else
    is read; what was not recorded is an error.

    Parameters
    ----------
    path : path
        The file that `record` has written.

    Returns
    -------
    Replay
        For ``with``, and with the recorded runs: ``replay("fig1.h5").data``.

    Raises
    ------
    BadFile
        When it is no article, or damaged.

    Examples
    --------
    >>> import os, shutil, tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> folder = tempfile.mkdtemp()
    >>> run, file = write_demo_data(os.path.join(folder, "run"), grid=8, steps=2), folder + "/a.h5"
    >>> with record(file):
    ...     read = Emout(run).phisp[-1, :, 4].values
    >>> shutil.rmtree(run)
    >>> with replay(file):
    ...     again = Emout(run).phisp[-1, :, 4].values
    >>> bool((again == read).all())
    True
    """
    return Replay(path)


def keep(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what a function gives, and keep that in an article in place of all that it reads.

    For what is computed of much data: a histogram, a fit, an orbit. While it is replayed the
    function is not called.

    Parameters
    ----------
    name : str
        Of the value, in the article.
    function : callable
        Called as ``function(*args, **kwargs)``; gives numbers, texts, arrays, or lists, tuples or
        dicts of them.

    Raises
    ------
    NotRecorded
        When an article is replayed that has not kept the name.
    ArticleTooLarge
        When the value is larger than what is left of the limit.

    Examples
    --------
    >>> keep("squares", lambda count: [i * i for i in range(count)], 4)
    [0, 1, 4, 9]
    """
    if REPLAYS.open:
        value = REPLAYS.open[-1].kept(name)
    else:
        with RECORDERS.suspended():
            value = function(*args, **kwargs)
    for recorder in RECORDERS.active():
        recorder.keep(name, value)
    return value
