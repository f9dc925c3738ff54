"""What crosses cells, in a real kernel."""

from __future__ import annotations

import threading

import pytest
from notebook_outputs import FIGURE, Run, error_of, pictures, shown_error, text, value_of

from emout_lab.emses.demo import write_demo_data


def test_magic_shows_the_picture_inline_with_the_plain_image_beside_it(notebook: Run):
    _, outputs = notebook(
        "a = session.open('numpy:arange', 12.0)",
        "%%remote_figure --dpi 60 --figsize 4,3\nplt.plot(a)\nplt.title('title')",
    )
    (picture,) = pictures(outputs)
    assert set(picture["data"]) == {FIGURE, "image/png", "text/plain"}
    particulars = picture["data"][FIGURE]
    assert particulars["version"] == 1
    assert particulars["mimetype"] == "image/png"
    assert 150 < particulars["width"] <= 260


def test_recording_opened_in_one_cell_is_closed_in_another(notebook: Run):
    first, second, third = notebook(
        "figure = emout_lab.RemoteFigure(dpi=50).open()\nfig, ax = plt.subplots()",
        "ax.plot([1, 3, 2])",
        "plt.title('later')\nresult = figure.close()",
    )
    assert not pictures(first) and not pictures(second)
    assert len(pictures(third)) == 1


def test_what_runs_between_cells_is_not_recorded(notebook: Run):
    outputs = notebook(
        "%matplotlib inline",
        "figure = emout_lab.RemoteFigure(dpi=50).open(); plt.plot([1, 2]);",
        "1 + 1",
        "figure.close(); print(len(figure.results))",
        "print(type(plt).__name__)",
    )
    assert text(outputs[3]).endswith("1\n")
    assert text(outputs[4]) == "module\n"


def test_threads_and_tasks_of_the_user_are_recorded(notebook: Run):
    _, in_thread, in_task, after = notebook(
        "import threading, asyncio\n"
        "def draw():\n"
        "    with emout_lab.remote_figure(dpi=30, display=False) as figure:\n"
        "        plt.plot([1, 2])\n"
        "    print(len(figure.results))\n"
        "async def draw_later():\n"
        "    await asyncio.sleep(0)\n"
        "    draw()",
        "thread = threading.Thread(target=draw); thread.start(); thread.join()",
        "await asyncio.create_task(draw_later())",
        "print(plt.get_fignums())",
    )
    assert text(in_thread) == text(in_task) == "1\n"
    assert text(after) == "[]\n"


def test_scope_opened_in_one_cell_is_closed_in_another_and_its_refs_are_made_again(notebook: Run):
    outputs = notebook(
        "scope = emout_lab.remote_scope('mine').open()",
        "b = session.open('numpy:arange', 3.0) + 1",
        "print(float(b[0])); scope.close()",
        "print(float((b + 1)[0]))",
    )
    assert text(outputs[2]) == "1.0\n"
    # Made again, with a warning.
    assert text(outputs[3]).startswith("2.0\n")


def test_end_of_a_cell_sends_what_is_queued(notebook: Run):
    *_, shown = notebook(
        "c = session.open('numpy:arange', 12.0).reshape(3, 4)",
        "d = -c[1:]",
        "d",
    )
    assert "ndarray, (2, 4), float64, 64 B" in value_of(shown)


def test_error_in_a_recorded_cell_names_the_users_line(notebook: Run):
    (outputs,) = notebook(
        "%%remote_figure\nplt.plot([1, 2])\nplt.imshow([[1, 2]], cmap='nope')\nplt.title('x')"
    )
    error = error_of(outputs)
    assert error is not None
    shown = "\n".join(error["traceback"])
    assert "plt.imshow([[1, 2]], cmap='nope')" in shown
    assert "Cell In[3], line 3:" in shown
    assert not pictures(outputs)


def test_local_error_in_the_cell_is_the_cells_error(notebook: Run):
    outputs, after = notebook("%%remote_figure\nplt.plot([1])\n1 / 0", "print(type(plt).__name__)")
    assert error_of(outputs)["ename"] == "ZeroDivisionError"
    assert text(after) == "module\n"


