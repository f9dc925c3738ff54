"""What belongs to a figure block: all that it draws, wherever it runs, and nothing else."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest
from kernels import Kernel, kernel
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.pyplot import plot as imported_plot
from mpl_toolkits.axes_grid1.axes_divider import AxesDivider

from emout_lab import RemoteFigure, RemoteRef, remote_figure
from emout_lab.remote.session import Session, connect
from emout_lab.sessions import SessionStatus

DRAW = """
import asyncio, contextlib
from matplotlib._pylab_helpers import Gcf
from matplotlib.pyplot import plot as imported
def draw():
    with emout_lab.remote_figure(dpi=30, display=False) as figure:
        plt.plot([1, 2])
    print("pictures", len(figure.results), "here", list(Gcf.figs))
over = asyncio.Event()
def draw_later():
    try:
        draw()
    finally:
        over.set()
def by_magic(comm, message):
    get_ipython().run_cell_magic("remote_figure", "-d 30", "plt.plot([1])")
    print("here", list(Gcf.figs))
manager = get_ipython().kernel.comm_manager
manager.register_target("draw", lambda comm, message: draw())
manager.register_target("magic", by_magic)
manager.register_target("local", lambda comm, message: print(type(plt.figure()).__name__))
"""
DRAWN = "pictures 1 here []\n"
SHOWS = """
print("one")
plt.plot([1, 2]); plt.show()
print("two")
plt.plot([3, 4]); plt.show()
print("three")
"""


@pytest.fixture(scope="module")
def session(local_session: SessionStatus) -> Iterator[Session]:
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture(scope="module")
def notebook(local_session: SessionStatus, tmp_path_factory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("notebook")) as found:
        found.run("%matplotlib inline\nimport matplotlib.pyplot as plt\n" + DRAW)
        yield found


def test_block_in_a_callback_is_drawn_on_the_engine(notebook: Kernel):
    assert DRAWN in notebook.open_comm("draw").text
    shown = notebook.open_comm("magic").text
    assert "PNG figure" in shown and "here []\n" in shown
    timer = "asyncio.get_running_loop().call_later(0, draw_later)\nawait over.wait();"
    assert DRAWN in notebook.run(timer).text
    tornado = "from tornado.ioloop import IOLoop\nIOLoop.current().add_callback(draw_later)"
    assert DRAWN in notebook.run(f"over.clear()\n{tornado}\nawait over.wait();").text


def test_block_in_a_cell_may_wait_nest_run_cells_and_raise(notebook: Kernel):
    waiting = notebook.run(
        "with emout_lab.remote_figure(dpi=30, display=False) as outer:\n"
        "    plt.plot([1, 2])\n    await asyncio.sleep(0)\n    draw()\n"
        "    get_ipython().run_cell('')\n    get_ipython().run_cell('second = plt.figure()')\n"
        "    await asyncio.gather(asyncio.sleep(0))\n    plt.figure();\n"
        "print('all', len(outer.results))"
    )
    assert DRAWN in waiting.text and "all 3\n" in waiting.text, waiting.error
    failing = notebook.run(
        "try:\n    with emout_lab.remote_figure(dpi=30) as outer:\n        plt.plot([1])\n"
        "        1 / 0\nexcept ZeroDivisionError:\n"
        "    print(len(outer.results), type(plt).__name__)"
    )
    assert "0 module\n" in failing.text, failing.error


def test_open_figure_pauses_between_cells_and_nowhere_else(notebook: Kernel):
    notebook.run("figure = emout_lab.RemoteFigure(dpi=30, display=False).open()\nplt.plot([1, 2]);")
    # The inline backend shows and closes at the end of the cell what is drawn here.
    inline = notebook.run(
        "imported([1]); get_ipython().run_cell('imported([2]);'); get_ipython().run_cell('')\n"
        "print(type(plt.gca()).__name__)"
    )
    assert "RemoteRef" in inline.text and "Figure" in inline.text, inline.error
    assert "Figure\n" in notebook.open_comm("local").text
    assert "pictures 1 here [1]\n" in notebook.open_comm("draw").text
    closed = notebook.run("plt.figure(); figure.close(); print('all', len(figure.results))")
    assert "all 2\n" in closed.text, closed.error
    assert "[] module\n" in notebook.run("print(list(Gcf.figs), type(plt).__name__)").text


def test_block_that_a_cell_leaves_open_goes_on_in_the_next(notebook: Kernel):
    enter = "stack.enter_context(emout_lab.remote_figure(dpi=30, display=False))"
    notebook.run(f"stack = contextlib.ExitStack()\nfigure = {enter}\nplt.plot([1])")
    notebook.run("plt.figure()")
    closed = notebook.run("stack.close(); print('all', len(figure.results))")
    assert "all 2\n" in closed.text, closed.error


def order(text: str) -> list[str]:
    return re.findall(r"PNG|one|two|three|late|\d+ sent", text)


def test_pictures_stand_between_the_texts_of_their_cell(notebook: Kernel):
    expected = ["one", "PNG", "two", "PNG", "three"]
    here = notebook.run(f"%%remote_figure -d 30\n{SHOWS}")
    assert order(here.text) == expected, here.error
    there = notebook.run(f"%%remote -d 30\nimport matplotlib.pyplot as plt{SHOWS}")
    assert order(there.text) == expected, there.error
    # What is shown early is there early, while the cell goes on.
    waits = "import threading\nevent = threading.Event()\n"
    notebook.run(f"%%remote\n{waits}")
    long = notebook.begin(
        "%%remote -d 30\nplt.plot([1]); plt.show(); print('late')\nwhile True: event.wait(0.1)"
    )
    long.wait_for("late", 60)
    assert order(long.text) == ["PNG", "late"]
    long.interrupt()
    opened = notebook.run(
        "figure = emout_lab.RemoteFigure(dpi=30).open()\nplt.plot([1]); plt.show(); print('one')"
    )
    assert order(opened.text) == ["PNG", "one"]
    nothing = notebook.run("plt.show(); figure.close(); print(len(figure.results), 'sent')")
    assert order(nothing.text) == ["1 sent"]


SCRIPT = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt, emout_lab
if __name__ == "__main__":
    with emout_lab.remote_figure(dpi=30, display=False) as block:
        plt.plot([1])
    opened = emout_lab.RemoteFigure(dpi=30, display=False).open()
    plt.plot([1])
    opened.close()
    shell.run_line_magic("load_ext", "emout_lab")
    shell.user_ns["emout_lab"] = emout_lab
    shell.run_cell("import matplotlib.pyplot as plt; f = emout_lab.RemoteFigure(dpi=30).open()")
    between = plt.figure()
    shell.run_cell("a = plt.figure()")
    shell.run_cell("get_ipython().run_cell_magic('remote_figure', '-d 30', 'plt.plot([1])')")
    print(len(block.results), len(opened.results), type(between).__name__, shell.user_ns["a"])
    shell.run_cell("f.discard()")
"""


