"""``%px``, ``%%px``, ``%autopx``, ``%pxresult``, ``%pxconfig``: cells on the engines of a view."""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.autopx import CellDiversion
from emout_lab.parallel.cell_waiting import Waiting, end
from emout_lab.parallel.client import Client
from emout_lab.parallel.direct_view import DirectView
from emout_lab.parallel.magic_cells import run_here, without_frames
from emout_lab.parallel.px_options import (
    INTERRUPT,
    RESTART,
    output_options,
    running_options,
    signal_of,
    targets_of,
)
from emout_lab.remote import ipython
from emout_lab.remote.session import resolve


class ParallelMagics:
    """The magics of one view.

    Parameters
    ----------
    shell : InteractiveShell
        Where they are used.
    view : DirectView, optional
        Where cells run; on all engines of the connected (or the active) session by default.
    suffix : str
        Stands behind the names of the magics.
    """

    def __init__(self, shell: Any, view: DirectView | None = None, suffix: str = "") -> None:
        self.shell = shell
        self.suffix = suffix
        self.last_result: AsyncResult | None = None
        self._given = view
        self._own: DirectView | None = None
        self._is_verbose = False
        self._is_live = True
        self._progress_after = 2.0
        self._on_interrupt = INTERRUPT
        self._names = {
            "line": {
                f"px{suffix}": self.px,
                f"autopx{suffix}": self.autopx,
                f"pxresult{suffix}": self.pxresult,
                f"pxconfig{suffix}": self.pxconfig,
            },
            "cell": {f"px{suffix}": self.cell_px, f"autopx{suffix}": self.diverted},
        }
        self._diversion = CellDiversion(shell, f"autopx{suffix}", tuple(self._names["line"]))

    @property
    def is_of_view(self) -> bool:
        """Whether they were bound to a view."""
        return self._given is not None

    @property
    def view(self) -> DirectView:
        """Where cells run.

        Raises
        ------
        NoSession, SessionDead
            If no view was given, and there is no session either.
        """
        if self._given is not None:
            return self._given
        session = resolve(None)
        if self._own is None or self._own.client.session is not session:
            self._own = Client(session).direct_view("all", block=True)
        return self._own

    def register(self) -> None:
        """Let the shell know the magics; others of these names are replaced."""
        for kind, functions in self._names.items():
            for name, function in functions.items():
                self.shell.register_magic_function(function, kind, name)

    def remove(self) -> None:
        """Let the shell forget the magics."""
        self._diversion.turn_off()
        for kind, functions in self._names.items():
            for name, function in functions.items():
                if self.shell.magics_manager.magics[kind].get(name) == function:
                    del self.shell.magics_manager.magics[kind][name]

    @no_var_expand
    def px(self, line: str = "") -> Any:
        """Run the rest of the line on the engines: ``%px print(os.getpid())``."""
        if not line.strip():
            raise UsageError(
                f"%px{self.suffix} runs the rest of its line on the engines: %px{self.suffix} "
                f"a = 1. For several lines write %%px{self.suffix} into the first line of a cell; "
                f"%%px{self.suffix}? shows its options."
            )
        with without_frames():
            return self._run(line, "px", None, Waiting(progress_after=self._progress_after))

    @magic_arguments(name="px")
    @running_options
    @output_options
    @argument("--local", action="store_true", help="run the cell here, too")
    @argument("--help", "-h", action="store_true", help="show the options and run nothing")
    def cell_px(self, line: str, cell: str) -> Any:
        """Run the cell on the engines."""
        options = parse_argstring(self.cell_px, line)
        if options.help:
            sys.stdout.write(self.cell_px.parser.format_help())
            return None
        if not cell.strip():
            raise UsageError(f"%%px{self.suffix}: there is no code below it in the cell")
        source = "\n" * (_lines_above(cell) + 1) + cell.lstrip("\n")
        with without_frames():
            return self._run(source, "px cell", options, self._waiting(options), cell)

    def diverted(self, line: str, cell: str) -> Any:  # noqa: ARG002  # a magic's form
        """Run a whole cell on the engines, as `autopx` has it."""
        with without_frames():
            return self._run(cell, "px cell", None, Waiting(progress_after=self._progress_after))

    def autopx(self, line: str = "") -> None:  # noqa: ARG002  # a magic's form
        """Let all cells from the next one run on the engines, or again here.

        Cells that begin with ``%px``, ``%pxresult``, ``%pxconfig`` or ``%autopx`` run here.
        """
        if self._diversion.is_on:
            self._diversion.turn_off()
        else:
            with without_frames():
                _ = self.view  # a session that is not there is told now
            for other in _REGISTERED:
                if other.shell is self.shell:
                    other._diversion.turn_off()
            self._diversion.turn_on()
        state = "enabled" if self._diversion.is_on else "disabled"
        sys.stdout.write(f"%autopx{self.suffix} {state}\n")

    @magic_arguments()
    @output_options
    def pxresult(self, line: str = "") -> None:
        """Show what came of the last ``%px``, once the engines are done."""
        options = parse_argstring(self.pxresult, line)
        if self.last_result is None:
            raise UsageError(
                f"%pxresult{self.suffix} shows what came of the last %px{self.suffix}, and there "
                "was none yet"
            )
        if options.out:
            self._keep(options.out, self.last_result)
            return
        waiting = Waiting(options.groupby or "type", is_live=False, progress_after=-1)
        with without_frames():
            waiting.wait(self.last_result, _do_nothing)
            self.last_result.get()

    @magic_arguments()
    @running_options
    def pxconfig(self, line: str = "") -> None:
        """Set where and how ``%px`` runs from now on; without options, show it."""
        options = parse_argstring(self.pxconfig, line)
        with without_frames():
            view = self.view
        if options.targets is not None:
            view.targets = targets_of(options.targets, _ids(view))
        if options.block is not None:
            view.block = options.block
        if options.verbose is not None:
            self._is_verbose = options.verbose
        if options.stream is not None:
            self._is_live = options.stream
        if options.progress_after is not None:
            self._progress_after = options.progress_after
        if options.signal_on_interrupt is not None:
            self._on_interrupt = signal_of(options.signal_on_interrupt)
        if not line.strip():
            sys.stdout.write(
                f"targets {view.targets}, block {view.block}, verbose {self._is_verbose}, "
                f"stream {self._is_live}, progress-after {self._progress_after:g} s; "
                f"engines at Ctrl-C: {self._on_interrupt}\n"
            )

    def _waiting(self, options: Any) -> Waiting:
        is_live = self._is_live and options.groupby is None
        after = options.progress_after
        return Waiting(
            options.groupby or "type",
            is_live if options.stream is None else options.stream,
            self._progress_after if after is None else after,
        )

    def _run(
        self, source: str, what: str, options: Any, waiting: Waiting, local: str | None = None
    ) -> Any:
        """Run code on the engines, and wait for it where that is wanted."""
        view = self.view
        given = getattr(options, "targets", None)
        targets = view.targets if given is None else targets_of(given, _ids(view))
        block = getattr(options, "block", None)
        block = view.block if block is None else block
        signal = getattr(options, "signal_on_interrupt", None)
        on_interrupt = self._on_interrupt if signal is None else signal_of(signal)
        if self._is_verbose:
            how = "Parallel" if block else "Async parallel"
            sys.stdout.write(f"{how} execution on engine(s): {_shortened(targets)}\n")
        name = f"{what} In[{ipython.cell_number()}]"
        result = view.run_cell(
            source, f"<{name}>", silent=False, targets=targets, label=name, name="%px"
        )
        self.last_result = result
        if getattr(options, "out", None):
            self._keep(options.out, result)
        failed = self._run_here(local) if local is not None and options.local else None
        if block:
            waiting.wait(result, lambda: self._interrupt(result, on_interrupt))
            result.get()
        if failed is not None:
            raise failed
        return None if block else result

    def _run_here(self, cell: str) -> Exception | None:
        self._diversion.is_paused = True
        try:
            return run_here(self.shell, cell)
        finally:
            self._diversion.is_paused = False

    def _interrupt(self, result: AsyncResult, action: str) -> None:
        """Let engines take notice of Ctrl-C."""
        running = [request for request in result.requests if not request.done()]
        if action == INTERRUPT:
            end(running)
        elif action == RESTART:
            client = self.view.client
            numbers = [request.metadata.engine_id for request in running]
            for engine in client.engines_of(numbers):
                client.session.restart_engine(engine.name)

    def _keep(self, name: str, result: AsyncResult) -> None:
        if not name.isidentifier():
            raise UsageError(f"--out {name!r}: the result can be kept as a name only, such as ar")
        self.shell.user_ns[name] = result


