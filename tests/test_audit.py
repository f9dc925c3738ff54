"""`make audit`: what it says is what the registries said, and silence is no clean bill."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import importlib.util
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TODAY = datetime.date(2026, 6, 1)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


KNOWN = {"id": "PYSEC-1", "aliases": ["CVE-1", "GHSA-1"], "fix_versions": ["9.0.1"]}
FLAWED = {"name": "pillow", "version": "9.0.0", "vulns": [KNOWN]}
CLEAN = {"name": "click", "version": "8.1.7", "vulns": []}
#: As pip-audit writes it where a registry has no advisories; it ends with 0.
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI and could not be audited"}
EXCEPTION = {"id": "CVE-1", "package": "Pillow", "reason": "never", "until": TODAY}


def judged(audit: ModuleType, *packages: Any, exceptions: Any = ()) -> tuple[int, str]:
    answer = audit.read_pip_audit(json.dumps({"dependencies": packages, "fixes": []}), "")
    code, lines = audit.judge([answer], list(exceptions), TODAY)
    return code, "\n".join(lines)


def test_clean_means_that_all_was_asked(audit: ModuleType) -> None:
    assert judged(audit, CLEAN) == (audit.CLEAN, "Python: 1 packages asked")


def test_what_was_skipped_is_not_clean(audit: ModuleType) -> None:
    code, said = judged(audit, CLEAN, SKIPPED)
    assert code == audit.NOT_ASKED
    assert "NOT ASKED: Python: click: Dependency not found" in said


def test_an_advisory_counts_more_than_what_could_not_be_asked(audit: ModuleType) -> None:
    code, said = judged(audit, FLAWED, SKIPPED)
    assert code == audit.FOUND
    assert "ADVISORY: pillow 9.0.0: PYSEC-1, CVE-1, GHSA-1: repaired in 9.0.1" in said


def test_exception_is_shown_with_its_reason_and_ends(audit: ModuleType) -> None:
    code, said = judged(audit, FLAWED, exceptions=[EXCEPTION])
    assert code == audit.CLEAN and "accepted" in said and "(never; until 2026-06-01)" in said
    yesterday = EXCEPTION | {"until": TODAY - datetime.timedelta(1)}
    code, said = judged(audit, FLAWED, exceptions=[yesterday])
    assert code == audit.FOUND and "its exception is over" in said


def test_exception_is_for_one_package_and_is_missed_when_nothing_fits(audit: ModuleType) -> None:
    code, said = judged(audit, FLAWED, exceptions=[EXCEPTION | {"package": "other"}])
    assert code == audit.FOUND
    assert "take out the exception CVE-1" in said


@pytest.mark.parametrize(
    "text",
    [
        '[[exception]]\nid = "CVE-1"\npackage = "a"\nreason = "b"',
        '[[exception]]\nid = "CVE-1"\npackage = "a"\nreason = " "\nuntil = 2027-01-01',
        '[[exception]]\nid = "CVE-1"\npackage = "a"\nreason = "b"\nuntil = "2027-01-01"',
        '[[exception]]\nid = "CVE-1"\npackage = "a"\nreason = "b"\nuntil = 2027-01-01\nall = true',
        "[[exception",
    ],
)
def test_file_of_exceptions_without_reason_or_end_is_refused(
    audit: ModuleType, tmp_path: Path, text: str
) -> None:
    (tmp_path / "e.toml").write_text(text)
    with pytest.raises(audit.WrongFile):
        audit.read_exceptions(tmp_path / "e.toml")


def test_our_own_exceptions_can_be_read(audit: ModuleType) -> None:
    audit.read_exceptions(audit.EXCEPTIONS)


def test_everything_that_the_package_asks_for_is_audited(audit: ModuleType) -> None:
    packages, missing = audit.runtime_packages()
    needed = {*packages, *missing}
    assert {"tornado", "distributed", "jupyter-server", "urllib3", "numba", "bokeh"} <= needed
    assert not {"pytest", "mypy", "emout-lab"} & needed


def test_registry_that_cannot_be_reached_is_not_clean(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip_audit")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    answer = audit.ask_python()
    assert answer.asked == 0
    assert "packages: pip-audit gave no report" in answer.not_asked[0]


class Registry(http.server.BaseHTTPRequestHandler):
    """Answers jlpm's question for advisories."""

    code, reply = 200, b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.code)
        self.send_header("Content-Length", str(len(self.reply)))
        self.end_headers()
        self.wfile.write(self.reply)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def registry(code: int, reply: Any) -> Iterator[str]:
    handler = type("_Registry", (Registry,), {"code": code, "reply": json.dumps(reply).encode()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


OF_NPM = {
    "id": 7,
    "github_advisory_id": "GHSA-7",
    "module_name": "d3-color",
    "severity": "high",
    "title": "ReDoS",
    "url": "",
    "vulnerable_versions": "<3.1.0",
    "patched_versions": ">=3.1.0",
    "recommendation": "",
    "findings": [{"version": "3.0.1", "paths": ["d3-zoom>d3-color"]}],
}


def report(*advisories: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("info", "low", "moderate", "high", "critical"), 0)
    return {
        "actions": [],
        "advisories": {str(each["id"]): each for each in advisories},
        "muted": [],
        "metadata": {"vulnerabilities": counts, "totalDependencies": 9},
    }


@pytest.mark.parametrize(
    ("code", "reply", "verdict", "says"),
    [
        (200, report(OF_NPM), "FOUND", "ADVISORY: d3-color 3.0.1: 7, GHSA-7: high: ReDoS"),
        (405, {}, "NOT_ASKED", "405"),
    ],
)
def test_answer_of_npms_registry_comes_through_jlpm(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    reply: Any,
    verdict: str,
    says: str,
) -> None:
    if shutil.which("jlpm") is None or not (ROOT / "node_modules").exists():
        pytest.skip("the extension's packages are not installed; run: make install")
    with registry(code, reply) as address:
        monkeypatch.setenv("YARN_NPM_REGISTRY_SERVER", address)
        monkeypatch.setenv("YARN_NPM_AUDIT_REGISTRY", address)
        monkeypatch.setenv("YARN_UNSAFE_HTTP_WHITELIST", "127.0.0.1")
        answer = audit.ask_npm()
    found, lines = audit.judge([answer], [], TODAY)
    assert found == getattr(audit, verdict), lines
    assert says in "\n".join(lines)


@pytest.mark.parametrize(
    ("reply", "verdict"), [(report(), "CLEAN"), ({"ok": True}, "NOT_ASKED"), ([], "NOT_ASKED")]
)
def test_only_a_report_of_npms_registry_is_clean(
    audit: ModuleType, reply: Any, verdict: str
) -> None:
    answer = audit.read_npm(json.dumps(reply), "")
    assert audit.judge([answer], [], TODAY)[0] == getattr(audit, verdict)
