"""Functions of the user's own modules on engines, also once they were edited."""

from __future__ import annotations

import importlib
import os
import sys

import pytest
from IPython.extensions.autoreload import ModuleReloader

from emout_lab.parallel import require

SOURCE = """
FACTOR = {factor}

def scaled(x):
    return FACTOR * x

class Scale:
    def of(self, x):
        return scaled(x)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "scales_of_mine.py"
    path.write_text(SOURCE.format(factor=2))
    module = importlib.import_module("scales_of_mine")
    yield module, path
    del sys.modules["scales_of_mine"]


def test_modules_of_the_user_are_known_on_engines_as_they_are_here(view, module):
    mine, path = module
    assert view.apply_sync(mine.scaled, 3) == [6, 6]
    view["scale"] = mine.Scale()
    assert view["scale.of(1)"] == [2, 2] and type(view["scale"][0]) is mine.Scale
    path.write_text(SOURCE.format(factor=10))
    importlib.reload(mine)
    assert view.apply_sync(mine.scaled, 3) == [30, 30]
    with view.sync_imports(quiet=True):
        import scales_of_mine as again  # noqa: PLC0415
    assert again is mine and view["again.scaled(1)"] == [10, 10]
    assert view.apply_sync(require(mine)(mine.scaled), 1) == [10, 10]


def test_autoreload_counts_however_long_after_the_file_was_written(view, module):
    mine, path = module
    assert view.apply_sync(mine.scaled, 3) == [6, 6]
    reloader = ModuleReloader()
    reloader.enabled = True
    reloader.aimport_module(mine.__name__)
    reloader.check()
    for factor, second in (10, 100), (20, 200):
        path.write_text(f"FACTOR = {factor}\ndef scaled(x):\n    return FACTOR * x + {factor}\n")
        os.utime(path, (path.stat().st_mtime + second,) * 2)
        before = mine.scaled(3)
        for _ in range(2):  # the file is seen here before it is loaded
            assert view.apply_sync(mine.scaled, 3) == [before, before]
        reloader.check()
        assert mine.scaled(3) == 4 * factor
        assert view.apply_sync(mine.scaled, 3) == [4 * factor, 4 * factor]
