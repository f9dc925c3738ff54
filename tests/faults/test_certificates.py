"""Keys and certificates that are gone, damaged or not valid any more."""

from __future__ import annotations

import datetime
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.errors import SessionDead
from emout_lab.sessions import SessionState
from emout_lab.sessions.tls import make_certificates

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}


def truncate(certs: Path) -> None:
    (certs / "worker-key.pem").write_text("")


def remove_authority(certs: Path) -> None:
    (certs / "ca.pem").unlink()


def replace_by_others(certs: Path) -> None:
    make_certificates(certs, "stranger", "127.0.0.1")


def directory_in_place(certs: Path) -> None:
    place = certs / "worker-cert.pem"
    while not place.is_dir():
        place.unlink(missing_ok=True)
        with suppress(FileExistsError):
            # The host may have been faster.
            place.mkdir()


@pytest.fixture(scope="module")
def certs(local_session: sessions.SessionStatus) -> Path:
    return Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / local_session.name / "certs"


@pytest.mark.parametrize(
    "damage", [shutil.rmtree, truncate, remove_authority, replace_by_others, directory_in_place]
)
def test_certificates_are_written_anew(certs: Path, damage: Callable[[Path], None]) -> None:
    before = {file.name: file.read_bytes() for file in certs.glob("*.pem")}
    damage(certs)

    def restored() -> bool:
        found = {file.name: file for file in certs.glob("*.pem") if file.is_file()}
        return {name: file.read_bytes() for name, file in found.items()} == before

    wait_until(restored)
    assert {file.stat().st_mode & 0o777 for file in certs.glob("*.pem")} == {0o600}


def test_worker_that_comes_later_finds_what_it_needs(certs: Path) -> None:
    shutil.rmtree(certs)
    wait_until(lambda: len(list(certs.glob("*.pem"))) == 7)
    sessions.scale(2)
    assert sessions.wait_for_workers(n=2, timeout=120).workers == 2


def test_session_says_that_its_certificates_are_over(impatient: Path) -> None:
    settings = Path(os.environ["HOME"], ".config", "emout-lab", "config.yaml")
    with settings.open("a") as stream:
        stream.write(f"certificate_days: {20 / 86_400}\n")
    sessions.start(**LOCAL)
    sessions.wait_for_workers(timeout=20)
    wait_until(lambda: "its certificates were valid until" in (sessions.get().reason or ""), 60)
    found = sessions.get()
    assert found.state is SessionState.RUNNING
    assert "cannot join" in (found.reason or "")
    assert "start it again" in (found.reason or "")
    with pytest.raises(SessionDead, match="were valid until"):
        sessions.connect(timeout=5)


def test_clock_that_was_set_back_is_given_as_the_reason(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certs", "x", "127.0.0.1")
    now = datetime.datetime.now(datetime.timezone.utc)
    assert certificates.problem(now) is None
    assert "set the clock" in (certificates.problem(now - datetime.timedelta(days=2)) or "")
    assert "were valid until" in (certificates.problem(now + datetime.timedelta(days=400)) or "")
