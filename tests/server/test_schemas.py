"""The wire forms, against the fixtures that the panel's own tests read."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from emout_lab.engine.snapshot import CurrentCall, EngineSnapshot, FigureInfo, ObjectInfo
from emout_lab.errors import SpecError
from emout_lab.server.schemas import (
    KEYS,
    Delta,
    FigureModel,
    MalformedJson,
    StartRequest,
    Trouble,
    WatchRequest,
    error_json,
    object_json,
    parse_json,
    state_json,
    worker_json,
)

FIXTURES = Path(__file__).parents[1] / "fixtures"


def fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def as_json(model):
    return json.loads(json.dumps(model))


def info_of(kind, model):
    return kind(**{name: model[name] for name in kind.__dataclass_fields__})


@pytest.fixture
def engine():
    worker = fixture("worker")
    current = CurrentCall(**worker["current"])
    own = {k: v for k, v in worker.items() if k not in ("session", "id", "current")}
    return EngineSnapshot(engine=worker["id"], current=current, **own)


def test_a_worker_is_written_as_the_fixture_says(engine):
    assert as_json(worker_json("default", engine)) == fixture("worker")


def test_an_idle_worker_has_no_current_call(engine):
    idle = EngineSnapshot(**{**vars(engine), "current": None})
    assert worker_json("default", idle)["current"] is None


def test_an_object_is_written_as_the_fixture_says(engine):
    model = fixture("object")
    item = info_of(ObjectInfo, model | {"shape": tuple(model["shape"])})
    assert as_json(object_json("default", engine, item)) == model


def test_a_figure_is_written_as_the_fixture_says():
    model = fixture("figure")
    figure = FigureModel("default", model["address"], info_of(FigureInfo, model))
    assert as_json(figure.to_json()) == model


def test_a_figure_is_read_from_its_announcement():
    model = fixture("figure")
    event = asdict(info_of(FigureInfo, model)) | {"worker": model["address"]}
    assert FigureModel.from_event("default", event).to_json() == model


@pytest.mark.parametrize("event", [None, "x", {}, {"worker": "tls://h:1"}, {"id": "1", "more": 2}])
def test_a_foreign_announcement_is_refused(event):
    with pytest.raises(SpecError):
        FigureModel.from_event("default", event)


def test_an_error_is_written_as_the_fixture_says():
    model = fixture("error")
    error = SpecError(model["error"]["message"], field="memory")
    assert error_json(error) == model


def test_a_foreign_error_keeps_its_words_to_itself():
    assert error_json(KeyError("secret"), "Unexpected error")["error"] == {
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
    assert Trouble(trouble["session"], trouble["message"]).to_json() == trouble
    assert WatchRequest.from_json(model["watch"]).parts == frozenset(KEYS)


def test_a_start_request_is_read_as_the_fixture_says():
    model = fixture("start_request")
    request = StartRequest.from_json(model)
    assert request.allow_multiple is model.pop("allow_multiple")
    assert request.fields == model


def test_an_empty_start_request_leaves_everything_to_the_site():
    request = StartRequest.from_json({})
    assert request.fields == {}
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
    ],
)
def test_a_start_request_with_a_wrong_key_or_type_names_the_field(body, field):
    with pytest.raises(SpecError) as caught:
        StartRequest.from_json(body)
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("body", [None, [], "x", 3, True])
def test_a_request_that_is_no_object_is_refused(body):
    with pytest.raises(SpecError, match="JSON object"):
        StartRequest.from_json(body)


def test_null_means_the_sites_choice_of_backend_and_partition():
    request = StartRequest.from_json({"backend": None, "partition": None})
    assert request.fields == {"backend": None, "partition": None}


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
        WatchRequest.from_json(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000])
def test_what_is_not_json_is_malformed(body):
    with pytest.raises(MalformedJson):
        parse_json(body)
