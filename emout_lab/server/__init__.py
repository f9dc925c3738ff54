"""The Jupyter server extension: REST and events for the panel."""

from __future__ import annotations

from typing import Any

from emout_lab.server.app import EmoutLabApp

__all__ = ["EmoutLabApp"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "emout_lab.server", "app": EmoutLabApp}]
