"""``%%remote_figure``: the cell is drawn on an engine; ``%%remote``: it runs there."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from emout_lab.remote import ipython
from emout_lab.remote.figure import remote_figure
from emout_lab.remote.nested_loop import run_to_end
from emout_lab.remote.ref import RemoteRef
from emout_lab.remote.session import resolve

EMOUT = "emout_lab.emses.emout:Emout"
TREE_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@magics_class
class RemoteMagics(Magics):
    """Magics of the remote layer."""

    @magic_arguments()
    @argument("--dpi", "-d", type=float, default=150.0, help="resolution, dots per inch (150)")
    @argument("--fmt", "-f", default=None, help="image format: png, svg, pdf, gif, … (png)")
    @argument("--figsize", default=None, help="default figure size in inches, as W,H")
    @argument("--emout-dir", default=None, help="open this EMSES directory as `data`")
    @argument("--savefilepath", default=None, help="write the image to this file as well")
    @argument("--live", action="store_true", help="show it live: pan, zoom and play it")
    @argument("--session", default=None, help="name of the session to draw in")
    @argument("--engine", default=None, help="name of the engine that draws (the home engine)")
    @argument("--help", "-h", action="store_true", help="show the options and draw nothing")
    @line_cell_magic
    def remote_figure(self, line: str, cell: str | None = None) -> None:
        """Run the cell with pyplot recorded; draw it on an engine and show the picture."""
        options = parse_argstring(self.remote_figure, line)
        if options.help:
            sys.stdout.write(self.remote_figure.parser.format_help())
            return
        if cell is None:
            raise _is_for_cells("remote_figure")
        if options.emout_dir is not None:
            self.open_data(options.emout_dir, options.session)
        with remote_figure(
            dpi=options.dpi,
            fmt=options.fmt,
            figsize=_size(options.figsize),
            savefilepath=options.savefilepath,
            session=options.session,
            engine=options.engine,
            live=options.live,
        ):
            self._run(cell)

    @magic_arguments()
    @argument("--session", default=None, help="name of the session to run in")
    @argument("--engine", default=None, help="name of the engine (the home engine)")
    @argument("--dpi", "-d", type=float, default=150.0, help="resolution of figures, dots per inch")
    @argument("--help", "-h", action="store_true", help="show the options and run nothing")
    @line_cell_magic
    def remote(self, line: str, cell: str | None = None) -> None:
        """Run the cell on an engine as it stands.

        What it prints and raises comes here, and its figures too; names that it assigns are names
        of the engine: ``emout_lab.connect().engine()["name"]`` is a ref to one.
        """
        options = parse_argstring(self.remote, line)
        if options.help:
            sys.stdout.write(self.remote.parser.format_help())
            return
        if cell is None:
            raise _is_for_cells("remote")
        shell: Any = self.shell
        source = self._source(cell)
        name = f"<remote cell In[{ipython.cell_number()}]>"
        self._parsed(source, name)
        _refuse_magics(source, cell)
        engine = resolve(options.session).engine(options.engine)
        is_quiet = shell.displayhook.semicolon_at_end_of_expression(source)
        with remote_figure(session=options.session, engine=options.engine, dpi=options.dpi):
            engine.run(source, name, is_quiet=is_quiet)

    def open_data(self, directory: str, session: str | None) -> None:
        """Open what ``--emout-dir`` names, as ``data`` of the notebook."""
        shell: Any = self.shell
        name = f"Emout({directory!r})"
        opened = resolve(session).open(EMOUT, directory, expression=name)
        shell.user_ns["data"] = opened

    def _run(self, cell: str) -> None:
        """Run a cell's code as IPython would; errors are the cell's own."""
        shell: Any = self.shell
        source = self._source(cell)
        name = shell.compile.cache(source, ipython.cell_number(), raw_code=source)
        body = self._parsed(source, name)
        last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
        self._execute(ast.Module(body if last is None else body[:-1], []), name)
        if last is not None:
            value = self._execute(ast.Expression(last.value), name)
            # What pyplot returned here is a part of the picture below, not a result of its own.
            is_drawn = isinstance(value, RemoteRef) and value._node.drawing is not None
            if not is_drawn and not shell.displayhook.semicolon_at_end_of_expression(source):
                sys.displayhook(value)

    def _source(self, cell: str) -> str:
        """Return a cell's code in plain Python, each line at its place below the magic's own."""
        shell: Any = self.shell
        # IPython drops empty lines at the top.
        above = next((n for n, line in enumerate(cell.splitlines()) if line.strip()), 0)
        source: str = "\n" * (above + 1) + shell.transform_cell(cell)
        return source

    def _parsed(self, source: str, name: str) -> list[ast.stmt]:
        try:
            body: list[ast.stmt] = compile(source, name, "exec", TREE_FLAGS).body
        except SyntaxError as error:
            raise self._shown_as_usual(error) from None
        return body

    def _shown_as_usual(self, error: SyntaxError) -> Exception:
        """Return an error that shows as a cell's syntax error; IPython would add its own frames."""
        shell: Any = self.shell
        lines = shell.SyntaxTB.structured_traceback(SyntaxError, error, [])
        shown = type("SyntaxError", (Exception,), {"_render_traceback_": lambda _: lines})
        found: Exception = shown(str(error))
        return found

    def _execute(self, tree: ast.Module | ast.Expression, name: str) -> Any:
        shell: Any = self.shell
        mode = "eval" if isinstance(tree, ast.Expression) else "exec"
        flags = shell.compile.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(tree, name, mode, flags, dont_inherit=True)
        value = eval(code, shell.user_global_ns, shell.user_ns)
        # The recording belongs to this thread, and a magic cannot be awaited.
        return run_to_end(value) if code.co_flags & inspect.CO_COROUTINE else value


def _is_for_cells(name: str) -> UsageError:
    return UsageError(
        f"%{name} alone shows its options: %{name} --help. To use it, write %%{name} into the "
        "first line of a cell, and code below it."
    )


def _refuse_magics(source: str, cell: str) -> None:
    """Refuse what only the notebook's IPython can run."""
    lines = zip(source.splitlines(), ["", *cell.splitlines()], strict=False)
    for number, (python, written) in enumerate(lines, start=1):
        if "get_ipython()" in python and "get_ipython()" not in written:
            raise UsageError(
                f"line {number} of the cell, {written.strip()!r}: magics and shell commands are "
                "IPython's, which does not run on an engine. Put the line into a cell of its own, "
                "or use subprocess.run([...]) for a command."
            )


def _size(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        width, height = (float(part) for part in text.strip("()").split(","))
    except ValueError:
        raise UsageError(
            f"--figsize {text!r} is not a size: write width and height in inches, as --figsize 6,4"
        ) from None
    return width, height
