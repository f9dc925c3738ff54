"""Whether modules beside a notebook may be imported: not where everybody can put some."""

from __future__ import annotations

import sys
import time
from functools import lru_cache
from typing import Final

from emout_lab.config import load
from emout_lab.errors import SpecError
from emout_lab.ownership import why_unsafe

#: How long an answer is used again; each look asks the file system for every folder on the way.
ANSWER_AGE_S: Final = 30.0


def is_importable(folder: str) -> bool:
    """Return whether a program may import from its notebook's folder; say once why not.

    A group's folder counts as its members' own choice, as it does for the notebook's kernel. In a
    folder where everybody can write, a file called ``h5py.py`` would run in place of the library.

    Examples
    --------
    >>> is_importable("/usr")
    True
    """
    reason = _why_not(folder, int(time.monotonic() / ANSWER_AGE_S))
    if reason is not None:
        _say_once(folder, reason)
    return reason is None


@lru_cache(maxsize=64)
def _why_not(folder: str, period: int) -> str | None:  # noqa: ARG001 - key of the cache
    if why_unsafe(folder, allow_group=True) is None:
        return None
    try:
        trusted = load().trusted_folders
    except SpecError:
        trusted = ()
    return why_unsafe(folder, trusted, allow_group=True)


@lru_cache(maxsize=256)
def _say_once(folder: str, reason: str) -> None:
    sys.stderr.write(
        f"Modules beside this notebook are not imported on the engine: {reason}. Move the "
        f"notebook to a folder of your own, or name {folder} in EMOUT_LAB_TRUSTED_FOLDERS and "
        "start the session again.\n"
    )
