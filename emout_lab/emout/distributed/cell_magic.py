"""``%%remote_figure`` as upstream has it."""

from __future__ import annotations

from emout_lab.remote.magics import RemoteMagics


class UpstreamMagics(RemoteMagics):
    """Magics of the remote layer, but for one thing: ``--emout-dir`` opens nothing as ``data``."""

    def open_data(self, directory: str, session: str | None) -> None:
        """Do nothing: a session has runs of any directory."""
