"""Arrays of a plane's size come from memory that an engine has, not anew from the system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
from emout_lab.engine.process.memory import Malloc

malloc = Malloc()
malloc.reuse()
before = malloc._info().hblks
plane, field = np.empty(2_000_000, "u1"), np.empty(50_000_000, "u1")
print(malloc._info().hblks - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
@pytest.mark.parametrize(("told", "mapped"), [({}, 1), ({"MALLOC_MMAP_THRESHOLD_": "131072"}, 2)])
def test_only_large_arrays_are_mapped_anew_unless_the_user_wants_it(told, mapped):
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536", **told}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == [str(mapped)], done.stderr
