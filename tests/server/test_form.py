"""The start form comes, whatever state the machine's SLURM is in."""

import asyncio
import os
import time

import psutil
import pytest

from .conftest import PATIENCE_S


@pytest.fixture
def slow_slurm(tmp_path, monkeypatch):
    """A machine whose sinfo answers when a file appears, and notes each time that it is asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    answer, asked = tmp_path / "answer", tmp_path / "asked"
    sinfo = f"echo $$ >> {asked}\nuntil [ -e {answer} ]; do sleep 0.05; done\ncat {answer}\n"
    for name, lines in {"sinfo": sinfo, "sbatch": "echo usage\n"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{lines}")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.delenv("SLURM_CONF", raising=False)
    return SlowSlurm(answer, asked)


class SlowSlurm:
    def __init__(self, answer, asked):
        self._answer = answer
        self._asked = asked

    @property
    def pids(self):
        return [int(line) for line in self._asked.read_text().split()]

    def tell(self, text):
        self._answer.write_text(text)


def slurm_in(form):
    return next(each for each in form["backends"] if each["name"] == "slurm")


async def test_the_form_does_not_wait_for_slurm_and_has_its_answer_later(api, slow_slurm):
    forms = await asyncio.gather(*(api("profiles") for _ in range(3)))
    for code, form in forms:
        assert code == 200
        assert form["partitions_status"]["state"] == "pending"
        assert form["partitions"] == []
        assert slurm_in(form) == {"name": "slurm", "available": True, "reason": None}
        assert form["defaults"]["backend"] == "slurm"
    assert (await api("sessions"))[0] == 200
    assert len(slow_slurm.pids) == 1, "one question for all"
    slow_slurm.tell("gr*|infinite|2|4|8000\n")
    deadline = time.monotonic() + PATIENCE_S
    while (form := (await api("profiles"))[1])["partitions_status"]["state"] == "pending":
        assert time.monotonic() < deadline
    assert form["partitions_status"] == {"state": "known", "message": None}
    assert [each["name"] for each in form["partitions"]] == ["gr"]
    assert form["defaults"]["partition"] == "gr"
    assert (await api("profiles"))[1] == form
    assert len(slow_slurm.pids) == 1, "its answer is kept"


async def test_a_server_that_stops_leaves_no_question_behind(api, jp_serverapp, slow_slurm):
    await api("profiles")
    (pid,) = slow_slurm.pids
    assert psutil.pid_exists(pid)
    await jp_serverapp.extension_manager.extension_apps["emout_lab"].copy().pop().stop_extension()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_what_slurm_complains_of_is_said(api, slow_slurm, tmp_path):
    sinfo = tmp_path / "bin" / "sinfo"
    sinfo.write_text("#!/bin/sh\necho 'slurm_load_partitions error: no controller' >&2\nexit 1\n")
    _, form = await api("profiles")
    assert form["partitions_status"]["state"] == "failed"
    assert "no controller" in form["partitions_status"]["message"]
    assert slurm_in(form)["available"] is False
    assert form["defaults"]["backend"] == "local"


async def test_a_configuration_that_is_missing_is_named_at_once(api, slow_slurm, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", "/nowhere/slurm.conf")
    _, form = await api("profiles")
    assert form["partitions_status"]["state"] == "failed"
    assert "/nowhere/slurm.conf" in form["partitions_status"]["message"]
    assert slurm_in(form)["available"] is False


async def test_a_machine_without_slurm_says_so(api, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    _, form = await api("profiles")
    assert form["partitions_status"]["state"] == "none"
    assert "sbatch" in form["partitions_status"]["message"]
