"""``%px`` and its relatives in a real kernel, by what a notebook shows."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_outputs import FIGURE, Run, error_of, pictures, shown_error, text, value_of

SETUP = "from emout_lab import parallel as ipp\nclient = ipp.Client('views')\nview = client[:]"


@pytest.fixture(scope="module")
def run(pair: str, tmp_path_factory) -> Iterator[Run]:
    """Run cells in one kernel; errors are outputs too."""
    book = nbformat.v4.new_notebook()
    folder = tmp_path_factory.mktemp("notebook")
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(book, timeout=120, allow_errors=True, resources=resources)

    def run(source: str) -> list:
        cell = nbformat.v4.new_code_cell(source)
        book.cells.append(cell)
        client.execute_cell(cell, len(book.cells) - 1)
        return cell.outputs

    with client.setup_kernel():
        run("%load_ext emout_lab\n" + SETUP)
        run("client.activate()")
        run("%px 'IPython is loaded there'")
        run("%pxconfig --no-stream --progress-after -1")  # however slow the machine is
        run.folder = folder
        yield run


def labels(outputs: list) -> list[str]:
    """What stands in an output cell as text, line by line; not what keeps it waiting."""
    shown = [o for o in outputs if o.get("name") != "stderr"]
    found = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in shown]
    plain = "\n".join(each.rstrip("\n") for each in found)
    plain = plain.replace("\x1b[31m", "").replace("\x1b[0m", "")
    return [line for line in plain.splitlines() if line]


def test_a_line_runs_on_all_engines(run):
    assert run("%px a = 5") == []
    assert labels(run("%px print(a)")) == ["[stdout:0] 5", "[stdout:1] 5"]
    assert value_of(run("view['a']")) == "[5, 5]"


def test_values_have_prompts_with_engine_and_number(run):
    first, second = labels(run("%px 6 * 7"))
    assert first.startswith("Out[0:") and first.endswith("]: 42")
    assert second.startswith("Out[1:")
    assert run("%px 6 * 7;") == []


def test_cells_speak_ipython(run):
    shown = labels(run("%%px --targets 0\n!echo shell\nx = !echo list\nprint(x)\nawait later()"))
    assert shown[:2] == ["shell", "['list']"] or "later" in "".join(shown)


def test_targets_are_numbers_slices_and_all(run):
    run("%px import emout_lab")
    assert labels(run("%%px -t 1\nprint('one')")) == ["one"]
    assert labels(run("%%px -t [1]\nprint('one')")) == ["[stdout:1] one"]
    assert labels(run("%%px -t ::-1\nprint('two')")) == ["[stdout:1] two", "[stdout:0] two"]
    assert len(labels(run("%%px --targets all\nprint('all')"))) == 2


@pytest.mark.parametrize("targets", ["7", "x", "0,9", "5:"])
def test_targets_that_name_no_engine_are_an_error_of_usage(run, targets):
    shown = text(run(f"%%px -t {targets}\n1"))
    assert shown.startswith("UsageError") and targets in shown


def test_options_are_shown(run):
    assert "--group-outputs" in text(run("%%px --help\n1"))
    assert "unrecognized arguments: --nope" in text(run("%%px --nope\n1"))


def test_nothing_to_run_is_an_error_of_usage(run):
    assert "runs the rest of its line" in text(run("%px"))
    assert "no code below" in text(run("%%px\n\n"))
    assert run("%%px\n# only words") == []


def test_results_are_kept_under_a_name_and_come_later(run):
    shown = run("%%px --noblock -o later\nimport time\ntime.sleep(0.1)\nprint('late')\n3")
    assert "AsyncResult" in value_of(shown)
    assert (
        value_of(run("later.get(); [each.stdout for each in later.metadata]"))
        == "['late\\n', 'late\\n']"
    )
    assert labels(run("%pxresult"))[:2] == ["[stdout:0] late", "[stdout:1] late"]
    run("%pxresult -o again")
    assert value_of(run("again is later")) == "True"


def test_outputs_are_grouped_by_engine_or_in_order(run):
    cell = "print('t')\ndisplay('first')\ndisplay('second')\n1"
    by_engine = labels(run("%%px --group-outputs engine\n" + cell))
    assert by_engine[:4] == ["[stdout:0] t", "[output:0]", "'first'", "'second'"]
    assert by_engine[5] == "[stdout:1] t"
    in_order = labels(run("%%px -r\n" + cell))
    assert in_order[2:6] == ["[output:0]", "'first'", "[output:1]", "'first'"]


def test_a_picture_of_each_engine_arrives_inline(run):
    outputs = run("%%px\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 2]);")
    found = pictures(outputs)
    assert [p["data"][FIGURE]["engine"] for p in found] == [
        "0",
        "1",
    ]
    assert all("image/png" in p["data"] for p in found)
    assert found[0]["data"][FIGURE]["cell"].startswith("Cell In[")
    assert labels(outputs)[0] == "[output:0]"


def test_settings_of_matplotlib_stay_for_the_next_cell(run):
    run("%%px -t 0\nplt.rcParams['lines.linewidth'] = 7.0")
    assert labels(run("%%px -t 0\nprint(plt.rcParams['lines.linewidth'])")) == ["7.0"]
    assert "7.0" not in labels(run("%%px -t 1\nprint(plt.rcParams['lines.linewidth'])"))


def test_an_error_names_the_line_as_it_was_written(run):
    shown = shown_error(run("%%px -t 0\n\nb = 1\n1 / 0"))
    assert "ZeroDivisionError" in shown and "line 4" in shown and "1 / 0" in shown


def test_an_error_of_all_engines_is_one(run):
    error = error_of(run("%px no_such_name"))
    assert error["ename"] == "CompositeError"


def test_what_was_printed_before_an_error_is_shown(run):
    outputs = run("%%px\nprint('before')\n1 / 0")
    assert labels(outputs)[:2] == ["[stdout:0] before", "[stdout:1] before"]
    assert error_of(outputs) is not None


def test_syntax_errors_come_from_the_engines(run):
    assert "SyntaxError" in shown_error(run("%%px -t 0\nx = = 1"))


def test_a_cell_runs_here_too(run):
    outputs = run("%%px --local\nhere_too = 11\nprint('hello')")
    assert labels(outputs) == ["hello", "[stdout:0] hello", "[stdout:1] hello"]
    assert value_of(run("here_too, view['here_too']")) == "(11, [11, 11])"
    assert shown_error(run("%%px --local\nif 'view' in dir():\n    1 / 0")) != ""


def test_whole_cells_go_to_the_engines_and_come_back(run):
    assert labels(run("%autopx")) == ["%autopx enabled"]
    assert labels(run("far = 3\nprint(far)")) == ["[stdout:0] 3", "[stdout:1] 3"]
    run("%pxconfig --targets 0")
    assert "line 2" in shown_error(run("x = 1\n1 / 0"))
    assert "SyntaxError" in shown_error(run("x = = 1"))
    run("%pxconfig --targets all")
    assert labels(run("%pxconfig"))[0].startswith("targets all")
    assert labels(run("%autopx")) == ["%autopx disabled"]
    assert value_of(run("'far' in dir(), view['far']")) == "(False, [3, 3])"


def test_settings_are_kept(run):
    run("%pxconfig --targets 1 --verbose")
    assert labels(run("%px print('x')")) == ["Parallel execution on engine(s): 1", "x"]
    run("%pxconfig --targets all --no-verbose")
    assert len(labels(run("%px print('x')"))) == 2


def test_views_have_magics_with_suffixes(run):
    run("client.activate(0, '0'); client[::-1].activate('_back')")
    assert labels(run("%px0 print('mine')")) == ["mine"]
    assert "AsyncResult" in value_of(run("%px_back print('async')"))
    assert labels(run("%pxresult_back")) == ["[stdout:1] async", "[stdout:0] async"]
    assert "cannot stand" in shown_error(run("client.activate(0, '-')"))


def test_scripts_run_in_the_names_of_the_engines(run):
    (run.folder / "script.py").write_text("from_script = (__file__, __name__)\n")
    run("view.run('script.py', block=True)")
    assert value_of(run("view['from_script'][0]")) == f"('{run.folder}/script.py', '__main__')"
    assert value_of(run("'__file__' in view")) == "False"
    (run.folder / "magic.ipy").write_text("found = !echo ipython\n")
    run("view.run('magic.ipy', block=True)")
    assert value_of(run("[list(each) for each in view['found']]")) == "[['ipython'], ['ipython']]"
    (run.folder / "wrong.py").write_text("def f():\n    raise KeyError('lost')\n\nf()\n")
    shown = shown_error(run("client[0].run('wrong.py', block=True)"))
    assert "wrong.py" in shown and "line 2" in shown and "raise KeyError" in shown
    assert "FileNotFoundError" in shown_error(run("view.run('no-such.py')"))


def test_execute_shows_what_was_printed_and_the_value(run):
    run("reply = client[0].execute('print(\"hi\")\\n2 + 2', silent=False, block=True).get()")
    assert value_of(run("reply.stdout, reply.data['text/plain']")) == "('hi\\n', '4')"
    assert value_of(run("reply")).startswith("hi\nOut[0:")
    shown = value_of(run("view.execute('print(3); 4', silent=False, block=True)")).splitlines()
    assert shown[:2] == ["[stdout:0] 3", "[stdout:1] 3"] and shown[2].startswith("Out[0:")
    assert value_of(run("view.execute('')")).startswith("<AsyncResult(execute): ")
    assert labels(run("view.execute('print(1)', block=True).display_outputs()")) == [
        "[stdout:0] 1",
        "[stdout:1] 1",
    ]


def test_loading_twice_and_unloading_leaves_nothing(run):
    run("%reload_ext emout_lab\n%load_ext emout_lab")
    assert len(labels(run("%px print('still')"))) == 2
    run("%autopx")
    run("%pxconfig\n%unload_ext emout_lab")
    for magic in ("%px 1", "%pxresult", "%autopx", "%px0 1"):
        assert "not found" in str(run(magic))
    run("%load_ext emout_lab")
    assert labels(run("%px print('all by itself')"))[0] == "[stdout:0] all by itself"
