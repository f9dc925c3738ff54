"""A picture that is too large is refused on an engine, which goes on with its objects."""

from __future__ import annotations

import io
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation

from emout_lab import TooLarge, connect, remote_figure, sessions
from emout_lab.remote.session import Session

REFUSED = r"[\d,]+ x [\d,]+ pixels, and at most 2,000,000 are drawn"


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    """A session that draws 2 million pixels at most, as its settings say when it is started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOUT_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("EMOUT_LAB_FIGURE_PIXELS", "2_000_000")
        sessions.start(backend="local", memory="1G", cores=1, jobs=1)
        status = sessions.wait_for_workers(timeout=60)
        with connect(name=status.name) as connection:
            yield connection
        sessions.stop(status.name)


def far(session: Session, **options) -> None:
    with remote_figure(session=session, display=False, **options):
        plt.plot([1, 2])
        plt.text(1e6, 1.5, "far")


def large(session: Session) -> None:
    with remote_figure(session=session, display=False, dpi=200):
        plt.figure(figsize=(150, 150))
        plt.plot([1, 2])


def own(session: Session) -> None:
    with remote_figure(session=session, display=False):
        figure = plt.figure(figsize=(150, 150))
        figure.savefig(io.BytesIO(), dpi=200)


def film(session: Session) -> None:
    with remote_figure(session=session, display=False, dpi=200):
        figure = plt.figure(figsize=(150, 150))
        (line,) = plt.plot([1, 2])
        FuncAnimation(figure, line.set_alpha, frames=[0.2, 0.5])


def image(session: Session, fmt: str = "svg", **options) -> None:
    with remote_figure(session=session, display=False, fmt=fmt, dpi=200):
        plt.figure(figsize=(150, 150))
        plt.imshow(np.eye(3), **options)


def image_in_pdf(session: Session) -> None:
    image(session, "pdf", interpolation="bilinear")


def uneven_image(session: Session) -> None:
    with remote_figure(session=session, display=False, fmt="svg", dpi=200):
        plt.figure(figsize=(150, 150))
        plt.axes().pcolorfast([0, 1, 3], [0, 1, 4], np.eye(2))


def test_too_many_pixels_are_refused_and_the_engine_goes_on(session):
    kept = session.open("numpy:arange", 24.0)
    assert float(kept.sum()) == 276
    worker = session.engines[0]
    for draw in (far, large, own, film, image, image_in_pdf, uneven_image):
        with pytest.raises(TooLarge, match=REFUSED):
            draw(session)
    with remote_figure(session=session, display=False) as figure:
        plt.plot(np.arange(3))
    assert figure.results[0].width > 100
    assert float(kept.sum()) == 276
    assert session.engines[0] == worker


def test_a_drawing_without_pixels_has_no_preview_when_that_would_be_too_large(session):
    with remote_figure(session=session, display=False, fmt="pdf") as figure:
        plt.plot([1, 2])
        plt.text(1e6, 1.5, "far")
    (result,) = figure.results
    assert result.data.startswith(b"%PDF")


def test_an_image_of_its_own_pixels_may_be_of_any_size(session):
    with remote_figure(session=session, display=False, fmt="svg", dpi=200) as figure:
        plt.figure(figsize=(150, 150))
        plt.imshow(np.eye(3), interpolation="none")
    (result,) = figure.results
    assert b"<image" in result.data
