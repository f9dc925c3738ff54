"""``%%remote_figure``: the cell is drawn on an engine."""

from __future__ import annotations

import ast
import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from emout_lab.remote.figure import remote_figure
from emout_lab.remote.ref import RemoteRef
from emout_lab.remote.session import resolve

EMOUT = "emout_lab.emses.facade:Emout"


@magics_class
class RemoteMagics(Magics):
    """Magics of the remote layer."""

    @magic_arguments()
    @argument("--dpi", "-d", type=float, default=150.0, help="resolution, dots per inch (150)")
    @argument("--fmt", "-f", default=None, help="image format: png, svg, pdf, gif, … (png)")
    @argument("--figsize", default=None, help="default figure size in inches, as W,H")
    @argument("--emout-dir", default=None, help="open this EMSES directory as `data`")
    @argument("--savefilepath", default=None, help="write the image to this file as well")
    @argument("--session", default=None, help="name of the session to draw in")
    @argument("--help", "-h", action="store_true", help="show the options and draw nothing")
    @cell_magic
    def remote_figure(self, line: str, cell: str) -> None:
        """Run the cell with pyplot recorded; draw it on an engine and show the picture."""
        options = parse_argstring(self.remote_figure, line)
        if options.help:
            sys.stdout.write(self.remote_figure.parser.format_help())
            return
        if options.emout_dir is not None:
            self._open_data(options.emout_dir, options.session)
        with remote_figure(
            dpi=options.dpi,
            fmt=options.fmt,
            figsize=_size(options.figsize),
            savefilepath=options.savefilepath,
            session=options.session,
        ):
            self._run(cell)

    def _open_data(self, directory: str, session: str | None) -> None:
        shell: Any = self.shell
        name = f"Emout({directory!r})"
        opened = resolve(session).open(EMOUT, directory, expression=name)
        shell.user_ns["data"] = opened

    def _run(self, cell: str) -> None:
        """Run a cell's code as IPython would; errors are the cell's own."""
        shell: Any = self.shell
        # One empty line stands for the magic's own, so that line numbers are those of the cell.
        source = shell.transform_cell("\n" + cell)
        name = shell.compile.cache(source, shell.execution_count, raw_code="\n" + cell)
        body = shell.compile.ast_parse(source, filename=name).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(shell.compile(ast.Module(body, []), name, "exec"), shell.user_global_ns, shell.user_ns)
        if last is not None:
            code = shell.compile(ast.Expression(last.value), name, "eval")
            value = eval(code, shell.user_global_ns, shell.user_ns)
            # What pyplot returned here is a part of the picture below, not a result of its own.
            if not (isinstance(value, RemoteRef) and value._node.drawing is not None):
                sys.displayhook(value)


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
