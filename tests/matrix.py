"""Run the tests marked ``core`` from the wheel, with every Python and the versions that we declare.

Each environment is made anew: the newest packages for every Python, the lowest that
``pyproject.toml`` names for the oldest Python, nothing but the wheel for a plain script, and the
lowest JupyterLab for one story in the browser. With ``--ends`` only the oldest and the newest
Python are taken, which is what CI has time for.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import core_tests
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from pythons import Python, pythons
from run_all import free_port

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "matrix"
INSTALL_LIMIT_S = 600
TESTS_LIMIT_S = 1200
STORY = "older.spec.ts"
#: Libraries warn of each other in versions that nobody tried together; ours must not.
WARNINGS = "filterwarnings=default\nerror:::emout_lab"


@dataclass
class Row:
    """One environment, and what came of it."""

    name: str
    python: Python
    packages: list[str]
    tests: Callable[[Row], str]
    constraints: list[str] = field(default_factory=list)
    state: str = "failed"
    found: str = ""
    seconds: float = 0.0

    @property
    def folder(self) -> Path:
        return BUILD / self.name

    @property
    def bin(self) -> Path:
        return self.folder / "env" / "bin"


class Failed(Exception):
    """A step of an environment did not do what it should; the log says more."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--ends",
        action="store_true",
        help="only the oldest and newest Python, with the newest packages",
    )
    parser.add_argument("--only", metavar="TEXT", default="", help="only names with this text")
    chosen = parser.parse_args()
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = pythons(SpecifierSet(project["requires-python"]))
    rows = [row for row in plan(project, found, chosen.ends) if chosen.only in row.name]
    print(f"Python: {', '.join(map(str, found)) or 'none found'}", flush=True)
    if not rows:
        print("nothing to run")
        return 1
    wheel = build_wheel()
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for row in pool.map(lambda row: run(row, wheel), rows):
            print(f"{row.state:7} {row.name:20} {row.seconds:4.0f} s  {row.found}", flush=True)
    return summary(rows)


def plan(project: dict, found: list[Python], only_ends: bool) -> list[Row]:
    """Say which environments there are, the longest first."""
    if not found:
        return []
    oldest, newest = found[0], found[-1]
    lowest = lowest_versions(project)
    lab = [pin for pin in lowest if pin.startswith("jupyterlab==")]
    rows = [] if only_ends else [Row(f"{oldest}-lowest", oldest, ["[test-core]"], core, lowest)]
    for python in [oldest, newest] if only_ends and oldest != newest else found:
        rows.append(Row(f"{python}-newest", python, ["[test-core]"], core))
    # httpx took away what the extension manager of that JupyterLab calls at its start.
    rows.append(Row(f"{newest}-jupyterlab", newest, [""], story, [*lab, "httpx<0.28"]))
    rows.append(Row(f"{newest}-plain", newest, [""], plain_script))
    return rows


def lowest_versions(project: dict) -> list[str]:
    """Pin every direct dependency to the version that its lower bound names."""
    needs = [*project["dependencies"]]
    for extra in ("backtrace", "dashboard"):
        needs += project["optional-dependencies"][extra]
    pins = []
    for need in map(Requirement, needs):
        bounds = [each.version for each in need.specifier if each.operator == ">="]
        if not bounds:
            raise Failed(f"{need.name} has no lower bound in pyproject.toml")
        marker = f"; {need.marker}" if need.marker else ""
        pins.append(f"{need.name}=={bounds[0]}{marker}")
    return pins


