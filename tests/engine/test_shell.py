"""Cells on an engine: IPython's language in a client's own names, and nothing left behind."""

from __future__ import annotations

import builtins
import gc
import sys
import threading
import weakref
from pathlib import Path

import pytest

from emout_lab.engine.protocol import FIGURE, Display, Reply
from emout_lab.engine.serialization import unpack
from emout_lab.engine.views.shell import CellResult, shell_of


def result(reply: Reply) -> Display | None:
    """Return the value of a cell."""
    assert reply.failure is None, reply.failure
    found: CellResult = unpack(reply.value)
    displays = {each.mark: each for each in reply.displays}
    return None if found.mark is None else displays[found.mark]


def text(reply: Reply) -> str:
    return "".join(text for piece in reply.printed for stream, text in piece if stream == "stdout")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("1 + 1", "2"),
        ("x = 3\nx", "3"),
        ("x = 3", None),
        ("None", None),
        ("5;", None),
        ("5  # a comment;", "5"),
        ("import asyncio\nawait asyncio.sleep(0, 7)", "7"),
        ("7\n%time 8", "8"),
        ("%%time\nx = 4\nx * 2", "8"),
        ("lines = !echo a; echo b\nlines", "['a', 'b']"),
        ("!exit 3\n_exit_code", "3"),
        ("", None),
        ("%config InteractiveShell.ast_node_interactivity = 'last_expr_or_assign'\ny = 9", None),
    ],
)
def test_the_value_of_a_last_expression_is_the_cells_result(requests, source, shown):
    found = result(requests.cell(source))
    assert (None if found is None else found.data["text/plain"]) == shown


def test_results_are_counted_and_kept_as_in_a_notebook(requests):
    for source in ("'a'", "1 / 0", "2"):
        reply = requests.cell(source)
    assert unpack(reply.value).execution_count == result(reply).execution_count == 3
    found = result(requests.cell("Out, _, _1, In[1:4]"))
    assert found.data["text/plain"] == "({1: 'a', 3: 2}, 2, 'a', [\"'a'\", '1 / 0', '2'])"


def test_a_silent_cell_is_not_counted_and_shows_no_value(requests):
    reply = requests.cell("z = 3\nz", silent=True)
    assert reply.displays == () and requests.names()["z"] == 3
    assert unpack(requests.cell("z").value).execution_count == 1


def test_assignments_only_show_where_the_user_has_asked_for_it(requests):
    requests.cell("%config InteractiveShell.ast_node_interactivity = 'last_expr_or_assign'")
    assert result(requests.cell("y = 9")).data["text/plain"] == "9"
    requests.cell("%config InteractiveShell.ast_node_interactivity = 'all'")
    assert [each.data["text/plain"] for each in requests.cell("1\ny\nx = 2").displays] == ["1", "9"]


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("x = 'yes'\n!echo $x {1 + 1}", "yes 2\n"),
        ("%%bash\necho one\necho two", "one\ntwo\n"),
        ("%%script python3 -\nprint(3)", "3\n"),
        ("%%sh --out got --no-raise-error\necho 1; exit 3", ""),
        ("%%bash -s three\necho $1", "three\n"),
        ("%timeit -n1 -r1 1", "per loop"),
        ("%%timeit -n1 -r1\n1", "per loop"),
        ("%who_ls", ""),
        ("print(get_ipython().__class__.__name__)", "EngineShell\n"),
    ],
)
def test_magics_and_commands_print(requests, source, printed):
    reply = requests.cell(source)
    assert reply.failure is None, reply.failure
    assert printed in text(reply)


def test_help_is_displayed(requests):
    (help_,) = requests.cell("x = 3\nx?").displays
    assert help_.kind == "display_data" and "Type:" in help_.data["text/plain"]


