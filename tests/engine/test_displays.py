"""What calls display with IPython's means: in order, as it is, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from emout_lab.engine.output import stream as stream_module
from emout_lab.engine.output.stream import LIVE_BYTES, OutputStream
from emout_lab.engine.protocol import DISPLAY, Display, Reply
from emout_lab.engine.views.displays import plain

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20_000  # 5 MB


def transcript(reply: Reply) -> list[str]:
    displays = {each.mark: each.data.get("text/plain", each.kind) for each in reply.displays}
    return [
        displays.get(text, "gone") if stream == DISPLAY else text
        for piece in reply.printed
        for stream, text in piece
    ]


def test_a_function_displays_without_a_cell_of_before(requests):
    def function() -> None:
        from IPython.display import HTML, display

        print("before")
        display(HTML("<b>"), 3)
        print("after")

    reply = requests.call(function)
    assert transcript(reply) == [
        "before\n",
        "<IPython.core.display.HTML object>",
        "3",
        "after\n",
    ]
    assert reply.displays[0].data["text/html"] == "<b>"


def test_a_function_finds_the_shell_and_the_names_of_its_client(requests):
    def function() -> object:
        from IPython import get_ipython

        return get_ipython().user_ns["x"]

    requests.cell("x = 'mine'")
    requests.cell("x = 'yours'", client="you")
    assert b"yours" in requests.call(function, client="you").value
    assert b"mine" in requests.call(function).value


def test_outside_of_programs_ipython_is_as_it_was(requests):
    before = InteractiveShell.initialized()
    found = []
    thread = threading.Thread(target=lambda: found.append(InteractiveShell.initialized()))
    requests.names().update(thread=thread)
    requests.cell("thread.start(); thread.join(); display(1)")
    assert InteractiveShell.initialized() == found[0] == before
    requests.close()
    assert not {"instance", "initialized"} & vars(InteractiveShell).keys()


def test_ipython_is_loaded_only_by_who_asks_for_it():
    code = """
import sys
from emout_lab.engine.executor import ProgramExecutor
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.serialization import pack
executor = ProgramExecutor("0", [].append, lambda: (10**9, 10**9))
executor.start()
def run(function):
    return executor.run(Program("me", (Call("c", pack((function, (), {})), "c", keep=False),)))
def display():
    from IPython.display import display
    display(3)
run(dict)
assert "IPython" not in sys.modules
(shown,) = run(display).displays
assert shown.data["text/plain"] == "3"
executor.close()
assert sys.meta_path[0].__class__.__name__ != "IPythonHook"
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_update_takes_the_place_of_the_last_one(requests):
    reply = requests.cell(
        "handle = display('a', display_id=True)\n"
        "for text in 'bcd': handle.update(text)\n"
        "print('end')"
    )
    kinds = [each.kind for each in reply.displays]
    assert kinds == ["display_data", "update_display_data"]
    assert transcript(reply) == ["'a'", "gone", "gone", "'d'", "end\n"]
    assert len({each.display_id for each in reply.displays}) == 1


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("display(1); clear_output(); print(2)", ["gone", "clear_output", "2\n"]),
        ("display(1); clear_output(wait=True)", ["1", "clear_output"]),
        (
            "display(1); clear_output(wait=True); display(2)",
            ["gone", "clear_output", "2"],
        ),
    ],
)
def test_what_is_cleared_does_not_travel(requests, source, left):
    reply = requests.cell(f"from IPython.display import clear_output\n{source}")
    assert transcript(reply) == left


def test_large_data_stays_bytes(requests):
    requests.names()["png"] = PNG
    reply = requests.cell("display({'image/png': png}, raw=True)")
    (shown,) = reply.displays
    assert shown.data == {"image/png": PNG} and shown.bytes == len(PNG)


def test_too_much_is_left_out_with_a_word(requests, monkeypatch):
    monkeypatch.setattr(stream_module, "MAX_DISPLAY_BYTES", 3_000_000)
    requests.names()["data"] = b"x" * 1_000_000
    reply = requests.cell("for _ in range(5): display({'a/b': data}, raw=True)")
    assert len(reply.displays) == 2
    assert transcript(reply)[-1] == "\n… (3 displays more)\n"


def test_metadata_and_display_ids_come(requests):
    source = "display({'a/b': 1}, raw=True, metadata={'a/b': {'width': 3}}, display_id='mine');"
    (shown,) = requests.cell(source).displays
    assert shown.metadata == {"a/b": {"width": 3}} and shown.display_id == "mine"


def test_what_a_failed_call_has_displayed_stays(requests):
    reply = requests.cell("display(1)\n1 / 0")
    assert reply.failure is not None and transcript(reply) == ["1"]


def test_values_of_numpy_and_others_travel_as_json_has_them():
    value = {1: np.float64(2), "a": np.arange(2), "b": (np.str_("c"), bytearray(b"d")), "e": object}
    found = plain(value)
    assert found == {"1": 2.0, "a": [0, 1], "b": ["c", b"d"], "e": str(object)}
    assert type(found["1"]) is float and type(found["b"][0]) is str


def test_small_displays_go_with_their_piece_and_large_ones_are_asked_for():
    stream = OutputStream()
    small, large = Display("1", "display_data", {"a/b": "x"}), b"x" * LIVE_BYTES * 2
    stream.display(small)
    assert stream.live(stream.cut()[1]) == (small,)
    stream.display(Display("2", "display_data", {"a/b": large}))
    assert stream.live(stream.cut()[1]) == ()
    assert stream.displayed("2").data["a/b"] is large
    assert stream.displayed("3").kind == "gone"
