"""What an output directory holds, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emout_lab.emses.emout import Emout
from emout_lab.errors import DataError

#: Tables of text beside the fields.
TABLES = ("icur", "ocur", "pbody")


def inspect(directory: str | Path) -> str:
    """Describe a run: its input file, grid, units, and each field with its steps and shape.

    Parameters
    ----------
    directory : path
        Output directory of EMSES.

    Raises
    ------
    NotAnEmsesDirectory
        When it is none.
    BadFile
        When the parameter file cannot be parsed.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> text = inspect(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> [line for line in text.splitlines() if "phisp" in line]
    ['  phisp        2 steps of (9, 9, 9)']
    """
    data = Emout(directory)
    inp, unit = data.inp, data.unit
    grid = " x ".join(str(inp.get(name, "?")) for name in ("nx", "ny", "nz"))
    scale = f"dx = {unit.dx:g} m, c = {unit.to_c:g}" if unit else "no conversion key, EMSES units"
    found = [name for name in TABLES if (data.directory / name).exists()]
    lines = [
        ("Directory", str(data.directory)),
        ("Input file", inp.file.name if inp.file else "not found"),
        ("Grid", f"{grid} cells"),
        ("Time", f"dt = {inp.get('dt', '?')}, nstep = {inp.get('nstep', '?')}"),
        ("Species", str(inp.get("nspec", "?"))),
        ("Units", scale),
        ("Completed", "yes" if data.is_valid() else "no"),
        ("Fields", "" if data.fields else "none yet"),
    ]
    after = [
        ("Particles", ", ".join(data.particles)),
        ("Tables", ", ".join(found)),
        ("Then", ", ".join(map(str, data.append_directories))),
    ]
    return "\n".join(
        [
            *(_line(label, text) for label, text in lines),
            *_fields(data),
            *(_line(label, text) for label, text in after if text),
        ]
    )


def _line(label: str, text: str) -> str:
    return f"{label + ':':<13}{text}".rstrip()


def _fields(data: Emout) -> Iterator[str]:
    for name in data.fields:
        try:
            steps, *shape = data[name].shape
        except DataError as exc:
            # One damaged file hides no other.
            yield f"  {name:<12} cannot be read: {exc}"
        else:
            yield f"  {name:<12} {steps} step{'s' * (steps != 1)} of {tuple(shape)}"
