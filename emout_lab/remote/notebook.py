"""Which notebook or script this process belongs to."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def notebook_path() -> str | None:
    """Return the path of the notebook as Jupyter Server tells its kernels, or a script's name.

    It is None where neither is known, as in an interactive interpreter.
    """
    script = Path(sys.argv[0]).name if sys.argv else ""
    is_script = script.endswith(".py") and script not in ("ipykernel_launcher.py", "__main__.py")
    return os.environ.get("JPY_SESSION_NAME") or (script if is_script else None)