#: Those that are registered, the latest last.
_REGISTERED: list[ParallelMagics] = []


def register(shell: Any, view: DirectView | None = None, suffix: str = "") -> ParallelMagics:
    """Let a shell know the magics of a view; those of this suffix are replaced.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.
    view : DirectView, optional
        Where cells run; on all engines of the connected (or the active) session by default. Magics
        that were bound to a view stay as they are then.
    suffix : str
        Stands behind their names.

    Raises
    ------
    ValueError
        For a suffix that cannot stand in a name.
    """
    if suffix and not f"px{suffix}".isidentifier():
        raise ValueError(f"suffix {suffix!r} cannot stand in a name such as %px{suffix}")
    known = [m for m in _REGISTERED if m.shell is shell and m.suffix == suffix]
    if view is None and known and known[0].is_of_view:
        known[0].register()
        return known[0]
    for each in known:
        each.remove()
        _REGISTERED.remove(each)
    made = ParallelMagics(shell, view, suffix)
    made.register()
    _REGISTERED.append(made)
    return made


def remove_all(shell: Any) -> None:
    """Let a shell forget the magics of all views."""
    for each in [m for m in _REGISTERED if m.shell is shell]:
        each.remove()
        _REGISTERED.remove(each)


def _ids(view: DirectView) -> list[int]:
    return [engine.number for engine in view.client.engines_of("all")]


def _lines_above(cell: str) -> int:
    """Return how many empty lines stand between the magic and the code."""
    return next((n for n, line in enumerate(cell.split("\n")) if line.strip()), 0)


def _shortened(targets: Any) -> str:
    if isinstance(targets, list) and len(targets) > 10:
        return f"{str(targets[:4])[:-1]}, ..., {str(targets[-4:])[1:]}"
    return str(targets)


def _do_nothing() -> None:
    """Stand for what becomes of engines where only the waiting ends."""
