"""RemoteRef: the client-side stand-in for one object in an engine."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from html import escape
from opcode import opmap
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from emout_lab.engine import operations
from emout_lab.remote import animations, numpy_protocol, pictures
from emout_lab.remote import expression as text
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.freed import DROPPED, free
from emout_lab.remote.graph import UNKNOWN, NodeReference
from emout_lab.remote.operators import add_operators


class Default(Enum):
    """Tells that an argument was not given, where None means something."""

    DEFAULT = auto()


DEFAULT = Default.DEFAULT
#: Items of an iteration whose values are asked for together, if they are plain.
CHUNK = 10_000
#: A method whose picture is wanted here and now, in a recording too.
SHOW = "show"
#: A name of CPython's own; without it `a, b = ref` asks for the length.
UNPACK_SEQUENCE = opmap.get("UNPACK_SEQUENCE", -1)
EXTENDED_ARG = opmap.get("EXTENDED_ARG", -1)


class RemoteRef(NodeReference):
    """Stands for an object in an engine and behaves like it.

    Attributes, indexing, operators and numpy functions give new refs and cost nothing until a
    value is needed: ``fetch()``, ``float()``, ``int()``, ``bool()``, ``len()``, iteration, a
    method call outside a recording, a closing figure and the end of a notebook cell send what has
    collected, in one message.

    ``==`` compares in the engine and gives a ref, as for arrays; refs are hashed by identity.
    Names that begin with ``_`` never travel. A ref cannot be pickled; ``copy.copy`` gives the same
    ref. Two names of the remote object are hidden by methods of the ref: ``fetch`` and ``drop``.

    Examples
    --------
    >>> import emout_lab
    >>> session = emout_lab.connect()
    >>> values = session.open("numpy:arange", 12.0).reshape(3, 4)
    >>> peak = (values * 2 + 1).max()  # nothing of this line has been sent yet
    >>> float(peak)
    23.0
    >>> values[-1].fetch()
    array([ 8.,  9., 10., 11.])
    """

    #: Class of the refs that come of this one, here and in subclasses that do not set their own.
    _kind: ClassVar[type[RemoteRef]]

    def __del__(self) -> None:
        if (node := getattr(self, "_node", None)) is not None:
            node.queue.forget(node)

    # What a person asks of a ref

    def fetch(self, limit: int | None | Default = DEFAULT) -> Any:
        """Return the object itself, with its data in memory.

        Parameters
        ----------
        limit : int or None
            Most bytes that may come; None for no limit. Without it the setting ``fetch_limit``
            holds (256 MB, or what EMOUT_LAB_FETCH_LIMIT says).

        Raises
        ------
        TooLarge
            If the value is larger than the limit; it has not been sent, a lazy one not even read.
        RemoteError
            If a call on the way to the object failed.
        EngineLost, SessionDead
            If the engine, or the session, is gone.
        """
        if self._node.known is not UNKNOWN:
            return self._node.known
        most = self._node.queue.link.fetch_limit if isinstance(limit, Default) else limit
        return self._value(operations.in_memory, most, limit=most)

    def drop(self) -> None:
        """Free the object in the engine now; using the ref afterwards raises ``ObjectGone``."""
        free([self._node], DROPPED)

    def _value(self, function: Callable[..., Any], *args: Any, limit: int | None = None) -> Any:
        queue = self._node.queue
        name = text.application(getattr(function, "__name__", "value"), (self, *args), {})
        return queue.value(queue.node(function, (self, *args), expression=name), limit)

    def _pure(
        self, function: Callable[..., Any], args: tuple[Any, ...], label: text.Expression
    ) -> RemoteRef:
        """Return a ref to the result of a call without effects."""
        return self._kind(self._node.queue.pure(function, args, expression=label))

    # Attributes, items, calls

    def __getattr__(self, name: str) -> RemoteRef:
        if name.startswith("_"):
            raise AttributeError(
                f"{name!r}: names that begin with an underscore are not looked up in the engine. "
                "For a library's function that needs them: emout_lab.remote.call(function, …)"
            )
        label = text.attribute(self._node.expression, name)
        return self._pure(operations.attribute, (self, name), label)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            raise AttributeError(f"{name!r}: private names of a remote object cannot be set")
        label = text.application("setattr", (self, name, value), {})
        self._node.queue.perform(setattr, (self, name, value), expression=label)

    def __getitem__(self, key: Any) -> RemoteRef:
        label = text.item(self._node.expression, key)
        return self._pure(operator.getitem, (self, key), label)

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            raise AttributeError(f"{name!r}: private names of a remote object cannot be deleted")
        label = text.application("delattr", (self, name), {})
        self._node.queue.perform(delattr, (self, name), expression=label)

    def __setitem__(self, key: Any, value: Any) -> None:
        label = text.application("setitem", (self, key, value), {})
        self._node.queue.perform(operator.setitem, (self, key, value), expression=label)

    def __delitem__(self, key: Any) -> None:
        label = text.application("delitem", (self, key), {})
        self._node.queue.perform(operator.delitem, (self, key), expression=label)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object in the engine.

        Outside a recording the call is sent at once, since it may do anything; methods that arrays
        have for computing (``max``, ``reshape``, …) wait for the next message. Inside a recording
        anything else may draw, and is called on the recording's engine: the object moves there.
        """
        is_computing = self._node.expression.attribute in operations.COMPUTING
        queue = self._node.queue if is_computing else CONTEXT.queue(self._node.queue)
        label = text.application(self._node.expression.beside(text.ATOM_BINDING), args, kwargs)
        animations.check(self._node.expression.attribute, kwargs)
        result = self._kind(
            queue.effect(
                operations.call, (self, *args), kwargs, expression=label, is_urgent=not is_computing
            )
        )
        if self._node.expression.attribute == SHOW:
            queue.flush()
        return result._result(self._node.expression.attribute, kwargs)

    def _result(self, method: str | None, kwargs: dict[str, Any]) -> Any:
        """Return the value where the call that gave this is one whose value is wanted here."""
        pictures.show_after(method, kwargs, self)
        is_wanted = animations.gives_value(method, kwargs, self._node.description)
        return self.fetch(limit=None) if is_wanted else self

    def __enter__(self) -> RemoteRef:
        """Enter the object's own context in the engine, as of a file that is open there."""
        queue, label = self._node.queue, self._node.expression
        entered = queue.effect(operations.enter, (self,), expression=label, can_replay=False)
        return self._kind(entered)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return bool(self._value(operations.leave, error and f"{type(error).__name__}: {error}"))

    # Values

    if TYPE_CHECKING:  # added below, as all operators are

        def __len__(self) -> int: ...
        def __float__(self) -> float: ...
        def __int__(self) -> int: ...
        def __index__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]:
        label = self._node.expression
        count = _unpack_count(sys._getframe(1))
        if count is not None:
            parts = self._pure(operations.items, (self, count), label)
            return iter([parts[i] for i in range(count)])
        parts = self._pure(operations.in_order, (self,), label)
        return _items(parts, *parts._value(operations.survey, 0, CHUNK))

    def __contains__(self, item: Any) -> bool:
        return bool(self._value(operations.contains, item))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:  # noqa: ARG002  # numpy's protocol
        found = self._value(operations.as_array, limit=self._node.queue.link.fetch_limit)
        if isinstance(found, operations.Objects):
            return numpy_protocol.of_refs(self, found.shape)
        return np.asarray(found, dtype=dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        has_effect = numpy_protocol.is_target_remote(
            name, numpy_protocol.ufunc_target(method, inputs, kwargs)
        )
        label = text.application(name, inputs, kwargs)
        queue = self._node.queue
        make = queue.effect if has_effect else queue.pure
        return self._kind(make(function, inputs, kwargs, expression=label))

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG002  # numpy's protocol
        name = f"np.{func.__name__}"
        has_effect = numpy_protocol.is_target_remote(
            name, numpy_protocol.target(func, args, kwargs)
        )
        label = text.application(name, args, kwargs)
        queue = self._node.queue
        if func in numpy_protocol.OF_DTYPES:
            return queue.value(queue.node(func, args, kwargs, expression=label))
        make = queue.effect if has_effect or func in numpy_protocol.WRITING else queue.pure
        return self._kind(make(func, args, kwargs, expression=label))

    def __format__(self, spec: str) -> str:
        is_value = spec or self._node.known is not UNKNOWN
        return format(self.fetch(), spec) if is_value else repr(self)

    __hash__ = object.__hash__

    def __copy__(self) -> RemoteRef:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> RemoteRef:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(
            f"{self!r} lives in an engine and cannot be pickled or sent elsewhere. "
            "Use .fetch() for the value."
        )

    # How it looks: never a round trip

    def __dir__(self) -> list[str]:
        if self._node.names is None:
            self._node.names = self._value(operations.names)
        return sorted({"fetch", "drop", *self._node.names})

    def __repr__(self) -> str:
        node = self._node
        return f"<RemoteRef {node.expression}: {node.summary()}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # IPython's protocol
        return pictures.bundle(self)

    def _repr_html_(self) -> str:
        node = self._node
        if node.description is not None and node.description.type in animations.ANIMATION_TYPES:
            # To be seen is what an animation is made for; all other refs tell about themselves.
            return str(self._value(animations.html_of))
        return (
            f"<code>{escape(str(node.expression))}</code> <small>{escape(node.summary())}, "
            f"on engine {escape(node.queue.link.engine)}</small>"
        )


def _unpack_count(frame: FrameType) -> int | None:
    """Return n where the caller is at ``a, b, … = ref`` with n names: then n needs no asking."""
    code = frame.f_code.co_code
    position = frame.f_lasti
    is_unpacking = 0 <= position < len(code) - 1 and code[position] == UNPACK_SEQUENCE
    # More than 255 names have the rest of their number before it: then the length is asked for.
    is_long = position >= 2 and code[position - 2] == EXTENDED_ARG
    return code[position + 1] if is_unpacking and not is_long else None


def _items(parts: RemoteRef, count: int, known: Sequence[Any] | None) -> Iterator[RemoteRef]:
    """Give the items one by one; values of plain ones come many at a time."""
    for number in range(count):
        if known is not None and number and number % CHUNK == 0:
            _, known = parts._value(operations.survey, number, CHUNK)
        part = parts[number]
        if known is not None:
            part._node.known = known[number % CHUNK]
        yield part


RemoteRef._kind = RemoteRef
add_operators(RemoteRef)

#: What upstream emout calls a ref to a figure.
FigureProxy = RemoteRef
