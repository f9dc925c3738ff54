"""Where the user wrote a call."""

from __future__ import annotations

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

from emout_lab.engine.call import Origin

PACKAGE = str(Path(__file__).parent.parent)
LIBRARIES = tuple(
    {str(Path(sysconfig.get_path(name))) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


@lru_cache(maxsize=4096)
def _is_users(filename: str) -> bool:
    return not filename.startswith((PACKAGE, *LIBRARIES, "<frozen"))


def origin() -> Origin | None:
    """Return the innermost line of the user's own code, not of a library it went through."""
    frame = sys._getframe(1)
    outside: Origin | None = None
    while frame is not None:
        filename = frame.f_code.co_filename
        if _is_users(filename):
            return Origin(filename, frame.f_lineno)
        if outside is None and not filename.startswith(PACKAGE):
            outside = Origin(filename, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return outside
