"""Upstream emout's names and units: ``import emout_lab.emout as emout``.

Values and arithmetic are in EMSES units and drawings in SI, as there; what is read, computed and
drawn is done by `emout_lab.emses`. Every name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

import lazy_loader

# What there is stands in the stub beside this file.
_exported, _listed, __all__ = lazy_loader.attach_stub(__name__, __file__)

#: Parts that are loaded where they are named: ``emout.distributed.connect()``.
_PARTS = ("article", "core", "distributed", "local_data_policy", "plot", "utils")
#: Of the local-data policy, which `emout_lab.emout.distributed` has.
POLICY_NAMES = (
    "LocalDataAccessDisabledError",
    "disable_local_data_access",
    "enable_local_data_access",
    "get_local_data_policy",
    "is_local_data_access_disabled",
    "local_data_policy",
    "reset_local_data_policy",
    "set_local_data_policy",
)
__all__ = [*__all__, *POLICY_NAMES]


def __getattr__(name: str) -> Any:
    if name in POLICY_NAMES:
        return getattr(importlib.import_module(f"{__name__}.distributed"), name)
    if name in _PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    return _exported(name)


def __dir__() -> list[str]:
    return sorted({*_listed(), *_PARTS, *POLICY_NAMES})
