"""DirectView: calls on engines that are chosen by their ids, and the names there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from emout_lab.engine.views import requests
from emout_lab.parallel.async_map_result import AsyncMapResult
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.joined_result import JoinedResult
from emout_lab.parallel.names_view import NAMESPACE, NamesView
from emout_lab.parallel.partition import check_dist, equally_long, parts_of, taken
from emout_lab.parallel.request import Request
from emout_lab.parallel.sender import label_of
from emout_lab.parallel.sync_imports import SyncImports
from emout_lab.parallel.view import checked_function


class DirectView(NamesView):
    """Calls functions on all of its engines at once, and reads and assigns names there.

    What ``block`` and ``targets`` of its methods mean is told in `NamesView`.

    Examples
    --------
    ::

        view = client[:]
        view["a"] = 5
        view.apply_sync(lambda: a * 2)
        view.scatter("x", range(16)); view.execute("y = sum(x)"); view.gather("y")
    """

    # Sequences

    def scatter(
        self,
        key: str,
        seq: Any,
        dist: str = "b",
        flatten: bool = False,
        targets: Any = None,
        block: bool | None = None,
        track: bool | None = None,  # noqa: ARG002  # what is sent is copied at once
    ) -> Any:
        """Divide a sequence and assign one part of it to a name on each engine.

        Parameters
        ----------
        key : str
            The name.
        seq : sequence
            A list, tuple, text, range, numpy array (along its first axis) or pandas object (its
            rows); parts have its kind. Where it has fewer items than there are engines, the last
            ones get an empty part.
        dist : {"b", "r"}
            Blocks one after the other, or items in turn.
        flatten : bool
            Whether a part of one item is that item.
        targets, block, track
            See `push`.

        Returns
        -------
        AsyncResult or None
            None once it has waited.

        Raises
        ------
        TypeError
            For what has no length.
        KeyError
            For an unknown ``dist``.
        """
        requests.check_target(key)
        engines = self._engines_of(self._where(targets))
        made = []
        for engine, part in zip(engines, parts_of(seq, len(engines), dist), strict=True):
            value = part[0] if flatten and len(part) == 1 else part
            call = (NAMESPACE, {key: value})
            made += self.client.sender.send([engine], requests.push, call, label=f"scatter {key}")
        result = AsyncResult(made, name="scatter")
        found = self._finished(self.client.note(result), block)
        return found if found is result else None

    def gather(
        self, key: str, dist: str = "b", targets: Any = None, block: bool | None = None
    ) -> Any:
        """Join what a name means on the engines: the opposite of `scatter`.

        Parameters
        ----------
        key : str
            The name, or an expression of names.
        dist : {"b", "r"}
            How it was scattered.
        targets, block
            See the class.

        Returns
        -------
        numpy.ndarray, pandas object or list
            Arrays are joined along their first axis, pandas objects by their rows; lists, tuples
            and ranges give a list. Anything else is one item of a list for each engine.
        """
        requests.check_expression(key)
        check_dist(dist)
        engines = self._engines_of(self._where(targets))
        call = (NAMESPACE, key)
        made = self.client.sender.send(engines, requests.pull, call, label=f"gather {key}")
        return self._finished(self.client.note(JoinedResult(made, dist=dist, name="gather")), block)

    def map(
        self,
        f: Callable[..., Any],
        /,
        *sequences: Any,
        block: bool | None = None,
        track: bool = False,  # noqa: ARG002  # as IPython.parallel has it; parts are copied at once
        return_exceptions: bool = False,
        label: str | None = None,
    ) -> Any:
        """Call ``f`` for each item of the sequences, as Python's ``map``; each engine gets a part.

        Parameters
        ----------
        f : callable
            What is called.
        *sequences : iterable
            Its arguments; the shortest one tells how many calls there are.
        block
            See the class.
        track : bool
            Of no consequence.
        return_exceptions : bool
            Whether an item whose call fails gives its exception instead of failing the map.
        label : str, optional
            What the requests are called where they are shown.

        Returns
        -------
        AsyncMapResult or list

        Raises
        ------
        TypeError
            Without sequences.
        """
        checked_function(f)
        if not sequences:
            raise TypeError("map needs at least one sequence for the arguments of the function")
        items = taken(sequences, _items)
        total = min(len(each) for each in items)
        one = requests.map_part_with_failures if return_exceptions else requests.map_part
        cut = [each if len(each) == total else each[:total] for each in items]
        made, sizes = self._sent_parts(one, (f,), cut, "b", label or self.label or label_of(f))
        kind = JoinedResult if return_exceptions else AsyncMapResult
        result: AsyncMapResult = kind(
            made, name=label_of(f), sizes=sizes, return_exceptions=return_exceptions
        )
        return self._finished(self.client.note(result), block, label)

    def apply_to_parts(
        self,
        f: Callable[..., Any],
        sequences: tuple[Any, ...],
        dist: str,
        chunksize: int | None,  # noqa: ARG002  # of load-balanced views
    ) -> Any:
        """Call a function with parts of sequences, see `ParallelFunction`.

        Raises
        ------
        ValueError
            Where the sequences differ in length.
        """
        items = equally_long(sequences)
        made, _ = self._sent_parts(f, (), items, dist, label_of(f))
        return self._finished(
            self.client.note(JoinedResult(made, dist=dist, name=label_of(f))), None
        )

    # Code

    @property
    def importer(self) -> AbstractContextManager[None]:
        """Imports happen here and on the engines in a block of code; see `sync_imports`."""
        return self.sync_imports(True)

    def sync_imports(self, local: bool = True, quiet: bool = False) -> AbstractContextManager[None]:
        """Let the imports of a block of code happen on the engines too.

        Parameters
        ----------
        local : bool
            Whether they happen here as well. Otherwise their names mean nothing here.
        quiet : bool
            Whether nothing is printed.

        Raises
        ------
        ImportError
            At the end of the block, if an engine cannot import something.

        Examples
        --------
        ::

            with view.sync_imports():
                import numpy as np
                from scipy import fft
        """

        def send(statement: str) -> AsyncResult:
            found: AsyncResult = self._asked(
                requests.run_import, (statement,), statement, None, False
            )
            return found

        return SyncImports(send, local=local, quiet=quiet)

    def use_cloudpickle(self) -> Any:
        """Let functions of the notebook bring along what they use, in all views of the client.

        Until `use_pickle`, they see the notebook's names as they were when they were sent, not
        those of the engines.
        """
        self.client.sender.brings_names = True
        return self.apply(requests.nothing)

    def use_dill(self) -> Any:
        """Do what `use_cloudpickle` does; dill is not needed."""
        return self.use_cloudpickle()

    def use_pickle(self) -> Any:
        """Let functions of the notebook see the names of the engines again."""
        self.client.sender.brings_names = False
        return self.apply(requests.nothing)

    def _applied(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        block: Any,
    ) -> Any:
        where = self._where(None)
        label = self.label or label_of(function)
        made = self.client.sender.send(
            self._engines_of(where),
            function,
            args,
            kwargs,
            label=label,
            is_copied=not (self._waits(block) or self.track),
        )
        result = AsyncResult(made, is_single=isinstance(where, int), name=label)
        return self._finished(self.client.note(result), block)

    def _sent_parts(
        self,
        function: Callable[..., Any],
        before: tuple[Any, ...],
        items: Sequence[Any],
        dist: str,
        label: str,
    ) -> tuple[list[Request], list[int]]:
        """Call a function on each engine with its parts, where there is anything in them."""
        engines = self._engines_of(self._where(None))
        parts = [parts_of(each, len(engines), dist) for each in items]
        made: list[Request] = []
        sizes = []
        for engine, *own in zip(engines, *parts, strict=True):
            if own and len(own[0]):
                call = (*before, *own)
                sizes.append(len(own[0]))
                made += self.client.sender.send([engine], function, call, label=label)
        return made, sizes

    def __repr__(self) -> str:
        text = str(self.targets)
        return f"<{type(self).__name__} {text if len(text) <= 16 else text[:12] + '...]'}>"


def _items(sequence: Any) -> Any:
    """Return a sequence of what a loop over something gives."""
    is_sliced = isinstance(sequence, (list, tuple, str, bytes, range))
    if is_sliced or type(sequence).__module__ == "numpy" and sequence.ndim:
        return sequence
    return list(sequence)
