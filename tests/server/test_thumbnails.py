"""Small still pictures of figures: what they are made of, and what the route answers."""

import io

import numpy as np
import pytest
from PIL import Image

from emout_lab.server import figure_handlers, thumbnails

from .conftest import API, a_figure, run_program
from .test_actions import a_clip


def picture(width, height, format, **options):
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = 200
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format=format, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff"])
def test_a_picture_is_made_small_and_keeps_its_shape(format):
    with Image.open(io.BytesIO(thumbnails.shrunk(picture(1600, 600, format)))) as small:
        assert (small.format, small.size) == ("PNG", (320, 120))


def test_a_small_picture_stays_as_it_is():
    with Image.open(io.BytesIO(thumbnails.shrunk(picture(30, 20, "png")))) as small:
        assert small.size == (30, 20)


def test_a_film_is_shown_by_its_first_frame():
    frames = [Image.new("P", (40, 30), color) for color in (1, 2, 3)]
    file = io.BytesIO()
    frames[0].save(file, format="gif", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(thumbnails.shrunk(file.getvalue()))) as small:
        assert not getattr(small, "is_animated", False)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>"])
def test_what_has_no_pixels_has_none(data):
    assert thumbnails.shrunk(data) is None


def test_a_picture_that_would_fill_the_memory_is_not_opened(monkeypatch):
    monkeypatch.setattr(thumbnails, "LARGEST_PIXELS", 100)
    assert thumbnails.shrunk(picture(30, 20, "png")) is None


async def fetch_thumbnail(jp_fetch, figure):
    answer = await jp_fetch(*API, "figures", figure.id, "thumbnail")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    return answer


@pytest.mark.parametrize("format", ["png", "jpg", "pdf"])
async def test_a_figure_has_a_thumbnail(jp_fetch, session, format):
    _, reply = await run_program(session, a_figure(format))
    answer = await fetch_thumbnail(jp_fetch, reply.figures[0])
    assert answer.headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(answer.body)) as small:
        assert 20 < small.width <= 320 and 20 < small.height <= 240


async def test_an_svg_is_its_own_thumbnail_until_it_is_large(jp_fetch, session, monkeypatch):
    _, reply = await run_program(session, a_figure("svg"))
    answer = await fetch_thumbnail(jp_fetch, reply.figures[0])
    assert answer.headers["Content-Type"] == "image/svg+xml"
    monkeypatch.setattr(figure_handlers, "SMALL_SVG_BYTES", 10)
    answer = await fetch_thumbnail(jp_fetch, reply.figures[0])
    assert answer.headers["Content-Type"] == "image/png"


async def test_the_thumbnail_of_a_film_stands_still(jp_fetch, session):
    _, reply = await run_program(session, a_clip())
    answer = await fetch_thumbnail(jp_fetch, reply.figures[0])
    assert answer.headers["Content-Type"] == "image/png"
    assert len(answer.body) < len(reply.figures[0].data)