def build_wheel() -> Path:
    """Build the sdist, with the frontend that `make install` has built, and of it the wheel.

    That needs no Node: there is no program on the path.
    """
    # An editable install writes it there through its link; in a wheel it would be there twice.
    (ROOT / "emout_lab" / "labextension" / "install.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "build", "--outdir", str(BUILD), str(ROOT)]
    with (BUILD / "build.log").open("w") as log:
        subprocess.run(
            command,
            check=True,
            timeout=INSTALL_LIMIT_S,
            env={**os.environ, "PATH": str(BUILD)},
            stdout=log,
            stderr=log,
        )
    (wheel,) = BUILD.glob("*.whl")
    return wheel


def run(row: Row, wheel: Path) -> Row:
    """Make the environment, run the row's tests in it, and remember what came of it."""
    started = time.monotonic()
    row.folder.mkdir()
    try:
        size = install(row, wheel)
        row.found = f"{row.tests(row)}; {size}"
        row.state = "passed"
    except (Failed, OSError, ElementTree.ParseError) as error:
        row.found = str(error)
    row.seconds = time.monotonic() - started
    return row


def install(row: Row, wheel: Path) -> str:
    """Install the wheel with uv where it is there and can, else with pip; return size and time."""
    started = time.monotonic()
    step(row, "venv", [str(row.python.path), "-m", "venv", str(row.folder / "env")])
    site = next((row.folder / "env" / "lib").glob("python*/site-packages"))
    before = size_of(site)
    constraints = row.folder / "constraints.txt"
    constraints.write_text("\n".join(row.constraints) + "\n")
    wanted = [f"emout_lab{extra} @ {wheel.as_uri()}" for extra in row.packages]
    options = ["install", "--quiet", "--constraint", str(constraints), *wanted]
    python = str(row.bin / "python")
    uv = shutil.which("uv")
    try:
        if uv is None:
            raise Failed("uv is not there")
        step(row, "uv", [uv, "pip", *options, "--python", python], INSTALL_LIMIT_S)
    except Failed:
        step(row, "pip", [python, "-m", "pip", *options], INSTALL_LIMIT_S)
    seconds = time.monotonic() - started
    (row.folder / "run").mkdir()
    origin = [python, "-c", "import emout_lab; print(emout_lab.__file__)"]
    where = step(row, "origin", origin)
    if str(row.folder / "env") not in where:
        raise Failed(f"emout_lab is imported from {where.strip()}, not from the wheel")
    return f"{(size_of(site) - before) / 1e6:.0f} MB installed in {seconds:.0f} s"


def size_of(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


def core(row: Row) -> str:
    """Run the tests marked `core`, copied beside no source."""
    folder = row.folder / "run"
    for name in ("tests", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    report = row.folder / "tests.xml"
    command = [
        str(row.bin / "python"),
        "-m",
        "pytest",
        "-q",
        "-m",
        "core",
    ]
    command += ["-o", WARNINGS, "--timeout=120", "--durations=10", f"--junitxml={report}"]
    command += [f"tests/{file}" for file in sorted(core_tests.FILES)]
    try:
        step(row, "tests", command, TESTS_LIMIT_S)
    except Failed as error:
        if not report.exists():
            raise
        found = counted(report)
        # What passes alone has failed for the machine's sake: it is told, and no failure.
        again = [*command, "--last-failed", "--last-failed-no-failures=none"]
        try:
            step(row, "again", again, TESTS_LIMIT_S)
        except Failed:
            raise Failed(f"{found}; {error}") from error
        return f"{found}, which passed alone"
    return counted(report)


def counted(report: Path) -> str:
    suite = ElementTree.parse(report).getroot().find("testsuite")
    number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    passed = number["tests"] - failed - number["skipped"]
    return f"{passed} passed, {failed} failed, {number['skipped']} skipped"


def story(row: Row) -> str:
    """Play the browser's story with this environment's JupyterLab."""
    folder = ROOT / "ui-tests"
    if not shutil.which("chromium"):
        row.state = "skipped"
        raise Failed("chromium is not installed")
    # That of the environment that runs the matrix: the tools are not what is tested.
    jlpm = shutil.which("jlpm") or "jlpm"
    if not (folder / "node_modules").exists():
        step(row, "modules", [jlpm, "install", "--immutable"], INSTALL_LIMIT_S, cwd=folder)
    # Short: sockets lie below.
    home = Path("/tmp") / f"ui-{os.getpid()}"
    environment = {"LAB_TEST_PORT": str(free_port()), "UI_TESTS_HOME": str(home)}
    environment["LAB_TEST_OLDER"] = "1"
    home.mkdir()
    output = f"--output={row.folder / 'browser'}"
    command = [jlpm, "playwright", "test", "--reporter=list", output, STORY]
    try:
        text = step(row, "tests", command, TESTS_LIMIT_S, cwd=folder, environment=environment)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if not re.search(r"\b1 passed", text):
        raise Failed("the story was not played")
    version = step(row, "version", [str(row.bin / "jupyter-lab"), "--version"])
    return f"1 passed, 0 failed, 0 skipped; JupyterLab {version.strip()}"


def plain_script(row: Row) -> str:
    """Draw in a script where nothing but the wheel and what it needs is installed."""
    script = row.folder / "run" / "plain_script.py"
    shutil.copy(ROOT / "tests" / "plain_script.py", script)
    environment = {"EMOUT_LAB_HOME": str(row.folder / "h"), "HOME": str(row.folder)}
    text = step(
        row, "tests", [str(row.bin / "python"), str(script)], TESTS_LIMIT_S, environment=environment
    )
    listed_as_enabled(row)
    uninstalled_whole(row)
    return f"1 passed, 0 failed, 0 skipped; {text.strip().splitlines()[-1]}"


def listed_as_enabled(row: Row) -> None:
    """Ask Jupyter for its extensions."""
    for kind, line in (
        ("labextension", r"emout-lab v\S+ enabled OK"),
        ("server extension", r"emout_lab enabled.*emout_lab \S+ OK"),
    ):
        command = [str(row.bin / "jupyter"), *kind.split(), "list"]
        listed = re.sub(r"\x1b\[[0-9;]*m", "", step(row, kind.replace(" ", "-"), command))
        if not re.search(line, listed, re.DOTALL):
            raise Failed(f"jupyter {kind} list does not show it as enabled: {listed}")


def uninstalled_whole(row: Row) -> None:
    """Uninstall it, and look for what is left of it."""
    step(row, "uninstall", [str(row.bin / "python"), "-m", "pip", "uninstall", "-y", "emout_lab"])
    if left := list((row.folder / "env").rglob("*emout*")):
        raise Failed(f"uninstalling leaves {len(left)} files and folders, as {left[0]}")


def step(
    row: Row,
    name: str,
    command: list[str],
    limit: float = 120,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> str:
    """Run one command with a limit; what it prints goes to its log and comes back."""
    log = row.folder / f"{name}.log"
    # Its own programs come first; nothing of the environment that runs the matrix is seen.
    path = f"{row.bin}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path, "PYTHONNOUSERSITE": "1", **(environment or {})}
    surroundings.pop("PYTHONPATH", None)
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=cwd or (row.folder / "run" if (row.folder / "run").exists() else row.folder),
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
    if code is None:
        raise Failed(f"{name} took more than {limit:.0f} s, see {log}")
    if code:
        raise Failed(f"{name} ended with {code}, see {log}")
    return log.read_text()


def summary(rows: list[Row]) -> int:
    """Print the table, and one line over all."""
    print("\n== matrix")
    total = dict.fromkeys(("passed", "failed", "skipped"), 0)
    for row in rows:
        print(f"{row.state:7} {row.name:20} {row.seconds:4.0f} s  {row.found}")
        counts = {
            word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped)", row.found)
        }
        for word, number in counts.items():
            total[word] += number
        # What ended without a count is a failure, or a row that could not be run here.
        if row.state != "passed" and not counts.get("failed"):
            total[row.state] += 1
    print(", ".join(f"{number} {word}" for word, number in total.items()))
    return 1 if any(row.state == "failed" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