def test_script_in_which_ipython_runs_is_drawn_on_the_engine(session, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "PNG figure" in done.stdout
    assert "1 1 Figure <RemoteRef plt.figure()" in done.stdout


def test_tasks_of_one_thread_draw_into_their_own_blocks(session):
    turn = asyncio.Event()

    async def block(count: int) -> int:
        with remote_figure(dpi=30, display=False, session=session) as figure:
            for _ in range(count):
                await asyncio.gather(asyncio.to_thread(bool), asyncio.sleep(0))
                plt.figure()
            turn.set()
        return len(figure.results)

    async def outside() -> Figure:
        await turn.wait()
        return plt.figure()

    async def both() -> tuple:
        return await asyncio.gather(block(1), block(3), outside())

    one, three, local = asyncio.run(both())
    assert (one, three) == (1, 3)
    assert type(local) is Figure
    plt.close("all")


CLASSES = (Line2D, Circle, Figure, FuncAnimation, GridSpec, AxesDivider)


def constructors() -> list:
    names = "__new__", "__init__", "__init_subclass__"
    everything = {base for cls in CLASSES for base in cls.__mro__}
    return [vars(cls).get(name) for cls in sorted(everything, key=repr) for name in names]


def test_constructors_are_matplotlibs_own_after_every_end(session):
    before = constructors()
    with pytest.raises(ZeroDivisionError), remote_figure(session=session):
        assert isinstance(Circle((0, 0), 1, transform=plt.gca().transAxes), RemoteRef)
        assert constructors() != before
        raise ZeroDivisionError
    assert constructors() == before
    figure = RemoteFigure(display=False, session=session).open()
    with pytest.warns(ResourceWarning, match="never closed"):
        figure.__del__()
    assert constructors() == before
    assert Line2D([0, 1], [0, 1]).get_xdata() == [0, 1]


def test_function_that_was_imported_in_a_block_draws_here_afterwards(session):
    with remote_figure(dpi=30, display=False, session=session) as figure:
        from matplotlib.pyplot import plot

        plot([1, 2])
    assert figure.result is not None
    assert isinstance(plot([1, 2])[0], Line2D)
    with remote_figure(dpi=30, display=False, session=session) as following:
        plot([1, 2])
    assert following.result is not None
    plt.close("all")


@pytest.mark.parametrize("is_first_first", [True, False])
def test_overlapping_recordings_may_end_in_any_order(session, is_first_first: bool):
    before = constructors()
    begun, ends = threading.Event(), threading.Event()
    made = []

    def other() -> None:
        with remote_figure(dpi=30, display=False, session=session):
            begun.set()
            assert ends.wait(60)
            made.append(Circle((0, 0), 1, transform=plt.gca().transAxes))

    thread = threading.Thread(target=other)
    figure = RemoteFigure(dpi=30, display=False, session=session).open()
    thread.start()
    assert begun.wait(60)
    if is_first_first:
        figure.close()
    ends.set()
    thread.join(60)
    figure.close()
    assert isinstance(made[0], RemoteRef)
    assert constructors() == before


def test_classes_of_the_user_are_met_and_restored(session):
    with remote_figure(dpi=30, display=False, session=session) as figure:

        class Ring(Circle):
            def __init__(self, radius: float, **options) -> None:
                super().__init__((0.5, 0.5), radius, fill=False, **options)

        ax = plt.gca()
        ring = ax.add_patch(Ring(0.2, transform=ax.transAxes))
        local = Ring(0.1)
    assert isinstance(ring, RemoteRef) and type(local) is Ring
    assert figure.result is not None
    assert not hasattr(Ring.__init__, "__wrapped__")
    assert Ring(0.3).get_radius() == 0.3


def test_only_figures_that_the_block_itself_has_made_here_are_told_of(session, recwarn):
    def elsewhere() -> None:
        imported_plot([1, 2])

    async def other_task() -> None:
        elsewhere()

    async def block() -> None:
        task = asyncio.create_task(other_task())
        with remote_figure(dpi=30, display=False, session=session):
            plt.plot([1])
            await task

    with remote_figure(dpi=30, display=False, session=session):
        plt.plot([1])
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    asyncio.run(block())
    assert len(plt.get_fignums()) == 1
    plt.close("all")
    assert not [w for w in recwarn if "drawn here" in str(w.message)]
    with (
        pytest.warns(UserWarning, match="drawn here, not on the engine"),
        remote_figure(dpi=30, display=False, session=session),
    ):
        elsewhere()
    plt.close("all")
