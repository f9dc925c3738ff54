"""Ask which advisories are known of what emout_lab needs at run time: Python's packages and npm's.

The end code says what came of it: 0 when everything was asked and nothing is known but what
`advisory_exceptions.toml` accepts, 1 when there is an advisory, 2 when something could not be asked
(no network, a registry without advisories), 3 when the file of exceptions is wrong.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / "scripts" / "advisory_exceptions.toml"
KEYS = {"id": str, "package": str, "reason": str, "until": datetime.date}
CLEAN, FOUND, NOT_ASKED, WRONG_FILE = range(4)
PATIENCE_S = 600
#: A version with advisories that nobody doubts. Who knows none of it knows nothing of others.
CANARY = {"pillow": "9.0.0"}


@dataclass(frozen=True)
class Advisory:
    """Something that is known of a version of a package."""

    package: str
    version: str
    ids: tuple[str, ...]
    words: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {', '.join(self.ids)}: {self.words}"


@dataclass
class Answer:
    """What a registry said: advisories, how many packages it was asked of, what it did not say."""

    kind: str
    asked: int = 0
    advisories: list[Advisory] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)


class WrongFile(ValueError):
    """The file of exceptions cannot be used."""


def runtime_packages(
    name: str = "emout_lab", extra: str = "all"
) -> tuple[dict[str, str], list[str]]:
    """Return all that a package and one extra need: versions, and names that are not installed."""
    found: dict[str, str] = {}
    missing: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = [(name, each) for each in ("", extra)]
    while todo:
        wanted = todo.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            installed = distribution(wanted[0])
        except PackageNotFoundError:
            missing.add(wanted[0])
            continue
        found[canonicalize_name(wanted[0])] = installed.version
        for line in installed.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": wanted[1]}):
                todo += [(canonicalize_name(needed.name), each) for each in ("", *needed.extras)]
    found.pop(canonicalize_name(name), None)
    return dict(sorted(found.items())), sorted(missing)


def ask_python() -> Answer:
    """Ask pip-audit of what is installed here, once the registry has shown that it knows any."""
    packages, missing = runtime_packages()
    canary = pip_audit(CANARY)
    if canary.advisories:
        answer = pip_audit(packages)
    else:
        why = "; ".join(canary.not_asked) or f"it knows nothing of {CANARY}, which has advisories"
        answer = Answer("Python", not_asked=[f"{len(packages)} packages: {why}"])
    answer.not_asked += [f"{name}: not installed here; run: make install" for name in missing]
    return answer


def pip_audit(packages: Mapping[str, str]) -> Answer:
    """Return what pip-audit says of these versions; it asks and installs nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(f"{name}=={version}\n" for name, version in packages.items()))
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--no-deps"]
        return read_pip_audit(*run([*command, "--disable-pip", "--format", "json"]))


def read_pip_audit(out: str, words: str) -> Answer:
    """Read pip-audit's report. It ends with 0 also where it skipped every package."""
    answer = Answer("Python")
    try:
        told = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        answer.not_asked.append(f"pip-audit gave no report: {last_line(words or out)}")
        return answer
    for each in told:
        if "skip_reason" in each:
            answer.not_asked.append(f"{each['name']}: {each['skip_reason']}")
            continue
        answer.asked += 1
        answer.advisories += [
            Advisory(
                each["name"],
                each["version"],
                (flaw["id"], *flaw.get("aliases", ())),
                f"repaired in {', '.join(flaw['fix_versions']) or 'no version yet'}",
            )
            for flaw in each["vulns"]
        ]
    return answer


def ask_npm() -> Answer:
    """Ask npm's registry, through jlpm, of what the extension is built of for browsers."""
    command = ["jlpm", "npm", "audit", "--environment", "production", "--recursive", "--json"]
    return read_npm(*run(command))


