"""Recipes of live figures are read without running anything that stands in them."""

from __future__ import annotations

import os
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from emout_lab.client import live_recipes
from emout_lab.paths import make_private_directory, write_private


class Trap:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("emout_lab.client.live_recipes", "os.system"),
        ("emout_lab.engine.operations", "call_named"),
        ("emout_lab.engine.serialization", "unpack"),
        ("emout_lab.engine.serialization", "pickle.loads"),
    ],
)
def test_a_recipe_runs_nothing(emout_home: Path, tmp_path: Path, module: str, name: str) -> None:
    proof, figure = tmp_path / "proof", "0" * 32
    file = live_recipes._file("default", figure)
    assert file is not None
    make_private_directory(file.parent)
    arguments = {
        "call_named": ("os:system", f"touch {proof}"),
        "unpack": (pickle.dumps(Trap(proof)),),
        "pickle.loads": (pickle.dumps(Trap(proof)),),
    }.get(name, (f"touch {proof}",))
    # What calls something by its name, with these arguments.
    called = b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(each)]) + each.encode() for each in (module, name)
    )
    called += b"\x93" + pickle.dumps(arguments, 4)[2:-1] + b"R."
    write_private(file, zlib.compress(called))
    assert live_recipes.find("default", figure) is None
    assert not proof.exists()
    pickle.loads(called)
    assert proof.exists(), "the trap works"
