"""Cells for other programs: ``%%bash``, ``%%script``, so that an interrupt ends them."""

from __future__ import annotations

import atexit
import shlex
import sys
from subprocess import CalledProcessError
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import cell_magic, magics_class
from IPython.core.magic_arguments import magic_arguments
from IPython.core.magics.script import ScriptMagics, script_args

from emout_lab.engine.views.commands import run_command


@magics_class
class EngineScriptMagics(ScriptMagics):
    """IPython's magics for scripts, which run and print in the thread of their cell."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        forget_exit(self)

    @magic_arguments()
    @script_args
    @cell_magic("script")  # type: ignore[arg-type]  # IPython is untyped
    def shebang(self, line: str, cell: str) -> None:
        """Run the cell by a program: ``%%script bash``."""
        parser = self.shebang.parser
        options, command = parser.parse_known_args(shlex.split(line))
        if options.bg:
            raise UsageError(
                "--bg would leave a program on the engine: use subprocess.Popen, and end it "
                "yourself"
            )
        texts: dict[str, list[str]] = {"out": [], "err": []}
        status = run_command(
            command,
            texts["out"].append if options.out else sys.stdout.write,
            texts["err"].append if options.err else sys.stderr.write,
            text=cell,
        )
        for stream, name in (("out", options.out), ("err", options.err)):
            if name:
                self.shell.user_ns[name] = "".join(texts[stream])
        if status and getattr(options, "raise_error", True):
            raise CalledProcessError(status, " ".join(command))


def forget_exit(magics: Any) -> None:
    """Leave nothing to the end of the process: it would keep the shell and its names."""
    atexit.unregister(magics.kill_bg_processes)
