"""Functions and classes of a notebook see the names of the engine they run on."""

from __future__ import annotations

import functools
import pickle

import pytest

from emout_lab.parallel import CompositeError, Reference, interactive

SOURCE = """
import collections, contextlib, dataclasses, enum, functools

a = "of the notebook"

def reads(): return a
def assigns():
    global made
    made = a + 1
def outer(base):
    def factorial(n): return base if n < 2 else n * factorial(n - 1)
    return factorial
def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
def nested(n):
    def inner(i): return i + a
    return [inner(i) for i in range(n)]
def generated(n):
    for i in range(n): yield i + a
async def awaited(): return a
def finished(run=__import__("asyncio").run, of=awaited): return run(of())
added = (lambda x: (lambda y: x + y + a))(1)
def traced(function):
    @functools.wraps(function)
    def wrapper(*args): return "traced", function(*args)
    return wrapper
@traced
def decorated(x):
    "Adds."
    return x + a
def defaults(x, y=2, *, z=5, **more): return x, y, z, more
partial = functools.partial(defaults, 9, z=1)
class Base:
    count = 3
    def __init__(self, x=1): self.x = x
    def method(self): return self.x + a
    @classmethod
    def of_class(cls): return cls.count
    @staticmethod
    def static(): return a
    @property
    def twice(self): return 2 * self.x
class Derived(Base):
    def method(self): return 10 * super().method()
@dataclasses.dataclass
class Record:
    x: int
    y: list = dataclasses.field(default_factory=list)
Pair = collections.namedtuple("Pair", "x y")
class Colour(enum.Enum): RED = 1
@functools.lru_cache(maxsize=None)
def cached(x): return x + a
@contextlib.contextmanager
def opened(x): yield x + a
def uses_opened(function):
    with function(1) as x: return x
@functools.singledispatch
def kind(x): return "other", a
@kind.register
def _(x: int): return "int", a
class Failed(Exception):
    def __init__(self, x): self.x = x
def fails(): raise Failed(a)
def used(obj): return obj.method(), obj.of_class(), obj.static(), obj.twice
def same(x): return x
def missing(): return not_there
"""


@pytest.fixture
def notebook(typed):
    return typed(SOURCE)


@pytest.fixture
def one(client, view):
    view["a"] = 3
    return client[0]


def test_functions_use_the_names_of_the_engine(one, notebook):
    assert one.apply_sync(notebook["reads"]) == 3
    one.apply_sync(notebook["assigns"])
    assert one["made"] == 4 and "made" not in notebook
    assert one.apply_sync(notebook["nested"], 2) == [3, 4]
    assert one.apply_sync(notebook["added"], 2) == 6
    assert list(one.apply_sync(notebook["generated"], 2)) == [3, 4]
    assert one.apply_sync(notebook["finished"]) == 3


def test_closures_travel_along(one, notebook):
    assert one.apply_sync(notebook["outer"](2), 4) == 48
    assert one.apply_sync(notebook["decorated"], 1) == ("traced", 4)
    assert one.apply_sync(notebook["defaults"], 1, k=2) == (1, 2, 5, {"k": 2})
    assert one.apply_sync(notebook["partial"]) == (9, 2, 1, {})


def test_functions_in_wrappers_of_modules_use_the_names_of_the_engine(one, notebook):
    assert one.apply_sync(notebook["cached"], 1) == 4
    assert one.apply_sync(notebook["uses_opened"], notebook["opened"]) == 4
    assert one.apply_sync(notebook["kind"], 1) == ("int", 3)
    assert one.apply_sync(notebook["kind"], "1") == ("other", 3)


def test_a_function_that_calls_itself_by_its_name_is_assigned_first(one, notebook):
    with pytest.raises(NameError, match=r"view\['fibonacci'\] = .*use_cloudpickle"):
        one.apply_sync(notebook["fibonacci"], 5)
    one["fibonacci"] = notebook["fibonacci"]
    assert one.apply_sync(notebook["fibonacci"], 6) == 8
    assert one.apply_sync(Reference("fibonacci"), 7) == 13


