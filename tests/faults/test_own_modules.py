"""What runs on an engine is the code of the notebook that asks, and of nobody else."""

from __future__ import annotations

import textwrap
from contextlib import ExitStack

import pytest
from clients import program


def write(folder, **files):
    """Write modules; ``a__b`` is module b of package a."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = name.replace("__", "/").replace("/init", "/__init__")
        file = folder / f"{path}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text))


@pytest.fixture(scope="module")
def pair(local_session, tmp_path_factory):
    """Two programs in folders of their own, which start at the same time."""
    folder = tmp_path_factory.mktemp("pair")
    with ExitStack() as stack:
        programs = [stack.enter_context(program(folder / name)) for name in ("one", "two")]
        yield [(folder / name, each) for name, each in zip(("one", "two"), programs, strict=True)]


F = "session.open(tools.f).fetch()"


def test_edited_module_runs_as_it_is_after_a_restart(pair):
    folder, before = pair[1]
    write(folder, tools="def f(): return 'old'")
    assert before.run("import tools\n" + F) == "old"
    assert before.there("import tools", "tools.f()") == "old"
    write(folder, tools="def f(): return 'edited'")
    # Where nothing was restarted or reloaded the old text is what runs here as well.
    assert before.run(f"[tools.f(), {F}]") == ["old", "old"]
    with program(folder) as after:
        assert after.run("import tools\n" + F) == "edited"
        assert after.there("import tools", "tools.f()") == "edited"
        assert before.run(F) == "old"
    # The engine forgets the notebook, as one that was not heard of: it is told all again.
    before.run("from emout_lab.engine import verbs")
    before.run(
        "session.client.run(verbs.invoke, 'forget_client', (session.client.id, 'a test')); None"
    )
    assert before.run(F) == "old"
    before.run("import sys; del sys.modules['tools']")


def test_notebooks_of_two_folders_have_modules_of_their_own(pair):
    for folder, notebook in pair:
        name = folder.name
        write(
            folder,
            tools=f"import settings\ndef f(): return '{name}', settings.n",
            settings=f"n = '{name}'",
            only=f"def g(): return 'only {name}'",
        )
        notebook.run("import tools, settings")
    for folder, notebook in [*pair, *pair]:
        assert notebook.run(F) == [folder.name] * 2
        assert notebook.there("import tools, only", "tools.f(), only.g()") == [
            [folder.name] * 2,
            f"only {folder.name}",
        ]
    # At the same time.
    for _, notebook in pair:
        notebook.begin(f"[{F} for _ in range(30)]")
    for folder, notebook in pair:
        assert notebook.end() == [[folder.name] * 2] * 30
    # Threads of one notebook.
    _, notebook = pair[0]
    threads = "from concurrent.futures import ThreadPoolExecutor as Pool"
    found = notebook.run(f"{threads}\nlist(Pool(3).map(lambda _: {F}, range(9)))")
    assert found == [["one", "one"]] * 9


def test_reloaded_module_runs_as_it_was_reloaded(pair):
    folder, notebook = pair[0]
    write(
        folder,
        rel="def f(): return 1\nclass C:\n    def m(self): return 'old'",
        user="from rel import f\nimport rel\ndef g(): return f(), rel.f()",
    )
    ask = "session.open(rel.f).fetch(), session.open(user.g).fetch()"
    assert notebook.run(f"import rel, user, importlib\n{ask}") == [1, [1, 1]]
    write(folder, rel="def f(): return 20\nclass C:\n    def m(self): return 'new'")
    assert (
        notebook.run(f"importlib.reload(rel)\n[rel.f(), user.g()], [{ask}]") == [[20, [1, 20]]] * 2
    )
    assert notebook.run("session.open(rel.C).m().fetch()") == "new"
    write(folder, rel="def f(): return 300")
    fresh = "import sys\ndel sys.modules['rel'], sys.modules['user']\nimport rel, user"
    assert notebook.run(f"{fresh}\n{ask}") == [300, [300, 300]]


def test_module_edited_between_import_and_first_use_runs_as_it_was_imported(pair):
    folder, notebook = pair[0]
    write(folder, early="N = 1\ndef f(): return 'as imported', N")
    notebook.run("import early")
    write(folder, early="N = 2\ndef f(): return 'as the file is now', N")
    both = "early.f(), session.open(early.f).fetch()"
    assert notebook.run(both) == [["as imported", 1]] * 2
    assert notebook.run(f"importlib.reload(early)\n{both}") == [["as the file is now", 2]] * 2


def test_path_and_directory_of_the_notebook_hold_there(pair):
    (folder, notebook), (_, other) = pair
    write(folder / "lib", far="def f(): return 'far'", unseen="N = 5")
    notebook.run(f"import sys, os; sys.path.append({str(folder / 'lib')!r}); import far")
    assert notebook.run("session.open(far.f).fetch()") == "far"
    assert notebook.there("import unseen", "unseen.N") == 5
    write(folder, beside="N = 6", later="N = 7")
    notebook.run("import beside\nos.makedirs('sub', exist_ok=True); os.chdir('sub')")
    assert notebook.run("session.open(lambda: beside.N).fetch()") == 6
    assert notebook.there("import later", "later.N") == 7
    notebook.run("os.chdir('..')")
    for name in ("unseen", "far", "beside"):
        with pytest.raises(AssertionError, match=f"No module named '{name}'"):
            other.there(f"import {name}", "1")
    assert other.there("import sys", "[p for p in sys.path if p.endswith('lib')]") == []


def test_packages_and_classes_travel_both_ways(pair):
    folder, notebook = pair[0]
    write(
        folder,
        mypkg__init="from .sub import Point\nfrom . import sub",
        mypkg__sub="""
            from dataclasses import dataclass
            from functools import lru_cache
            from .deep import scale
            @dataclass
            class Point:
                x: "float"
                def twice(self): return Point(scale(self.x))
            class Odd(ValueError): pass
            calls = 0
            def count():
                global calls
                calls += 1
                return calls
            @lru_cache
            def cached(n): return n + 1
            def fails(): raise Odd("odd")
            def late():
                from . import lazy
                return lazy.N
            """,
        mypkg__deep="def scale(x): return 2 * x",
        mypkg__lazy="N = 'lazy'",
        star="from mypkg.sub import *\ndef made(): return Point(1.0)",
    )
    notebook.run("from star import *\nimport mypkg, mypkg.sub as sub")
    assert notebook.run("p = session.open(made).fetch(); [type(p) is mypkg.Point, p.x]") == [
        True,
        1,
    ]
    assert notebook.run("session.open(Point.twice, p).fetch() == Point(2.0)")
    assert notebook.run("r = session.open(mypkg.Point, 3.0); r.twice().fetch().x") == 6
    assert notebook.run("session.open(lambda r: isinstance(r, mypkg.Point), r).fetch()")
    assert notebook.run("[session.open(sub.count).fetch() for _ in range(3)]") == [1, 2, 3]
    assert notebook.run("session.open(sub.cached, 4).fetch()") == 5
    assert notebook.run("session.open(sub.late).fetch()") == "lazy"
    failed = "try: session.open(sub.fails).fetch()\nexcept sub.Odd as error: found = str(error)"
    assert "odd" in notebook.run(f"{failed}\nfound")
    assert notebook.run("session.open('mypkg.sub:count').fetch()") == 4
    assert notebook.there("from mypkg import sub, lazy", "(sub.count(), lazy.N)") == [5, "lazy"]


def test_values_that_the_notebook_sets_hold_there_and_state_stays_where_it_is(pair):
    (folder, notebook), (_, other) = pair
    write(
        folder,
        opts="n = 64\nname = 'a'\ndone = 0\n"
        "def f():\n    global done\n    done += 1\n    return n, name, done",
    )
    notebook.run("import opts; opts.n = 128")
    both = "[opts.f(), session.open(opts.f).fetch()]"
    assert notebook.run(both) == [[128, "a", 1]] * 2
    assert notebook.run("opts.f(); opts.name = 'b'; session.open(opts.f).fetch()") == [128, "b", 2]
    assert notebook.run("opts.n = 128; session.open(opts.f).fetch()") == [128, "b", 3]
    notebook.there("import opts; opts.n = 7", "1")
    assert notebook.run("session.open(opts.f).fetch()") == [7, "b", 4]
    assert notebook.run(f"import importlib; importlib.reload(opts); {both}") == [[64, "a", 1]] * 2


def test_modules_of_the_engine_alone_follow_their_files(pair):
    folder, notebook = pair[1]
    write(folder, a="import b\ndef f(): return b.N", b="N = 1")
    assert notebook.there("import a, b\nb.N = 5", "a.f()") == 5
    assert notebook.there("import a", "a.f()") == 5  # what a program has changed stays
    write(folder, b="N = 200")
    assert notebook.there("import a", "a.f()") == 200
    # The notebook imports it as well: the same text is not loaded again.
    assert notebook.there("import a, b\nb.N = 7", "a.f()") == 7
    assert notebook.run("import a, b\nsession.open(a.f).fetch()") == 7


def test_modules_named_like_others_stay_with_their_notebook(pair):
    (folder, notebook), (_, other) = pair
    write(folder, chunk="N = 'mine'", tabnanny="N = 'mine too'", sndhdr="N = 'found there'")
    other.there("import tabnanny, chunk", "1")
    notebook.run("import sys; sys.path.insert(0, '')")
    notebook.run("import chunk, tabnanny")
    ask = "session.open(lambda: (chunk.N, tabnanny.N)).fetch()"
    assert notebook.run(ask) == ["mine", "mine too"]
    assert notebook.there("import sndhdr", "sndhdr.N") == "found there"
    assert (
        other.there(
            "import tabnanny, chunk, sndhdr",
            "hasattr(tabnanny, 'check'), hasattr(chunk, 'Chunk'), hasattr(sndhdr, 'what')",
        )
        == [True] * 3
    )
    assert notebook.run(ask) == ["mine", "mine too"]


CHANGES = {
    "new module": ("import sys, types; sys.modules['fake'] = types.ModuleType('fake')",
                   "'fake' in sys.modules", True),
    "another module": ("import sys, types; sys.modules['json'] = types.ModuleType('json')",
                       "hasattr(__import__('json'), 'dumps')", True),
    "no module": ("import sys; sys.modules.pop('json'); sys.modules.pop('json.decoder')",
                  "'json' in sys.modules, 'json.decoder' in sys.modules", False),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_the_loaded_modules_stays_with_its_notebook(pair, name):
    (_, mine), (_, other) = pair
    change, look, lasts = CHANGES[name]
    before = other.there("import sys", look)
    mine.there(change, "1")
    assert other.there("import sys", look) == before
    assert (mine.there("import sys", look) != before) == lasts
    mine.there("import sys; [sys.modules.pop(n, 0) for n in ('fake', 'json')]", "1")


def test_wrapped_functions_and_slots_of_the_notebook_travel(pair):
    _, notebook = pair[0]
    notebook.run(
        textwrap.dedent(
            """
            from functools import cache, cached_property, lru_cache
            from functools import singledispatch, singledispatchmethod
            @lru_cache(maxsize=None, typed=True)
            def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
            def uses(n): return fib(n)
            @singledispatch
            def kind(x): return "any"
            @kind.register
            def _(x: int): return "int"
            @kind.register(list)
            def _(x): return [kind(each) for each in x]
            class Slotted:
                __slots__ = ("a", "__weakref__")
                def __init__(self): self.a = 42
            class Further(Slotted):
                __slots__ = "b"
                @cache
                def more(self, n): return self.a + n
            class Lazy:
                @cached_property
                def v(self): return "lazy"
                @singledispatchmethod
                def of(self, x): return "any"
                @of.register
                def _(self, x: str): return "text"
            """
        )
    )
    assert notebook.run("[fib(5), session.open(fib, 30).fetch()]") == [5, 832040]
    assert notebook.run("session.open(uses, 10).fetch()") == 55
    assert notebook.run("list(session.open(lambda: fib).fetch().cache_parameters().values())") == [
        None,
        True,
    ]
    assert notebook.run("session.open(kind, [1, 'x']).fetch()") == ["int", "any"]
    there = "s = session.open(lambda o: o, Slotted()).fetch(); [s.a, type(s) is Slotted]"
    assert notebook.run(there) == [42, True]
    notebook.run("f = Further(); f.b = 2; g = session.open(lambda o: o, f).fetch()")
    assert notebook.run("[g.a, g.b, session.open(lambda o: o.more(1), f).fetch()]") == [42, 2, 43]
    assert not notebook.run("session.open(lambda o: hasattr(o, '__dict__'), f).fetch()")
    several = "session.open(lambda o: [o.v, o.of('x'), o.of(1)], Lazy()).fetch()"
    assert notebook.run(several) == ["lazy", "text", "any"]
