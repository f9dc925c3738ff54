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
    rc = sys.modules["matplotlib"].rcParams
    return {key: dict.__getitem__(rc, key) for key in dict.keys(rc)}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what of ``after`` differs from ``before`` and matters to an engine."""
    return {
        key: value
        for key, value in after.items()
        if not key.startswith(LOCAL_ONLY) and dict.get(before, key) != value
    }
