"""Run the example notebook through a local session of its own.

Leaves the executed notebook and its images under ``build/demo/`` and stops the session that it
started. With ``--data-only`` it only prepares data and notebook, for ``make lab``.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from emout_lab import sessions
from emout_lab.emses.demo import write_demo_data

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "build" / "demo"
IMAGES = {"image/png": "png", "image/gif": "gif", "image/svg+xml": "svg"}
#: What moves stands in a notebook as HTML.
MOVING = re.compile(r'<img[^>]* src="data:(image/gif);base64,([^"]+)">')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-only", action="store_true")
    options = parser.parse_args()
    prepare()
    if options.data_only:
        return 0
    # A runtime root of its own: the demo neither sees nor disturbs the user's sessions.
    os.environ["EMOUT_LAB_HOME"] = str(HERE / "home")
    print("starting a local session …", flush=True)
    start = time.perf_counter()
    sessions.start(name="demo", backend="local", memory="2G", cores=1)
    try:
        sessions.wait_for_workers("demo", timeout=120)
        print(f"  up after {time.perf_counter() - start:.1f} s")
        print("running the notebook …", flush=True)
        notebook = run_notebook()
    finally:
        sessions.stop("demo")
        print("stopped the session", flush=True)
    images = write_images(notebook)
    print(f"\nexecuted notebook: {relative(HERE / 'quickstart.ipynb')}")
    for image in images:
        print(f"image:             {relative(image)} ({image.stat().st_size:,} bytes)")
    return 0


def prepare() -> None:
    HERE.mkdir(parents=True, exist_ok=True)
    if not (HERE / "data" / "plasma.inp").exists():
        print("writing demo data …", flush=True)
        write_demo_data(HERE / "data", grid=64, steps=20)
    shutil.copyfile(ROOT / "examples" / "quickstart.ipynb", HERE / "quickstart.ipynb")


def run_notebook() -> nbformat.NotebookNode:
    file = HERE / "quickstart.ipynb"
    notebook = nbformat.read(file, as_version=4)
    try:
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}}).execute()
    finally:
        nbformat.write(notebook, file)
    return notebook


def write_images(notebook: nbformat.NotebookNode) -> list[Path]:
    folder = HERE / "images"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    written = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for mimetype, content in images_of(output.get("data", {})).items():
                file = folder / f"{len(written) + 1:02}.{IMAGES[mimetype]}"
                is_text = mimetype == "image/svg+xml"
                file.write_bytes(content.encode() if is_text else base64.b64decode(content))
                written.append(file)
    return written


def images_of(data: dict[str, str]) -> dict[str, str]:
    found = {mimetype: data[mimetype] for mimetype in IMAGES if mimetype in data}
    moving = MOVING.search(data.get("text/html", ""))
    return found | ({} if moving is None else {moving[1]: moving[2]})


def relative(path: Path) -> Path:
    return path.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main())
