"""Which notebook this process belongs to."""

from __future__ import annotations

import os


def notebook_path() -> str | None:
    """Return the path of the notebook as Jupyter Server tells its kernels; None elsewhere."""
    return os.environ.get("JPY_SESSION_NAME") or None
