"""Makes a small film of pictures that are named by their times: film.py FOLDER FILM BOX."""

import sys
from pathlib import Path

from PIL import Image

LARGEST, MOST_BYTES = (720, 520), 700_000
QUALITIES = (80, 60, 40, 25)
LAST_MS, LONGEST_MS = 800, 400


def main(folder: str, film: str, *box: str) -> None:
    """Write the film of a part of the pictures in the best quality that is small enough."""
    files = sorted(Path(folder).glob("*.png"))
    times = [int(file.stem) for file in files]
    lasting = [min(b - a, LONGEST_MS) for a, b in zip(times, times[1:], strict=False)] + [LAST_MS]
    left, top, right, bottom = map(int, box)
    frames = []
    for file in files:
        frame = Image.open(file).convert("RGB").crop((left, top, right, bottom))
        frame.thumbnail(LARGEST)
        frames.append(frame)
    first = frames[0]
    for quality in QUALITIES:
        first.save(
            film,
            save_all=True,
            append_images=frames[1:],
            duration=lasting,
            loop=0,
            quality=quality,
            method=6,
        )
        if Path(film).stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{film} has {Path(film).stat().st_size:,} bytes, of at most {MOST_BYTES:,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
