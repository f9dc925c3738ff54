"""Which notebook or script this process belongs to."""

from __future__ import annotations

import sys
from pathlib import Path

from emout_lab.config import jupyter_session_name


def notebook_path() -> str | None:
    """Return the path of the notebook as Jupyter Server tells its kernels, or a script's name.

    It is None where neither is known, as in an interactive interpreter.
    """
    script = Path(sys.argv[0]).name if sys.argv else ""
    is_script = script.endswith(".py") and script not in ("ipykernel_launcher.py", "__main__.py")
    return jupyter_session_name() or (script if is_script else None)
