"""The wire forms, against the fixtures that the panel's own tests read."""

import base64
import json
import math
from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest

from emout_lab.engine.snapshot import (
    CurrentCall,
    EngineSnapshot,
    FigureInfo,
    ObjectInfo,
    Progress,
)
from emout_lab.errors import SpecError
from emout_lab.server.contract.messages import KEYS, MESSAGES, Delta, Problem, state_json
from emout_lab.server.contract.models import (
    Error,
    Figure,
    Profiles,
    RemoteObject,
    Worker,
    object_json,
    worker_json,
)
from emout_lab.server.contract.requests import (
    LogRequest,
    MalformedJson,
    RenderRequest,
    ScaleRequest,
    ScopeKey,
    StartRequest,
    Watch,
    parse_json,
)
from emout_lab.server.contract.sweeps import SweepStatus, SweepTable
from emout_lab.sessions.models import SessionStatus

FIXTURES = Path(__file__).parents[1] / "fixtures"


def fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def as_json(model):
    return json.loads(json.dumps(msgspec.to_builtins(model)))


def info_of(kind, model):
    return kind(**{name: model[name] for name in kind.__dataclass_fields__})


@pytest.fixture
def engine():
    worker = fixture("worker")
    current = CurrentCall(**worker["current"])
    progress = Progress(**worker["progress"])
    apart = ("session", "id", "current", "progress", "object_count", "silent_since")
    own = {k: v for k, v in worker.items() if k not in apart}
    return EngineSnapshot(engine=worker["id"], current=current, progress=progress, **own)


def test_a_worker_is_written_as_the_fixture_says(engine):
    assert as_json(worker_json("default", engine)) == fixture("worker")


def test_an_idle_worker_has_no_current_call(engine):
    idle = EngineSnapshot(**{**vars(engine), "current": None, "progress": None})
    assert worker_json("default", idle)["current"] is None


def test_an_object_is_written_as_the_fixture_says(engine):
    model = fixture("object")
    item = info_of(ObjectInfo, model | {"shape": tuple(model["shape"])})
    assert as_json(object_json("default", engine, item)) == model


def test_a_figure_is_written_as_the_fixture_says():
    model = fixture("figure")
    figure = Figure.placed("default", model["address"], info_of(FigureInfo, model))
    assert as_json(figure.to_json()) == model


def test_a_figure_is_read_from_its_announcement():
    model = fixture("figure")
    event = asdict(info_of(FigureInfo, model)) | {"worker": model["address"]}
    assert Figure.from_event("default", event).to_json() == model


@pytest.mark.parametrize("event", [None, "x", {}, {"worker": "tls://h:1"}, {"id": "1", "more": 2}])
def test_a_foreign_announcement_is_refused(event):
    with pytest.raises(SpecError):
        Figure.from_event("default", event)


@pytest.mark.parametrize(
    "wrong",
    [{"id": ["f"]}, {"id": None}, {"width": "wide"}, {"created": object()}, {"mimetype": 3}],
)
def test_an_announcement_that_no_panel_could_be_sent_is_refused(wrong):
    model = fixture("figure")
    event = asdict(info_of(FigureInfo, model)) | {"worker": model["address"]} | wrong
    with pytest.raises(SpecError, match="cannot be used"):
        Figure.from_event("default", event)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("session", SessionStatus),
        ("worker", Worker),
        ("object", RemoteObject),
        ("figure", Figure),
        ("sweep", SweepStatus),
        ("sweep_table", SweepTable),
        ("profiles", Profiles),
        ("error", Error),
    ],
)
def test_each_fixture_has_the_form_of_its_class_and_nothing_else(name, kind):
    model = fixture(name)
    assert as_json(msgspec.convert(model, kind)) == model


def test_messages_have_the_form_of_their_classes():
    state, delta = fixture("events")["state"], fixture("events")["delta"]
    kinds = {kind.__name__: kind for kind in MESSAGES}
    assert as_json(msgspec.convert(state, kinds["State"])) == state
    assert as_json(msgspec.convert(delta, kinds["ObjectsDelta"])) == delta


def test_an_error_is_written_as_the_fixture_says():
    model = fixture("error")
    error = SpecError(model["error"]["message"], field="memory")
    assert as_json(Error.of(error)) == model


def test_a_foreign_error_keeps_its_words_to_itself():
    assert as_json(Error.of(KeyError("secret"), "Unexpected error"))["error"] == {
        "type": "HTTPError",
        "message": "Unexpected error",
        "field": None,
    }


def test_messages_are_written_as_the_fixture_says():
    model = fixture("events")
    assert state_json({}) == model["state"]
    removed = tuple(model["delta"]["removed"])
    assert Delta("objects", set=(), removed=removed).to_json() == model["delta"]
    trouble = model["error"]
    assert Problem(trouble["session"], trouble["message"]).to_json() == trouble
    wish = model["watch"]
    assert Watch.from_json(wish) == Watch("watch", frozenset(KEYS), wish["interval"])


def test_a_start_request_is_read_as_the_fixture_says():
    model = fixture("start_request")
    request = StartRequest.from_json(model)
    assert request.allow_multiple is model.pop("allow_multiple")
    assert request.values == model


