"""A runtime root that tests have for themselves."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emout_lab import sessions


@contextmanager
def isolated_home() -> Iterator[Path]:
    """A runtime root of its own, without the developer's settings; no session survives it."""
    # Not tmp_path: sockets below it must keep to about 100 characters.
    home = Path(tempfile.mkdtemp(prefix="el-"))
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("EMOUT_DASK_"):
                patch.delenv(name)
        patch.setenv("EMOUT_LAB_HOME", str(home))
        try:
            yield home
        finally:
            patch.setenv("EMOUT_LAB_HOME", str(home))
            for session in sessions.list():
                sessions.stop(session.name)
            shutil.rmtree(home, ignore_errors=True)
