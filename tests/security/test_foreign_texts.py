"""What engines, files and notebooks of others say is shown and read, and never run."""

from __future__ import annotations

import ast
import os
import pickle
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import emout_lab
from emout_lab.client import live_recipes
from emout_lab.emses.demo import write_demo_data
from emout_lab.engine.protocol import Figure
from emout_lab.errors import EmoutLabError
from emout_lab.paths import make_private_directory, write_private
from emout_lab.remote.mimebundle import bundle

ROOT = Path(emout_lab.__file__).parent
NASTY = '"><script>alert(1)</script><a href="'


@pytest.mark.parametrize("format", ["pdf", "gif", NASTY])
@pytest.mark.parametrize("mimetype", ["application/pdf", "image/gif", f"video/{NASTY}"])
def test_what_an_engine_says_of_a_figure_is_no_html(format: str, mimetype: str) -> None:
    figure = Figure(
        id="f1",
        engine=NASTY,
        format=format,
        mimetype=mimetype,
        width=1,
        height=1,
        milliseconds=1.0,
        created=0.0,
        bytes_read=0,
        data=NASTY.encode(),
        preview=NASTY.encode(),
        title=NASTY,
    )
    assert "<script" not in bundle(figure, {}).get("text/html", "")


#: Where pickles are opened: what travels between processes of one user, over TLS or in 0700.
OPENED = {
    "messages.py": "errors of workers, by Dask's connections",
    "channel.py": "programs and replies, by our own connections",
    "client/live_recipes.py": "calls of live figures, whose records run nothing",
    "engine/modules/loader.py": "code of the user's modules without a text, in programs",
    "remote/module_origins.py": "code that this process has loaded",
    "sockets/frames.py": "programs and replies, by our own connections",
    "engine/serialization.py": "calls and values",
    "engine/sweeps/records.py": "results, by who asked for them",
    "engine/sweeps/running.py": "the experiment, on workers",
    "engine/sweeps/points.py": "parameters that are no plain values, on workers",
    "engine/sweeps/point_results.py": "an error that was pickled there",
}
LOADERS = {"load", "loads", "Unpickler", "read_pickle", "_Unpickler"}
MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "pd", "pandas"}


def opened_pickles(source: str) -> list[int]:
    """Return the lines in which a pickle may be opened."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in MODULES and node.attr in LOADERS:
                found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            found += [node.lineno for name in node.names if name.name in LOADERS]
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                found.append(node.value.lineno)
    return found


def test_pickles_are_opened_in_few_places_none_of_which_reads_files_of_others() -> None:
    found = {
        str(file.relative_to(ROOT)): lines
        for file in sorted(ROOT.rglob("*.py"))
        if (lines := opened_pickles(file.read_text()))
    }
    assert set(found) == set(OPENED), found


def test_search_for_pickles_finds_them() -> None:
    for source in ("import pickle\npickle.loads(x)", "np.load(f, allow_pickle=True)"):
        assert opened_pickles(source)
    assert opened_pickles("np.load(f, allow_pickle=False)") == []


class Trap:
    """Leaves a proof where it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self):  # type: ignore[no-untyped-def]
        return (os.mkdir, (str(self.proof),))


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
def test_recipe_of_a_figure_runs_nothing(
    emout_home: Path, tmp_path: Path, module: str, name: str
) -> None:
    proof, figure = tmp_path / "proof", "0" * 32
    places = live_recipes._file("default", figure)
    assert places is not None
    make_private_directory(places.parent)
    asked = {
        "call_named": ("os:system", f"touch {proof}"),
        "unpack": (pickle.dumps(Trap(proof)),),
        "pickle.loads": (pickle.dumps(Trap(proof)),),
    }.get(name, (f"touch {proof}",))
    # GLOBAL by name, then a call of it with the arguments.
    head = b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(each)]) + each.encode() for each in (module, name)
    )
    arguments = pickle.dumps(asked, 4)[2:-1]
    write_private(places, zlib.compress(head + b"\x93" + arguments + b"R."))
    assert live_recipes.find("default", figure) is None
    assert not proof.exists()
    pickle.loads(head + b"\x93" + arguments + b"R.")
    assert proof.exists(), "the trap works"


def test_data_of_somebody_else_run_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    trap = pickle.dumps(Trap(proof))
    folder = write_demo_data(tmp_path / "run")
    for file in folder.glob("*.h5"):
        with h5py.File(file, "a") as h5:
            h5.attrs["pickle"] = np.void(trap)
            for group in h5.values():
                group.attrs["_pickle"] = np.void(trap)
                group.create_dataset("9999", data=np.void(trap))
            break
    inp = folder / "plasma.inp"
    if inp.exists():
        inp.write_text(inp.read_text().replace("&tmgrid", "&a s='__import__(\"os\")' /\n&tmgrid"))
    data = emout_lab.Emout(folder)
    for name in ("phisp", "ex"):
        try:
            repr(getattr(data, name))
            repr(getattr(data, name)[-1])
        except EmoutLabError:
            continue
    repr(data.inp)
    assert not proof.exists()
    pickle.loads(trap)
    assert proof.exists(), "the trap works"
