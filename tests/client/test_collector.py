"""What a collector keeps: all of it, once, in order, however it comes."""

from __future__ import annotations

from emout_lab.client.collector import Collector
from emout_lab.client.output import Listener
from emout_lab.engine.protocol import DISPLAY, FIGURE, Display, Figure, Reply, Shown
from emout_lab.engine.serialization import pack


def display(mark: str, kind: str = "display_data", text: str = "", **particulars) -> Display:
    return Display(mark, kind, {"text/plain": text or mark}, **particulars)


def event(number: int, *piece: tuple[str, str], displays: tuple[Display, ...] = ()) -> dict:
    told = {"program": "p", "number": number, "piece": piece}
    return {**told, "displays": pack(displays)} if displays else told


def figure(name: str) -> Figure:
    return Figure(name, "0", "png", "image/png", 1, 1, 1.0, 0.0, 0, b"PNG")


def test_pieces_that_come_twice_or_late_are_kept_once_in_order() -> None:
    collector = Collector()
    collector.tell(event(1, ("stdout", "b"), ("stderr", "!")))
    assert collector.stdout == ""
    collector.tell(event(0, ("stdout", "a")))
    collector.tell(event(0, ("stdout", "a")))
    assert (collector.stdout, collector.stderr) == ("ab", "!")
    pieces = ((("stdout", "a"),), (("stdout", "b"), ("stderr", "!")), (("stdout", "c"),))
    collector.finish(Reply((), printed=pieces))
    collector.tell(event(2, ("stdout", "c")))
    assert collector.transcript == (("stdout", "ab"), ("stderr", "!"), ("stdout", "c"))


def test_a_piece_waits_for_what_is_shown_in_it() -> None:
    collector = Collector()
    collector.tell(event(0, ("stdout", "a"), (FIGURE, "f")))
    collector.tell(event(1, ("stdout", "b")))
    assert collector.transcript == ()
    shown = Shown("f", "d", figure("f"))
    pieces = ((("stdout", "a"), (FIGURE, "f")), (("stdout", "b"),))
    collector.finish(Reply((), printed=pieces, shown=(shown,), figures=(figure("g"),)))
    assert collector.transcript == (("stdout", "a"), shown, ("stdout", "b"), figure("g"))
    assert collector.outputs == (shown, figure("g"))


def test_displays_that_come_with_their_piece_are_there_at_once() -> None:
    told: list[int] = []
    collector = Collector(lambda: told.append(len(collector.outputs)))
    collector.tell(event(0, (DISPLAY, "1"), displays=(display("1"),)))
    assert told == [1] and collector.outputs == (display("1"),)


def test_the_value_of_a_cell_is_no_other_output() -> None:
    collector = Collector()
    value = display("2", "execute_result", execution_count=3)
    printed = (((DISPLAY, "1"), (DISPLAY, "2")),)
    collector.finish(Reply((), printed=printed, displays=(display("1"), value)))
    assert collector.outputs == (display("1"),) and collector.execute_result == value


def test_what_is_updated_stands_in_its_first_place() -> None:
    ids = {"transient": {"display_id": "x"}}
    displays = display("1", **ids), display("2"), display("3", "update_display_data", "new", **ids)
    collector = Collector()
    printed = (tuple((DISPLAY, each.mark) for each in displays),)
    collector.finish(Reply((), printed=printed, displays=displays))
    assert [each.data["text/plain"] for each in collector.outputs] == ["new", "2"]


def test_what_is_cleared_goes_at_once_or_with_the_next() -> None:
    collector = Collector()
    clear = display("c", "clear_output", metadata={"wait": True})
    shown = display("1")
    collector.tell(event(0, (DISPLAY, "1"), ("stdout", "a"), displays=(shown,)))
    collector.tell(event(1, (DISPLAY, "c"), displays=(clear,)))
    assert collector.transcript == (shown, ("stdout", "a"))
    collector.tell(event(2, ("stdout", "b")))
    assert collector.transcript == (("stdout", "b"),)
    collector.tell(event(3, (DISPLAY, "d"), displays=(display("d", "clear_output"),)))
    assert collector.transcript == () and collector.stdout == "ab"


def test_a_listener_asks_for_what_is_large_and_shows_each_thing_once(capsys) -> None:
    shown: list[object] = []
    listener = Listener({"1": display("1")}.get, shown.append)
    listener._pieces.add_event(event(0, ("stdout", "a"), (DISPLAY, "1")))
    listener._show_ready()
    assert shown == [display("1")]
    listener._pieces.add_event(event(1, (DISPLAY, "2")))
    listener._show_ready()
    printed = (("stdout", "a"), (DISPLAY, "1")), ((DISPLAY, "2"), ("stdout", "b"))
    displays = display("1"), display("2")
    listener.show_rest(Reply((), printed=printed, displays=displays))
    assert shown == [display("1"), display("2")] and capsys.readouterr().out == "ab"
