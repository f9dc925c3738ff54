"""Run every test suite and end with one line over all of them.

Debian packages that some suites need are installed where this may be done; else those suites are
skipped, and the summary says so.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "tests"
PROGRAMS = {"slurmctld": "slurm-wlm", "munged": "munge", "chromium": "chromium", "gcc": "gcc"}
FILES = {"/usr/include/slurm/spank.h": "libslurm-dev"}
#: What VTK loads to draw without a screen, by name without "lib".
LIBRARIES = {"EGL": "libegl1", "EGL_mesa": "libegl-mesa0", "GL": "libgl1", "Xrender": "libxrender1"}
PEERS = ROOT / ".venv-peers"
PEER_PACKAGES = ("emout==2.23.*", "epyc==1.7.*")

#: Folders whose tests wait most of their time, and all others.
SLOW_FOLDERS = tuple(
    f"tests/{name}" for name in ("faults", "security", "server", "sessions", "slurm")
)
REST = tuple(
    str(path.relative_to(ROOT))
    for path in sorted((ROOT / "tests").iterdir())
    if str(path.relative_to(ROOT)) not in SLOW_FOLDERS
    and (path.is_dir() or path.name.startswith("test_"))
)
#: More failures than this are no accident of a busy machine.
MOST_REPEATED = 8
PRINTED_CHARACTERS = 60_000


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main(only: str | None = None) -> int:
    BUILD.mkdir(parents=True, exist_ok=True)
    missing = install_debian_packages()
    if only is not None:
        return take(only)
    try:
        install_peers()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{PEERS.name} could not be made: {error}")
    suites: dict[str, Callable[[], Count]] = {"lint": lint, "pytest": pytest, "jest": jest}
    results = {name: run(name, suite) for name, suite in suites.items()}
    if "chromium" in missing:
        results["browser"] = Count(skipped=1, notes=["browser tests need chromium"])
    else:
        results["browser"] = run("browser", browser)
    total = Count()
    print("\n== summary")
    for name, count in results.items():
        print(f"{name}: {count}")
        for note in count.notes:
            print(f"  {note}")
        total.passed += count.passed
        total.failed += count.failed
        total.skipped += count.skipped
    print(total)
    return 1 if total.failed else 0


def take(pictures: str) -> int:
    """Take the pictures of one kind anew: those that tests compare with, or those of the docs."""
    if pictures == "screenshots":
        count = browser("--grep=@looks", "--update-snapshots")
    else:
        count = browser("story", "sweeps", "live", DOCS_IMAGES=str(ROOT / "docs" / "images"))
    print(count)
    return 1 if count.failed else 0


def run(name: str, suite: Callable[[], Count]) -> Count:
    print(f"\n== {name}", flush=True)
    try:
        return suite()
    except (OSError, ValueError, ElementTree.ParseError) as error:
        return Count(failed=1, notes=[f"the suite could not be run: {error}"])


def install_debian_packages() -> set[str]:
    """Install what is missing where that is allowed; return the packages still missing."""
    missing = _missing()
    if not missing:
        return missing
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(f"Not installed: {', '.join(sorted(missing))}. Those tests are skipped; install them")
        print(f"with: sudo apt-get install {' '.join(sorted(missing))}")
        return missing
    print(f"== installing {', '.join(sorted(missing))}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (BUILD / "apt.log").open("w") as log:
        for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            subprocess.run([apt, *command], env=environment, stdout=log, stderr=log, check=False)
    missing = _missing()
    if missing:
        print(f"could not be installed: {', '.join(sorted(missing))}; see build/tests/apt.log")
    return missing


def _missing() -> set[str]:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    programs = {
        package for program, package in PROGRAMS.items() if not shutil.which(program, path=path)
    }
    files = {package for file, package in FILES.items() if not Path(file).exists()}
    libraries = {package for name, package in LIBRARIES.items() if find_library(name) is None}
    return programs | files | libraries


def install_peers() -> None:
    """Put the older systems beside our own packages, which their dependencies cannot disturb."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        print(f"== installing {', '.join(PEER_PACKAGES)} into {PEERS.name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=False)
    command = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    folder = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    # What we have already is not installed twice; a file that is read last is looked up last.
    Path(folder, "zz-lab.pth").write_text(sysconfig.get_path("purelib") + "\n")
    with (BUILD / "peers.log").open("w") as log:
        for package in PEER_PACKAGES:
            install = [str(python), "-m", "pip", "install", "--quiet", package]
            subprocess.run(install, stdout=log, stderr=log, check=False)


def lint() -> Count:
    """Run every checker; each counts as one test."""
    failed = subprocess.run(["make", "--no-print-directory", "lint"], cwd=ROOT).returncode != 0
    return Count(passed=int(not failed), failed=int(failed))


def pytest() -> Count:
    """Run two shares of the tests side by side, and what failed there once more, alone.

    Most tests wait for sessions to start and to end, so that two shares keep two cores busy. What
    passes only alone is counted as passed and named.
    """
    shares = [Share("waiting", ["tests"], REST), Share("computing", [], SLOW_FOLDERS)]
    for share in shares:
        share.start()
    counts = [share.end() for share in shares]
    if 0 < sum(count.failed for count in counts) <= MOST_REPEATED:
        counts = [share.repeat(count) for share, count in zip(shares, counts, strict=True)]
    total = Count()
    for count in counts:
        total.passed += count.passed
        total.failed += count.failed
        total.skipped += count.skipped
        total.notes += [note for note in count.notes if note not in total.notes]
    return total


