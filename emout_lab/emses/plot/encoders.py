"""Frames as files: GIF, WebP and films, parts of a GIF joined, a player for notebooks."""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import json
import subprocess
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from string import Template
from typing import IO, Any

import numpy as np
from PIL import Image

from emout_lab.errors import DataError
from emout_lab.files import replacing

Array = np.ndarray[Any, Any]

NO_FRAMES = "An animation needs at least one frame; the series is empty."
GIF_TRAILER = b"\x3b"
#: The block that makes a GIF start again after its last frame.
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"

PLAYER = Template("""
<div id="$id" class="emout-lab-player" style="display: inline-block; max-width: 100%">
<img alt="animation of $count frames" src="$first" style="max-width: 100%; display: block">
<div style="display: flex; gap: 8px; align-items: center; font: 13px sans-serif">
<button type="button" aria-label="Pause" style="width: 3em">&#10074;&#10074;</button>
<input type="range" aria-label="Frame" min="0" max="$last" value="0" style="flex: 1">
<output style="min-width: 5em; text-align: right">1 / $count</output>
</div>
<script>
(() => {
  const player = document.getElementById("$id");
  const [image, button, slider, text] =
    ["img", "button", "input", "output"].map(name => player.querySelector(name));
  const frames = $frames;
  let timer = null;
  const show = number => {
    slider.value = number;
    image.src = "data:image/png;base64," + frames[number];
    text.textContent = (number + 1) + " / " + frames.length;
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "\\u25B6";
    button.setAttribute("aria-label", "Play");
  };
  const step = () => {
    if (!player.isConnected) return pause();
    const next = +slider.value + 1;
    if (next < frames.length) show(next);
    else if ($repeat) show(0);
    else pause();
  };
  const play = () => {
    if (+slider.value + 1 >= frames.length) show(0);
    timer = setInterval(step, $interval);
    button.textContent = "\\u275A\\u275A";
    button.setAttribute("aria-label", "Pause");
  };
  button.onclick = () => (timer === null ? play() : pause());
  slider.oninput = () => { pause(); show(+slider.value); };
  play();
})();
</script>
</div>
""")


class Player(str):
    """HTML that notebooks show as what it is, not as text."""

    def _repr_html_(self) -> str:
        return str(self)


def gif(images: Iterable[Image.Image], milliseconds: float, is_repeated: bool) -> bytes:
    """Write images that share one palette as a GIF."""
    return _written(images, "gif", milliseconds, is_repeated, {"optimize": False, "disposal": 1})


def webp(images: Iterable[Image.Image], milliseconds: float, is_repeated: bool) -> bytes:
    """Write images as an animated WebP."""
    return _written(images, "webp", milliseconds, is_repeated, {"method": 2})


def png(image: Image.Image) -> bytes:
    """Write one image."""
    target = io.BytesIO()
    image.save(target, format="png", compress_level=4)
    return target.getvalue()


def film(images: Iterable[Array], path: str, fps: float, ffmpeg: str) -> None:
    """Let ffmpeg write a film; its kind follows from the path.

    Parameters
    ----------
    images : iterable of ndarray, shape (height, width, 3), uint8
        Frames.
    path : str
        File that is written; nothing is left of it when that fails.
    fps : float
        Frames per second.
    ffmpeg : str
        The program.

    Raises
    ------
    DataError
        When there is no frame, or ffmpeg fails.
    """
    rest = iter(images)
    first = next(rest, None)
    if first is None:
        raise DataError(NO_FRAMES)
    height, width = first.shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}"]
    # Players want 4:2:0, which takes even sizes only.
    even = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p"]
    with replacing(path) as part, tempfile.TemporaryFile() as words:
        command = [ffmpeg, "-y", "-loglevel", "error", *source, "-i", "-", *even, part]
        _feed(command, itertools.chain([first], rest), words, path)


def _feed(command: list[str], images: Iterable[Array], words: IO[bytes], path: str) -> None:
    """Run ffmpeg with frames as its input; it ends with this call in any case."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words) as process:
        try:
            assert process.stdin is not None
            # What it says when it gives up early is told below.
            with contextlib.suppress(BrokenPipeError), process.stdin:
                for image in images:
                    process.stdin.write(np.ascontiguousarray(image).data)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        words.seek(0)
        said = words.read().decode(errors="replace").strip()
        raise DataError(
            f"ffmpeg could not write {path} (exit code {process.returncode}): "
            f"{said.replace(command[-1], path) or 'it said nothing'}."
        )


def join_gifs(parts: list[bytes], is_repeated: bool) -> bytes:
    """Put GIFs of one size and palette one after the other, by their blocks.

    Every part begins with a whole frame, so nothing has to be decoded.
    """
    head = parts[0][: _end_of_palette(parts[0])]
    loop = LOOP if is_repeated else b""
    # What a GIF89a may do, a GIF87a (of one frame) may not.
    return b"GIF89a" + head[6:] + loop + b"".join(map(_frames_of, parts)) + GIF_TRAILER


def player(frames: list[bytes], milliseconds: float, is_repeated: bool) -> Player:
    """Make a player of PNG frames: one piece of HTML that needs nothing else."""
    texts = [base64.b64encode(frame).decode("ascii") for frame in frames]
    return Player(
        PLAYER.substitute(
            id=f"emout-lab-{uuid.uuid4().hex}",
            count=len(texts),
            last=len(texts) - 1,
            first=f"data:image/png;base64,{texts[0]}",
            frames=json.dumps(texts),
            interval=round(milliseconds),
            repeat=json.dumps(is_repeated),
        )
    )


def _written(
    images: Iterable[Image.Image],
    format: str,
    milliseconds: float,
    is_repeated: bool,
    options: dict[str, object],
) -> bytes:
    rest: Iterator[Image.Image] = iter(images)
    first = next(rest, None)
    if first is None:
        raise DataError(NO_FRAMES)
    second = next(rest, None)
    if second is not None:
        options = {**options, "save_all": True, "append_images": itertools.chain([second], rest)}
    if is_repeated:
        options = {**options, "loop": 0}
    target = io.BytesIO()
    first.save(target, format=format, duration=round(milliseconds), **options)
    return target.getvalue()


def _frames_of(content: bytes) -> bytes:
    """Return the frames of a GIF without its header, palette and comments."""
    place = _end_of_palette(content)
    # Extensions before the first graphic control or image: looping, comments.
    while content[place] == 0x21 and content[place + 1] != 0xF9:
        place += 2
        while content[place]:
            place += content[place] + 1
        place += 1
    return content[place:].removesuffix(GIF_TRAILER)


def _end_of_palette(content: bytes) -> int:
    flags = content[10]
    return 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
