"""How a picture shows: inline in a notebook, as one line in a script."""

from __future__ import annotations

import base64
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab.figureformats import SHOWN_BY_BROWSERS, SVG
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    from emout_lab.engine.call import Figure
    from emout_lab.remote.figure import FigureResult

FIGURE_MIMETYPE = "application/vnd.emout-lab.figure+json"
#: Types of what a notebook plays instead of showing a line about it.
FILMS = frozenset({"FieldAnimation", "FuncAnimation", "ArtistAnimation", "Player"})


def bundle(result: FigureResult) -> dict[str, Any]:
    """Return the MIME bundle: our type, the plain image beside it, and a line of text.

    A notebook that was saved with it shows the plain image where the extension is not installed.
    Of a format that notebooks cannot show (PDF, PostScript, TIFF) the bundle has the file, a PNG
    preview, and both as a picture with a link. What moves stands there once, as HTML: it may be
    many megabytes, and nothing else shows it everywhere.
    """
    figure = result.figure
    found: dict[str, Any] = {
        FIGURE_MIMETYPE: result.particulars(),
        "text/plain": one_line(result),
    }
    element = _element_of(figure.mimetype)
    if element is not None:
        return found | {"text/html": element.format(source=_url(figure))}
    found[figure.mimetype] = _content(figure.data, figure.mimetype)
    if figure.preview is not None:
        found["image/png"] = _base64(figure.preview)
        found["text/html"] = _linked(result)
    return found


def _element_of(mimetype: str) -> str | None:
    """Return HTML for what moves: nbconvert and GitHub know it in no other form."""
    if mimetype.startswith("video/"):
        return '<video controls src="{source}"></video>'
    return '<img alt="animated figure" src="{source}">' if mimetype == "image/gif" else None


def _linked(result: FigureResult) -> str:
    """Return a picture with a link to the file, for whatever shows neither by itself."""
    figure = result.figure
    is_image = figure.mimetype in SHOWN_BY_BROWSERS  # though not by every notebook
    picture = (
        _url(figure) if is_image else f"data:image/png;base64,{_base64(figure.preview or b'')}"
    )
    return (
        f'<img src="{picture}" alt="{one_line(result)}"><br>'
        f'<a href="{_url(figure)}" download="figure.{figure.format}">'
        f"Download {figure.format.upper()} ({format_bytes(len(figure.data))})</a>"
    )


def _url(figure: Figure) -> str:
    return f"data:{figure.mimetype};base64,{_base64(figure.data)}"


def html_of(film: Any) -> str:
    """Return the player of an animation."""
    return str(film._repr_html_())


def one_line(result: FigureResult) -> str:
    """Return format, size and time of a picture."""
    figure = result.figure
    size = f"{figure.width} × {figure.height} pixels, " if figure.width else ""
    return (
        f"{figure.format.upper()} figure, {size}{format_bytes(len(figure.data))}, drawn in "
        f"{figure.milliseconds:.0f} ms on engine {figure.engine}"
    )


def show(result: FigureResult, file: Path | None = None) -> None:
    """Show a picture in the notebook; outside of one, say what was drawn and where it is."""
    if shell() is not None:
        importlib.import_module("IPython.display").display(bundle(result), raw=True)
        return
    place = f"saved as {file}" if file else "not saved: give savefilepath, or use .result.save()"
    sys.stdout.write(f"{one_line(result)}; {place}\n")


def shell() -> Any:
    """Return IPython's shell; None in a plain script, without importing IPython."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def cell_name(filename: str) -> str | None:
    """Return what IPython calls the cell that was compiled under a name: ``Cell In[3]``."""
    here = shell()
    found = None if here is None else here.compile.format_code_name(filename)
    return None if found is None else " ".join(found)


def cell_number() -> int | None:
    """Return the number of the cell that runs; None outside of a notebook."""
    here = shell()
    # The shell's own count is that of the next cell already.
    return None if here is None else len(here.history_manager.input_hist_parsed) - 1


def after_each_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """Call back at the end of every cell that was not interrupted; return what ends that."""
    here = shell()
    if here is None:
        return lambda: None

    def ended(result: Any) -> None:
        if isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt):
            return  # the prompt comes back at once
        try:
            callback()
        except (Exception, KeyboardInterrupt):  # noqa: BLE001  # the edge: nobody above shows it
            here.showtraceback()

    here.events.register("post_run_cell", ended)
    return lambda: here.events.unregister("post_run_cell", ended)


def _content(data: bytes, mimetype: str) -> str:
    return data.decode() if mimetype == SVG else _base64(data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
