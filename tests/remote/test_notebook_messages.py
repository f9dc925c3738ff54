"""What a notebook's user reads: errors, warnings and pictures name the cell's own lines."""

from __future__ import annotations

import base64
import re
import shutil

import nbformat
import pytest
from nbconvert import HTMLExporter
from notebook_outputs import FIGURE, Run, error_of, pictures, shown_error, text

ARRAY = "a = session.open('numpy:arange', 12.0)"


def test_errors_name_the_line_of_the_cell_as_the_user_counts(notebook: Run):
    _, local, remote, syntax = notebook(
        ARRAY,
        "%%remote_figure\n\nplt.plot(a)\nmissing_name\nplt.title('x')",
        "%%remote_figure\n# a comment\nplt.plot(a)\nplt.plot(a, colour='red')",
        "%%remote_figure\nplt.plot(a)\n\nplt.plot(a",
    )
    assert "Cell In[4], line 4" in shown_error(local)
    assert "in Cell In[5], line 4:\n    plt.plot(a, colour='red')" in shown_error(remote)
    assert shown_error(syntax).startswith("  Cell In[6], line 4\n    plt.plot(a\n")


def test_errors_of_a_remote_cell_name_its_own_lines(notebook: Run):
    failing, syntax, shell, magic = notebook(
        "%%remote\nx = 1\ndef g():\n    return missing\ng()",
        "%%remote\nx = 2\ny = (1,\n",
        "%%remote\nx = 3\n!echo no",
        "%%remote\n%time x = 4",
    )
    assert "in <remote cell In[3]>, line 4:\n    return missing" in shown_error(failing)
    assert "<remote cell In[4]>:3" in shown_error(syntax)
    assert "SyntaxError: '(' was never closed" in shown_error(syntax)
    assert "line 3 of the cell, '!echo no'" in text(shell)
    assert "'%time x = 4'" in text(magic)


def test_remote_cell_can_wait_and_be_silent(notebook: Run):
    waiting, silent = notebook(
        "%%remote\nimport asyncio\nx = await asyncio.sleep(0, 'waited')\nx",
        "%%remote\nx;",
    )
    assert text(waiting) == "'waited'\n"
    assert text(silent) == ""


def test_failure_at_the_end_of_a_cell_is_shown_alone(notebook: Run):
    *_, outputs = notebook(ARRAY, "x = a['nope']\ny = x + 1")
    assert len(outputs) == 1
    assert "in Cell In[4], line 1:\n    x = a['nope']" in shown_error(outputs)
    assert "Error in callback" not in str(outputs)


def test_error_in_the_users_own_function_shows_its_line(notebook: Run):
    (outputs,) = notebook("def f(x):\n    y = 1\n    return y / x\nsession.open(f, 0)")
    shown = shown_error(outputs)
    assert "in Cell In[3], line 4:\n    session.open(f, 0)" in shown
    assert "Cell In[3], line 3, in f\n    return y / x" in shown


def test_failure_while_rendering_names_the_block_and_the_users_function(notebook: Run):
    (outputs,) = notebook(
        "with emout_lab.remote_figure():\n"
        "    plt.plot([1, 2])\n"
        "    plt.gca().xaxis.set_major_formatter(lambda v, p: 1 / 0)"
    )
    assert "in Cell In[3], line 1:" in shown_error(outputs)
    assert "Cell In[3], line 3, in <lambda>" in shown_error(outputs)


def test_warnings_name_the_users_line_in_every_cell(notebook: Run):
    cell = "with emout_lab.remote_figure(dpi=30):\n    plt.plot([1])\n    plt.legend()"
    _, first, second, numeric, own = notebook(
        ARRAY,
        cell,
        cell,
        "np.log(a - 1)",
        "def f():\n    import warnings\n    warnings.warn('mine')\nsession.open(f)",
    )
    assert "Cell In[4], line 3: UserWarning: No artists with labels" in text(first)
    assert "Cell In[5], line 3: UserWarning: No artists with labels" in text(second)
    assert "  plt.legend()\n" in text(second)
    assert "Cell In[6], line 1: RuntimeWarning: divide by zero" in text(numeric)
    assert "Cell In[7], line 3: UserWarning: mine" in text(own)
    assert "emout_lab" not in text(first + second + numeric + own)


