"""Start Python of a session so that it imports and works only where nobody else can write.

Run as ``python -I .../bootstrap.py [options] MODULE [argument ...]``. Isolated mode keeps the
current folder, ``PYTHONPATH`` and the user's packages off ``sys.path`` until they have been looked
at (the option for the current folder alone, ``-P``, is not known to Python 3.10); processes that
`multiprocessing` makes later inherit the mode and the path. What others can change is left out
with a warning, see `emout_lab.ownership`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import runpy
import shlex
import site
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

PATH_PREFIX: Final = "path:"
#: Where this package is imported from.
ROOT: Final = str(Path(__file__).resolve().parents[2])

_IF_TRUSTED: Final = (
    "If you trust that folder, name it in EMOUT_LAB_TRUSTED_FOLDERS or in trusted_folders of your "
    "config.yaml."
)
#: What was said of folders that nothing is imported from.
_LEFT_OUT: Final[list[str]] = []


def bootstrap_command(
    module: str,
    *arguments: str,
    trusted: Iterable[str] = (),
    options: Sequence[str] = (),
) -> list[str]:
    """Return the command that runs a module as ``python -m`` would, on safe ground.

    Parameters
    ----------
    module : str
        What to run.
    *arguments : str
        Its arguments.
    trusted : iterable of str
        Folders that count as safe, as in `Settings.trusted_folders`.
    options : sequence of str
        More options of this file, for example ``--worker``.

    Examples
    --------
    >>> bootstrap_command("emout_lab.sessions", "default")[-2:]
    ['emout_lab.sessions', 'default']
    """
    return [
        sys.executable,
        "-I",
        *(["-B"] if sys.dont_write_bytecode else []),
        str(Path(ROOT, "emout_lab", "sessions", "bootstrap.py")),
        # Isolated mode tells no longer whether the user's packages were there.
        *(["--user-packages"] if site.ENABLE_USER_SITE else []),
        *(f"--trust={encode_path(folder)}" for folder in trusted),
        *options,
        module,
        *arguments,
    ]


def encode_path(path: str | Path) -> str:
    """Return a path as an argument in which no shell and no queue system reads anything.

    Examples
    --------
    >>> encode_path("/home/a user/$x")
    'path:/home/a%20user/%24x'
    """
    return PATH_PREFIX + quote(os.fsencode(str(path)))


def decode_path(argument: str) -> str:
    """Return what `encode_path` was given; any other argument as it is.

    Examples
    --------
    >>> decode_path("path:/home/a%20user"), decode_path("--nanny")
    ('/home/a user', '--nanny')
    """
    if not argument.startswith(PATH_PREFIX):
        return argument
    return unquote(argument.removeprefix(PATH_PREFIX), errors="surrogateescape")


def shell_words(command: Iterable[str]) -> str:
    """Return a command as a line of a shell script.

    Examples
    --------
    >>> shell_words(["/my python", "-I"])
    "'/my python' -I"
    """
    return " ".join(shlex.quote(word) for word in command)


def main(arguments: list[str]) -> None:
    """Look at paths and variables, then run the module in this process."""
    options = _parse(arguments)
    trusted = [decode_path(folder) for folder in options.trust]
    # Last: where this package lies is no safer than what runs already. Only from here on can its
    # modules be imported, so that no such import stands at the top of this file.
    sys.path.append(ROOT)
    _restore_import_path(trusted, user_packages=options.user_packages)
    _drop_unsafe_variables(trusted)
    from emout_lab.sessions.scratch import own_scratch  # noqa: PLC0415 - after the path is safe

    rest = [decode_path(argument) for argument in options.arguments]
    first = [decode_path(place) for place in options.scratch]
    last = [decode_path(place) for place in options.fallback]
    with own_scratch(first, last, trusted) as folder:
        tempfile.tempdir = str(folder)
        if options.worker:
            _work_in(folder)
            rest += ["--local-directory", str(folder)]
        sys.argv = [options.module, *rest]
        runpy.run_module(options.module, run_name="__main__", alter_sys=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--user-packages", action="store_true")
    parser.add_argument("--trust", action="append", default=[])
    # Where a folder for temporary files is made: before, and after, the system's own place.
    parser.add_argument("--scratch", action="append", default=[])
    parser.add_argument("--fallback", action="append", default=[])
    parser.add_argument("--worker", action="store_true", help="work and spill there")
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args(arguments)


def _restore_import_path(trusted: list[str], *, user_packages: bool) -> None:
    """Give ``sys.path`` what isolated mode keeps away, and take away what others can change."""
    from emout_lab.config import (  # noqa: PLC0415 - see `main`
        change_environment,
        folders_left_out,
        python_path,
    )
    from emout_lab.environment import LEFT_OUT_VARIABLE  # noqa: PLC0415 - see `main`

    relative = [entry for entry in python_path() if not os.path.isabs(entry)]
    if relative:
        names = ", ".join(relative)
        _warn(f"nothing is imported from {names} of PYTHONPATH: write whole paths there.")
    asked = [entry for entry in python_path() if os.path.isabs(entry)]
    own = [entry for entry in asked if _is_safe(entry, trusted)]
    change_environment(PYTHONPATH=os.pathsep.join(own) or None)
    if user_packages:
        _add_user_packages(trusted)
    installed = tuple({ROOT, sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix})
    kept = [entry for entry in sys.path if _is_installed(entry, installed, trusted)]
    sys.path[:] = dict.fromkeys([*own, *kept])
    if _LEFT_OUT:
        # Processes that this one starts look at what is left, and tell their users of the rest.
        told = [*folders_left_out().splitlines(), *_LEFT_OUT]
        change_environment(**{LEFT_OUT_VARIABLE: "\n".join(dict.fromkeys(told))})


def _add_user_packages(trusted: list[str]) -> None:
    folder = site.getusersitepackages()
    if not os.path.isdir(folder) or not _is_safe(folder, trusted):
        return
    # This package may be installed there; then its own entry, the last, moves to the others.
    before = [entry for entry in sys.path if os.path.realpath(entry) != os.path.realpath(folder)]
    sys.path[:] = before
    site.addsitedir(folder)
    added = [entry for entry in sys.path if entry not in before]
    first = next((n for n, entry in enumerate(before) if entry in site.getsitepackages()), 0)
    sys.path[:] = [*before[:first], *added, *before[first:]]
    # For the processes that this one starts in the same way.
    site.ENABLE_USER_SITE = True


def _is_installed(entry: str, installed: tuple[str, ...], trusted: list[str]) -> bool:
    """Whether to keep an entry; what belongs to this Python stays, as its own program file does."""
    if entry == ROOT or any(entry.startswith(f"{folder}/") for folder in installed):
        from emout_lab.ownership import why_unsafe  # noqa: PLC0415 - see `main`

        reason = why_unsafe(entry, trusted, allow_group=True)
        if reason is not None and os.path.exists(entry):
            _warn(f"{entry}, which this Python is installed in, can be changed by others: {reason}")
        return True
    return _is_safe(entry, trusted)


def _is_safe(path: str, trusted: list[str]) -> bool:
    from emout_lab.ownership import why_unsafe  # noqa: PLC0415 - see `main`

    reason = why_unsafe(path, trusted)
    if reason is not None:
        text = f"nothing is imported from {path}: {reason}. {_IF_TRUSTED}"
        _LEFT_OUT.append(text)
        _warn(text)
    return reason is None


def _drop_unsafe_variables(trusted: list[str]) -> None:
    from emout_lab.config import change_environment, folders_in_environment  # noqa: PLC0415 - see `main`
    from emout_lab.ownership import why_unsafe  # noqa: PLC0415 - see `main`

    for name, value in folders_in_environment().items():
        parts = value.split(os.pathsep) if name.endswith("_PATH") else [value]
        reasons = [reason for part in parts if (reason := why_unsafe(part, trusted)) is not None]
        if reasons:
            _warn(f"{name}={value} is not used: {'; '.join(reasons)}. {_IF_TRUSTED}")
            change_environment(**{name: None})


def _work_in(folder: Path) -> None:
    """Let everything that a worker runs work, and keep temporary files, in `folder`.

    A host tells nobody by a variable: its jobs would get it, whose nodes have no such folder.
    """
    from emout_lab.config import change_environment  # noqa: PLC0415 - see `main`

    change_environment(TMPDIR=str(folder), TEMP=None, TMP=None)
    os.chdir(folder)


def _warn(text: str) -> None:
    # Logging is set up by the module that runs; this goes to the same log.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"WARNING emout_lab: {text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
