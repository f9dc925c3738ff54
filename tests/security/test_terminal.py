"""Nothing that others have written is obeyed by the terminal that shows it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emout_lab import sessions
from emout_lab.cli import cli
from emout_lab.errors import SessionDead
from emout_lab.paths import write_private
from emout_lab.printable import printable, printable_line
from emout_lab.sessions import SessionStatus

# Clear the screen, set the title, ask for an answer, C1's one-byte escape, go back over the line,
# write from right to left, half a character.
NASTY = "\x1b[2J\x1b]0;owned\x07\x1b[c\x9b31m\rok\x08\u202etxt\ud800"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def written(local_session: SessionStatus) -> dict[str, Any]:
    """What a real host has written of its session."""
    servers = Path(os.environ["EMOUT_LAB_HOME"]) / "servers"
    state: dict[str, Any] = json.loads((servers / local_session.name / "state.json").read_text())
    return state


@pytest.fixture
def folder(emout_home: Path, written: dict[str, Any]) -> Path:
    """The folder of a session that has failed, whose state others have written."""
    folder = emout_home / "servers" / "default"
    (folder / "logs").mkdir(parents=True)
    foreign = {
        "state": "failed",
        "reason": f"{NASTY}\nState:       running",
        "address": f"tls://127.0.0.1:1{NASTY}",
        "expires_at": NASTY,
        "session_dir": str(folder),
    }
    write_private(folder / "state.json", json.dumps({**written, **foreign}).encode())
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["server", *arguments])


@pytest.mark.parametrize("text", [NASTY, *(chr(code) for code in range(0x80, 0xA0)), "\x7f"])
def test_printable_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = printable(f"a{text}b")
    assert not OBEYED.search(shown)
    assert shown.encode()


def test_ordinary_text_of_any_script_is_left_alone() -> None:
    for text in ("", "plain", "tab\tand\nline", "日本語 Größe ∇φ 👩‍🚀"):
        assert printable(text) == text


def test_line_stays_one_line() -> None:
    assert "\n" not in printable_line("default\nState:  running")


def test_status_and_errors_quote_a_foreign_state_harmlessly(folder: Path) -> None:
    assert folder.exists()
    for arguments in (("status",), ("status", "--all"), ("status", "--json"), ("scale", "2")):
        shown = run(*arguments)
        assert shown.output
        assert not OBEYED.search(shown.output), arguments
        assert not isinstance(shown.exception, UnicodeError)
    lines = run("status").output.splitlines()
    assert sum(line.startswith("State:") for line in lines) == 1, "no second entry is made up"
    with pytest.raises(SessionDead) as refusal:
        sessions.connect()
    assert not OBEYED.search(str(refusal.value))


def test_logs_are_shown_harmlessly(folder: Path) -> None:
    (folder / "logs" / "host.log").write_bytes(
        b"\x1b[32mgreen\x1b[0m \x1b]52;c;cm0gLXJm\x07 \x9b2J\xff\n10 %\r20 %\r\n"
    )
    shown = run("logs", "--job", "host").output
    assert not OBEYED.search(shown)
    assert "green \\x1b]52" in shown
    assert "10 %\n20 %\n" in shown


def test_panel_gets_harmless_texts(folder: Path) -> None:
    assert folder.exists()
    assert not OBEYED.search(json.dumps(sessions.get().to_json(), ensure_ascii=False))