def test_classes_use_the_names_of_the_engine(one, notebook):
    assert one.apply_sync(notebook["used"], notebook["Base"](4)) == (7, 3, 3, 8)
    assert one.apply_sync(notebook["used"], notebook["Derived"](4)) == (70, 3, 3, 8)
    assert one.apply_sync(notebook["Base"](5).method) == 8
    one["Base"] = notebook["Base"]
    assert one["Base(1).method()"] == 4


def test_what_comes_back_is_of_the_notebooks_own_classes(one, notebook):
    for made in (
        notebook["Record"](1, [2]),
        notebook["Pair"](1, 2),
        notebook["Colour"].RED,
    ):
        found = one.apply_sync(notebook["same"], made)
        assert type(found) is type(made) and found == made
    found = one.apply_sync(notebook["Base"], 2)
    assert type(found) is notebook["Base"]
    notebook["a"] = 100  # methods go on to be the notebook's own
    assert found.method() == 102 and notebook["Base"].static() == 100


def test_functions_may_bring_along_what_they_use(view, one, notebook):
    notebook["a"] = "local"
    assert view.use_cloudpickle().get() == [None, None]
    try:
        assert one.apply_sync(notebook["reads"]) == "local"
        assert one.apply_sync(notebook["fibonacci"], 5) == 5
    finally:
        view.use_pickle().get()
    assert one.apply_sync(notebook["reads"]) == 3


def test_functions_that_bring_their_names_find_the_others_on_the_engine(client, view, typed):
    names = typed(
        "from emout_lab.parallel import require\n"
        "own = 5\n"
        "def reads(): return own, pushed, len([pushed])\n"
        "def nested(): return [(lambda: own + pushed)() for _ in range(2)]\n"
        "def missing(): return nowhere\n"
        "@require('textwrap')\n"
        "def required(): return textwrap.dedent(' a')\n"
        "class Kind:\n    def method(self): return pushed, nested()\n"
    )
    view["own"], view["pushed"] = 1, 2
    view.use_cloudpickle().get()
    try:
        for one in (client[0], client.load_balanced_view()):
            assert one.apply_sync(names["reads"]) == (5, 2, 1)
            assert one.apply_sync(names["nested"]) == [7, 7]
            assert one.apply_sync(names["required"]) == "a"
            assert one.apply_sync(names["Kind"]().method) == (2, [7, 7])
            with pytest.raises(NameError, match="nowhere"):
                one.apply_sync(names["missing"])
    finally:
        view.use_pickle().get()
    assert view["own"] == [1, 1]


def test_functions_of_modules_use_their_own_names(one):
    assert one.apply_sync(pickle.dumps, 1) == pickle.dumps(1)
    assert one.apply_sync(of_this_module) == "of this module"
    assert one.apply_sync(functools.partial(pow, 2), 3) == 8


NAME = "of this module"


def of_this_module():
    return NAME


@interactive
def of_the_engine(*, factor=2):
    return factor * a  # noqa: F821  # the engine's


def test_an_interactive_function_of_a_module_uses_the_engines_names(one):
    assert one.apply_sync(of_the_engine) == 6


def test_references_are_resolved_when_the_call_begins(view, notebook):
    view["g"] = [{"k": 1}, 2]
    same = notebook["same"]
    assert view.apply_sync(same, Reference("g[0]['k']")) == [1, 1]
    assert view.apply_sync(same, x=Reference("g[1]")) == [2, 2]
    assert view.apply_sync(same, {"x": (Reference("g[1]"),)}) == [{"x": (2,)}] * 2
    assert view.apply_sync(Reference("g.index"), 2) == [1, 1]
    result = view.apply_async(same, Reference("later"))
    with pytest.raises(CompositeError):
        result.get()
    with pytest.raises(NameError, match="'nowhere'"):
        view.client[0].apply_sync(same, Reference("nowhere"))
    with pytest.raises(TypeError):
        Reference(5)