def test_an_empty_start_request_leaves_everything_to_the_site():
    request = StartRequest.from_json({})
    assert request.values == {}
    assert request.allow_multiple is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"memroy": "1G"}, "memroy"),
        ({"cores": "4"}, "cores"),
        ({"cores": True}, "cores"),
        ({"cores": 1.5}, "cores"),
        ({"jobs": None}, "jobs"),
        ({"memory": 60}, "memory"),
        ({"name": ["a"]}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"partition": "\ud800"}, "partition"),
        ({"allow_multiple": 1}, "allow_multiple"),
        ({"backend": {}}, "backend"),
        ({"processes": "2"}, "processes"),
        ({"renew": 1}, "renew"),
        ({"host": None}, "host"),
        ({"directives": "--x"}, "directives"),
        ({"directives": ["--x", 3]}, "directives"),
        ({"directives": ["--x\n#SBATCH --y"]}, "directives"),
    ],
)
def test_a_start_request_with_a_wrong_key_or_type_names_the_field(body, field):
    with pytest.raises(SpecError) as caught:
        _ = StartRequest.from_json(body).values
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("body", [None, [], "x", 3, True])
def test_a_request_that_is_no_object_is_refused(body):
    with pytest.raises(SpecError, match="JSON object"):
        StartRequest.from_json(body)


def test_null_means_the_sites_choice_of_backend_and_partition():
    request = StartRequest.from_json({"backend": None, "partition": None})
    assert request.values == {"backend": None, "partition": None}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "watch"},
        {"parts": []},
        {"type": "look", "parts": []},
        {"type": "watch", "parts": "sessions"},
        {"type": "watch", "parts": ["logs"]},
        {"type": "watch", "parts": [[]]},
        {"type": "watch", "parts": [], "more": 1},
    ],
)
def test_a_wrong_watch_message_is_refused(body):
    with pytest.raises(SpecError):
        Watch.from_json(body)


@pytest.mark.parametrize(
    "seconds", [0, 0.49, 60.1, -1, math.nan, math.inf, 10**400, "2", True, None]
)
def test_an_interval_that_cannot_be_is_refused(seconds):
    with pytest.raises(SpecError) as caught:
        Watch.from_json({"type": "watch", "parts": [], "interval": seconds})
    assert caught.value.field == "interval"


@pytest.mark.parametrize("seconds", [0.5, 1, 60])
def test_an_interval_is_optional_and_bounded(seconds):
    wish = {"type": "watch", "parts": []}
    assert Watch.from_json(wish).interval is msgspec.UNSET
    assert Watch.from_json({**wish, "interval": seconds}).interval == seconds


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000, b'{"jobs": NaN}', "\ud800"),
        *(rb'{"\ud800": 1}', rb'{"type": "\udfff"}', rb'["\ud800\ud800"]'),
    ],
)
def test_what_is_not_json_is_malformed(body):
    with pytest.raises(MalformedJson):
        parse_json(body)


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"name":', "}"), ('{"name":[', "]}")]
)
def test_what_is_nested_as_deeply_as_can_be_read_is_refused(opening, closing):
    # Somewhere lies what can be read, but not written into a message.
    for depth in range(100, 1100):
        with pytest.raises(SpecError):
            StartRequest.from_json(parse_json(f"{opening * depth}1{closing * depth}"))


@pytest.mark.parametrize("body", [None, {}, {"jobs": True}, {"jobs": "2"}, {"jobs": 1, "x": 2}])
def test_a_wrong_number_of_jobs_is_refused(body):
    with pytest.raises(SpecError):
        ScaleRequest.from_json(body)


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "x", "٣", "9" * 30])
def test_an_offset_that_counts_no_bytes_is_refused(offset):
    with pytest.raises(SpecError) as caught:
        LogRequest.from_arguments({"offset": offset})
    assert caught.value.field == "offset"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"fmt": "exe"}, "fmt"),
        ({"fmt": ""}, "fmt"),
        ({"dpi": "many"}, "dpi"),
        ({"dpi": "nan"}, "dpi"),
        ({"dpi": "inf"}, "dpi"),
        ({"dpi": "0"}, "dpi"),
        ({"dpi": "1e9"}, "dpi"),
        ({"size": "2"}, "size"),
    ],
)
def test_a_form_that_no_picture_can_have_names_its_field(arguments, field):
    with pytest.raises(SpecError) as caught:
        RenderRequest.from_arguments(arguments)
    assert caught.value.field == field


def test_without_arguments_a_picture_has_the_usual_resolution():
    assert RenderRequest.from_arguments({}) == RenderRequest()


@pytest.mark.parametrize(
    "text",
    ["", "x", "é", "!!!!", "e30", "WzEsMl0", "WyJhIl0", "W251bGwsIG51bGwsIG51bGxd", "A" * 9999],
)
def test_a_scope_that_names_nothing_is_refused(text):
    with pytest.raises(SpecError) as caught:
        ScopeKey.from_text(text)
    assert caught.value.field == "scope"


@pytest.mark.parametrize("pair", [(None, None), ("run.ipynb", None), ("図.ipynb", "a/b")])
def test_a_scope_is_read_as_the_panel_writes_it(pair):
    text = base64.urlsafe_b64encode(json.dumps(pair).encode()).decode()
    assert ScopeKey.from_text(text) == ScopeKey(*pair) == ScopeKey.from_text(text.rstrip("="))
