"""What users have written is whole or not there, and the error names the file.

The limit for a file's size (RLIMIT_FSIZE) fails writes as a full disk does, anywhere; where a file
system may be mounted, a full one is tried as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError
from emout_lab.files import replacing, write_file

matplotlib.use("agg")

WRITERS = """
import os, resource, sys
import matplotlib
matplotlib.use("agg")
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError
from emout_lab.files import write_file

run, target, limit = sys.argv[1:]
data = Emout(run)
film = data.phisp[:, :, 4, :].gifplot()
ways = {
    "a.bytes": lambda path: write_file(path, bytes(100_000)),
    "a.png": lambda path: data.phisp[-1, :, 4, :].plot(savefilename=path),
    "a": lambda path: data.phisp[-1, :, 4, :].plot(savefilename=path),
    "a.gif": film.save,
    "a.webp": film.save,
    "b.gif": lambda path: film.save(path, writer="pillow", metadata={"comment": "x"}),
    "demo": lambda path: write_demo_data(path, grid=8, steps=2),
}
if limit != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), -1))
turns = [ways, ["a.bytes", "a.png", "a.gif"]] if limit != "0" else [["a.bytes", "a.png", "demo"]]
for names in turns:
    for name in names:
        write = ways[name]
        path = os.path.join(target, name)
        try:
            write(path)
        except (OSError, DataError) as error:
            print(name, type(error).__name__, error)
    print("left:", *sorted(os.listdir(target)))
    for name in ("a.bytes", "a.png", "a.gif") if limit != "0" else ():
        write_file(os.path.join(target, name), b"as before")
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)


def attempts(run: Path, target: Path, limit: int, *before: str) -> list[str]:
    command = [*before, sys.executable, "-c", WRITERS, str(run), str(target), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def check(told: list[str], target: Path, reason: str, names: list[str]) -> None:
    assert [line.split()[0] for line in told] == names
    for name, line in zip(names, told, strict=True):
        # A name without a suffix gets the one of the format.
        shown = "a.png" if name == "a" else name
        assert reason in line and str(target / shown) in line, line


def test_nothing_half_is_left_when_no_more_can_be_written(run: Path, tmp_path: Path):
    told = attempts(run, tmp_path, 1000)
    ways = ["a.bytes", "a.png", "a", "a.gif", "a.webp", "b.gif", "demo"]
    check(told[:7], tmp_path, "File too large", ways)
    assert told[7] == "left:"
    # What was there before stays whole.
    left = ["a.bytes", "a.gif", "a.png"]
    reason = "File too large; the file that was there is as before"
    check(told[8:11], tmp_path, reason, ["a.bytes", "a.png", "a.gif"])
    assert told[11].split() == ["left:", *left]
    assert all((tmp_path / name).read_bytes() == b"as before" for name in left)


def test_a_full_file_system_is_told_with_the_path(run: Path, tmp_path: Path):
    mount = f"mount -t tmpfs -o size=16k tmpfs {tmp_path} && head -c 8192 /dev/zero > {tmp_path}/f"
    alone = ["unshare", "--mount", "--map-root-user", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system of its own")
    told = attempts(run, tmp_path, 0, *alone)
    assert told[-1] == "left: f"
    assert all("No space left" in line or "of free space" in line for line in told[:-1])
    assert len(told) == 4


def test_what_is_not_a_file_that_can_be_written_is_told(tmp_path: Path):
    with pytest.raises(IsADirectoryError, match=f"it is a folder.*{tmp_path}"):
        write_file(tmp_path, b"x")
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*none'.*none/a\.png"):
        write_file(tmp_path / "none" / "a.png", b"x")
    with pytest.raises(OSError, match="No space left.*/dev/full"):
        write_file("/dev/full", b"x")
    with pytest.raises(OSError, match="name too long"):
        write_file(tmp_path / ("n" * 300), b"x")
    write_file("/dev/null", b"x")
    with pytest.raises(DataError, match=r"cannot be written to .*a\.txt"):
        write_file(tmp_path / "a.txt", b"x")
        write_demo_data(tmp_path / "a.txt", grid=8, steps=1)
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_what_is_write_protected_stays_so(tmp_path: Path):
    file = tmp_path / "a.png"
    write_file(file, b"old")
    file.chmod(0o444)
    with pytest.raises(PermissionError, match=r"write-protected.*a\.png"):
        write_file(file, b"new")
    tmp_path.chmod(0o555)
    with pytest.raises(PermissionError, match=r"b\.png"):
        write_file(tmp_path / "b.png", b"new")
    tmp_path.chmod(0o755)
    assert file.read_bytes() == b"old"


def test_mode_and_link_are_those_of_an_ordinary_write(run: Path, tmp_path: Path):
    umask = os.umask(0o027)
    try:
        Emout(run).phisp[-1, :, 4, :].plot(savefilename=tmp_path / "new.png")
    finally:
        os.umask(umask)
    assert (tmp_path / "new.png").stat().st_mode & 0o777 == 0o640
    for name, mode in (("shared.png", 0o664), ("own.png", 0o600)):
        (tmp_path / name).write_bytes(b"old")
        (tmp_path / name).chmod(mode)
        (tmp_path / f"link-{name}").symlink_to(name)
        write_file(tmp_path / f"link-{name}", b"new")
        assert (tmp_path / f"link-{name}").is_symlink()
        assert (tmp_path / name).read_bytes() == b"new"
        assert (tmp_path / name).stat().st_mode & 0o777 == mode
    (tmp_path / "dangling.png").symlink_to("later.png")
    write_file(tmp_path / "dangling.png", b"new")
    assert (tmp_path / "later.png").read_bytes() == b"new"


def test_what_is_missing_elsewhere_keeps_its_own_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="font"), replacing(tmp_path / "a.png"):
        Path("/nowhere/font.ttf").read_bytes()
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.png") as part:
        Path(part).write_bytes(np.arange(4).tobytes())
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
