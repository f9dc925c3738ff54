"""``%%remote_figure``: the cell is drawn on an engine."""

from __future__ import annotations

import ast
from contextlib import ExitStack
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from emout_lab.remote.figure import remote_figure


@magics_class
class RemoteMagics(Magics):
    """Magics of the remote layer."""

    @magic_arguments()
    @argument("--dpi", "-d", type=float, default=150.0, help="resolution, dots per inch (150)")
    @argument("--fmt", "-f", default=None, help="image format: png, svg, pdf, gif, … (png)")
    @argument("--figsize", default=None, help="default figure size in inches, as W,H")
    @argument("--emout-dir", default=None, help="open this EMSES directory as `data` in the cell")
    @argument("--savefilepath", default=None, help="write the image to this file as well")
    @argument("--session", default=None, help="name of the session to draw in")
    @cell_magic
    def remote_figure(self, line: str, cell: str) -> None:
        """Run the cell with pyplot recorded; draw it on an engine and show the picture."""
        options = parse_argstring(self.remote_figure, line)
        with ExitStack() as stack:
            stack.enter_context(
                remote_figure(
                    dpi=options.dpi,
                    fmt=options.fmt,
                    figsize=_size(options.figsize),
                    savefilepath=options.savefilepath,
                    session=options.session,
                )
            )
            self._run(cell)

    def _run(self, cell: str) -> None:
        """Run a cell's code as IPython would; errors are the cell's own."""
        shell: Any = self.shell
        # One empty line stands for the magic's own, so that line numbers are those of the cell.
        source = shell.transform_cell("\n" + cell)
        name = shell.compile.cache(source, shell.execution_count, raw_code="\n" + cell)
        body = shell.compile.ast_parse(source, filename=name).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        code = [shell.compile(ast.Module(body, []), name, "exec")]
        if last is not None:
            code.append(shell.compile(ast.Interactive([last]), name, "single"))
        for part in code:
            exec(part, shell.user_global_ns, shell.user_ns)


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
