"""IPython's shell of one namespace on an engine."""

from __future__ import annotations

import ast
import atexit
import contextlib
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, SimpleNamespace
from typing import Any

from IPython.core.display_functions import display
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.core.magics.script import ScriptMagics
from IPython.core.page import as_hook, display_page
from IPython.core.profiledir import ProfileDir
from traitlets import Type
from traitlets.config import Config

from emout_lab.engine import cells
from emout_lab.engine.figures.showing import show_here
from emout_lab.engine.namespaces import SHELL
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.views.commands import run_command
from emout_lab.engine.views.displays import current, plain
from emout_lab.engine.views.script_magics import EngineScriptMagics, forget_exit

#: Names of IPython that would end the engine, or keep its files from being opened.
UNWANTED = ("exit", "quit", "open")
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


@dataclass
class _Cell:
    """A cell that runs: its number, whether its value is shown, and the mark of what was shown."""

    number: int
    source: str = ""
    filename: str = ""
    is_quiet: bool = False
    mark: str | None = None
    value: Any = None


class _Publisher(DisplayPublisher):
    """Gives what is displayed to the program that runs; elsewhere its text is printed."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *args: Any,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **others: Any,
    ) -> None:
        """Display, or update what was displayed."""
        displays = current()
        if displays is None:
            super().publish(data, metadata or {}, *args, transient=transient, **others)
            return
        kind = "update_display_data" if update else "display_data"
        displays.take(
            kind, plain(data), metadata=plain(metadata or {}), transient=plain(transient or {})
        )

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  # IPython's
        """Clear what the cell shows that waits for the program."""
        displays = current()
        if displays is None:
            super().clear_output(wait)
        else:
            displays.take("clear_output", {}, metadata={"wait": bool(wait)})


class _Hook(DisplayHook):
    """Displays the value of a cell."""

    shell: Any

    @property
    def prompt_count(self) -> int:
        """Number of the cell, as in ``Out[3]``."""
        return int(self.shell.cell.number)

    def quiet(self) -> bool:
        """Return whether the cell's value is silenced."""
        return bool(self.shell.cell.is_quiet)

    def start_displayhook(self) -> None:
        """Print nothing before a value."""

    def write_output_prompt(self) -> None:
        """Print no prompt: the client does."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Display the value in all its representations."""
        displays = current()
        if displays is None:
            super().write_format_data(format_dict, md_dict)
            return
        self.shell.cell.mark = displays.take(
            "execute_result",
            plain(format_dict),
            metadata=plain(md_dict or {}),
            execution_count=self.prompt_count,
        ).mark

    def log_output(self, format_dict: dict[str, Any]) -> None:
        """Keep no second copy of what was displayed."""

    def finish_displayhook(self) -> None:
        """Print nothing after a value."""


