"""Hosts and workers work, keep scratch and import only where nobody else can write."""

from __future__ import annotations

import json
import os
import shutil
import site
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from strangers import (
    IS_ROOT,
    give_away,
    is_installed,
    others_can_change,
    plant_module,
    shared_folder,
)

from emout_lab import sessions
from emout_lab.errors import SpecError, UnsafeFile
from emout_lab.remote.session import connect
from emout_lab.sessions.bootstrap import bootstrap_command, encode_path
from emout_lab.sessions.scratch import own_scratch

VARIABLES = ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", "DASK_CONFIG", "HDF5_PLUGIN_PATH")
PRINT_PATH = "import json, os, sys; print(json.dumps([sys.path, os.environ.get('PYTHONPATH')]))"


@pytest.fixture
def shared() -> Iterator[Path]:
    with shared_folder() as folder:
        yield folder


def looker() -> Callable[..., dict[str, Any]]:
    """Return a function that tells what a process of a session works with, and travels there."""

    def look(**_: Any) -> dict[str, Any]:
        import h5py

        return {
            "pid": os.getpid(),
            "paths": [entry or os.getcwd() for entry in sys.path],
            "temporary": tempfile.gettempdir(),
            "h5py": h5py.__file__,
            "variables": dict(os.environ),
        }

    return look