def test_unknown_option_is_an_error_and_help_works(notebook: Run):
    wrong, size, shown, alone, here = notebook(
        "%%remote_figure --colour red\nplt.plot([1])",
        "%%remote_figure --figsize wide\nplt.plot([1])",
        "%%remote_figure --help\nplt.plot([1])",
        "%remote_figure --help",
        "%remote",
    )
    assert "unrecognized arguments: --colour red" in text(wrong) + str(error_of(wrong))
    assert "--figsize 'wide' is not a size" in text(size) + str(error_of(size))
    assert "--savefilepath" in text(shown)
    assert "--savefilepath" in text(alone)
    assert "write %%remote into the first line of a cell" in text(here)
    assert not pictures(shown)


def test_files_are_written_into_the_notebooks_directory(notebook: Run, tmp_path):
    notebook("%%remote_figure --savefilepath out.svg\nplt.plot([1, 2])")
    assert (tmp_path / "out.svg").read_text().startswith("<?xml")


def test_names_assigned_in_the_cell_stay_and_other_magics_work(notebook: Run):
    outputs, after = notebook(
        "%%remote_figure -d 40\nnumber = 3\n%precision 2\nplt.plot([number])", "number"
    )
    assert len(pictures(outputs)) == 1
    assert value_of(after) == "3"


def test_emses_directory_can_be_opened_by_the_magic(notebook: Run, tmp_path):
    from emout_lab.emses.demo import write_demo_data

    write_demo_data(tmp_path / "run", grid=16, steps=2)
    (outputs,) = notebook("%%remote_figure --emout-dir run\ndata.phisp[-1, 8].plot()")
    assert len(pictures(outputs)) == 1


def test_semicolon_hides_the_last_value_and_await_works(notebook: Run):
    shown, hidden, waited = notebook(
        "%%remote_figure -d 30\nplt.plot([1])\n40 + 2",
        "%%remote_figure -d 30\nplt.plot([1])\n40 + 2;",
        "%%remote_figure -d 30\nimport asyncio\nplt.plot([1])\nawait asyncio.sleep(0.01, 'slept')",
    )
    assert [o["data"]["text/plain"] for o in shown if o["output_type"] == "execute_result"] == [
        "42"
    ]
    assert len(pictures(shown)) == len(pictures(hidden)) == len(pictures(waited)) == 1
    assert not [o for o in hidden if o["output_type"] == "execute_result"]
    assert "'slept'" in str(waited)
    (after,) = notebook("await asyncio.sleep(0.01, 'still')")
    assert "'still'" in str(after)


def test_syntax_error_is_shown_as_usual(notebook: Run):
    outputs, after = notebook("%%remote_figure\nplt.plot([1]\n1 = 2", "print(type(plt).__name__)")
    assert error_of(outputs)["ename"] == "SyntaxError"
    shown = shown_error(outputs)
    assert "Cell In[3], line 2" in shown
    assert "_execute" not in shown and "run_cell_magic" not in shown
    assert text(after) == "module\n"


def test_remote_cell_runs_on_the_engine_and_keeps_its_names_there(notebook: Run):
    outputs = notebook(
        "%%remote\nimport os\npid = os.getpid()\nprint('hello')\npid > 0",
        "import os\nprint(session.engine()['pid'].fetch() != os.getpid())",
        "%%remote\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nprint(pid == os.getpid())",
        "%%remote\nx = 1\nx / 0",
        "'pid' in globals()",
    )
    assert text(outputs[0]) == "hello\nTrue\n"
    assert text(outputs[1]) == "True\n"
    assert len(pictures(outputs[2])) == 1
    assert "True" in text(outputs[2])
    error = error_of(outputs[3])
    assert "division by zero" in error["evalue"]
    assert "x / 0" in "\n".join(error["traceback"])
    assert outputs[4][0]["data"]["text/plain"] == "False"