def read_npm(out: str, words: str) -> Answer:
    """Read the registry's report as jlpm hands it on."""
    answer = Answer("npm")
    try:
        told = json.loads(out)
        advisories = told["advisories"].values()
        answer.asked = told["metadata"]["totalDependencies"]
    except (ValueError, KeyError, TypeError, AttributeError):
        answer.not_asked.append(f"the extension's packages: {what_jlpm_says(out + words)}")
        return answer
    for each in advisories:
        versions = ", ".join(dict.fromkeys(one["version"] for one in each["findings"]))
        names = (str(each["id"]), each.get("github_advisory_id"), *each.get("cves", ()))
        ids = tuple(name for name in names if name)
        answer.advisories.append(
            Advisory(each["module_name"], versions, ids, f"{each['severity']}: {each['title']}")
        )
    return answer


def what_jlpm_says(text: str) -> str:
    """Return the lines of jlpm that say how a registry refused, without addresses."""
    lines = [line.partition("YN0035:")[2].strip() for line in text.splitlines()]
    told = [line for line in lines if line and "://" not in line and "Method:" not in line]
    return "; ".join(told) or last_line(text)


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def run(command: list[str]) -> tuple[str, str]:
    """Run a program of which only the words count."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"{command[0]} could not be run: {error}"
    return done.stdout, done.stderr


def read_exceptions(file: Path) -> list[dict[str, Any]]:
    """Return the exceptions of a file.

    Raises
    ------
    WrongFile
        When one lacks a key, or has one of the wrong kind.
    """
    try:
        found: list[dict[str, Any]] = tomllib.loads(file.read_text()).get("exception", [])
    except (OSError, ValueError) as error:
        raise WrongFile(f"{file.name} cannot be read: {error}") from error
    for each in found:
        wrong = {key for key, kind in KEYS.items() if type(each.get(key)) is not kind}
        if wrong or set(each) != set(KEYS) or not each["reason"].strip():
            raise WrongFile(
                f"{file.name}: {each} is no exception: it needs {', '.join(KEYS)}, the last one as "
                "a date (2027-01-31), and nothing else"
            )
    return found


def judge(
    answers: Iterable[Answer], exceptions: list[dict[str, Any]], today: datetime.date
) -> tuple[int, list[str]]:
    """Return the end code and what is to be said."""
    answers, lines, code = list(answers), [], CLEAN
    used: set[str] = set()
    for answer in answers:
        for advisory in answer.advisories:
            fit = [e for e in exceptions if e["id"] in advisory.ids]
            fit = [e for e in fit if canonicalize_name(e["package"]) == canonical(advisory)]
            used |= {e["id"] for e in fit}
            if any(e["until"] >= today for e in fit):
                lines.append(f"accepted: {advisory} ({fit[0]['reason']}; until {fit[0]['until']})")
                continue
            over = "; its exception is over" if fit else ""
            lines.append(f"ADVISORY: {advisory}{over}")
            code = FOUND
        lines += [f"NOT ASKED: {answer.kind}: {why}" for why in answer.not_asked]
        lines.append(f"{answer.kind}: {answer.asked} packages asked")
    if code == CLEAN and any(answer.not_asked for answer in answers):
        code = NOT_ASKED
    stale = {e["id"] for e in exceptions} - used
    if code in (CLEAN, FOUND):
        lines += [f"take out the exception {each}: nothing fits it" for each in sorted(stale)]
    return code, lines


def canonical(advisory: Advisory) -> str:
    return canonicalize_name(advisory.package)


VERDICTS = {
    CLEAN: "no advisory is known of any runtime dependency",
    FOUND: "there are advisories: take a version without them, or write down in "
    f"scripts/{EXCEPTIONS.name} why they do not matter here",
    NOT_ASKED: "nothing is known, but not everything could be asked: this is no clean bill; run it "
    "where the registries answer",
}


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        exceptions = read_exceptions(EXCEPTIONS)
    except WrongFile as error:
        print(error)
        return WRONG_FILE
    today = datetime.datetime.now(datetime.timezone.utc).date()
    code, lines = judge([ask_python(), ask_npm()], exceptions, today)
    print("\n".join([*lines, f"audit ends with {code}: {VERDICTS[code]}"]))
    return code


if __name__ == "__main__":
    sys.exit(main())
