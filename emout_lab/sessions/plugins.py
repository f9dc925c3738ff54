"""Register what shall be on the scheduler, every worker and every nanny of a session."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Final

from distributed import Client

from emout_lab.errors import StartFailed
from emout_lab.sessions.nanny_watch import NannyWatch

PLUGIN_GROUP: Final = "emout_lab.session_plugins"


async def register_plugins(address: str, security: Any, token: str) -> None:
    """Register our own plugin and those of other packages, for workers that come later too.

    Parameters
    ----------
    address : str
        The scheduler's.
    security : distributed.Security
        The session's.
    token : str
        The session's, by which its processes are found.

    Raises
    ------
    StartFailed
        A plugin cannot be loaded.
    """
    found = sorted(entry_points(group=PLUGIN_GROUP), key=lambda entry: entry.name)
    async with Client(
        address, security=security, asynchronous=True, set_as_default=False
    ) as client:
        await client.register_plugin(NannyWatch(token))
        for entry in found:
            try:
                plugin = entry.load()()
            except (ImportError, AttributeError) as exc:
                raise StartFailed(
                    f"Plugin {entry.value!r} (entry point {entry.name!r} of {PLUGIN_GROUP}) "
                    f"cannot be loaded: {exc}. Install emout_lab again: "
                    "pip install --force-reinstall emout_lab"
                ) from exc
            await client.register_plugin(plugin)
