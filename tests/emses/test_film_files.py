"""Films in files: what writes them, where they may be written, and what is left of a failure."""

from __future__ import annotations

import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import writers
from pictures import frames_of

from emout_lab.emses import Emout
from emout_lab.errors import DataError

NEEDS_FFMPEG = pytest.mark.skipif(
    not writers.is_available("ffmpeg"), reason="ffmpeg is not on the PATH"
)


@NEEDS_FFMPEG
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv"])
def test_ffmpeg_writes_every_frame(data: Emout, tmp_path, suffix):
    film = data.phisp[:, :, 8, :].gifplot(figsize=(3.01, 2.03), fps=4)
    seen: list[tuple[int, int]] = []
    film.save(tmp_path / f"film{suffix}", progress_callback=lambda *now: seen.append(now))
    assert [path.name for path in tmp_path.iterdir()] == [f"film{suffix}"]
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
    shown = frames_of_film(tmp_path / f"film{suffix}", 302, 204)
    assert len(shown) == 4
    for number, drawn in enumerate(film.rgb()):
        assert np.abs(shown[number, :203, :301] - drawn.astype(int)).mean() < 6


@NEEDS_FFMPEG
def test_matplotlib_writes_films_where_its_own_options_are_given(data: Emout, tmp_path):
    film = data.phisp[:, :, 8, :].gifplot(figsize=(3, 2))
    film.save(tmp_path / "film.mp4", writer="ffmpeg", metadata={"title": "potential"})
    assert len(frames_of_film(tmp_path / "film.mp4", 300, 200)) == 4


@NEEDS_FFMPEG
def test_nothing_is_left_of_a_film_that_cannot_be_written(data: Emout, tmp_path):
    film = data.phisp[:, :, 8, :].gifplot(figsize=(3, 2))
    with pytest.raises(DataError, match=r"ffmpeg could not write .*film\.mp4.*exit code"):
        film.save(tmp_path / "film.mp4", fps=1e12)
    assert not list(tmp_path.iterdir())

    def stop(number: int, _: int) -> None:
        if number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film.save(tmp_path / "film.mp4", progress_callback=stop)
    assert not list(tmp_path.iterdir())
    assert len(frames_of(film.to_bytes())) == 4, "the film can be drawn again"


def frames_of_film(path: Path, width: int, height: int) -> np.ndarray:
    command = [plt.rcParams["animation.ffmpeg_path"], "-v", "error", "-i", str(path)]
    content = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(content, np.uint8).reshape(-1, height, width, 3).astype(int)


def test_a_film_that_cannot_be_written_is_refused_before_it_is_drawn(data: Emout, tmp_path):
    film = data.phisp[:2, :, 8, :].gifplot()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"folder cannot be made .*file.*: .*film\.gif"):
        film.save(tmp_path / "file" / "film.gif")
    with pytest.raises(DataError, match=r"No animation format '\.xyz'; there are \.gif, \.webp"):
        film.save(tmp_path / "film.xyz")


def test_folders_of_pictures_and_films_are_made(data: Emout, tmp_path):
    film = data.phisp[:2, :, 8, :].gifplot()
    film.save(tmp_path / "films" / "a" / "film.gif")
    data.phisp[:2, :, 8, :].gifplot(filename=tmp_path / "b" / "film.gif")
    data.phisp[-1, :, 8, :].plot(savefilename=tmp_path / "c" / "d" / "map.png")
    names = sorted(str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file())
    assert names == ["b/film.gif", "c/d/map.png", "films/a/film.gif"]


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_films_without_ffmpeg_say_what_to_do(data: Emout, tmp_path, suffix, monkeypatch):
    monkeypatch.setitem(plt.rcParams, "animation.ffmpeg_path", str(tmp_path / "no-ffmpeg"))
    with pytest.raises(DataError, match=r"written by ffmpeg.*save as .gif or .webp"):
        data.phisp[:2, :, 8, :].gifplot().save(tmp_path / f"film{suffix}")


def test_saving_tells_of_each_frame(data: Emout, tmp_path):
    seen: list[tuple[int, int]] = []
    film = data.phisp[:, :, 8, :].gifplot(figsize=(2, 2))
    film.save(tmp_path / "a.gif", writer="pillow", progress_callback=lambda *now: seen.append(now))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