class Share:
    """A share of the tests, run by a pytest of its own.

    Parameters
    ----------
    name : str
        What its report is called.
    paths : list of str
        Where its tests are; by default wherever there are tests.
    left_out : tuple of str
        Folders and files of tests that belong to another share.
    """

    def __init__(self, name: str, paths: list[str], left_out: tuple[str, ...]) -> None:
        self.name = name
        self._options = [*paths, *(f"--ignore={ROOT / path}" for path in left_out)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; what it prints goes to a file."""
        with (BUILD / f"pytest-{self.name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command("first", "-v"), cwd=ROOT, stdout=log, stderr=log
            )

    def end(self) -> Count:
        """Wait for the end, print what was printed, and return what it counted."""
        assert self._process is not None
        code = self._process.wait()
        log = (BUILD / f"pytest-{self.name}.log").read_text(errors="replace")
        print(f"-- {self.name}\n{log[-PRINTED_CHARACTERS:]}", flush=True)
        return self._counted("first", code)

    def repeat(self, first: Count) -> Count:
        """Run again what failed, and return what is to be said of both runs."""
        if not first.failed:
            return first
        print(f"-- {self.name}: {first.failed} again", flush=True)
        command = self._command("second", "-v", "--last-failed", "--last-failed-no-failures=none")
        second = self._counted("second", subprocess.run(command, cwd=ROOT).returncode)
        if second.passed:
            names = ", ".join(sorted(_failures(self._report("first"))))
            first.notes.append(f"failed first, {second.passed} passed alone: {names}")
        first.passed += first.failed - second.failed
        first.failed = second.failed
        return first

    def _command(self, run: str, *options: str) -> list[str]:
        cache = BUILD / f"cache-{self.name}"
        return [
            *(sys.executable, "-m", "pytest", *self._options, *options),
            *(f"--junitxml={self._report(run)}", "-o", f"cache_dir={cache}"),
        ]

    def _report(self, run: str) -> Path:
        return BUILD / f"pytest-{self.name}-{run}.xml"

    def _counted(self, run: str, code: int) -> Count:
        if code not in (0, 1):
            return Count(failed=1 + MOST_REPEATED, notes=[f"pytest of {self.name} ended by {code}"])
        suite = ElementTree.parse(self._report(run)).getroot().find("testsuite")
        if suite is None:
            return Count(failed=1 + MOST_REPEATED, notes=["pytest wrote no report"])
        cases = list(suite.iter("testcase"))
        # A test that fails and cannot tidy up after that is one test, told by pytest as two.
        failed = len(_failures(self._report(run)))
        skipped = sum(case.find("skipped") is not None for case in cases)
        reasons = {s.get("message", "") for s in suite.iter("skipped")}
        return Count(
            passed=len({_name(case) for case in cases}) - failed - skipped,
            failed=failed,
            skipped=skipped,
            notes=sorted(f"skipped: {reason}" for reason in reasons),
        )


def _name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _failures(report: Path) -> set[str]:
    return {
        _name(case)
        for case in ElementTree.parse(report).getroot().iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    }


def jest() -> Count:
    report = BUILD / "jest.json"
    report.unlink(missing_ok=True)
    command = ["jlpm", "jest", "--json", f"--outputFile={report}", "--silent"]
    code = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode
    data = json.loads(report.read_text())
    return Count(
        passed=data["numPassedTests"],
        failed=data["numFailedTests"] + data["numRuntimeErrorTestSuites"] or int(code != 0),
        skipped=data["numPendingTests"],
    )


def browser(*options: str, **variables: str) -> Count:
    """Run the tests in a browser; what fails is run once more, and named if it passes then."""
    folder = ROOT / "ui-tests"
    report = BUILD / "browser.json"
    report.unlink(missing_ok=True)
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", **variables}
    subprocess.run(["jlpm", "install", "--immutable"], cwd=folder, env=environment, check=True)
    with tempfile.TemporaryDirectory(prefix="ui-") as home:
        environment |= {
            "LAB_TEST_PORT": str(free_port()),
            "UI_TESTS_HOME": home,
            "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report),
        }
        command = ["jlpm", "playwright", "test", "--retries=1", "--reporter=list,json", *options]
        code = subprocess.run(command, cwd=folder, env=environment).returncode
    told = json.loads(report.read_text())
    stats = told["stats"]
    return Count(
        passed=stats["expected"] + stats["flaky"],
        failed=stats["unexpected"] or int(code != 0),
        skipped=stats["skipped"],
        notes=[
            *(f"failed twice: {title}" for title in _ended(told["suites"], "unexpected")),
            *(f"failed first, passed again: {title}" for title in _ended(told["suites"], "flaky")),
        ],
    )


def _ended(suites: list[dict[str, Any]], status: str) -> Iterator[str]:
    for suite in suites:
        for spec in suite.get("specs", ()):
            if any(test["status"] == status for test in spec["tests"]):
                yield f"{spec['file']}: {spec['title']}"
        yield from _ended(suite.get("suites", []), status)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_mutually_exclusive_group()
    for kind in ("screenshots", "pictures"):
        kinds.add_argument(f"--{kind}", dest="only", action="store_const", const=kind)
    sys.exit(main(parser.parse_args().only))
