"""Metadata: what is known of one request beside its result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any


class Metadata(dict[str, Any]):
    """What is known of one request, by keys and by attributes.

    ``msg_id``; ``submitted``, ``started``, ``completed``, ``received`` (datetimes with a time
    zone, or None); ``engine_id``, ``engine_uuid``; ``follow``, ``after``, ``label``; ``status``
    (``"ok"``, ``"error"``, ``"aborted"`` or None), ``error``; ``stdout``, ``stderr``, ``outputs``,
    ``execute_input``, ``execute_result``, ``data``.

    What the request writes and shows is there while it runs.

    Raises
    ------
    KeyError
        For any other key.

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
            label=None,
            status=None,
            error=None,
            execute_input=None,
            execute_result=None,
            stdout="",
            stderr="",
            outputs=[],
            data={},
        )
        vars(self)["_live"] = {}
        self.update(known)

    def follow_live(self, **live: Callable[[], Any]) -> None:
        """Take values of some keys from functions from now on, until `settle`."""
        self._live.update(live)

    def settle(self) -> None:
        """Keep the values that the functions of `follow_live` give now."""
        for key in list(self._live):
            super().__setitem__(key, self._live[key]())
        self._live.clear()

    def __getitem__(self, key: str) -> Any:
        live = self._live.get(key)
        return super().__getitem__(key) if live is None else live()

    def __setitem__(self, key: str, value: Any) -> None:
        if key not in self:
            raise KeyError(f"{key!r} is no key of metadata; there are {list(self)}")
        super().__setitem__(key, value)

    def update(self, *others: Any, **known: Any) -> None:
        """Set the values of keys."""
        for key, value in dict(*others, **known).items():
            self[key] = value

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key; the default where there is no such key."""
        return self[key] if key in self else default

    def values(self) -> Any:
        """Return the values, as they are now."""
        return [self[key] for key in self]

    def items(self) -> Any:
        """Return pairs of keys and values, as they are now."""
        return [(key, self[key]) for key in self]

    def copy(self) -> dict[str, Any]:
        """Return a plain dict of what is known now."""
        return dict(self.items())

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"metadata has no {name!r}; there are {list(self)}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            self[name] = value
        except KeyError as error:
            raise AttributeError(*error.args) from None

    def __repr__(self) -> str:
        return repr(self.copy())

    def __reduce__(self) -> tuple[Any, ...]:
        return _metadata, (self.copy(),)


def _metadata(known: dict[str, Any]) -> Metadata:
    return Metadata(**known)


def moment(seconds: float) -> datetime:
    """Return a time in seconds since the epoch as the local time, with its zone."""
    return datetime.fromtimestamp(seconds).astimezone()