def test_all_representations_of_a_value_come(requests):
    requests.cell("class Rich:\n    def _repr_html_(self): return '<b>'\n")
    found = result(requests.cell("Rich()"))
    assert found.kind == "execute_result" and found.data["text/html"] == "<b>"
    assert "Rich" in found.data["text/plain"]


@pytest.mark.parametrize(
    ("source", "kind", "line", "message"),
    [
        ("\n\nx = 1\nx / 0", "builtins:ZeroDivisionError", 4, "division"),
        ("x = 1\nx = = 2", "builtins:SyntaxError", 2, "invalid syntax (<cell>, line 2)"),
        ("x = 1\n  y = 2", "builtins:IndentationError", 2, "unexpected indent"),
        ("x = 1\nreturn 3", "builtins:SyntaxError", 2, "outside function"),
        ("x = 1\n%nosuch 3", "IPython.core.error:UsageError", 2, "%nosuch"),
        ("%%nosuch\nx", "IPython.core.error:UsageError", 1, "%%nosuch"),
        ("%%time\nx = 1\nx / 0", "builtins:ZeroDivisionError", 1, "division"),
        ("%%capture\n\n1 / 0", "builtins:ZeroDivisionError", 3, "division"),
        ("x = 1\n%timeit x / 0", "builtins:ZeroDivisionError", 2, "division"),
        ("%run nosuch.py", "builtins:Exception", 1, "nosuch.py"),
        ("%%bash\nexit 3", "subprocess:CalledProcessError", 1, "status 3"),
        ("import sys\nsys.exit(3)", "builtins:SystemExit", 2, "3"),
        ("raise KeyboardInterrupt", "builtins:KeyboardInterrupt", 1, ""),
        ("!sleep 9 &", "builtins:OSError", 1, "background"),
        ("await nothing", "builtins:NameError", 1, "nothing"),
    ],
)
def test_what_a_cell_raises_is_the_calls_failure_at_its_line(requests, source, kind, line, message):
    failure = requests.cell(source).failure
    assert failure.kind == kind and message in failure.message
    assert failure.place is not None and failure.place.line == line
    assert failure.place.source == source.splitlines()[line - 1].strip()
    assert "emout_lab" not in failure.traceback


def test_nothing_of_a_cell_runs_where_a_part_of_it_is_no_python(requests):
    requests.cell("ran = 1\nreturn 3")
    assert "ran" not in requests.names()


def test_a_script_that_fails_fails_the_cell(requests, tmp_path: Path):
    (tmp_path / "fails.py").write_text("value = 3\n1 / 0\n")
    failure = requests.cell(f"%run {tmp_path / 'fails.py'}").failure
    assert failure.kind == "builtins:ZeroDivisionError"
    assert "fails.py" in failure.traceback
    (tmp_path / "works.py").write_text("value = 4\n")
    requests.cell(f"%run {tmp_path / 'works.py'}")
    assert requests.names()["value"] == 4


def test_a_cell_runs_in_the_namespace_that_functions_have_as_globals(requests):
    names = requests.names()
    requests.cell("x = 1\ndef f():\n    global y\n    y = x + 1\n    return y")
    assert names["f"].__globals__ is names
    names["x"] = 5
    assert result(requests.cell("f(), y")).data["text/plain"] == "(6, 6)"


def test_names_that_were_there_before_the_first_cell_stay(requests):
    requests.names().update({"Out": 1, "_": 2, "open": 3, "In": 4})
    assert result(requests.cell("Out, _, open, In")).data["text/plain"] == "(1, 2, 3, 4)"


def test_clients_have_shells_of_their_own(requests):
    requests.cell("x = 'mine'\nx")
    reply = requests.cell("'x' in globals(), len(Out)", client="you")
    assert result(reply).data["text/plain"] == "(False, 0)"
    assert result(reply).execution_count == 1


