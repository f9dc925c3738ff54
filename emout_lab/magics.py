"""``%load_ext emout_lab``: registers every magic."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt

from emout_lab.parallel import magics as parallel_magics
from emout_lab.remote.magics import RemoteMagics

CONVENIENCES = {"plt": plt}


def load(shell: Any) -> None:
    """Register the magics and put ``plt`` into the namespace where the user has none."""
    shell.register_magics(RemoteMagics(shell))
    parallel_magics.register(shell)
    for name, value in CONVENIENCES.items():
        shell.user_ns.setdefault(name, value)


def unload(shell: Any) -> None:
    """Remove the magics."""
    parallel_magics.remove_all(shell)
    for name in RemoteMagics.magics["cell"]:
        shell.magics_manager.magics["cell"].pop(name, None)
