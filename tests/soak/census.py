"""A server extension that counts the Jupyter server's objects, and the count itself."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import Counter
from typing import Any

#: Where the Jupyter server tells it.
PATH = "census"


def census(has_types: bool = False) -> dict[str, Any]:
    """Return what this process's Python objects take, and of which types they are."""
    gc.collect()
    kinds = map(type, gc.get_objects() if has_types else ())
    types = Counter(f"{each.__module__}.{each.__qualname__}" for each in kinds)
    return {"pid": os.getpid(), "blocks": sys.getallocatedblocks(), "types": dict(types)}


def _load_jupyter_server_extension(server: Any) -> None:
    from jupyter_server.base.handlers import JupyterHandler

    class Handler(JupyterHandler):
        def get(self) -> None:
            assert self.current_user is not None
            self.finish(json.dumps(census(self.get_argument("types", "") == "True")))

    server.web_app.add_handlers(".*$", [(f"{server.base_url}{PATH}", Handler)])