def test_picture_is_shown_once_by_the_cell_that_ends_it_and_again_when_asked_for(notebook: Run):
    closing, later = notebook(
        "figure = emout_lab.RemoteFigure(dpi=30).open()\nplt.plot([1, 2])\nfigure.close()",
        "figure",
    )
    assert len(pictures(closing)) == 1
    (result,) = [o for o in closing if o["output_type"] == "execute_result"]
    assert set(result["data"]) == {"text/plain"}
    assert len(pictures(later)) == 1


@pytest.mark.parametrize(
    ("fmt", "mimetype"),
    [("pdf", "application/pdf"), ("svgz", "application/gzip"), ("webp", "image/webp")],
)
def test_format_that_notebooks_do_not_show_has_a_preview_and_a_link_that_works(
    notebook: Run, fmt, mimetype
):
    (outputs,) = notebook(f"%%remote_figure -d 30 -f {fmt}\nplt.plot([1, 2])")
    (picture,) = pictures(outputs)
    assert error_of(outputs) is None
    assert set(picture["data"]) == {FIGURE, mimetype, "image/png", "text/html", "text/plain"}
    file = "".join(picture["data"][mimetype]).replace("\n", "")
    assert len(base64.b64decode(file)) == picture["data"][FIGURE]["bytes"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[picture])])
    page, _ = HTMLExporter().from_notebook_node(book)
    assert f'href="data:{mimetype};base64,{file}"' in page
    assert f'download="figure.{fmt}"' in page
    assert 'src="data:image/' in page


@pytest.mark.parametrize("fmt", ["gif", "mp4"])
def test_what_moves_stands_once_in_the_notebook_and_is_seen_everywhere(notebook: Run, fmt):
    if fmt == "mp4" and shutil.which("ffmpeg") is None:
        pytest.skip("films need ffmpeg")
    film = (
        "from matplotlib.animation import FuncAnimation\n"
        "fig, ax = plt.subplots()\n"
        "FuncAnimation(fig, print, frames=2)"
    )
    (outputs,) = notebook(f"%%remote_figure -d 30 -f {fmt}\n{film}")
    (picture,) = pictures(outputs)
    assert set(picture["data"]) == {FIGURE, "text/html", "text/plain"}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[picture])])
    page, _ = HTMLExporter().from_notebook_node(book)
    assert re.search(r'<(img|video)[^>]+src="data:(image/gif|video/mp4);base64,[\w+/]{100}', page)


def test_a_figure_tells_its_title_and_its_cell_and_is_found_by_its_id(notebook: Run):
    drawn, shown, found, lost = notebook(
        "%%remote_figure -d 30\nplt.plot([1, 2])\nplt.title('a\\nwave')",
        "with emout_lab.remote_figure(dpi=30) as figure:\n"
        "    plt.figure().suptitle('above')\n    plt.show()",
        "emout_lab.FigureResult.find(figure.result.figure.id)",
        "emout_lab.FigureResult.find('nothing')",
    )
    (first,), (second,), (again,) = (pictures(outputs) for outputs in (drawn, shown, found))
    assert (first["data"][FIGURE]["title"], first["data"][FIGURE]["cell"]) == (
        "a wave",
        "Cell In[3]",
    )
    assert second["data"][FIGURE]["title"] == "above"
    assert again["data"]["image/png"] == second["data"]["image/png"]
    assert again["data"][FIGURE] == second["data"][FIGURE]
    assert "ObjectGone" in shown_error(lost) and "Run its cell again" in shown_error(lost)
