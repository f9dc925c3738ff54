"""The server under test: open to local tests only, with demo data to draw."""

import os
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

from emout_lab.emses.demo import write_demo_data

root = Path(os.environ["JUPYTERLAB_GALATA_ROOT_DIR"])
root.mkdir(parents=True, exist_ok=True)
if not (root / "demo").exists():
    write_demo_data(root / "demo", grid=64, steps=20)

c = get_config()  # noqa: F821  # Jupyter puts it there
configure_jupyter_server(c)
c.ServerApp.port = int(os.environ["LAB_TEST_PORT"])
c.ServerApp.allow_root = True
# A checkout that is not installed brings its own frontend.
if "LAB_TEST_EXTENSIONS" in os.environ:
    c.LabServerApp.extra_labextensions_path = [
        os.environ["LAB_TEST_EXTENSIONS"],
        c.LabServerApp.extra_labextensions_path,
    ]
# Screenshots are written in the tests' own fonts.
c.ServerApp.extra_static_paths = [
    str(Path(__file__).resolve().parent / "node_modules" / "@fontsource-variable")
]
# As Galata's configuration does for JupyterLab.
c.JupyterNotebookApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
# Galata deletes what it made; into the trash of the developer's home otherwise.
c.FileContentsManager.delete_to_trash = False
c.EmoutLabApp.poll_interval = 0.5
