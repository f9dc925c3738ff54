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


def user_style() -> dict[str, Any]:
    """Return the rcParams that differ from matplotlib's defaults; {} before it is imported."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        return {}
    return changes(matplotlib.rcParamsDefault, settings())


def settings() -> dict[str, Any]:
    """Return a plain copy of the current rcParams."""
    rc = sys.modules["matplotlib"].rcParams
    return {key: dict.__getitem__(rc, key) for key in dict.keys(rc)}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what of ``after`` differs from ``before`` and matters to an engine."""
    return {
        key: value
        for key, value in after.items()
        if not key.startswith(LOCAL_ONLY) and dict.get(before, key) != value
    }
