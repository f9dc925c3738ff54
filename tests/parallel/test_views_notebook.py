"""The example notebook of views: the classic pages of IPython.parallel, line by line."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

EXAMPLE = Path(__file__).parents[2] / "examples" / "views.ipynb"


@pytest.fixture(scope="module")
def executed(pair: str, tmp_path_factory: pytest.TempPathFactory) -> list:
    """The cells of the notebook as a kernel has run them, on the session of two engines."""
    notebook = nbformat.read(EXAMPLE, as_version=4)
    connect = f"import emout_lab; _session = emout_lab.connect(name={pair!r})"
    notebook.cells.insert(0, new_code_cell(connect))
    folder = str(tmp_path_factory.mktemp("views"))
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]


def test_every_line_works_that_the_pages_show(executed):
    for cell in executed:
        failed = [each for each in cell.outputs if each.output_type == "error"]
        assert bool(failed) == bool(cell.metadata.get("tags")), cell.source


def test_errors_are_those_that_the_pages_show(executed):
    errors = [each for cell in executed for each in cell.outputs if each.output_type == "error"]
    texts = "".join(f"{each.ename} {each.evalue}\n" for each in errors)
    for kind in ("NameError", "TimeoutError", "UnmetDependency", "CompositeError"):
        assert kind in texts
    assert [each.ename for each in errors].count("RemoteZeroDivisionError") == 1


def test_a_picture_of_an_engine_arrives_in_the_notebook(executed):
    cell = next(cell for cell in executed if "drawn on engine 0" in cell.source)
    assert any("image/png" in each.get("data", {}) for each in cell.outputs)
