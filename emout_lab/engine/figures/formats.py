"""The formats of figures: their MIME types, and who shows or writes which; the only such list."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

UNKNOWN_MIMETYPE: Final = "application/octet-stream"
#: What stands in for a format that notebooks cannot show, and its resolution.
PREVIEW_FORMAT, PREVIEW_DPI = "png", 72.0


@dataclass(frozen=True, slots=True)
class FigureFormat:
    """What is known of one format.

    Parameters
    ----------
    mimetype : str
        Its MIME type.
    has_pixels : bool
        Whether it is a still picture of pixels.
    is_animated : bool
        Whether animations are written in it.
    in_notebooks, in_browsers : bool
        Who shows it.
    """

    mimetype: str
    has_pixels: bool = False
    is_animated: bool = False
    in_notebooks: bool = False
    in_browsers: bool = False


JPEG: Final = FigureFormat("image/jpeg", has_pixels=True, in_notebooks=True, in_browsers=True)
TIFF: Final = FigureFormat("image/tiff", has_pixels=True)
FORMATS: Final = {
    "png": FigureFormat("image/png", has_pixels=True, in_notebooks=True, in_browsers=True),
    "apng": FigureFormat("image/apng", is_animated=True, in_browsers=True),
    "jpg": JPEG,
    "jpeg": JPEG,
    "gif": FigureFormat(
        "image/gif", has_pixels=True, is_animated=True, in_notebooks=True, in_browsers=True
    ),
    "webp": FigureFormat("image/webp", has_pixels=True, is_animated=True, in_browsers=True),
    "avif": FigureFormat("image/avif", has_pixels=True, in_browsers=True),
    "tif": TIFF,
    "tiff": TIFF,
    "svg": FigureFormat("image/svg+xml", in_notebooks=True, in_browsers=True),
    "svgz": FigureFormat("application/gzip"),  # notebooks take image/svg+xml as text
    "pdf": FigureFormat("application/pdf"),
    "ps": FigureFormat("application/postscript"),
    "eps": FigureFormat("application/postscript"),
    "mp4": FigureFormat("video/mp4", is_animated=True, in_notebooks=True, in_browsers=True),
}
#: Formats of still pictures that Pillow writes.
PIXEL_FORMATS: Final = frozenset(name for name, each in FORMATS.items() if each.has_pixels)
ANIMATED_FORMATS: Final = frozenset(name for name, each in FORMATS.items() if each.is_animated)
#: MIME types that browsers show.
SHOWN_MIMETYPES: Final = frozenset(each.mimetype for each in FORMATS.values() if each.in_browsers)


def mimetype_of(format: str) -> str:
    """Return the MIME type of a format, whoever writes it.

    Examples
    --------
    >>> mimetype_of("svg"), mimetype_of("pgf")
    ('image/svg+xml', 'application/octet-stream')
    """
    return FORMATS[format].mimetype if format in FORMATS else UNKNOWN_MIMETYPE


def needs_preview(format: str) -> bool:
    """Return whether notebooks cannot show a format.

    Examples
    --------
    >>> needs_preview("png"), needs_preview("pdf"), needs_preview("pgf")
    (False, True, True)
    """
    return format not in FORMATS or not FORMATS[format].in_notebooks


def pixel_size(data: bytes, format: str) -> tuple[int, int]:
    """Return width and height in pixels as the file's header tells, (0, 0) for other formats.

    Examples
    --------
    >>> pixel_size(b"GIF89a" + bytes([44, 1, 200, 0]), "gif")
    (300, 200)
    """
    if format == "png" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if format == "gif" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return 0, 0
