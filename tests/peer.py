"""The real upstream emout, in an environment of its own: it computes what ours is compared with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

VERSION = "2.23"
# Upstream has dependencies of its own; tests/run_all.py puts it into an environment beside ours.
PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"

PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import emout
setup, expressions, target = json.load(sys.stdin)
names = {"emout": emout, "np": np, "plt": plt}
exec(setup, names)
values = {}
for expression in expressions:
    plt.close("all")
    try:
        values[expression] = np.asarray(eval(expression, names))
    except Exception as error:
        values[expression] = np.asarray(f"{type(error).__name__}: {error}")
np.savez(target, **{str(number): values[text] for number, text in enumerate(expressions)})
"""


def interpreter(package: str = "emout", version: str = VERSION) -> str:
    """Return an interpreter that has a version of a package; without one the test is skipped."""
    for python in (str(PEERS), sys.executable):
        ask = [python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]
        try:
            found = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)
        except FileNotFoundError:
            continue
        if found.stdout.startswith(version):
            return python
    pytest.skip(
        f"{package} {version} missing; tests/run_all.py installs it where PyPI is reachable"
    )


def values_of(setup: str, expressions: list[str], folder: Path) -> dict[str, Any]:
    """Return what upstream gives for each expression, after some lines of code.

    Parameters
    ----------
    setup : str
        Lines of code; ``emout``, ``np`` and ``plt`` are there.
    expressions : list of str
        Of which each gives numbers or texts.
    folder : Path
        Where a file is put.
    """
    target = folder / "peer.npz"
    asked = json.dumps([setup, expressions, str(target)])
    command = [interpreter(), "-c", PROGRAM]
    done = subprocess.run(
        command, input=asked, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(target) as file:
        return {text: file[str(number)] for number, text in enumerate(expressions)}
