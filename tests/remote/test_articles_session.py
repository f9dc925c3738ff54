"""Articles of figures whose data are read on engines."""

from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab import article, connect, remote_figure
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import ArticleTooLarge, EmoutLabError, NotRecorded, RemoteError


@pytest.fixture(scope="module")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)


@pytest.fixture
def run_copy(demo_dir: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may remove."""
    return Path(shutil.copytree(demo_dir, tmp_path / "run"))


def picture(figure) -> np.ndarray:
    return plt.imread(io.BytesIO(figure.result.data))


def local_picture(draw, data) -> np.ndarray:
    draw(data)
    buffer = io.BytesIO()
    plt.savefig(buffer, dpi=80, format="png")
    plt.close("all")
    buffer.seek(0)
    return plt.imread(buffer)


def drawn(data) -> None:
    """The figure's code, for data here, in transfer mode, of an engine, of an article."""
    plt.figure(figsize=(5, 4))
    data.phisp[-1, :, 8, :].plot()
    plt.contour(data.ex[-1, :, 8, :].values, levels=4)
    plt.title(f"{float(data.phisp[0].max()):.3f}")


def remotely(data) -> np.ndarray:
    with remote_figure(dpi=80, display=False) as figure:
        drawn(data)
    return picture(figure)


PARTS = {
    "phisp[3, 0:17, 8, 0:17]",
    "ex[3, 0:17, 8, 0:17]",
    "phisp[0, 0:17, 0:17, 0:17] reduced by max(z,y,x)",
}


def test_transfer_mode_records_what_comes_here(session, run_copy, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        was = local_picture(drawn, Emout(run_copy))
    shutil.rmtree(run_copy)
    assert set(article.replay(file).parts) == PARTS
    assert np.array_equal(local_picture(drawn, Emout(file)), was)


@pytest.mark.parametrize("is_remote", [False, True])
def test_a_remote_figure_is_drawn_again_here_and_there_without_the_run(
    session, run_copy, tmp_path, is_remote
):
    file = tmp_path / "a.h5"
    with article.record(file):
        data = Emout(run_copy)
        was = remotely(data.remote() if is_remote else data)
    assert not np.array_equal(was, np.ones_like(was))
    shutil.rmtree(run_copy)
    assert set(article.replay(file).parts) == PARTS
    again = Emout(file)
    assert np.array_equal(remotely(again), was)
    assert np.array_equal(remotely(again.remote()), was)
    with article.replay(file):
        assert np.array_equal(remotely(Emout(run_copy)), was)


def test_a_recording_inside_a_figure_block_holds_what_the_figure_reads(session, demo_dir, tmp_path):
    file = tmp_path / "a.h5"
    data = Emout(demo_dir).remote()
    with remote_figure(display=False), article.record(file):
        data.phisp[-1, 4].plot()
    assert article.replay(file).parts == ["phisp[3, 4, 0:17, 0:17]"]


def test_refs_are_recorded_without_a_figure_and_inside_the_block_only(session, demo_dir, tmp_path):
    file = tmp_path / "a.h5"
    data = Emout(demo_dir).remote()
    field = data.phisp
    float(data.ez[0, 0].max())
    with article.record(file):
        found = (field[1, 1] * 2).values.fetch()
        nx = int(data.inp.nx)
    float(data.ey[0, 0].max())
    again = Emout(file)
    np.testing.assert_array_equal((again.phisp[1, 1] * 2).values, found)
    assert again.inp.nx == nx
    assert article.replay(file).parts == ["phisp[1, 1, 0:17, 0:17]"]


def test_boundaries_in_a_remote_figure_come_back(session, run_copy, tmp_path):
    def body(data) -> None:
        ax = plt.figure(figsize=(4, 4)).add_subplot(projection="3d")
        data.boundaries.plot(ax=ax)

    def there(data) -> np.ndarray:
        with remote_figure(dpi=80, display=False) as figure:
            body(data)
        return picture(figure)

    with article.record(tmp_path / "a.h5"):
        was = there(Emout(run_copy).remote())
    shutil.rmtree(run_copy)
    assert np.array_equal(there(Emout(tmp_path / "a.h5").remote()), was)
    assert not np.array_equal(was, np.ones_like(was))


def test_the_limit_holds_on_engines_and_leaves_the_file_as_it_was(session, demo_dir, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        Emout(demo_dir).phisp[0, 0].compute()
    before = file.read_bytes()
    with pytest.raises(RemoteError, match=r"takes 19.7 kB.*limit of 10 kB"):
        with article.record(file, limit="10kB"), remote_figure(display=False):
            Emout(demo_dir).remote().phisp[-1].max(axis="z").plot()
            plt.plot(Emout(demo_dir).remote().phisp[-1].values[0])
    assert file.read_bytes() == before
    # What this process and the engine have read counts together.
    with pytest.raises(ArticleTooLarge), article.record(file, limit="2kB"):
        article.keep("here", lambda: np.zeros(200))
        float(Emout(demo_dir).remote().phisp[-1, 4, 4:9].values.max())
        np.asarray(Emout(demo_dir).remote().phisp[-1, 5, 4:9].values)
    assert file.read_bytes() == before


def test_an_engine_that_is_lost_meanwhile_is_an_error_and_nothing_is_written(
    session, demo_dir, tmp_path
):
    file = tmp_path / "a.h5"
    with (
        pytest.warns(UserWarning, match="restarted"),
        pytest.raises(EmoutLabError, match="article"),
    ):
        with article.record(file):
            float(Emout(demo_dir).remote().phisp[-1].max())
            session.restart_engine()
    assert not file.exists()
    with article.record(file):
        float(Emout(demo_dir).remote().phisp[-1].max())
    assert len(article.replay(file).parts) == 1


def test_two_threads_record_what_engines_read_for_each(session, demo_dir, tmp_path):
    barrier = threading.Barrier(2, timeout=60)
    failures: list[BaseException] = []

    def figure(number: int) -> None:
        try:
            with article.record(tmp_path / f"{number}.h5"):
                barrier.wait()
                np.asarray(Emout(demo_dir).phisp[number, 0])
                barrier.wait()
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=figure, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number in range(2):
        found = article.replay(tmp_path / f"{number}.h5").parts
        assert found == [f"phisp[{number}, 0, 0:17, 0:17]"]


def test_what_is_missing_in_a_replay_on_an_engine_is_named(session, demo_dir, tmp_path):
    file = tmp_path / "a.h5"
    with article.record(file):
        Emout(demo_dir).phisp[0, 0].compute()
    with pytest.raises(RemoteError, match=r"phisp\[1, 0, 0:17, 0:17\] is not in the article"):
        Emout(file).remote().phisp[1, 0].values.fetch()
    with pytest.raises(NotRecorded, match=r"phisp\[1, 0, 0:17, 0:17\] is not in the article"):
        Emout(file).remote().phisp[1, 0].values.fetch()


def test_a_film_is_recorded_frame_by_frame(session, run_copy: Path, tmp_path):
    def film(data: Emout) -> bytes:
        return data.phisp[:, 8, :, :].gifplot(dpi=40).to_bytes()

    file = tmp_path / "a.h5"
    with article.record(file):
        was = film(Emout(run_copy))
    shutil.rmtree(run_copy)
    assert film(Emout(file)) == was


# Closes the connection of all tests before it.
def test_a_session_that_is_closed_in_the_block_has_given_what_it_read(
    local_session, demo_dir, tmp_path
):
    file = tmp_path / "a.h5"
    with article.record(file):
        with connect(name=local_session.name) as own:
            plane = Emout(demo_dir).remote(own).phisp[-1, 4].values.fetch()
        Emout(demo_dir, local_data_policy="local").phisp[0, 0].compute()
    assert len(article.replay(file).parts) == 2
    np.testing.assert_array_equal(Emout(file).phisp[-1, 4], plane)