def test_text_of_remote_calls_appears_in_the_cell_that_caused_them(notebook: Run):
    first, second = notebook("1", "session.open('builtins:print', 'from the engine');")
    assert text(first) == ""
    assert "from the engine" in text(second)


def test_kernels_stop_button_interrupts_the_engine(notebook: Run):
    interrupt = threading.Timer(1.5, notebook.interrupt)
    interrupt.start()
    outputs, after = notebook(
        "def spin():\n    while True:\n        pass\nsession.open(spin)",
        "float(session.open('math:hypot', 3, 4))",
    )
    assert error_of(outputs)["ename"] == "KeyboardInterrupt"
    assert value_of(after) == "5.0"


@pytest.mark.parametrize("where", ["", ".remote()"])
def test_kernels_stop_button_ends_orbits(notebook: Run, tmp_path, where: str):
    run = write_demo_data(tmp_path / "run", grid=8, steps=1)
    inp = run / "plasma.inp"
    text = inp.read_text().replace("npbnd    = 2,2,2, 2,2,2,", "npbnd    = 0,0,0, 0,0,0,")
    inp.write_text(text.replace("npc      = 1", "npc      = 0"))
    notebook(f"trace = emout_lab.Emout({str(run)!r}){where}.backtrace")
    interrupt = threading.Timer(2.5, notebook.interrupt)
    interrupt.start()
    stopped, after = notebook(
        "trace.get_probabilities(4, 4, 4, (-1, 1, 60), 0.3, (-1, 1, 60), max_step=10**9)",
        "float(trace.get_backtrace([4, 4, 4], [1, 0, 0], max_step=3).ts[-1]) > 0",
    )
    interrupt.join()
    assert error_of(stopped)["ename"] == "KeyboardInterrupt"
    assert value_of(after) == "True"


PROGRESS = """
import threading
from emout_lab.client import progress_line as share
share.PATIENCE_S = 0.0
over, show = threading.Event(), share.LINE.show
def noted(done, total, label, detail=''):
    show(done, total, label, detail)
    if done >= total:
        over.set()
share.LINE.show = noted
"""


def test_progress_of_a_remote_film_is_shown_in_its_own_cell(notebook: Run, tmp_path):
    write_demo_data(tmp_path / "run", grid=8, steps=6)
    first, second, third, fourth = notebook(
        PROGRESS,
        "film = emout_lab.Emout('run').remote().phisp[:, :, 4, :].gifplot(figsize=(2, 2))",
        "content = film.to_bytes().fetch()\nassert over.wait(30)\ncontent[:6]",
        "with emout_lab.remote_figure(fmt='gif'):\n    film.save('film.gif')",
    )
    assert "drawing frames: 100 %" in text(third)
    assert not text(first) and not text(second) and error_of(fourth) is None
    assert (tmp_path / "film.gif").read_bytes()[:3] == b"GIF"


def test_what_films_show_in_a_notebook(notebook: Run, tmp_path):
    write_demo_data(tmp_path / "run", grid=8, steps=3)
    here, remote, vectors, panels = notebook(
        "data = emout_lab.Emout('run')\ndata.phisp[:, :, 4, :].gifplot(figsize=(2, 2))",
        "data.remote().phisp[:, :, 4, :].gifplot(figsize=(2, 2))",
        "data.rexz[:, :, 4, :].gifplot(action='to_html', mode='vec', figsize=(2, 2))",
        "colours = data.phisp[:, :, 4, :].gifplot(action='frames')\n"
        "lines = data.phisp[:, :, 4, :].build_frame_updater(mode='cont')\n"
        "colours.to_animator(layout=[[[colours, lines], [colours]]]).plot(action='to_html')",
    )
    for outputs in (here, remote, vectors, panels):
        assert error_of(outputs) is None
        (shown,) = [item["data"] for item in outputs if item["output_type"] == "execute_result"]
        assert "1 / 3" in shown["text/html"] and "<script>" in shown["text/html"]
