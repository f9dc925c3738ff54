"""Classes that travel as code keep their definition where they were written.

cloudpickle sends a class of a notebook with its methods. When an object of it came back, the
methods that came along would take the place of the notebook's own, with other globals.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakValueDictionary

#: Names of classes that travelled, the same in every process.
_TOKENS: Final[WeakKeyDictionary[type, str]] = WeakKeyDictionary()
#: The classes of these names that were written in this process.
_WRITTEN_HERE: Final[WeakValueDictionary[str, type]] = WeakValueDictionary()
#: What cloudpickle gives for a class: maker, its arguments, state, two times nothing, and a setter.
_PARTS: Final = 6


def tracked(cls: type, found: Any) -> Any:
    """Return how a class travels, such that it stays what it is where it was written.

    Parameters
    ----------
    cls : type
        A class that travels as code.
    found : tuple
        How cloudpickle lets it travel; left alone where it is not what is expected.
    """
    if not isinstance(found, tuple) or len(found) != _PARTS or not callable(found[-1]):
        return found
    token = _TOKENS.get(cls)
    if token is None:
        token = _TOKENS[cls] = uuid.uuid4().hex
        _WRITTEN_HERE[token] = cls
    make, parts, state, items, pairs, fill = found
    return _made, (token, make, parts), (token, fill, state), items, pairs, _filled


def _made(token: str, make: Callable[..., Any], parts: tuple[Any, ...]) -> Any:
    own = _WRITTEN_HERE.get(token)
    if own is not None:
        return own
    cls = make(*parts)
    _TOKENS[cls] = token
    return cls


def _filled(cls: type, state: tuple[str, Callable[[Any, Any], Any], Any]) -> None:
    token, fill, content = state
    if _WRITTEN_HERE.get(token) is not cls:
        fill(cls, content)