def test_nothing_that_a_stranger_planted_is_used_by_a_local_session(
    emout_home: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack(shared, tmp_path, monkeypatch)
    sessions.start(backend="local", memory="1G", cores=1)
    check_session(shared, tmp_path)


@pytest.mark.slurm
@pytest.mark.parametrize("host", ["login", "job"])
def test_nothing_that_a_stranger_planted_is_used_on_slurm(
    slurm: Any, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    attack(shared, tmp_path, monkeypatch)
    sessions.start(backend="slurm", memory="1G", cores=1, walltime="00:10:00", host=host)
    check_session(shared, tmp_path)


def attack(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant in the shared folder what was used before, and what else could be."""
    (tmp_path / "hers").write_text("precious")
    for name in ("dask-scratch-space", f"emout-lab-{os.getuid()}"):
        if name.startswith("emout") and not IS_ROOT:
            # Only another user's folder of this name is an attack.
            continue
        folder = shared / name
        folder.mkdir()
        folder.chmod(0o777)
        give_away(folder)
        for lock in ("global.lock", "purge.lock"):
            (folder / lock).symlink_to(tmp_path / "hers")
            give_away(folder / lock)
    for folder in (shared, shared / "dask-scratch-space"):
        for module in ("h5py", "dask", "sitecustomize", "usercustomize"):
            plant_module(folder, module, tmp_path / "proof")
    monkeypatch.chdir(shared)
    monkeypatch.setenv("TMPDIR", str(shared))
    monkeypatch.setenv("PYTHONPATH", f"{shared}:.::{shared / 'not-yet'}")
    for variable in VARIABLES:
        monkeypatch.setenv(variable, str(shared))


def check_session(shared: Path, tmp_path: Path) -> None:
    sessions.wait_for_workers(timeout=90)
    look = looker()
    with sessions.connect() as client:
        seen = [
            *client.run(look).values(),
            *client.run(look, nanny=True).values(),
            client.run_on_scheduler(look),
        ]
        places = client.run(lambda dask_worker: dask_worker.local_directory).values()
    assert not (tmp_path / "proof").exists()
    assert (tmp_path / "hers").read_text() == "precious"
    for process in seen:
        entries = [entry for entry in process["paths"] if not is_installed(entry)]
        assert [entry for entry in entries if others_can_change(entry)] == []
        assert str(shared) not in process["paths"]
        assert is_installed(process["h5py"])
        assert process["variables"].keys().isdisjoint(VARIABLES)
        running = psutil.Process(process["pid"])
        for folder in (running.cwd(), process["temporary"], *places):
            assert_own(Path(folder))
        for file in running.open_files():
            assert is_installed(file.path) or not others_can_change(file.path), file
    sessions.stop()
    left = [path.name for path in shared.glob("emout-lab-*/*")]
    assert not [name for name in left if name.startswith("run-")]


def assert_own(folder: Path) -> None:
    status = folder.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (os.getuid(), 0o700), folder
    assert not others_can_change(folder)


def run_bootstrap(
    environment: dict[str, str],
    folder: Path,
    trusted: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
) -> tuple[list[str], str | None, str]:
    """Return the import path and PYTHONPATH of a process that was started safely, and its words."""
    (folder / "print_path.py").write_text(PRINT_PATH)
    done = subprocess.run(
        bootstrap_command("print_path", trusted=trusted, options=options),
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    path, python_path = json.loads(done.stdout)
    return path, python_path, done.stderr


def test_python_path_keeps_what_is_ones_own_and_tells_what_it_leaves_out(
    shared: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    for folder in (own, shared / "in_shared"):
        folder.mkdir()
    (shared / "in_shared").chmod(0o777)
    (shared / "link").symlink_to(own)
    (tmp_path / "through").symlink_to(shared / "in_shared")
    (tmp_path / "group").mkdir()
    (tmp_path / "group").chmod(0o775)
    os.chown(tmp_path / "group", -1, a_shared_group())
    entries = [
        shared,
        shared / "in_shared",
        shared / "not-yet",
        tmp_path / "through",
        tmp_path / "group",
        own,
    ]
    if IS_ROOT:
        give_away(shared / "link")
        entries.insert(0, shared / "link")
    asked = ":".join(["", ".", "lib", *map(str, entries)])
    path, python_path, words = run_bootstrap({"PYTHONPATH": asked}, own)
    assert python_path == str(own)
    assert path[0] == str(own)
    assert not {*map(str, entries[:-1]), "", ".", "lib"} & set(path)
    for entry in entries[:-1]:
        assert f"nothing is imported from {entry}: " in words
    assert "EMOUT_LAB_TRUSTED_FOLDERS" in words


def a_shared_group() -> int:
    """A group that is not this user's alone; where there is none, the test says less."""
    others = [group for group in (*os.getgroups(), 100) if group not in (0, os.getgid())]
    return others[0] if IS_ROOT or others[0] in os.getgroups() else os.getgid()


def test_folder_that_is_trusted_is_imported_from(shared: Path, tmp_path: Path) -> None:
    (shared / "lab").mkdir(mode=0o777)
    asked = {"PYTHONPATH": f"{shared / 'lab'}:{tmp_path}"}
    path, _, words = run_bootstrap(asked, tmp_path, trusted=(str(shared),))
    assert path[0] == str(shared / "lab")
    assert "nothing is imported" not in words


def test_users_packages_stand_before_those_of_the_system_and_only_while_they_are_the_users(
    tmp_path: Path,
) -> None:
    environment = {"PYTHONUSERBASE": str(tmp_path / "base")}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = tmp_path / "base" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    options = ("--user-packages",)
    path, _, _ = run_bootstrap(
        {**environment, "PYTHONPATH": str(tmp_path)}, tmp_path, options=options
    )
    installed = next(entry for entry in path if entry in site.getsitepackages())
    assert path.index(str(tmp_path)) < path.index(str(packages)) < path.index(installed)
    packages.chmod(0o777)
    path, _, words = run_bootstrap(
        {**environment, "PYTHONPATH": str(tmp_path)}, tmp_path, options=options
    )
    assert str(packages) not in path
    assert f"nothing is imported from {packages}: everybody can write" in words


def test_sessions_folder_that_others_can_change_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared_folder(0o777) as swappable:
        (swappable / "home").mkdir(mode=0o700)
        monkeypatch.setenv("EMOUT_LAB_HOME", str(swappable / "home"))
        with pytest.raises(UnsafeFile, match=f"everybody can write to {swappable}.*chmod"):
            sessions.start(backend="local", memory="1G", cores=1)
        monkeypatch.setenv("EMOUT_LAB_TRUSTED_FOLDERS", str(swappable))
        sessions.start(backend="local", memory="1G", cores=1)
        sessions.stop()


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder away")
def test_sessions_folder_of_somebody_else_and_link_of_somebody_else_are_refused(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign, link = shared / "foreign", shared / "link"
    foreign.mkdir(mode=0o755)
    link.symlink_to(tmp_path)
    for path in (foreign, link):
        give_away(path)
        monkeypatch.setenv("EMOUT_LAB_HOME", str(path))
        with pytest.raises(UnsafeFile, match=f"{path} belongs to user id 65534"):
            sessions.start(backend="local", memory="1G", cores=1)


def test_sessions_folder_with_a_line_break_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOUT_LAB_HOME", f"{tmp_path}/a\nb")
    with pytest.raises(SpecError, match="line break") as refusal:
        sessions.list()
    assert refusal.value.field == "home"


def test_temporary_files_go_elsewhere_where_a_place_is_not_safe(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    shared.chmod(0o777)
    with own_scratch([str(shared / "missing")], [str(tmp_path)]) as folder:
        assert folder.parent.parent == tmp_path
        assert_own(folder)
    assert list(shared.iterdir()) == []
    shutil.rmtree(tmp_path / f"emout-lab-{os.getuid()}")
    with pytest.raises(OSError, match="no safe folder for temporary files: .*everybody can write"):
        own_scratch([]).__enter__()


def test_temporary_files_of_killed_processes_are_removed_and_those_of_living_ones_stay(
    shared: Path,
) -> None:
    script = (
        "from emout_lab.sessions.scratch import own_scratch\n"
        f"with own_scratch([{str(shared)!r}]) as folder:\n"
        "    print(folder, flush=True)\n    input()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    killed, living = (Path(process.stdout.readline().strip()) for process in processes)
    processes[0].kill()
    processes[0].communicate()
    assert killed.exists()
    with own_scratch([str(shared)]) as folder:
        assert not killed.exists()
        assert living.exists()
        assert folder.parent == living.parent
    processes[1].communicate("\n")
    assert not living.exists()


def test_link_in_place_of_a_users_folder_is_not_followed(shared: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    (shared / f"emout-lab-{os.getuid()}").symlink_to(target)
    with own_scratch([str(shared)]) as folder:
        assert target not in folder.resolve().parents
        assert_own(folder)
    assert list(target.iterdir()) == []


def test_notebook_in_a_folder_of_everybody_imports_nothing_from_there(
    local_session: Any, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_module(shared, "planted_beside_notebook", tmp_path / "proof")
    monkeypatch.chdir(shared)
    with (
        connect(name=local_session.name) as session,
        pytest.raises(ModuleNotFoundError, match="planted_beside_notebook"),
    ):
        session.open("planted_beside_notebook:value", 1).fetch()
    assert not (tmp_path / "proof").exists()


def test_path_as_an_argument_is_read_by_no_shell() -> None:
    command = bootstrap_command("m", encode_path("/a b'\"$(date)\\%"))
    assert command[-1] == "path:/a%20b%27%22%24%28date%29%5C%25"
