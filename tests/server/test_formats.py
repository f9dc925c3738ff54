"""Figures and animations rendered again in every format, by a real engine."""

import shutil
from typing import get_args

import pytest
from PIL import features

from emout_lab.server.contract.requests import Format

from .conftest import API, a_figure, run_program
from .test_actions import a_clip

BEGINNINGS = {
    "png": b"\x89PNG",
    "apng": b"\x89PNG",
    "jpg": b"\xff\xd8",
    "jpeg": b"\xff\xd8",
    "gif": b"GIF8",
    "webp": b"RIFF",
    "tif": b"II*\x00",
    "tiff": b"II*\x00",
    "svg": b"<?xml",
    "svgz": b"\x1f\x8b",
    "pdf": b"%PDF",
    "ps": b"%!PS",
    "eps": b"%!PS",
}
MOVING = {"gif": b"NETSCAPE2.0", "webp": b"ANMF", "apng": b"acTL"}


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


def can_be_written(format, program):
    """Whether this installation writes it: a figure does not move, and films need ffmpeg."""
    if format == "avif":
        return features.check("avif")
    if format in ("apng", "mp4") and program is a_figure:
        return False
    return format != "mp4" or shutil.which("ffmpeg") is not None


@pytest.mark.parametrize("program", [a_figure, a_clip], ids=["figure", "animation"])
async def test_every_format_is_drawn_or_refused_with_a_reason(api, jp_fetch, session, program):
    _, reply = await run_program(session, program())
    parts = ("figures", reply.figures[0].id, "image")
    for format in get_args(Format):
        params = {"fmt": format, "dpi": "40"}
        if not can_be_written(format, program):
            code, body = await api(*parts, params=params)
            assert (code, body["error"]["field"]) == (422, "fmt"), format
            assert format in body["error"]["message"]
            continue
        image = await jp_fetch(*API, *parts, params=params, decompress_response=False)
        beginning = BEGINNINGS.get(format)
        begins_well = image.body.startswith(beginning) if beginning else image.body[4:8] == b"ftyp"
        assert begins_well, format
        assert image.headers["X-Content-Type-Options"] == "nosniff"
        if program is a_clip and format in MOVING:
            assert MOVING[format] in image.body, format


async def test_an_animation_has_more_pixels_at_a_higher_resolution(jp_fetch, session):
    _, reply = await run_program(session, a_clip())
    parts = (*API, "figures", reply.figures[0].id, "image")
    images = [await jp_fetch(*parts, params={"fmt": "gif", "dpi": dpi}) for dpi in ("20", "40")]
    small, large = (int.from_bytes(image.body[6:8], "little") for image in images)
    assert large == pytest.approx(2 * small, rel=0.05)
