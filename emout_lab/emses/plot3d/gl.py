"""OpenGL without a screen: which kind of window VTK may use here, and one picture at a time.

VTK ends the process where OpenGL fails badly, and an engine has more to lose than a picture. So a
child of this process tries each kind of window first, once.
"""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from emout_lab import config
from emout_lab.errors import MissingExtra, NoRendering

#: Windows without a screen, by VTK's names: with a GPU or Mesa's EGL, then with Mesa's memory only.
WINDOWS: Final = ("vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow")
#: VTK's name of the variable that chooses one, and Mesa's of its number of threads.
WINDOW_VARIABLE: Final = "VTK_DEFAULT_OPENGL_WINDOW"
THREADS_VARIABLE: Final = "LP_NUM_THREADS"
PROBE_TIMEOUT_S: Final = 120
SAID_CHARACTERS: Final = 200
#: Draws a red picture and reads it back; modules beside the user's data are not VTK's.
PROBE: Final = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter
window, renderer = vtkRenderWindow(), vtkRenderer()
window.SetOffScreenRendering(1)
window.SetSize(8, 8)
renderer.SetBackground(1, 0, 0)
window.AddRenderer(renderer)
window.Render()
picture = vtkWindowToImageFilter()
picture.SetInput(window)
picture.Update()
found = [round(picture.GetOutput().GetScalarComponentAsDouble(4, 4, 0, i)) for i in range(3)]
if found != [255, 0, 0]:
    sys.exit(f"a red picture came back as {found}")
print("drawn")
"""

# Windows of several threads at once are more than VTK promises.
_LOCK = threading.RLock()


def pyvista() -> Any:
    """Return the module PyVista.

    Raises
    ------
    MissingExtra
        When it is not installed.
    """
    try:
        return importlib.import_module("pyvista")
    except ModuleNotFoundError as error:
        if error.name not in ("pyvista", "vtk", "vtkmodules"):
            raise
        raise MissingExtra("plot3d()", "pyvista", "pyvista") from error


@contextlib.contextmanager
def rendering() -> Iterator[Any]:
    """Let a block render without a screen, alone in this process; gives PyVista.

    Raises
    ------
    MissingExtra
        When PyVista is not installed.
    NoRendering
        When VTK cannot draw on this machine.
    """
    module = pyvista()
    window = window_kind()
    with _LOCK:
        changes: dict[str, str | None] = {}
        if window is not None:
            changes = {WINDOW_VARIABLE: window, THREADS_VARIABLE: str(config.cores())}
        before = config.variables(*changes)
        config.change_environment(**changes)
        try:
            yield module
        finally:
            config.change_environment(**before)


@cache
def window_kind() -> str | None:
    """Return the kind of window that works here; None where VTK has only one.

    Raises
    ------
    NoRendering
        When none works, with what each said.
    """
    if not sys.platform.startswith("linux"):
        return None
    chosen = config.variables(WINDOW_VARIABLE)[WINDOW_VARIABLE]
    said = []
    for name in (chosen,) if chosen else WINDOWS:
        failure = _failure(name)
        if failure is None:
            return name
        said.append(f"{name}: {failure}")
    raise NoRendering("; ".join(said))


def _failure(window: str) -> str | None:
    """Return why a child of this process cannot draw in a kind of window; None where it can."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE],
            env=config.child_environment(**{WINDOW_VARIABLE: window}),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no picture in {PROBE_TIMEOUT_S} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0 and done.stdout.strip().endswith("drawn"):
        return None
    # VTK writes time, thread and place before what it says.
    said = [line.split("WARN|")[-1].strip() for line in done.stderr.splitlines() if line.strip()]
    return f"{said[-1][:SAID_CHARACTERS] if said else 'no picture'} (exit code {done.returncode})"
