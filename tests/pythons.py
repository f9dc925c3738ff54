"""The Python interpreters that this machine has, on the PATH and from pyenv."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet

# Without ensurepip no environment can be made; a version not yet released proves nothing.
PROBE = (
    "import sys, ensurepip, venv; assert sys.version_info.releaselevel == 'final'; "
    "assert sys.implementation.name == 'cpython'; print(*sys.version_info[:3], sys.executable)"
)


@dataclass(frozen=True, order=True)
class Python:
    """One interpreter."""

    version: tuple[int, int, int]
    path: Path

    def __str__(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"


def pythons(wanted: SpecifierSet) -> list[Python]:
    """Return the newest of each minor version that is wanted, the oldest first."""
    found: dict[tuple[int, int], Python] = {}
    for path in _candidates():
        python = _asked(path)
        if python is None or not wanted.contains(".".join(map(str, python.version))):
            continue
        known = found.get(python.version[:2])
        if known is None or known.version < python.version:
            found[python.version[:2]] = python
    return sorted(found.values())


def _candidates() -> Iterator[Path]:
    for folder in os.environ["PATH"].split(os.pathsep):
        # A virtual environment's Python is no other than the one that made it.
        if not Path(folder).parent.joinpath("pyvenv.cfg").exists():
            yield from sorted(Path(folder).glob("python3*"))
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python3"))


def _asked(path: Path) -> Python | None:
    """Ask an interpreter for its version; None for what is none, or makes no environments."""
    name = path.name.removeprefix("python")
    if not name.replace(".", "").isdigit() or not os.access(path, os.X_OK):
        return None
    try:
        done = subprocess.run(
            [str(path), "-c", PROBE], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    *version, executable = done.stdout.split(maxsplit=3)
    major, minor, micro = map(int, version)
    # A shim of pyenv stands for another file.
    return Python((major, minor, micro), Path(executable.strip()))
