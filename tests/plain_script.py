"""A script where nothing but the wheel and what it needs is installed: no numba, no bokeh."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

START = (
    "import time; t = time.perf_counter(); import emout_lab, sys; print(time.perf_counter() - t);"
    "assert not {'jupyterlab', 'tornado', 'IPython', 'numpy', 'matplotlib'} & sys.modules.keys()"
)


def main() -> None:
    begun = time.perf_counter()
    there = [
        name for name in ("numba", "bokeh", "jupyterlab_language_pack_ja_JP") if find_spec(name)
    ]
    assert not there, f"{there} came with the wheel"
    command = [sys.executable, "-c", START]
    loading = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    import matplotlib.pyplot as plt
    import xarray

    from emout_lab import Emout, MissingExtra, connect, remote_figure, sessions
    from emout_lab.emses.demo import write_demo_data

    with tempfile.TemporaryDirectory() as folder:
        run = write_demo_data(Path(folder) / "run", grid=16, steps=3)
        assert xarray.open_dataset(run, engine="emses").phisp.shape == (3, 17, 17, 17)
        sessions.start(backend="local", memory="1G", cores=1, jobs=1)
        try:
            sessions.wait_for_workers(timeout=60)
            with connect():
                data = Emout(run).remote()
                picture = Path(folder) / "potential.png"
                with remote_figure(savefilepath=str(picture)):
                    data.phisp[-1, :, 8, :].plot()
                    plt.title("potential")
                assert picture.read_bytes().startswith(b"\x89PNG")
                assert float(data.phisp[-1].max()) == float(Emout(run).phisp[-1].max())
                for ours in (Emout(run), data):
                    try:
                        ours.backtrace.get_backtrace((1e-3, 1e-3, 1e-3), (0, 0, 1e5))
                    except MissingExtra as error:
                        assert "pip install 'emout_lab[backtrace]'" in str(error)
                    else:
                        raise AssertionError("orbits were traced without numba")
        finally:
            sessions.stop()
    print(f"import {loading:.3f} s, whole script {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
