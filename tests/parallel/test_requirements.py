"""What functions need of their engine: require, depend, and imports that happen on both sides."""

from __future__ import annotations

import math

import pytest

from emout_lab.parallel import UnmetDependency, depend, dependent, require

FUNCTIONS = """
def norm(x): return float(numpy.linalg.norm(x))
def helper(x): return 2 * x
def uses(x): return helper(x) + q + math.floor(1.5)
def ran():
    global has_run
    has_run = True
def given(answer, key=True): return answer and key
def refuses(): raise UnmetDependency("not here")
"""


@pytest.fixture
def functions(typed):
    return typed(FUNCTIONS)


@pytest.fixture
def one(client, view):
    return client[0]


def test_required_modules_and_objects_are_there_before_the_call(one, functions):
    assert one.apply_sync(require("numpy")(functions["norm"]), [3, 4]) == 5.0
    uses = require(functions["helper"], math, q=10)(functions["uses"])
    assert one.apply_sync(uses, 4) == 19
    assert one.map_sync(uses, [1, 2]) == [13, 15]
    assert "numpy" in one and "helper" in one and one["q"] == 10


def test_without_what_is_required_the_function_does_not_run(one, functions):
    with pytest.raises(UnmetDependency, match="cannot import nothing_like_it"):
        one.apply_sync(require("nothing_like_it")(functions["ran"]))
    for wrong in (5, "a b", "os; import sys"):
        with pytest.raises(TypeError):
            require(wrong)
    with pytest.raises(UnmetDependency) as caught:
        one.apply_sync(depend(functions["given"], True, key=False)(functions["ran"]))
    assert caught.value.ename == "UnmetDependency"
    one["UnmetDependency"] = UnmetDependency
    with pytest.raises(UnmetDependency, match="not here"):
        one.apply_sync(depend(functions["refuses"])(functions["ran"]))
    assert "has_run" not in one
    one.apply_sync(depend(functions["given"], True)(functions["ran"]))
    assert one["has_run"]


def test_functions_with_requirements_run_here_at_once():
    checked = depend(lambda: False)(lambda x: x + 1)
    assert isinstance(checked, dependent) and checked(1) == 2
    with pytest.raises(UnmetDependency):
        checked.check_dependency()


IMPORTS = """
with view.sync_imports():
    import os.path as place, json
    import xml.dom
    from math import sqrt as root, pi
    from string import *
"""


def test_imports_happen_here_and_on_the_engines_under_the_same_names(view, typed, capsys):
    names = {"view": view, "__name__": "__main__"}
    exec(IMPORTS, names)
    assert names["root"](4) == 2 and names["place"].sep == "/"
    printed = capsys.readouterr().out
    assert "importing json on engine(s)\n" in printed
    assert "importing sqrt,pi from math on engine(s)\n" in printed
    assert view["root(4), place.sep, pi == root(pi) ** 2, xml.dom.__name__"][0][:2] == (2.0, "/")
    assert view["json.dumps(ascii_letters)"][0].startswith('"abc')


def test_imports_may_happen_on_the_engines_alone(view, capsys):
    names = {"view": view, "sqrt": "mine", "__name__": "__main__"}
    exec(
        "with view.sync_imports(local=False, quiet=True):\n"
        "    import wave as waves\n"
        "    import xml.sax.handler as handler\n"
        "    from math import sqrt, cos as cosine\n",
        names,
    )
    assert names["sqrt"] == "mine"
    assert not {"waves", "handler", "cosine"} & set(names)
    assert (
        view["waves.__name__, handler.__name__, sqrt(9), cosine(0)"]
        == [("wave", "xml.sax.handler", 3.0, 1.0)] * 2
    )
    assert capsys.readouterr().out == ""


def test_names_of_imports_on_the_engines_alone_say_so_in_functions(view):
    with view.sync_imports(local=False, quiet=True):
        import wave  # noqa: PLC0415
    with pytest.raises(AttributeError, match="imported on the engines only"):
        wave.open("x")


def test_imports_that_fail_on_an_engine_fail_at_the_end_of_the_block(client, view, capsys):
    with pytest.raises(ImportError):
        with client[0].sync_imports(local=False):
            import nothing_like_it  # noqa: F401, PLC0415
    with pytest.raises(ModuleNotFoundError):
        with view.importer:
            import nothing_like_it  # noqa: F401, PLC0415
    import json  # noqa: PLC0415

    assert json.loads("1") == 1
