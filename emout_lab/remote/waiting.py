"""What ends waiting is raised at the user's own line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from emout_lab.client.waiting import INTERRUPTED
from emout_lab.errors import RemoteError
from emout_lab.remote.call_site import described, origin


@contextlib.contextmanager
def interrupts_at_users_line() -> Iterator[None]:
    """Let an interrupt of what waits in this block show the user's line, and none of ours."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise interrupted(str(error) or INTERRUPTED) from None


def interrupted(message: str = INTERRUPTED) -> KeyboardInterrupt:
    """Return what ends waiting; a notebook shows the user's line, and none of ours."""
    error = KeyboardInterrupt(message)
    place = described(origin())
    line = "" if place is None else f"\n\n  in {place.place}:\n    {place.source}"
    # IPython asks for it by this name.
    vars(error)["_render_traceback_"] = lambda: [f"KeyboardInterrupt: {message}{line}"]
    return error


def shown(error: RemoteError) -> RemoteError:
    """Return an error as it is to be raised here; an interrupt ends waiting instead."""
    if isinstance(error, KeyboardInterrupt):
        raise interrupted(error.message) from None
    return error
