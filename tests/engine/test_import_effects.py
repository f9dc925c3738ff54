"""Importing an engine's modules changes nothing in a process; only starting an engine does."""

from __future__ import annotations

import json
import subprocess
import sys

LOOK = """
import gc, importlib, json, logging, pkgutil, signal, sys, threading, warnings
import matplotlib, xarray
from dask.sizeof import sizeof
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
import distributed

def look():
    streams = sys.stdout, sys.stderr, sys.excepthook, warnings.showwarning
    handlers = [repr(signal.getsignal(each)) for each in signal.valid_signals()]
    return {
        "backend": repr(dict.get(matplotlib.rcParams, "backend")),
        "pyplot": "matplotlib.pyplot" in sys.modules,
        "manager": repr(FigureCanvasAgg.manager_class),
        "renderer": repr(RendererAgg.__init__),
        "sizes": repr(sizeof.dispatch(xarray.Variable)),
        "streams": [id(each) for each in streams],
        "signals": handlers,
        "filters": [repr(f) for f in logging.getLogger("distributed.worker").filters],
        "handlers": [repr(h) for h in logging.getLogger().handlers],
        "garbage": [gc.get_threshold(), gc.get_freeze_count()],
        "threads": [each.name for each in threading.enumerate()],
    }

before = look()
import emout_lab.engine as engine
for found in pkgutil.walk_packages(engine.__path__, "emout_lab.engine."):
    importlib.import_module(found.name)
after = look()
print(json.dumps({name: [before[name], after[name]] for name in before}))
"""


def test_importing_an_engines_modules_changes_nothing():
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, (before, after) in json.loads(done.stdout).items():
        assert after == before, name
