"""What travels on a live figure's socket: forms, limits, and the fixtures that jest reads, too."""

import json

import msgspec
import numpy as np
import pytest

from emout_lab.errors import SpecError
from emout_lab.server.contract.live import (
    LIVE_MESSAGES,
    MESSAGE_BYTES,
    LiveHeader,
    LiveProbe,
    read_message,
)
from emout_lab.server.live_packing import as_json, pack_frame, unpack_frame

from . import live_fixtures

SENT = ["hello", "values", "busy", "idle", "gone", "error"]


def as_built(model):
    return json.loads(json.dumps(msgspec.to_builtins(model)))


@pytest.mark.parametrize("name", SENT)
def test_each_message_has_the_form_of_its_class_and_nothing_else(name):
    model = live_fixtures.read(name)
    kinds = {kind.__struct_config__.tag: kind for kind in LIVE_MESSAGES}
    assert as_built(msgspec.convert(model, kinds[model["type"]])) == model


@pytest.mark.parametrize("name", live_fixtures.MESSAGES)
def test_each_message_stands_in_the_fixtures_as_it_is_made(name):
    assert live_fixtures.read(name) == live_fixtures.MESSAGES[name]


@pytest.mark.parametrize("name", live_fixtures.frames())
def test_each_frame_is_packed_as_the_fixture_and_unpacked_again(name):
    header, payloads = live_fixtures.frames()[name]
    assert as_built(msgspec.convert(header, LiveHeader)) == header
    packed = (live_fixtures.FOLDER / f"{name}.bin").read_bytes()
    rest = {key: value for key, value in header.items() if key != "n"}
    assert pack_frame(header["n"], rest, payloads) == packed
    assert unpack_frame(packed) == (header, payloads)
    assert live_fixtures.read("headers")[name] == header


@pytest.mark.parametrize("cut", [0, 3, -1])
def test_a_frame_that_is_cut_off_is_none(cut):
    packed = (live_fixtures.FOLDER / "first.bin").read_bytes()
    with pytest.raises(ValueError, match=r"frame|Expecting"):
        unpack_frame(packed[:cut])


@pytest.mark.parametrize("name", ["wish", "ack", "probe"])
def test_what_a_browser_sends_is_read_as_the_fixture_says(name):
    model = live_fixtures.read(name)
    read = as_built(read_message(json.dumps(model)))
    assert {key: read[key] for key in model if key != "axes"} == {
        key: model[key] for key in model if key != "axes"
    }


def test_what_a_wish_leaves_out_is_as_the_figure_has_it():
    wish = read_message('{"type": "wish", "seq": 1, "size": [80, 60]}')
    assert (wish.dpr, wish.axes, wish.t, wish.play, wish.visible) == (1.0, [], None, None, True)


WISH = {"type": "wish", "seq": 1, "size": [800, 600]}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "nonsense"}, "type"),
        ({"seq": 1}, "type"),
        ({**WISH, "extra": 1}, "extra"),
        ({**WISH, "seq": -1}, "seq"),
        ({**WISH, "seq": 1.5}, "seq"),
        ({**WISH, "seq": 2**60}, "seq"),
        ({**WISH, "size": [800]}, "size"),
        ({**WISH, "size": [15, 600]}, "size"),
        ({**WISH, "size": [1e9, 600]}, "size"),
        ({**WISH, "size": ["800", 600]}, "size"),
        ({**WISH, "dpr": 0}, "dpr"),
        ({**WISH, "dpr": 100}, "dpr"),
        ({**WISH, "t": -1}, "t"),
        ({**WISH, "t": "now"}, "t"),
        ({**WISH, "visible": 1}, "visible"),
        ({**WISH, "axes": [{"i": 64}]}, "axes"),
        ({**WISH, "axes": [{"i": 0, "x": [1]}]}, "axes"),
        ({**WISH, "axes": [{"i": 0, "x": [1, 1e301]}]}, "axes"),
        ({**WISH, "axes": [{"i": 0, "cmap": ""}]}, "axes"),
        ({**WISH, "axes": [{"i": 0, "cmap": "v" * 81}]}, "axes"),
        ({**WISH, "axes": [{"i": 0, "norm": "evil"}]}, "axes"),
        ({**WISH, "axes": [{"i": 0}] * 65}, "axes"),
        ({**WISH, "have": ["k"] * 49}, "have"),
        ({**WISH, "have": [3]}, "have"),
        ({**WISH, "play": {"fps": 0}}, "play"),
        ({**WISH, "play": {"fps": 1e6}}, "play"),
        ({**WISH, "play": {"loop": "yes"}}, "play"),
        ({"type": "ack", "n": None}, "n"),
        ({"type": "probe", "seq": 1, "kind": "poke", "i": 0, "x": 0, "y": 0}, "kind"),
        ({"type": "probe", "seq": 1, "kind": "hover", "i": 0, "x": None, "y": 0}, "x"),
    ],
)
def test_a_wrong_message_is_refused_and_its_field_named(message, field):
    with pytest.raises(SpecError) as caught:
        read_message(json.dumps(message))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"type": "ack", "n": NaN}',
        '{"type": "ack", "n": 1e999}',
        '{"type": "ack", "n": Infinity}',
        b"\xff\xfe{}",
        "[" * 10_000,
        '{"type": "ack", "n": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_message_is_refused(message):
    with pytest.raises(SpecError):
        read_message(message)


@pytest.mark.parametrize(
    "more",
    [
        {"size": [8192, 8192]},
        {"size": [4000, 4000], "dpr": 2},
        {"axes": [{"i": 0}, {"i": 0}]},
        {"axes": [{"i": 0, "x": [2, 2]}]},
        {"axes": [{"i": 0, "clim": [0, 0.0]}]},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(more):
    with pytest.raises(SpecError) as caught:
        read_message(json.dumps({**WISH, **more}))
    assert caught.value.field == next(iter(more))


def test_a_message_that_is_too_long_is_not_read():
    with pytest.raises(SpecError, match="bytes"):
        read_message(json.dumps(WISH) + " " * MESSAGE_BYTES)


def test_a_probe_keeps_where_it_was_asked():
    model = live_fixtures.read("probe")
    assert read_message(json.dumps(model)) == LiveProbe(8, "pick", 0, 1.2, 0.4)


def test_what_is_no_number_travels_as_null():
    assert as_json({"at": [1.0, float("nan"), float("inf")]}) == b'{"at":[1.0,null,null]}'
    broken = {"title": "\ud800", "at": [float("nan"), 1.0]}
    assert json.loads(as_json(broken)) == {"title": "\ud800", "at": [None, 1.0]}


@pytest.mark.parametrize("title", ["whole", "half \ud83d"])
def test_numbers_of_numpy_travel(title):
    said = {"x": np.float64(2.5), "n": np.int64(3), "no": np.float32("nan"), "title": title}
    assert json.loads(as_json(said)) == {"x": 2.5, "n": 3, "no": None, "title": title}
    with pytest.raises(NotImplementedError, match="object"):
        as_json({"x": object()})
