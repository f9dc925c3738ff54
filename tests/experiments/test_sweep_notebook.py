"""The example notebook of sweeps: from a run to a heat map, across a lab that was closed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

EXAMPLE = Path(__file__).parents[2] / "examples" / "sweep.ipynb"


@pytest.fixture(scope="module")
def executed(pair: str, tmp_path_factory: pytest.TempPathFactory) -> list:
    """The cells of the notebook as a kernel has run them, on the session of two engines."""
    pytest.importorskip("numba")
    notebook = nbformat.read(EXAMPLE, as_version=4)
    connect = f"import emout_lab; _session = emout_lab.connect(name={pair!r})\n%matplotlib inline"
    notebook.cells.insert(0, new_code_cell(connect))
    folder = str(tmp_path_factory.mktemp("sweep"))
    NotebookClient(
        notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]


def _text(cell) -> str:
    parts = [
        each.get("text") or each.get("data", {}).get("text/plain", "") for each in cell.outputs
    ]
    return "".join(parts)


def test_the_sweep_is_done_and_nothing_twice(executed):
    assert "True" in _text(executed[3])
    assert _text(executed[-2]).strip().endswith("4")


def test_it_ends_in_a_heat_map(executed):
    assert any("image/png" in each.get("data", {}) for each in executed[5].outputs)
