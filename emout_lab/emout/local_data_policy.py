"""Upstream's ``emout.local_data_policy``: whether field data may be read in this process.

The package has a function of this name, too, which stands behind the module once that is imported:
so the module can be called.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from emout_lab.emout import POLICY_NAMES


class _CallableModule(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function of this name."""
        return __getattr__("local_data_policy")(*args, **options)


def __getattr__(name: str) -> Any:
    if name not in POLICY_NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("emout_lab.emout.distributed"), name)


sys.modules[__name__].__class__ = _CallableModule
