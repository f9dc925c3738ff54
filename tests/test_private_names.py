"""What is private to libraries is known, and has a public way for versions without it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from types import CodeType, SimpleNamespace

import cloudpickle
import foreign_names
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from distributed import core
from matplotlib.animation import FuncAnimation

from emout_lab import pyplot_figures
from emout_lab.engine.figures.rendering import figure_of
from emout_lab.engine.figures.store import FigureStore
from emout_lab.engine.live.frames import frames_of
from emout_lab.engine.process.state import ProcessState
from emout_lab.errors import EngineError, StartFailed
from emout_lab.messages import can_reach, error_of
from emout_lab.remote import nested_loop, ref
from emout_lab.sessions.backends.jobscript import check_submits
from emout_lab.xarrays import is_in_memory, with_values

SAVEFIG = "savefig draws the picture: the fast way is tried once, and left where it fails"
#: Who uses what is private elsewhere, and what stands in for it. A new name is to be added here
#: with a way of doing without it; it belongs into one function, which looks whether it is there.
USED = {
    (
        "engine/figures/rendering.py",
        "_fig",
    ): "a writer that is told of the figure before it is drawn",
    ("engine/live/frames.py", "_draw_frame"): "a live figure of an animation stands still",
    ("engine/figures/fast/canvas.py", "_tight_bbox"): SAVEFIG,
    ("engine/figures/fast/renderer.py", "_find_fonts_by_props"): SAVEFIG,
    ("engine/figures/fast/display_list.py", "_clippath"): SAVEFIG,
    ("engine/figures/fast/display_list.py", "_cliprect"): SAVEFIG,
    ("engine/figures/fast/ticks.py", "_update_ticks"): SAVEFIG,
    (
        "engine/process/memory_guard.py",
        "_selector",
    ): "event loop and programs share one limit of memory",
    (
        "engine/nanny_plugin.py",
        "_on_worker_exit_sync",
    ): "the end of a worker is told without its reason",
    ("engine/process/globals.py", "_data"): "every variable of the environment is read by its name",
    (
        "pyplot_figures.py",
        "_pylab_helpers",
    ): "nothing: engines refuse pictures, saying why. "
    "No public function gives a drawing figures of its own under the user's numbers",
    ("remote/nested_loop.py", "_get_running_loop"): "the cell is awaited in another thread",
    ("remote/nested_loop.py", "_set_running_loop"): "the cell is awaited in another thread",
    ("sessions/admission.py", "_sockets"): "a server is not paused when there is no file left",
    ("sessions/client.py", "_offload_executor"): "large messages are refused in a forked child",
    (
        "sessions/client.py",
        "_periodic_callbacks",
    ): "no heartbeats for an hour where the clock is set back by one",
    ("sessions/client.py", "_reconnect"): "Dask's own, with its log",
    ("sessions/forks.py", "_at_fork_reinit"): "a lock that was held during a fork stays closed",
    ("xarrays.py", "_in_memory"): "the text that xarray shows of a variable",
    ("xarrays.py", "_data"): "the text that xarray shows of a variable, and its public data",
    ("xarrays.py", "_replace"): "a copy, in ten times the time",
}
#: Methods that a library calls by private names: replaced, and useless where it calls others.
REPLACED = {
    ("engine/figures/fast/canvas.py", "_print_pil"): SAVEFIG,
    ("engine/figures/fast/display_list.py", "_update_methods"): SAVEFIG,
    ("sessions/backends/jobqueue.py", "_get_worker_security"): "a copy of the certificates more",
    ("sessions/backends/jobqueue.py", "_new_worker_name"): "names that Dask gives",
    ("sessions/backends/local.py", "_new_worker_name"): "names that Dask gives",
    ("sessions/backends/jobscript.py", "_submit_job"): "nothing: such a version is refused, since "
    "it would hand in a script that nobody has looked at",
    ("sessions/client.py", "_reconnect"): "Dask's own, with its log",
}
#: With an underscore, but made for others by those who document them.
DOCUMENTED = {
    ("engine/process/forks.py", "_exit"),
    ("emses/numpy_protocol.py", "_fields"),
    ("emses/plot/scales.py", "_getframe"),
    ("parallel/sync_imports.py", "_getframe"),
    ("engine/views/ipython_shell.py", "_exit_code"),
    ("remote/call_site.py", "_getframe"),
    ("remote/ref.py", "_getframe"),
    ("emses/plot/animation.py", "_repr_html_"),
    ("sessions/client.py", "_repr_html_"),
    ("client/transport.py", "_generate_next_value_"),
    ("engine/sweeps/folder.py", "_generate_next_value_"),
    ("engine/program_queue.py", "_generate_next_value_"),
    ("sockets/frames.py", "_generate_next_value_"),
    ("remote/graph.py", "_generate_next_value_"),
    ("remote/ref.py", "_generate_next_value_"),
    ("sessions/models.py", "_generate_next_value_"),
}
#: Names and texts of this program, and names of environment variables, cookies and modules.
OURS = {
    ("emses/diagnostics.py", "_body"),
    ("emses/diagnostics.py", "_ema"),
    ("emout/fields.py", "_si"),
    ("emses/fields.py", "_si"),
    ("emses/plot/decorations.py", "_emout_lab_made"),
    ("emses/plot/axes_labels.py", "_emout_lab_written"),
    ("engine/live/figure_view.py", "_r"),  # reversed colour maps
    ("engine/modules/own_modules.py", "_cython_"),
    ("engine/send_errors.py", "_io"),
    ("experiments/summary.py", "_mean"),
    ("experiments/summary.py", "_median"),
    ("experiments/summary.py", "_variance"),
    ("experiments/summary.py", "_min"),
    ("experiments/summary.py", "_max"),
    ("environment.py", "_LMFILES_"),
    ("environment.py", "_ModuleTable"),
    ("remote/figure.py", "_recording"),
    ("remote/constructor_hooks.py", "_emout_lab_hook"),
    ("remote/ref.py", "_node"),
    ("server/base.py", "_xsrf"),
    ("server/dashboard.py", "_xsrf"),
    ("sessions/bootstrap.py", "_PATH"),
    ("sessions/tls.py", "_cert"),
    ("sessions/tls.py", "_key"),
}


def test_every_private_name_of_a_library_is_declared_with_what_stands_in():
    found = foreign_names.in_texts() - DOCUMENTED - OURS
    assert found == set(USED), "declare it in USED with what stands in, or in OURS"


def test_every_private_method_of_a_library_that_is_replaced_is_declared():
    # Not every version of a library has them all.
    found = foreign_names.replaced() - DOCUMENTED
    assert found <= set(REPLACED), "declare it in REPLACED with what happens without it"


def test_values_in_memory_are_told_apart_without_the_private_name():
    class Bare:
        """A variable of an xarray without ``_in_memory``."""

        def __init__(self, variable):
            self._variable = variable

        chunks = property(lambda self: self._variable.chunks)

        def __repr__(self):
            return repr(self._variable)

    read = xr.Variable("x", np.arange(5.0))
    assert is_in_memory(read)
    assert is_in_memory(Bare(read))
    chunked = read.chunk({"x": 2})
    assert not is_in_memory(chunked)
    assert not is_in_memory(Bare(chunked))


def test_values_on_disk_are_told_apart_without_reading_them(tmp_path):
    file = tmp_path / "a.nc"
    xr.Dataset({"a": ("x", np.arange(5.0))}).to_netcdf(file, engine="h5netcdf")
    with xr.open_dataset(file, engine="h5netcdf") as data:
        variable = data["a"].variable
        bare = SimpleNamespace(chunks=variable.chunks)
        kind = type("Bare", (), {"chunks": None, "__repr__": lambda _: repr(variable)})
        assert is_in_memory(bare)
        assert not is_in_memory(kind())
        assert not is_in_memory(variable)
        variable.load()
        assert is_in_memory(kind())


def test_values_are_replaced_without_the_private_name():
    array = xr.DataArray(np.arange(3.0), {"x": [1, 2, 3]}, name="a", attrs={"units": "V"})
    values = xr.Variable("x", np.ones(3), {"units": "m"})
    expected = with_values(array, values, "b")
    got = with_values(SimpleNamespace(copy=array.copy), values, "b")
    xr.testing.assert_identical(got, expected)
    assert array.attrs == {"units": "V"}


def test_a_dask_without_its_pool_of_connections_is_asked_through_the_scheduler():
    assert not asyncio.run(can_reach(SimpleNamespace(), "tcp://127.0.0.1:1"))


class Asked:
    def __iter__(self):
        self.count = ref._unpack_count(sys._getframe(1))
        return iter(range(2 if self.count in (2, None) else self.count))


def test_the_number_of_names_is_read_from_the_callers_code(monkeypatch):
    asked = Asked()
    a, b = asked
    assert asked.count == 2
    monkeypatch.setattr(ref, "UNPACK_SEQUENCE", -1)
    a, b = asked
    assert asked.count is None
    assert (a, b) == (0, 1)


@pytest.mark.parametrize("count", [255, 300])
def test_a_number_of_names_that_does_not_fit_is_asked_for(count):
    class Many:
        def __iter__(self):
            self.count = ref._unpack_count(sys._getframe(1))
            return iter(range(count))

    many = Many()
    exec(", ".join(f"a{n}" for n in range(count)) + " = many", {"many": many})
    assert many.count == (255 if count == 255 else None)


def test_an_engine_without_pyplots_own_list_is_ready_for_calls_without_pictures(no_gcf, caplog):
    with matplotlib.rc_context():
        figures = FigureStore("0", ProcessState(), lambda: 0, lambda _: None, lambda *_: None)
        figures.start()
        figures.warm_up()
        assert "pip install" in caplog.text
        with figures.current(None):
            plt.figure()
        assert not plt.get_fignums()
        figures.close()


@pytest.fixture
def no_gcf(monkeypatch):
    """A matplotlib whose pyplot keeps its figures elsewhere."""
    monkeypatch.setattr(pyplot_figures, "_owner", lambda: None)


def test_open_figures_are_known_without_pyplots_own_list(no_gcf):
    figure, other = plt.figure(), plt.figure()
    assert pyplot_figures.held() is None
    assert pyplot_figures.is_any_open([figure])
    plt.close(figure)
    assert not pyplot_figures.is_any_open([figure])
    assert pyplot_figures.is_any_open([figure, other])
    pyplot_figures.close_unheld()
    assert not plt.get_fignums()


def test_an_engine_without_pyplots_own_list_runs_programs_and_says_why_it_draws_nothing(no_gcf):
    state = ProcessState()
    state.acquire()
    state.release()
    with pytest.raises(EngineError, match=r"matplotlib 3\..*pip install"):
        pyplot_figures.hold(pyplot_figures.Managers())


def test_the_figure_of_an_animation_is_told_to_a_writer():
    class Hidden(FuncAnimation):
        def __getattribute__(self, name):
            if name == "_fig" and sys._getframe(1).f_globals["__name__"].startswith("emout_lab"):
                raise AttributeError(name)
            return super().__getattribute__(name)

    figure = plt.figure()
    drawn = []
    film = Hidden(figure, drawn.append, frames=2)
    assert figure_of(film) is figure
    assert not drawn
    film._draw_was_started = True  # matplotlib warns of animations that nobody has seen
    plt.close(figure)


def test_a_live_figure_of_an_animation_stands_still_without_the_private_name():
    class Other(FuncAnimation):
        _draw_frame = None

    figure = plt.figure()
    film, other = FuncAnimation(figure, id, frames=2), Other(figure, id, frames=2)
    assert frames_of(film).count == 2
    assert frames_of(other) is None
    film._draw_was_started = other._draw_was_started = True
    plt.close(figure)


def answer(error: BaseException) -> dict[str, object]:
    try:
        raise error
    except type(error) as raised:
        told = core.error_message(raised)
        # As it comes out of a connection.
        return {name: getattr(value, "data", value) for name, value in told.items()}


@pytest.mark.parametrize("error", [ValueError("no"), OSError(2, "gone"), KeyError("a")])
def test_an_error_of_another_process_is_read_without_dasks_own_way(monkeypatch, error):
    usual = error_of(answer(error))
    monkeypatch.delattr(core, "clean_exception")
    found = error_of(answer(error))
    assert (type(found), found.args) == (type(usual), usual.args) == (type(error), error.args)


def test_an_error_that_cannot_be_read_here_is_told_as_a_text(monkeypatch):
    monkeypatch.delattr(core, "clean_exception")
    unreadable = {"exception": b"nothing", "exception_text": "Mine('far away')"}
    assert "far away" in str(error_of(unreadable))


def test_a_dask_jobqueue_that_submits_otherwise_is_refused():
    with pytest.raises(StartFailed, match=r"pip install 'dask-jobqueue=="):
        check_submits(SimpleNamespace(job_script=str))


@pytest.mark.parametrize("names", [(nested_loop.GET, nested_loop.SET), ("no_get", "no_set")])
def test_a_coroutine_is_finished_where_a_loop_runs(monkeypatch, names):
    monkeypatch.setattr(nested_loop, "GET", names[0])
    monkeypatch.setattr(nested_loop, "SET", names[1])

    async def inner() -> int:
        await asyncio.sleep(0)
        return 7

    async def cell() -> tuple[int, bool]:
        outer = asyncio.get_running_loop()
        return nested_loop.run_to_end(inner()), asyncio.get_running_loop() is outer

    assert asyncio.run(cell()) == (7, True)


#: A cloudpickle that keeps its ways for Python's objects elsewhere.
WITHOUT_TABLE = """
import cloudpickle
class_ = cloudpickle.CloudPickler
table, usual = dict(class_.dispatch_table.items()), class_.reducer_override
def reduced(self, obj):
    return table[type(obj)](obj) if type(obj) in table else usual(self, obj)
class_.reducer_override = reduced
del class_.dispatch_table
from emout_lab.engine.serialization import pack, unpack
def f(x, y=2):
    return [x * y for _ in range(2)]
assert unpack(pack(f))(3) == [6, 6]
assert next(unpack(pack({"a": (n for n in (1, 2))}))["a"]) == 1
print("travels")
"""


def test_values_travel_without_cloudpickles_table():
    assert CodeType in cloudpickle.CloudPickler.dispatch_table
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TABLE], capture_output=True, text=True, check=False
    )
    assert done.stdout == "travels\n", done.stderr
