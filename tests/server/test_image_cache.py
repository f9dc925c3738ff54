"""Which pictures stay when engines go and memory is full."""

import pytest

from emout_lab.engine.snapshot import FigureInfo
from emout_lab.errors import ObjectGone
from emout_lab.server.contract.models import Figure
from emout_lab.server.image_cache import ImageCache


def figure(number, size=10, session="a"):
    info = FigureInfo(
        id=f"f{number}",
        engine="0",
        notebook=None,
        format="png",
        mimetype="image/png",
        width=1,
        height=1,
        bytes=size,
        milliseconds=1.0,
        created=float(number),
    )
    return Figure.placed(session, "tls://h:1", info)


def ids(gallery):
    return [each.id for each in gallery.figures()]


@pytest.fixture
def gallery():
    return ImageCache(capacity=25)


def test_figures_are_listed_newest_first(gallery):
    gallery.reconcile("a", [figure(1), figure(3), figure(2)], gallery.mark())
    assert ids(gallery) == ["f3", "f2", "f1"]


def test_a_figure_whose_image_is_kept_outlives_its_engine(gallery):
    gallery.reconcile("a", [figure(1), figure(2)], gallery.mark())
    gallery.put_image("f1", b"x" * 10)
    gallery.reconcile("a", [], gallery.mark())
    assert ids(gallery) == ["f1"]
    assert gallery.image("f1") == b"x" * 10


def test_an_unknown_figure_says_what_to_do(gallery):
    with pytest.raises(ObjectGone, match="Run its cell again"):
        gallery.figure("f9")


def test_the_oldest_images_give_way(gallery):
    gallery.reconcile("a", [figure(n) for n in (1, 2, 3)], gallery.mark())
    for number in (1, 2, 3):
        gallery.put_image(f"f{number}", b"x" * 10)
    assert gallery.image("f1") is None
    assert gallery.image("f3") is not None
    assert ids(gallery) == ["f3", "f2", "f1"], "its engine can still give the image"
    gallery.reconcile("a", [], gallery.mark())
    assert ids(gallery) == ["f3", "f2"]


def test_only_images_that_would_fit_are_wanted(gallery):
    gallery.reconcile("a", [figure(n) for n in (1, 2, 3)], gallery.mark())
    assert [each.id for each in gallery.missing("a")] == ["f3", "f2"]
    gallery.put_image("f3", b"x" * 10)
    assert [each.id for each in gallery.missing("a")] == ["f2"]
    assert gallery.missing("b") == []


def test_an_image_larger_than_the_gallery_is_not_kept(gallery):
    gallery.add(figure(1, size=100))
    assert gallery.missing("a") == []
    gallery.put_image("f1", b"x" * 100)
    assert gallery.image("f1") is None


def test_a_figure_announced_while_the_engines_were_asked_stays(gallery):
    mark = gallery.mark()
    gallery.add(figure(1))
    gallery.reconcile("a", [], mark)
    assert ids(gallery) == ["f1"]
    gallery.reconcile("a", [], gallery.mark())
    assert ids(gallery) == []


def test_what_a_silent_engine_does_not_list_stays_as_it_is(gallery):
    for each in (figure(1), figure(2)):
        gallery.add(each)
    gallery.hide(["f1"])
    for silent in ([figure(1).address], []):
        gallery.reconcile("a", [], gallery.mark(), silent)
        gallery.add(figure(1))
        assert ids(gallery) == (["f2"] if silent else ["f1"])


def test_sessions_do_not_clear_each_others_figures(gallery):
    gallery.add(figure(1, session="a"))
    gallery.reconcile("b", [figure(2, session="b")], gallery.mark())
    assert ids(gallery) == ["f2", "f1"]


def test_an_image_that_comes_after_its_figure_went_is_not_kept(gallery):
    gallery.add(figure(1))
    gallery.lose("f1")
    gallery.put_image("f1", b"x")
    assert gallery.image("f1") is None


def test_many_small_images_are_bounded_in_number():
    gallery = ImageCache(capacity=10_000, most=3)
    for number in range(10):
        gallery.add(figure(number))
        gallery.put_image(f"f{number}", b"x")
        gallery.reconcile("a", [], gallery.mark())
    assert ids(gallery) == ["f9", "f8", "f7"]
    gallery.reconcile("b", [figure(n, session="b") for n in range(20, 30)], gallery.mark())
    assert [each.id for each in gallery.missing("b")] == ["f29", "f28", "f27"]
