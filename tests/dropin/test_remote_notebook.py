"""Cells of a notebook for upstream emout, with another import line, in a real kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from notebook_outputs import error_of, pictures, text

from emout_lab.sessions import SessionStatus

CELLS = (
    "%load_ext emout_lab.emout.distributed.remote_figure\n"
    "from emout_lab.emout.distributed import remote_figure, remote_scope, RemoteFigure\n"
    "from emout_lab.emout.distributed import connect, RemoteRef, get_or_create_session\n"
    "import matplotlib.pyplot as plt\n"
    "data = 'mine'",
    "%%remote_figure --dpi 50 --figsize 3,2 --emout-dir nowhere\nplt.plot([1, 4, 9])",
    "client = connect()\n"
    "values = RemoteRef.of(get_or_create_session().open('numpy:arange', 12.0))\n"
    "print(data, float(values.call('sum')))",
    "rf = RemoteFigure(dpi=50)\nrf.open()\nplt.plot(values)",
    "plt.xlabel('x [m]')\nrf.close()",
    "with remote_figure(dpi=50, figsize=(3, 2)) as fig:\n    fig.add_subplot().plot(values);",
    "from emout_lab.emout.distributed import register_magics; register_magics()",
    "client.close()",
)


def test_cells_do_what_they_did(local_session: SessionStatus, tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [cell.outputs for cell in book.cells]
    assert [error for error in map(error_of, shown) if error] == []
    assert [len(pictures(outputs)) for outputs in shown] == [0, 1, 0, 0, 1, 1, 0, 0]
    # Upstream's option opens nothing by this name.
    assert text(shown[2]) == "mine 66.0\n"
