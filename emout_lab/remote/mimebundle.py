"""How a picture shows: inline in a notebook, as one line in a script."""

from __future__ import annotations

import base64
import importlib
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab.engine.figures.formats import SHOWN_MIMETYPES
from emout_lab.format import format_bytes
from emout_lab.remote.ipython import shell

if TYPE_CHECKING:
    from emout_lab.engine.protocol import Figure

FIGURE_MIMETYPE = "application/vnd.emout-lab.figure+json"
TEXT_FORMATS = frozenset({"image/svg+xml"})


def bundle(figure: Figure, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the MIME bundle: our type with its metadata, the plain image, and a line of text.

    A notebook that was saved with it shows the plain image where the extension is not installed.
    Of a format that notebooks cannot show (PDF, PostScript, TIFF) the bundle has the file, a PNG
    preview, and both as a picture with a link. What moves stands there once, as HTML: it may be
    many megabytes, and nothing else shows it everywhere.
    """
    found: dict[str, Any] = {FIGURE_MIMETYPE: metadata, "text/plain": one_line(figure)}
    element = _element_of(figure.mimetype)
    if element is not None:
        return found | {"text/html": element.format(source=_url(figure))}
    found[figure.mimetype] = _content(figure.data, figure.mimetype)
    if figure.preview is not None:
        found["image/png"] = _base64(figure.preview)
        found["text/html"] = _linked(figure)
    return found


def _element_of(mimetype: str) -> str | None:
    """Return HTML for what moves: nbconvert and GitHub know it in no other form."""
    if mimetype.startswith("video/"):
        return '<video controls src="{source}"></video>'
    return '<img alt="animated figure" src="{source}">' if mimetype == "image/gif" else None


def _linked(figure: Figure) -> str:
    """Return a picture with a link to the file, for whatever shows neither by itself."""
    is_image = figure.mimetype in SHOWN_MIMETYPES
    picture = (
        _url(figure) if is_image else f"data:image/png;base64,{_base64(figure.preview or b'')}"
    )
    format, size = escape(figure.format), format_bytes(len(figure.data))
    return (
        f'<img src="{picture}" alt="{escape(one_line(figure))}"><br>'
        f'<a href="{_url(figure)}" download="figure.{format}">'
        f"Download {format.upper()} ({size})</a>"
    )


def _url(figure: Figure) -> str:
    # What an engine says stands in HTML that the notebook trusts.
    return f"data:{escape(figure.mimetype)};base64,{_base64(figure.data)}"


def one_line(figure: Figure) -> str:
    """Return format, size and time of a picture."""
    size = f"{figure.width} × {figure.height} pixels, " if figure.width else ""
    return (
        f"{figure.format.upper()} figure, {size}{format_bytes(len(figure.data))}, drawn in "
        f"{figure.milliseconds:.0f} ms on engine {figure.engine}"
    )


def show(figure: Figure, metadata: dict[str, Any], file: Path | None = None) -> None:
    """Show a picture in the notebook; outside of one, say what was drawn and where it is."""
    if shell() is not None:
        importlib.import_module("IPython.display").display(bundle(figure, metadata), raw=True)
        return
    place = f"saved as {file}" if file else "not saved: give savefilepath, or use .result.save()"
    sys.stdout.write(f"{one_line(figure)}; {place}\n")


def _content(data: bytes, mimetype: str) -> str:
    return data.decode() if mimetype in TEXT_FORMATS else _base64(data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
