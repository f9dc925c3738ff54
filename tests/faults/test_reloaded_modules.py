"""A module that a notebook edits and reloads runs on the engine as it runs in the notebook."""

from __future__ import annotations

import pytest
from kernels import kernel


@pytest.fixture(scope="module")
def book(local_session, tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    with kernel(folder) as found:
        yield folder, found


def shown(found, source):
    cell = found.run(source)
    assert not cell.error, cell.error
    return cell.text.strip().strip("'")


def test_autoreload_reaches_the_engine(book):
    folder, found = book
    module = folder / "auto.py"
    module.write_text(
        "SCALE = 1\ndef f(): return 'old', SCALE\nclass C:\n    def m(self): return 1\n"
    )
    (folder / "dependent.py").write_text("from auto import f\ndef g(): return f()\n")
    shown(found, "%load_ext autoreload\n%autoreload 2\nimport auto, dependent\nfrom auto import f")
    look = "print(*f(), *session.open(f).fetch(), *session.open(dependent.g).fetch())"
    assert shown(found, look) == "old 1 old 1 old 1"
    shown(found, "c = auto.C(); there = session.open(auto.C)")
    # One function, a constant, a method: IPython changes these without a reload.
    text = "SCALE = {}\ndef f(): return {!r}, SCALE\nclass C:\n    def m(self): return {}\n"
    module.write_text(text.format(1, "newer", 1))
    assert shown(found, look) == "newer 1 newer 1 newer 1"
    module.write_text(text.format(25, "newer", 1))
    assert shown(found, look) == "newer 25 newer 25 newer 25"
    module.write_text(text.format(25, "newer", 2345))
    methods = "print(c.m(), session.open(c.m).fetch(), there.m().fetch())"
    assert shown(found, methods) == "2345 2345 2345"
    # More than it can change so: it reloads.
    module.write_text(
        "import math\nSCALE = math.floor(7.5)\ndef f(x=3): return 'newest', SCALE + x\n"
        "class C:\n    def m(self): return self.n()\n    def n(self): return 7\n"
    )
    assert shown(found, look) == "newest 10 newest 10 newest 10"
    assert shown(found, methods) == "7 7 7"
    kind = "print(session.open(lambda r: isinstance(r, auto.C), there).fetch())"
    assert shown(found, kind) == "True"


def test_without_autoreload_the_engine_waits_for_the_reload(book):
    folder, found = book
    shown(found, "%autoreload 0")
    module = folder / "slow.py"
    module.write_text("def f(): return 'first'\n")
    shown(found, "import slow, importlib")
    module.write_text("def f(): return 'second'\n")
    look = "print(slow.f(), session.open(slow.f).fetch())"
    assert shown(found, look) == "first first"
    assert shown(found, f"importlib.reload(slow);\n{look}").endswith("second second")


def test_cell_on_the_engine_imports_what_the_notebook_would(book):
    folder, found = book
    (folder / "cells.py").write_text("N = 1\ndef f(): return 'beside', N\n")
    assert "('beside', 1)" in shown(found, "%%remote\nimport cells\ncells.f()")
    (folder / "cells.py").write_text("N = 20\ndef f(): return 'edited', N\n")
    assert "('edited', 20)" in shown(found, "%%remote\nimport cells\ncells.f()")
    # A module that is made in the notebook, and one that was never in a file.
    (folder / "late.py").write_text("N = 3\n")
    assert "3" in shown(found, "%%remote\ndef f():\n    import late\n    return late.N\nf()")
