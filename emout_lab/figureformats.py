"""The formats of figures, and what shows them: the only list of them.

``src/figures/formats.ts`` is its mirror in the panel; ``tests/fixtures/formats.json`` ties both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNKNOWN_MIMETYPE: Final = "application/octet-stream"
SVG: Final = "image/svg+xml"

MIMETYPES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "apng": "image/apng",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "svg": SVG,
    "svgz": "application/gzip",  # notebooks take image/svg+xml as text
    "pdf": "application/pdf",
    "ps": "application/postscript",
    "eps": "application/postscript",
    "mp4": "video/mp4",
    "pgf": UNKNOWN_MIMETYPE,
    "raw": UNKNOWN_MIMETYPE,
    "rgba": UNKNOWN_MIMETYPE,
}
"""Every format that an engine renders a figure to, with its media type."""

OFFERED: Final = [name for name, kind in MIMETYPES.items() if kind != UNKNOWN_MIMETYPE]
"""Those that a figure is rendered to again for the panel."""

SHOWN_BY_NOTEBOOKS: Final = frozenset({"image/png", "image/jpeg", "image/gif", SVG, "video/mp4"})
SHOWN_BY_BROWSERS: Final = SHOWN_BY_NOTEBOOKS | {"image/apng", "image/avif", "image/webp"}
"""What a browser shows; anything else is handed out as a download."""
