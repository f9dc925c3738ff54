"""The executor alone: programs in order, figures apart, nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import operator
import threading
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf

from emout_lab.engine.executor import ProgramExecutor
from emout_lab.engine.operations import call_named, call_pyplot, same
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.protocol import Call, FigureOptions, Origin, Program
from emout_lab.engine.serialization import Reference, pack, unpack
from emout_lab.errors import ObjectGone

FREE = 1_000_000


class Name(Reference):
    def __init__(self, name: str) -> None:
        self._id = name


def call(name, function, *args, **options) -> Call:
    return Call(name, pack((function, args, {}), lambda r: r._id), name, **options)


def program(*calls, **options) -> Program:
    return Program("client", calls, **options)


def new_executor(drawn):
    made = ProgramExecutor("0", drawn.append, lambda: (FREE, 2 * FREE))
    made.start()
    return made


@pytest.fixture
def executor():
    drawn = []
    found = new_executor(drawn)
    found.drawn = drawn
    yield found
    found.close()
    plt.close("all")


def test_calls_run_in_order_and_the_wanted_value_comes_back(executor):
    reply = executor.run(
        program(
            call("a", np.arange, 4.0, keep=False),
            call("b", operator.mul, Name("a"), 2),
            want="b",
        )
    )
    np.testing.assert_array_equal(unpack(reply.value), [0, 2, 4, 6])
    assert reply.done == ("a", "b")
    assert [info.expression for info in executor.objects.infos()] == ["b"]


def test_first_failing_call_stops_the_program(executor):
    reply = executor.run(
        program(call("a", int, 1), call("b", operator.truediv, 1, 0), call("c", int, 2))
    )
    assert reply.done == ("a",)
    assert reply.failure.call == "b"
    assert reply.failure.kind == "builtins:ZeroDivisionError"


def test_result_is_released_after_its_last_use(executor):
    reply = executor.run(
        program(
            call("a", int, 1, keep=False),
            call("b", operator.add, Name("a"), 1, keep=False, release=("a",)),
            call("c", operator.add, Name("a"), 1),
        )
    )
    assert reply.failure.call == "c"
    assert reply.failure.kind.endswith("ObjectGone")


def test_program_of_another_version_is_refused(executor):
    reply = executor.run(program(call("a", int, 1), version=99))
    assert "version 99" in reply.failure.message
    assert reply.done == ()


def test_two_drawings_keep_apart_and_are_released(executor):
    first = program(call("p", call_pyplot, "plot", [1, 2], drawing="one", keep=False))
    second = program(
        call("q", call_pyplot, "plot", [1, 2], drawing="two", keep=False),
        finish=(("two", FigureOptions()),),
    )
    executor.run(first)
    assert len(executor.run(second).figures) == 1
    reply = executor.run(program(finish=(("one", FigureOptions()),)))
    assert len(reply.figures) == 1
    assert executor.run(program(finish=(("one", FigureOptions()),))).figures == ()
    assert not Gcf.figs
    assert [info.id for info in executor.drawn] == [info.id for info in executor.figures.infos()]


def test_failed_drawing_is_released(executor):
    bad = call("p", call_pyplot, "imshow", [[1]], drawing="one", keep=False)
    worse = call("q", call_named, "math:sqrt", -1, drawing="one")
    reply = executor.run(program(bad, worse, finish=(("one", FigureOptions()),)))
    assert reply.failure is not None
    assert reply.figures == ()
    assert executor.run(program(finish=(("one", FigureOptions()),))).figures == ()


def test_figures_outside_a_drawing_do_not_stay(executor):
    executor.run(program(call("p", call_pyplot, "plot", [1, 2])))
    assert not Gcf.figs


def test_the_newest_pictures_are_kept(executor):
    executor.figures._rendered.max_items = 2
    replies = [
        executor.run(
            program(
                call("p", call_pyplot, "plot", [1], drawing="d", keep=False),
                finish=(("d", FigureOptions(dpi=20)),),
            )
        )
        for _ in range(3)
    ]
    figures = [reply.figures[0] for reply in replies]
    assert [info.id for info in executor.figures.infos()] == [figure.id for figure in figures[1:]]
    assert executor.figures.image(figures[2].id) == figures[2].data
    with pytest.raises(ObjectGone, match="Run its cell again"):
        executor.figures.image(figures[0].id)


class Lazy:
    """An array of which only shape and dtype are known."""

    shape, dtype = (FREE,), np.dtype("f8")
    nbytes = 8 * FREE

    def __add__(self, other):
        raise AssertionError("it was read")

    def __getitem__(self, key):
        return np.zeros(3)


def test_what_cannot_fit_is_refused_before_it_is_computed(executor):
    executor.run(program(call("lazy", Lazy)))
    reply = executor.run(program(call("sum", operator.add, Name("lazy"), 1)))
    assert reply.failure.kind.endswith(":TooLarge")
    assert "needs about 16 MB, the engine has 1 MB free of 2 MB" in reply.failure.message
    assert executor.run(program(call("part", operator.getitem, Name("lazy"), 0))).failure is None


class Counted:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.times = 0

    def read(self) -> np.ndarray:
        self.times += 1
        return np.arange(3)

    def __mul__(self, factor: int) -> np.ndarray:
        return PROCESS.reads.once(self, self.read) * factor


@pytest.mark.parametrize(("between", "times"), [(operator.neg, 1), (int, 2)])
def test_what_was_read_serves_until_something_may_be_written(executor, between, times):
    lazy = Counted()
    executor.objects.put("lazy", lazy, owner="client")
    product = operator.mul, Name("lazy"), 2
    reply = executor.run(
        program(call("a", *product), call("b", between, 1), call("c", *product), want="c")
    )
    np.testing.assert_array_equal(unpack(reply.value), [0, 2, 4])
    assert lazy.times == times
    assert PROCESS.reads is None


def test_value_over_the_limit_is_not_sent(executor):
    reply = executor.run(program(call("a", np.zeros, 1000), want="a", limit=1000))
    assert reply.failure.kind.endswith(":TooLarge")
    assert reply.value is None


def test_printed_text_and_log_lines_come_with_the_reply():
    def talk():
        import logging
        import sys

        print("printed")
        print("careful", file=sys.stderr)
        logging.getLogger("mine").warning("logged")

    with contextlib.closing(new_executor([])) as executor:  # after pytest's own capture
        reply = executor.run(program(call("a", talk)))
    written = ("stdout", "printed\n"), ("stderr", "careful\nWARNING mine: logged\n")
    assert reply.printed == (written,)


@pytest.mark.filterwarnings("default")
def test_a_warning_of_an_engines_own_line_names_the_users():
    origin = Origin("run.py", 3, "y = x / 0", "Cell In[1]")
    with contextlib.closing(new_executor([])) as executor:  # after pytest's own capture
        reply = executor.run(program(call("a", operator.truediv, np.ones(2), 0.0, origin=origin)))
    (((stream, text),),) = reply.printed
    assert stream == "stderr"
    assert text.startswith("Cell In[1], line 3: RuntimeWarning: divide by zero")
    assert text.endswith("\n  y = x / 0\n")


def test_other_threads_print_as_before(executor, capsys):
    def in_thread():
        thread = threading.Thread(target=print, args=("elsewhere",))
        thread.start()
        thread.join()

    assert executor.run(program(call("a", in_thread))).printed == ()


def test_bytes_read_come_with_a_figure(executor, tmp_path):
    file = tmp_path / "data"
    file.write_bytes(b"x" * 3_000_000)
    drawing = program(
        call("a", file.read_bytes, keep=False),
        call("p", call_pyplot, "plot", [1], drawing="d", keep=False),
        finish=(("d", FigureOptions("png")),),
    )
    executor.run(drawing)  # imports modules
    (figure,) = executor.run(drawing).figures
    assert 3_000_000 <= figure.bytes_read < 3_100_000
    assert figure.preview is None


def test_format_that_notebooks_cannot_show_has_a_preview(executor):
    drawing = program(
        call("p", call_pyplot, "plot", [1], drawing="d", keep=False),
        finish=(("d", FigureOptions("pdf")),),
    )
    (figure,) = executor.run(drawing).figures
    assert figure.data.startswith(b"%PDF")
    assert figure.preview.startswith(b"\x89PNG")


def test_object_with_two_names_counts_once(executor):
    executor.run(program(call("a", np.zeros, 1000), call("b", same, Name("a"))))
    assert executor.objects.bytes() < 9000


def test_an_unfinished_figure_of_a_client_that_vanished_is_dropped(executor):
    executor.run(program(call("f", call_pyplot, "figure", drawing="d", keep=False)))
    figure = weakref.ref(executor.figures._open["d"].order[0])
    executor.forget_client("another")
    gc.collect()
    assert figure() is not None
    executor.forget_client("client")
    gc.collect()
    assert figure() is None


def test_what_was_drawn_counts_until_nobody_keeps_it(executor):
    executor.run(
        program(
            call("m", call_pyplot, "pcolormesh", np.ones((200, 200)), drawing="d"),
            finish=(("d", FigureOptions()),),
        )
    )
    assert executor.figures.bytes() > 200 * 200 * 8
    executor.forget_figures([info.id for info in executor.figures.infos()])
    executor.run(program(drops=("m",)))
    gc.collect()
    assert sum(executor.figures._sizes.values()) == 0
    assert executor.figures._rendered.bytes == 0


def test_without_a_share_of_the_memory_only_the_last_picture_stays():
    executor = ProgramExecutor("0", [].append, lambda: (FREE, 2 * FREE), figure_share=0.0)
    executor.start()
    try:
        for _ in range(3):
            executor.run(
                program(
                    call("f", call_pyplot, "figure", drawing="d", keep=False),
                    finish=(("d", FigureOptions()),),
                )
            )
        [last] = executor.figures.infos()
        with pytest.raises(ObjectGone, match="figure_share"):
            executor.draw_again(last.id, FigureOptions("svg"))
    finally:
        executor.close()
