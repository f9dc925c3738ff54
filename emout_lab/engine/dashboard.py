"""Dask's own dashboard, opened when somebody asks for it, behind the session's certificates.

It listens on the scheduler's address at a port that the system chooses, and shows itself only to
who brings a certificate of the session, as the scheduler's own port does.
"""

from __future__ import annotations

import importlib
from typing import Any

from distributed import Scheduler
from distributed.comm.addressing import get_address_host

from emout_lab.errors import EngineError

PAGES = ("distributed.http.scheduler.info", "distributed.http.statics")


def open_dashboard(dask_scheduler: Any = None) -> tuple[str, int]:
    """Open the dashboard unless it is open; run it with ``client.run_on_scheduler``.

    Returns
    -------
    host : str
        Address that it listens on.
    port : int
        Its port.

    Raises
    ------
    EngineError
        When Bokeh, which draws it, is not installed where the session runs.
    """
    host = get_address_host(dask_scheduler.address)
    server = dask_scheduler.services.get("dashboard")
    if server is None:
        try:
            pages = importlib.import_module("distributed.dashboard.scheduler")
            http = importlib.import_module("distributed.http")
        except ImportError as exc:
            raise EngineError(
                f"Dask's dashboard cannot be drawn where the session runs: {exc}. Install Bokeh "
                "there, and start the session again: pip install 'emout_lab[dashboard]'"
            ) from exc
        # The same demand as on the scheduler's port: no certificate of the session, no page.
        context = dask_scheduler.security.get_listen_args("scheduler")["ssl_context"]
        routes = http.get_handlers(server=dask_scheduler, modules=list(PAGES), prefix="")
        # Past the session's own scheduler class, which keeps Dask from opening it without TLS.
        Scheduler.start_http_server(dask_scheduler, routes, f"{host}:0", ssl_options=context)
        server = dask_scheduler.http_server
        dask_scheduler.limit_http_server()
        pages.connect(dask_scheduler.http_application, server, dask_scheduler, prefix="")
    return host, int(server.port)
