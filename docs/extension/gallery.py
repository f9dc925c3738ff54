"""A picture of each kind of plot with its code, by ``examples/gallery.py``."""

from __future__ import annotations

import importlib.util
import inspect
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "gallery.py"
PICTURES = ROOT / "build" / "docs" / "gallery"
BOX = "cube"
#: Kinds that only somebody looks at who checks the looks of plots.
LEFT_OUT = {"flat_map", "map_and_contours_white"}
#: Titles that names of functions do not give.
TITLES = {
    "logarithmic_map": "Map with logarithmic colours",
    "map_and_contours": "Map with contours",
    "vectors": "Arrows",
    "lengths": "Arrows as long as the field is strong",
    "streams": "Streamlines",
    "map_and_streams": "Map with streamlines",
    "map_and_vectors": "Map with arrows",
    "line": "Values along a line",
    "lines_of_steps": "A line at several times",
    "lines_of_places": "Lines at several places",
    "time_map": "A line through time",
    "time_line": "A point through time",
    "vectors_in_space": "Arrows in space",
    "surfaces": "Potential on bodies and a plane",
    "boundaries": "Bodies of the run",
    "orbits": "Orbits",
    "orbits_by_probability": "Orbits by their probability",
    "orbits_in_time": "Position along orbits",
    "orbits_of_velocity": "Orbits in phase space",
    "velocities": "Velocity distribution",
    "spectrum": "Energy spectrum",
    "histogram": "Histogram of particles",
    "phase_space": "Phase space",
    "film_of_maps": "Film of a map",
    "film_of_lines": "Film of a line",
    "film_of_streams": "Film of streamlines",
}
#: What readers write in place of the names of the script.
WORDS = {
    "run.data": "data",
    "(step, *run.line[1:])": "step, 16, 16, :",
    "(slice(None), *run.plane[1:])": ":, :, 16, :",
    "(slice(None), *run.line[1:])": ":, 16, 16, :",
    "run.plane": "-1, :, 16, :",
    "run.line": "-1, 16, 16, :",
    "run.shape[1] // 2": "16",
    "run.shape[2] // 2": "16",
    "run.trace": "trace",
    "run.density": "result",
    "run.electrons": "data.p1[-1]",
    ", **run.unit": "",
    "**run.unit": "",
    "ax=ax, ": "",
    ", ax=ax": "",
    "ax=ax": "",
    "ax.legend": "plt.legend",
    "range(0, STEPS, 2)": "range(0, 6, 2)",
}


def make() -> str:
    """Return a section for each kind."""
    draw()
    return "\n".join(_section(kind) for kind in _kinds())


def _kinds() -> list[Callable[..., Any]]:
    return [kind for kind in _script().KINDS if kind.__name__ not in LEFT_OUT]


def draw() -> None:
    """Draw the pictures that are not there, or are older than the script."""
    script = _script()
    PICTURES.mkdir(parents=True, exist_ok=True)
    options = SimpleNamespace(panels=1, tight=True)
    run = None
    for kind in _kinds():
        file = PICTURES / f"{kind.__name__}.png"
        if file.exists() and file.stat().st_mtime > SCRIPT.stat().st_mtime:
            continue
        run = run or script.Run(BOX, script.BOXES[BOX], use_si=True)
        with plt.style.context(["default", {"savefig.dpi": 80}]):
            script.draw(run, kind, file, options)


def _section(kind: Callable[..., Any]) -> str:
    name = kind.__name__
    title = TITLES.get(name) or name.replace("_", " ").capitalize()
    image = f"![{title}](../build/docs/gallery/{name}.png)"
    return f"## {title}\n\n```py\n{_code(kind)}\n```\n\n{image}\n"


def _code(kind: Callable[..., Any]) -> str:
    text = textwrap.dedent(inspect.getsource(kind).split("\n", 1)[1]).strip()
    if "place = " in text:  # converts for those who draw in the grid's units
        return 'data.phisp[-1].plot_surfaces(data.boundaries, planes={"y": 0.128})'
    for word, replacement in WORDS.items():
        text = text.replace(word, replacement)
    return re.sub(r"\(\s*,\s*", "(", text)


@cache
def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gallery_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
