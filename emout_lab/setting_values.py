"""Values of settings that are folders, or commands: from a text to what is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from emout_lab.errors import SpecError


def folder(text: Any) -> Path:
    """Return the whole path of a folder.

    Examples
    --------
    >>> folder("/scratch/logs").as_posix()
    '/scratch/logs'
    """
    return Path(str(text)).expanduser().absolute()


def home(text: Any) -> Path:
    """Return the runtime root.

    Raises
    ------
    SpecError
        It is no whole path, or has a control character.
    """
    path = Path(os.path.expanduser(str(text)))
    if not path.is_absolute():
        # Every process of a session would take it from another folder.
        raise SpecError(
            f"{str(text)!r} is a relative path; sessions are looked for from every folder, so "
            f"write the whole path, for example {path.absolute()}"
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in str(path)):
        # Dask takes the path of a certificate with a line break for the certificate itself.
        raise SpecError(
            f"{str(path)!r} has a line break or another control character; choose another folder, "
            "with EMOUT_LAB_HOME for example"
        )
    return path


def folders(value: Any) -> tuple[str, ...]:
    """Return a list of folders, or a text of them with ``:`` between."""
    found = value.split(os.pathsep) if isinstance(value, str) else list(value)
    return tuple(str(folder(each)) for each in found if str(each).strip())


def commands(value: Any) -> tuple[str, ...]:
    """Return a list of shell commands, or a text of them with ``;`` between.

    Examples
    --------
    >>> commands("module load Anaconda3; conda activate dask_env;")
    ('module load Anaconda3', 'conda activate dask_env')
    """
    found = value.split(";") if isinstance(value, str) else [str(each) for each in value]
    return tuple(each.strip() for each in found if each.strip())
