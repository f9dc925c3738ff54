"""Upstream's ``emout.local_data_policy``: whether field data may be read in this process."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("emout_lab.emout.distributed"), name)
