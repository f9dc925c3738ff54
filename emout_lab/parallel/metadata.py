"""Metadata: what is known of one request beside its result."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class Metadata(dict[str, Any]):
    """What is known of one request, by keys and by attributes.

    ``msg_id``; ``submitted``, ``started``, ``completed``, ``received`` (datetimes with a time
    zone, or None); ``engine_id``, ``engine_uuid``; ``follow``, ``after``; ``status`` (``"ok"``,
    ``"error"``, ``"aborted"`` or None), ``error``; ``stdout``, ``stderr``, ``outputs``,
    ``execute_input``, ``execute_result``, ``data``.

    Examples
    --------
    >>> known = Metadata(engine_id=3)
    >>> known.engine_id, known["status"], known.stdout
    (3, None, '')
    """

    def __init__(self, **known: Any) -> None:
        super().__init__(
            msg_id=None,
            submitted=None,
            started=None,
            completed=None,
            received=None,
            engine_uuid=None,
            engine_id=None,
            follow=None,
            after=None,
            status=None,
            error=None,
            execute_input=None,
            execute_result=None,
            stdout="",
            stderr="",
            outputs=[],
            data={},
        )
        self.update(known)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


def moment(seconds: float) -> datetime:
    """Return a time in seconds since the epoch as the local time, with its zone."""
    return datetime.fromtimestamp(seconds).astimezone()
