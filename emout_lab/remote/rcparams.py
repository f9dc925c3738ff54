"""The user's own matplotlib settings, as far as they differ from the defaults."""

from __future__ import annotations

import sys
from typing import Any

LOCAL_ONLY = (
    "backend",
    "interactive",
    "toolbar",
    "timezone",
    "webagg.",
    "tk.",
    "macosx.",
    "keymap.",
    "savefig.directory",
    "figure.raise_window",
    "figure.hooks",
    "animation.ffmpeg_path",
    "animation.convert_path",
)


def defaults() -> dict[str, Any]:
    """Return a plain copy of matplotlib's own rcParams, with which an engine starts a drawing."""
    return dict(sys.modules["matplotlib"].rcParamsDefault)


def settings() -> dict[str, Any]:
    """Return a plain copy of the current rcParams."""
    # The copy of RcParams itself checks every value once more.
    return dict(dict.items(sys.modules["matplotlib"].rcParams))


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what of ``after`` differs from ``before`` and matters to an engine."""
    others = [key for key, value in after.items() if value is not before.get(key)]
    return {
        key: after[key]
        for key in others
        if not key.startswith(LOCAL_ONLY) and before.get(key) != after[key]
    }
