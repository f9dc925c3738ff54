"""The package as a whole: what importing it loads, and what it exports."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import emout_lab

HEAVY = {
    "dask",
    "distributed",
    "matplotlib",
    "xarray",
    "numpy",
    "h5py",
    "IPython",
    "jupyter_server",
}
ROOT = Path(emout_lab.__file__).parent
PROBE = "import sys, {module}; print(*sorted(m for m in sys.modules if '.' not in m))"


@pytest.mark.parametrize("module", ["emout_lab", "emout_lab.sessions", "emout_lab.emses"])
def test_import_loads_nothing_heavy(module):
    command = [sys.executable, "-c", PROBE.format(module=module)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_every_exported_name_is_there_and_sorted():
    assert emout_lab.__all__ == sorted(emout_lab.__all__)
    for name in emout_lab.__all__:
        assert getattr(emout_lab, name) is not None
    assert emout_lab.FigureProxy is emout_lab.RemoteRef
    with pytest.raises(AttributeError, match="attribute '?nothing"):
        emout_lab.nothing  # noqa: B018  # looking it up is the test


def test_version_is_the_packages():
    assert (
        importlib.import_module("importlib.metadata")
        .version("emout_lab")
        .startswith(emout_lab.__version__.split("-")[0])
    )


def test_no_file_is_longer_than_it_may_be():
    long = {p.name: n for p in ROOT.rglob("*.py") if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_only_config_reads_the_environment():
    readers = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    # The other one reads no settings: it puts back what programs have changed.
    assert readers == {"config.py", "engine/process/globals.py"}


def test_ctrl_c_still_interrupts_after_the_queue_backends_are_loaded():
    probe = (
        "import signal, emout_lab.sessions.backends.jobqueue; "
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_a_missing_extra_is_named_with_its_command():
    probe = (
        "import pickle, sys; sys.modules['numba'] = None\n"
        "from emout_lab import MissingExtra\n"
        "try:\n    import emout_lab.emses.backtrace.kernel\n"
        "except MissingExtra as error:\n"
        "    print(error, pickle.loads(pickle.dumps(error)).extra)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "numba, which is not installed here" in done.stdout
    assert done.stdout.endswith("pip install 'emout_lab[backtrace]' backtrace\n")
