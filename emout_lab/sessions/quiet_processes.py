"""How often the processes of a session wake up while they do nothing."""

from __future__ import annotations

from typing import Any, Final

import dask

#: By default an idle scheduler, nanny or worker wakes up 50 to 150 times a second, for which each
#: session takes some percent of a core of the login node. Dask's default, and what we use.
CALM: Final[dict[str, tuple[str, str]]] = {
    "distributed.admin.tick.interval": ("20ms", "500ms"),
    "distributed.worker.profile.interval": ("10ms", "200ms"),
    "distributed.worker.profile.cycle": ("1000ms", "5s"),
}


def calm_settings(config: dict[str, Any] | None = None) -> dict[str, str]:
    """Return settings for processes that wake up less often; what the user has set stays.

    Parameters
    ----------
    config : dict, optional
        Dask's configuration; that of this process by default.

    Examples
    --------
    >>> mine = {"distributed": {"admin": {"tick": {"interval": "1s"}}}}
    >>> calm_settings(mine)
    {}
    """
    found = dask.config.config if config is None else config
    return {
        key: ours
        for key, (default, ours) in CALM.items()
        if dask.config.get(key, None, config=found) == default
    }


def calm_worker(nanny: Any) -> None:
    """Let the worker of a nanny, which is not started yet, wake up less often.

    Parameters
    ----------
    nanny : distributed.Nanny
        Its ``config`` is that of the worker.
    """
    calm = calm_settings(nanny.config)
    with dask.config.set(calm, config=nanny.config):
        nanny.config = dask.config.merge(nanny.config)
