"""Nothing that the server says or writes down holds a key of a session or a token of a user."""

import json
import os
from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError

from emout_lab.server.base import API as PATH

from .conftest import API, a_figure, an_object, run_program
from .test_access import READS

READ_BY_NAME = [tuple("default" if each == "x" else each for each in parts) for parts in READS]


def keys_of(session):
    folder = Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / session / "certs"
    return [
        line
        for key in folder.glob("*-key.pem")
        for line in key.read_text().splitlines()
        if not line.startswith("-----")
    ]


async def test_no_answer_holds_a_key_or_a_token(
    jp_fetch, jp_serverapp, panel, local_session, monkeypatch
):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token-of-the-hub")
    session = local_session.name
    await run_program(session, an_object("known"))
    _, reply = await run_program(session, a_figure())
    secrets = [*keys_of(session), jp_serverapp.identity_provider.token, "token-of-the-hub"]
    assert len(secrets) > 6
    answers = []
    for parts in [*READ_BY_NAME, ("figures", reply.figures[0].id)]:
        try:
            answers.append((await jp_fetch(*API, *parts, request_timeout=60)).body)
        except HTTPClientError as error:
            answers.append(error.response.body)
    assert len([each for each in answers if len(each) > 100]) >= 8
    watcher = await panel("sessions", "workers", "objects", "figures", "sweeps")
    await watcher.until(lambda p: p.known["workers"] and p.known["figures"])
    answers.append(json.dumps(watcher.messages).encode())
    for secret in secrets:
        assert not any(secret.encode() in each for each in answers)


@pytest.mark.parametrize(
    "tail",
    ["/sessions", "/sessions/nothing", "/nothing", "/figures/x/image", "/events", "/live/x/y"],
)
async def test_token_in_an_address_is_not_written_down(
    http_server_client, jp_serverapp, jp_base_url, caplog, tail
):
    token = jp_serverapp.identity_provider.token
    caplog.clear()
    for fetched in (f"token={token}", f"x=1&token={token}"):
        try:
            await http_server_client.fetch(f"{jp_base_url.rstrip('/')}{PATH}{tail}?{fetched}")
        except HTTPClientError as error:
            assert token.encode() not in error.response.body
    assert caplog.records
    assert not [each.getMessage() for each in caplog.records if token in each.getMessage()]


async def test_token_is_not_written_down_beside_a_traceback(
    http_server_client, jp_serverapp, jp_base_url, caplog, monkeypatch
):
    extension = jp_serverapp.web_app.settings["emout_lab"]
    monkeypatch.setattr(extension.monitor, "read_sessions", None)
    token = jp_serverapp.identity_provider.token
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(f"{jp_base_url.rstrip('/')}{PATH}/sessions?token={token}")
    assert caught.value.code == 500
    assert "TypeError" in caplog.text
    assert token not in caplog.text
