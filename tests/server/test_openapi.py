"""The OpenAPI document: it tells of every route and verb, and every answer is as it says."""

import asyncio
import inspect
import json
import re
from functools import partial

import pytest
import schemathesis
from fuzzing import fuzz
from hypothesis import given
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from emout_lab.server.__main__ import FILE, document_text
from emout_lab.server.base import API
from emout_lab.server.contract.openapi import OPERATIONS, VERBS, OpenApi
from emout_lab.server.handlers import ROUTES

from .conftest import a_figure, an_object, run_program
from .sweep_folders import failure, success, write_records, write_sweep
from .test_access import EVERYTHING

DOCUMENT = OpenApi(ROUTES).document(API)
PROMISES = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: For each of about thirty operations.
QUIET = fuzz(12, 60)


def operations(mode):
    """Each operation with a strategy of requests: valid ones, or ones that break the schema."""
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    for found in schema.get_all_operations():
        operation = found.ok()
        has_values = operation.body or operation.query
        if mode is GenerationMode.POSITIVE or has_values:
            yield operation, operation.as_strategy(generation_mode=mode)


def test_the_document_tells_of_every_route_and_verb_and_of_nothing_else():
    handled = {(path, verb) for path, handler in ROUTES for verb in VERBS if verb in vars(handler)}
    assert {(path, verb) for path, verbs in DOCUMENT["paths"].items() for verb in verbs} == handled
    assert set(OPERATIONS) == handled


def test_access_is_tested_of_every_route_and_verb():
    for path, handler in ROUTES:
        pattern = re.compile(re.sub(r"{\w+}", "[^/]+", path))
        for verb in VERBS:
            if verb in vars(handler):
                tested = [parts for method, parts in EVERYTHING if method == verb.upper()]
                assert any(pattern.fullmatch("/" + "/".join(parts)) for parts in tested), path


def test_every_verb_says_in_a_sentence_what_it_does():
    for path, handler in ROUTES:
        for verb in VERBS:
            if verb in vars(handler):
                summary = DOCUMENT["paths"][path][verb]["summary"]
                assert inspect.getdoc(getattr(handler, verb)).startswith(summary)


def test_a_start_request_takes_what_the_form_asks_for(fixture):
    body = DOCUMENT["paths"]["/sessions"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["$ref"].endswith("/StartRequest")
    taken = DOCUMENT["components"]["schemas"]["StartRequest"]["properties"]
    assert list(taken) == list(fixture("profiles")["schema"]["properties"])


def test_the_file_from_which_the_panel_is_made_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == document_text(), "run: make contract"


def test_everything_that_travels_is_described():
    schemas = DOCUMENT["components"]["schemas"]
    assert {"ServerMessage", "Watch", "Error", "Profiles"} <= set(schemas)
    # But for the document itself, which OpenAPI's own schema describes.
    described = {name: each for name, each in schemas.items() if name != "Document"}
    assert '{"type": "object"}' not in json.dumps([DOCUMENT["paths"], described])


async def test_the_document_is_served_below_the_base_url(api, jp_base_url):
    code, document = await api("spec")
    assert code == 200
    assert document["servers"] == [{"url": f"{jp_base_url}emout-lab/api"}]
    assert document["paths"] == json.loads(json.dumps(DOCUMENT["paths"]))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_no_request_makes_the_server_fail(server_url, jp_auth_header, mode, emout_home):
    for operation, strategy in operations(mode):
        if operation.label in ("POST /sessions",) and mode is GenerationMode.POSITIVE:
            continue  # a valid one starts a session: see the test with a session below
        await asyncio.to_thread(send_all, strategy, server_url, jp_auth_header)


async def test_no_request_makes_a_server_with_a_session_fail(
    server_url, jp_auth_header, local_session
):
    for operation, strategy in operations(GenerationMode.POSITIVE):
        # Where one session runs no second one starts, unless that is asked for.
        await run_program(local_session.name, an_object("known"))
        _, reply = await run_program(local_session.name, a_figure())
        known = {
            "name": local_session.name,
            "object": "known",
            "figure": reply.figures[0].id,
            "scope": "WyJydW4uaXB5bmIiLCJzY29wZS0xIl0",
            "worker": "0",
            "sweep": a_sweep(),
        }
        if operation.label in ("PATCH /sessions/{name}", "DELETE /sessions/{name}"):
            known.pop("name")
        if operation.label.endswith("/restart"):
            # Each would take seconds, see test_restarts; made up, a name may be that of one.
            known["worker"] = "none-of-ours"
        change = partial(aim, known)
        await asyncio.to_thread(send_all, strategy, server_url, jp_auth_header, change)


def a_sweep():
    folder = write_sweep()
    write_records(folder, success(0, y=1.5), failure(1, "ValueError: odd"))
    return folder.id


@pytest.fixture
def server_url(jp_serverapp, jp_http_port, jp_base_url, http_server):
    return f"http://127.0.0.1:{jp_http_port}{jp_base_url.rstrip('/')}{API}"


def aim(known, case):
    """Let a request meet what exists, and start nothing."""
    for name, value in known.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    if isinstance(case.body, dict):
        case.body.pop("allow_multiple", None)


def send_all(strategy, url, headers, change=None):
    @QUIET
    @given(case=strategy)
    def send(case):
        if change is not None:
            change(case)
        case.call_and_validate(base_url=url, headers=dict(headers), checks=PROMISES)

    send()
