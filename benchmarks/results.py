"""The results that are kept: written to a page, read again, and compared with what is measured.

Only ratios to what was measured in the same run are compared; times alone tell of the machine.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
from table import HEADINGS, Row, cells, total

FILE = Path(__file__).with_name("results.md")
OURS = ("emout-lab", "dask", "distributed", "numpy", "matplotlib", "xarray", "h5py", "jupyterlab")
THEIRS = ("emout", "ipyparallel", "epyc", "dask", "matplotlib")
#: A ratio that fell below this share of the committed one is a regression of 25 %.
KEPT = 0.75

VERSIONS = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def write(measured: Mapping[str, Sequence[Row]], peers: Path) -> None:
    """Write the rows of some benchmarks, with machine and versions; those of others stay."""
    parts = _parts() | {name: _part(rows) for name, rows in measured.items()}
    head = [
        "# Results of the benchmarks",
        "",
        "Written by `make bench PEERS=1`: what is ours, what was measured beside it in turns, and",
        "how many times as good ours is. ± is half the distance between the quartiles.",
        "`make bench CHECK=1` measures again and tells which of these ratios are 25 % worse.",
        "",
        f"- Machine: {machine()}",
        f"- Here: Python {platform.python_version()}, {versions_here()}",
        f"- Beside: {versions_of(peers)}",
        "",
    ]
    sections = [f"## {name}\n\n{text.strip()}\n" for name, text in parts.items()]
    FILE.write_text("\n".join([*head, *sections]), encoding="utf-8")


def _part(rows: Sequence[Row]) -> str:
    load = os.getloadavg()[0]
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS)), *(_line(cells(row)) for row in rows)]
    told = f"{total(rows)} " if any(row.is_met is not None for row in rows) else ""
    return "\n".join([*lines, "", f"{told}Load of the machine at the end: {load:.1f}."])


def _parts() -> dict[str, str]:
    """Return what the page says of each benchmark."""
    if not FILE.exists():
        return {}
    _, *parts = FILE.read_text(encoding="utf-8").split("\n## ")
    return {name: text for name, _, text in (part.partition("\n") for part in parts)}


def machine() -> str:
    """Return processor, cores, memory and system."""
    model = platform.machine()
    for line in _lines_of(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = psutil.virtual_memory().total / 1e9
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{model}, {psutil.cpu_count()} cores, {memory:.0f} GB, {system}"


def versions_here() -> str:
    """Return the versions of what the numbers depend on most."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in OURS)


def versions_of(python: Path) -> str:
    """Return the versions of the other systems."""
    command = [str(python), "-c", VERSIONS, *THEIRS]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return ", ".join(f"{name} {version}" for name, version in found.items())


def committed() -> dict[str, float]:
    """Return how many times as good each row of the page is.

    Raises
    ------
    SystemExit
        There is no page.
    """
    if not FILE.exists():
        raise SystemExit(f"{FILE.name} is not there: write it with `make bench PEERS=1`")
    found = {}
    at = HEADINGS.index("times as good")
    for line in _lines_of(FILE):
        fields = [field.strip() for field in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(fields) > at:
            try:
                found[fields[0]] = float(fields[at])
            except ValueError:
                continue  # a heading, or a row that nothing was measured beside
    return found


def regressions(rows: Sequence[Row], before: dict[str, float]) -> list[str]:
    """Return a line for each row that is more than 25 % worse than it was."""
    return [
        f"{row.what.strip()}: {row.times:.2f} times as good, was {before[row.what.strip()]:.2f}"
        for row in rows
        if row.times is not None
        and row.what.strip() in before
        and row.times < KEPT * before[row.what.strip()]
    ]


def _line(fields: Sequence[str]) -> str:
    # Two blanks before a name are an indent on the screen.
    return f"| {' | '.join(field.replace('|', '/').strip() for field in fields)} |"


def _lines_of(file: Path) -> Iterator[str]:
    yield from file.read_text(encoding="utf-8").splitlines()
