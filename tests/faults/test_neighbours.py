"""What one notebook does to the engine's process and names, another one does not notice."""

from __future__ import annotations

import random
from contextlib import ExitStack, closing

import numpy as np
import pytest
from waiting import wait_until

from emout_lab import TooLarge, sessions
from emout_lab.client import aio as engines
from emout_lab.engine.process.globals import SETTINGS
from emout_lab.remote.session import Session


def notebook(name):
    """Connect as one more notebook does: with a client of its own."""
    return closing(Session(sessions.connect(name), name))


@pytest.fixture(scope="module")
def two(local_session):
    with ExitStack() as stack:
        yield [stack.enter_context(notebook(local_session.name)) for _ in range(2)]


def snapshot(session):
    found = session.client.sync(engines.snapshots, session.client)
    return next(iter(found.values()))


def run(session, source):
    """Run a cell on the engine; what it gets wrong is raised."""
    session.engine().run(source)


def value(session, source):
    run(session, f"_ = {source}")
    return session.engine()["_"].fetch()


#: Change, how to look, and whether the same notebook finds it so in its next cell.
CHANGES = {
    "stdout": ("import sys, io; sys.stdout = io.StringIO()", "type(sys.stdout).__name__", False),
    "no streams": ("import sys; sys.stdout = sys.stderr = None", "sys.stderr is None", False),
    "errors": ("import numpy; numpy.seterr(all='raise')", "numpy.geterr()['under']", True),
    "printing": (
        "import numpy; numpy.set_printoptions(precision=3)",
        "numpy.get_printoptions()['precision']",
        True,
    ),
    "warnings": ("import warnings; warnings.simplefilter('error')", "warnings.filters[0][0]", True),
    "environment": ("import os; os.environ['EMOUT_TEST'] = 'a'", "os.getenv('EMOUT_TEST')", True),
    "no environment": ("import os; os.environ.clear()", "len(os.environ)", True),
    "another environment": ("import os; os.environ = {}", "type(os.environ).__name__", False),
    "module path": ("import sys; sys.path.insert(0, '/nowhere')", "'/nowhere' in sys.path", True),
    "garbage": ("import gc; gc.disable()", "gc.isenabled()", False),
    "deeper": ("import sys; sys.setrecursionlimit(5000)", "sys.getrecursionlimit()", True),
    "flat": ("import sys; sys.setrecursionlimit(400)", "sys.getrecursionlimit() < 1000", False),
    "builtins": ("import builtins; builtins.sum = None", "sum is None", False),
    "umask": (
        "import os; os.umask(0o027)",
        "(lambda mask: (mask, os.umask(mask))[0])(os.umask(0))",
        True,
    ),
    "decimal": ("import decimal; decimal.getcontext().prec = 5", "decimal.getcontext().prec", True),
    "logging": ("import logging; logging.disable(50)", "logging.root.manager.disable", True),
    "timeout": ("import socket; socket.setdefaulttimeout(7)", "socket.getdefaulttimeout()", True),
    "arguments": ("import sys; sys.argv.append('--mine')", "sys.argv[-1]", True),
    "finders": ("import sys; sys.meta_path.append(print)", "sys.meta_path[-1] is print", True),
    "zone": (
        "import os, time; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
        "__import__('time').tzname[0]",
        True,
    ),
    "settings": (
        "import matplotlib; matplotlib.rcParams['lines.linewidth'] = 9.0",
        "__import__('matplotlib').rcParams['lines.linewidth']",
        False,
    ),
    "backend": (
        "import matplotlib.pyplot as plt; plt.switch_backend('svg')",
        "__import__('matplotlib.pyplot').pyplot.get_backend()",
        False,
    ),
    "xarray": (
        "import xarray; xarray.set_options(keep_attrs=True)",
        "__import__('xarray').get_options()['keep_attrs']",
        True,
    ),
    "alarm": ("import signal; signal.alarm(300)", "signal.getitimer(0)[0] > 0", False),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("end", ["", "\nraise ValueError(1)"], ids=["ends", "fails"])
def test_change_of_the_process_stays_with_the_notebook_that_made_it(two, name, end):
    mine, other = two
    change, look, lasts = CHANGES[name]
    modules = "import sys, os, gc, io, warnings, numpy, decimal, logging, socket, signal"
    for session in two:
        run(session, modules)
    before, mine_before = value(other, look), value(mine, look)
    try:
        run(mine, change + end)
    except Exception as error:  # noqa: BLE001
        assert end and "1" in str(error)
    assert value(other, look) == before
    assert (value(mine, look) != mine_before) == lasts or end


def test_prints_and_warnings_of_others_are_shown_still(two, capsys):
    mine, other = two
    run(mine, "import sys, warnings, numpy\nsys.stdout = sys.stderr = None")
    run(mine, "numpy.seterr(all='ignore'); warnings.simplefilter('ignore')")
    run(other, "import numpy\nprint('heard')\nnumpy.log(numpy.zeros(3))")
    written = capsys.readouterr()
    assert "heard" in written.out and "divide by zero" in written.out + written.err


def test_each_notebook_has_names_of_its_own(two):
    one, other = two
    run(one, "x = 1")
    run(other, "x = 2\nlist = None")
    one.engine()["y"] = "mine"
    assert value(one, "(x, list((1,)), y)") == (1, [1], "mine")
    assert other.engine()["x"].fetch() == 2
    with pytest.raises(NameError):
        other.engine()["y"].fetch()


def test_random_numbers_of_a_notebook_go_on_as_if_it_were_alone(two):
    one, other = two
    draw = "(random.random(), float(numpy.random.rand()))"
    alone = random.Random(3)
    first = [alone.random() for _ in range(1000)]
    second = np.random.RandomState(3).rand(4).tolist()
    run(one, "import random, numpy\nrandom.seed(3); numpy.random.seed(3)")
    found = [value(one, draw)]
    for _ in range(3):
        others = value(other, f"(exec('import random, numpy'), {draw})[1]")
        assert others[0] not in first
        assert others[1] not in second
        found.append(value(one, draw))
    # The engine's own threads may draw from Python's numbers while a program runs.
    places = [first.index(number) for number, _ in found]
    assert places == sorted(places)
    assert [number for _, number in found] == second


def test_names_are_counted_told_and_freed_with_their_notebook(two, local_session):
    keeper = two[0]
    before = snapshot(keeper).memory_objects
    with notebook(local_session.name) as session:
        run(session, "import numpy\nhuge = numpy.ones(25_000_000)\ndef holds(): return huge")
        shown = snapshot(keeper)
        assert shown.memory_objects - before == pytest.approx(200e6, rel=0.01)
        assert "huge" in [info.expression for info in shown.objects]
        with pytest.raises(TooLarge, match=r"huge \(a name on the engine\) \(200 MB\).*%%remote"):
            run(session, "more = numpy.ones(20_000_000); numpy.ones(200_000_000)")
        # Whoever keeps the same object elsewhere, too, does not make it count twice.
        ref = session.engine()["huge"]
        assert float(ref[0]) == 1.0
        assert snapshot(keeper).memory_objects - before < 400e6
        run(session, "del more")
        used = snapshot(keeper).memory_objects
        assert used - before < 210e6
    wait_until(lambda: snapshot(keeper).memory_objects < before + 1e6)
    whole = keeper.open("numpy:ones", 60_000_000)
    assert float(whole[-1]) == 1.0
    whole.drop()


def test_deleting_a_name_frees_it_within_the_same_cell(two):
    run(two[0], "import numpy\nbig = numpy.ones(60_000_000)")
    run(two[0], "del big\nbig = numpy.ones(60_000_000)\ndel big")
    assert np.isfinite(value(two[0], "float(numpy.ones(3).sum())"))


def test_settings_can_be_read_twice_alike():
    assert all(setting.get() == setting.get() for setting in SETTINGS)