def test_a_cell_runs_also_when_all_names_were_deleted(requests):
    requests.cell("x = 1\nx")
    requests.cell("%reset -f")
    assert result(requests.cell("'x' in globals(), len(Out)")).data["text/plain"] == "(False, 0)"
    requests.names().clear()
    assert result(requests.cell("len(Out)")).execution_count == 1


def test_the_process_is_as_before(requests):
    requests.cell("1")  # what IPython needs is loaded

    def state() -> tuple:
        hooks = sys.displayhook, sys.excepthook, sys.stdout, sys.stderr, threading.excepthook
        return hooks, sys.modules["__main__"], vars(builtins).copy(), list(sys.path)

    before, threads = state(), threading.active_count()
    requests.cell("%timeit -n1 -r1 1\ndisplay(3)\n!true\nget_ipython()", client="you")
    assert state() == before
    assert threading.active_count() == threads
    assert not hasattr(sys, "ps1") and not hasattr(builtins, "__IPYTHON__")


def test_a_shell_ends_with_its_namespace(requests):
    requests.cell("x = [1]\nx")
    shell = shell_of(requests.names())
    ended, folder = weakref.ref(shell), Path(shell.ipython_dir)
    del shell
    assert folder.is_dir()
    requests.executor.objects.names.forget("me")
    gc.collect()
    assert ended() is None and not folder.exists()


def test_of_the_shells_names_only_values_are_listed_and_a_dropped_one_is_free(requests):
    requests.cell("import numpy as np\nx = 3\nnp.ones(5)")
    names = requests.executor.objects.names
    listed = {each.name: each for each in names.noted()}
    assert sorted(listed) == ["_1", "x"]
    found = listed["_1"]
    value = weakref.ref(names.value(found))
    names.drop([found.id])
    gc.collect()
    assert value() is None
    assert result(requests.cell("Out, _")).data["text/plain"] == "({}, '')"
    assert result(requests.cell("_[1]")).data["text/plain"] == "''"


def test_figures_of_a_cell_are_shown_in_place_and_at_its_end(requests):
    reply = requests.cell(
        "%matplotlib inline\n"
        "import matplotlib.pyplot as plt\n"
        "print(1); plt.plot([1, 2]); plt.show(); print(2)\n"
        "lines = plt.plot([3, 4])"
    )
    assert reply.failure is None
    assert [stream for piece in reply.printed for stream, _ in piece] == [
        "stdout",
        FIGURE,
        "stdout",
    ]
    assert len(reply.shown) == len(reply.figures) == 1 and reply.displays == ()


@pytest.mark.parametrize("source", ["fig", "display(fig)", "fig.show()"])
def test_a_figure_that_is_displayed_is_shown_once(requests, source):
    reply = requests.cell(f"import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n{source}")
    assert reply.failure is None
    assert (len(reply.shown), len(reply.figures), len(reply.displays)) == (1, 0, 0)


@pytest.mark.parametrize("source", ["%pylab inline", "%matplotlib qt", "%gui qt"])
def test_what_asks_for_windows_is_harmless(requests, source):
    assert requests.cell(source).failure is None
    assert sys.modules["matplotlib"].get_backend().lower() == "agg"


def test_a_captured_cell_shows_nothing_and_is_at_hand(requests):
    reply = requests.cell("%%capture got\nprint(3)\ndisplay(4)\n5")
    assert reply.failure is None and reply.displays == () and reply.printed == ()
    reply = requests.cell("got.stdout, [each.data['text/plain'] for each in got.outputs]")
    assert result(reply).data["text/plain"] == r"('3\n', ['4', '5'])"


def test_extensions_hear_of_cells(requests, tmp_path: Path):
    module = tmp_path / "reloaded_here.py"
    module.write_text("value = 1\n")
    requests.cell(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport reloaded_here")
    requests.cell("%load_ext autoreload\n%autoreload 2")
    module.write_text("value = 'changed'\n")
    found = result(requests.cell("import reloaded_here\nreloaded_here.value"))
    assert found.data["text/plain"] == "'changed'"