class EngineShell(InteractiveShell):
    """IPython's language for the names of one client.

    It keeps nothing in files, and leaves the process as it was: modules, hooks, builtins, streams.
    What a cell raises is raised.

    Parameters
    ----------
    namespace : dict
        The names, and the globals of what cells define.
    """

    compile: Any
    display_formatter: Any
    events: Any
    history_manager: Any
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.cell = _Cell(0)
        self._outer_hook: Any = None
        kept = dict(namespace)
        folder = None if PROCESS.worker is None else str(PROCESS.worker.local_directory)
        scratch = tempfile.mkdtemp(prefix="ipython-", dir=folder)
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        super().__init__(
            ipython_dir=scratch,
            profile_dir=ProfileDir(location=scratch),
            user_ns=namespace,
            config=config,
        )
        atexit.unregister(self.atexit_operations)
        for magics in list(self.magics_manager.registry.values()):
            if isinstance(magics, ScriptMagics):
                forget_exit(magics)
        namespace.update(kept)
        self.set_hook("show_in_pager", as_hook(display_page), 90)
        self.display_formatter.ipython_display_formatter.for_type_by_name(
            "matplotlib.figure", "Figure", show_here
        )

    def run(
        self, source: str, filename: str, *, is_silent: bool = False, is_counted: bool = True
    ) -> _Cell:
        """Run a cell, see `emout_lab.engine.views.shell.run_cell`.

        Parameters
        ----------
        is_counted : bool
            Whether it has a number of its own; a cell within a cell has not.
        """
        is_counted = is_counted and not is_silent
        outer, outer_hook = self.cell, self._outer_hook
        number = self.execution_count if is_counted else outer.number
        cell = _Cell(number, source, filename)
        cell.is_quiet = is_silent or self.displayhook.semicolon_at_end_of_expression(source)
        if "get_ipython" not in self.user_ns:  # somebody has deleted all names
            self.init_user_ns()
        try:
            self.cell, self._outer_hook = cell, outer_hook or sys.displayhook
            if is_counted:
                self.execution_count += 1
            with self._events(source, is_silent=is_silent):
                self._run_steps(source, filename, is_counted=is_counted)
        finally:
            self.cell, self._outer_hook = outer, outer_hook
        return cell

    def run_cell(
        self, raw_cell: str, store_history: bool = False, silent: bool = False, *_: Any, **__: Any
    ) -> Any:
        """Run a cell within a cell, as magics do; what it raises is raised."""
        result = ExecutionResult(_info(raw_cell, is_silent=silent))
        source, name = raw_cell, cells.unique_name("<cell in a cell>", raw_cell)
        written, body = self.cell.source.rstrip(), raw_cell.strip()
        if body and written.endswith(body):  # what stands below a magic
            name = self.cell.filename
            source = "\n" * written[: -len(body)].count("\n") + raw_cell.lstrip("\n")
        else:
            cells.cache_source(name, source)
        result.result = self.run(source, name, is_silent=silent, is_counted=store_history).value
        return result

    def drop_value(self, number: int) -> None:
        """Keep the value of a cell no longer, unless it has names of the user's too."""
        value = self.user_ns.pop(f"_{number}", None)
        self.user_ns_hidden.pop(f"_{number}", None)
        self.history_manager.output_hist.pop(number, None)
        for name in ("_", "__", "___"):
            if getattr(self.displayhook, name) is value is not None:
                setattr(self.displayhook, name, "")
                self.push({name: ""}, interactive=False)

    def _run_steps(self, source: str, filename: str, *, is_counted: bool) -> None:
        above = next((n for n, line in enumerate(source.splitlines()) if line.strip()), 0)
        python = "\n" * above + self.transform_cell(source)  # which drops empty lines at the top
        if is_counted:
            self.history_manager.store_inputs(self.cell.number, python, source)
        for code, is_shown in self._compiled(python, filename):
            value = cells.run_code(code, filename, self.user_ns)
            if is_shown and value is not None:
                self.cell.value = value
                # Magics put their own hook in its place to catch what is displayed.
                is_ours = sys.displayhook is self._outer_hook
                (self.displayhook if is_ours else sys.displayhook)(value)

    def _steps(self, body: list[ast.stmt], filename: str) -> Iterator[tuple[CodeType, bool]]:
        """Give the code of a cell in parts, and whether the value of each is shown."""
        wanted = self.ast_node_interactivity
        if wanted == "last_expr_or_assign" and body and isinstance(body[-1], ASSIGNMENTS):
            last = body[-1]
            target = last.targets[-1] if isinstance(last, ast.Assign) else last.target
            if isinstance(target, ast.Name):
                shown = ast.Expr(ast.Name(target.id, ast.Load()))
                body = [*body, ast.fix_missing_locations(ast.copy_location(shown, last))]
        group: list[ast.stmt] = []
        for node in body:
            is_last = node is body[-1] and wanted != "none"
            if isinstance(node, ast.Expr) and (is_last or wanted == "all"):
                yield self.compile(ast.Module(group, []), filename, "exec"), False
                yield self.compile(ast.Expression(node.value), filename, "eval"), True
                group = []
            else:
                group.append(node)
        if group:
            yield self.compile(ast.Module(group, []), filename, "exec"), False

    def _compiled(self, python: str, filename: str) -> list[tuple[CodeType, bool]]:
        """Return the code of a cell in parts: nothing of it runs if one of them is wrong."""
        try:
            tree = self.transform_ast(self.compile.ast_parse(python, filename))
            with self.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                return list(self._steps(tree.body, filename))
        except SyntaxError as error:
            raise error.with_traceback(None) from None  # it names the place itself

    @contextlib.contextmanager
    def _events(self, source: str, *, is_silent: bool) -> Iterator[None]:
        """Tell of the cell to whom it concerns: extensions such as ``autoreload``."""
        info = _info(source, is_silent=is_silent)
        self.events.trigger("pre_execute")
        if not is_silent:
            self.events.trigger("pre_run_cell", info)
        try:
            yield
        finally:
            self.events.trigger("post_execute")
            if not is_silent:
                self.events.trigger("post_run_cell", ExecutionResult(info))

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Raise what IPython would only print."""
        error = (exc_tuple or sys.exc_info())[1]
        if error is not None:
            raise error

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Raise what IPython would only print."""
        self.showtraceback()

    def system(self, cmd: str) -> None:
        """Run a command (``!ls``) and print what it prints; ``_exit_code`` is its status."""
        command = self.var_expand(cmd, depth=1)
        self.user_ns["_exit_code"] = run_command(command, sys.stdout.write)

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Return what a command prints (``x = !ls``)."""
        from_utils = super().getoutput  # its class of lists
        texts: list[str] = []
        run_command(self.var_expand(cmd, depth=depth + 1), texts.append)
        kind = type(from_utils(":", split=split)) if split else str
        return kind("".join(texts).splitlines() if split else "".join(texts))

    def enable_gui(self, gui: Any = None) -> None:
        """Change nothing: there is no window on an engine."""

    def enable_matplotlib(self, gui: Any = None) -> tuple[None, str]:  # noqa: ARG002  # IPython's
        """Change nothing: figures show where the cell was written."""
        return None, "agg"

    def init_virtualenv(self) -> None:
        """Leave ``sys.path`` alone."""

    def init_sys_modules(self) -> None:
        """Leave ``__main__`` alone."""

    def init_prompts(self) -> None:
        """Leave ``sys`` alone: nobody types here."""

    def init_completer(self) -> None:
        """Complete nothing."""

    def init_builtins(self) -> None:
        """Add nothing to Python's builtins, which all programs share."""
        before = vars(sys.modules["builtins"]).copy()
        super().init_builtins()
        self.builtin_trap.auto_builtins.clear()
        names = vars(sys.modules["builtins"])
        for name in names.keys() - before.keys():
            del names[name]

    def init_magics(self) -> None:
        """Add IPython's magics, some of them in a way that suits an engine."""
        super().init_magics()
        self.register_magics(EngineScriptMagics)

    def init_events(self) -> None:
        """Take back what matplotlib has registered with the shell of another client."""
        super().init_events()
        unregister = self.events.unregister

        def unregister_if_here(event: str, function: Any) -> None:
            with contextlib.suppress(ValueError):
                unregister(event, function)

        self.events.unregister = unregister_if_here

    def init_user_ns(self) -> None:
        """Add IPython's names."""
        super().init_user_ns()
        for name in UNWANTED:
            self.user_ns.pop(name, None)
            self.user_ns_hidden.pop(name, None)
        own = {"display": display, SHELL: self}
        self.user_ns_hidden.update(own)
        self.user_ns.update(own)


def _info(source: str, *, is_silent: bool) -> SimpleNamespace:
    return SimpleNamespace(
        raw_cell=source,
        store_history=not is_silent,
        silent=is_silent,
        shell_futures=True,
        cell_id=None,
        cell_meta=None,
        transformed_cell=source,
    )
