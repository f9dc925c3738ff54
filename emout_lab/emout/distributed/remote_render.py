"""Upstream's ``emout.distributed.remote_render``: refs, scopes and the session that is in use."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast

from emout_lab.errors import SessionError
from emout_lab.remote import expression as text
from emout_lab.remote import figure, ipython, ref, scope
from emout_lab.remote.context import CONTEXT
from emout_lab.remote.session import CONNECTIONS, Session, resolve

#: Methods that draw a figure of their own where none is recorded.
DRAWING = frozenset(
    {"plot", "plot_surfaces", "plot_energy_spectrum", "plot_probabilities", "plot_traces"}
)
#: Options of such a figure, in a call of such a method.
FIGURE_OPTIONS: tuple[str, ...] = ("fmt", "dpi")
GIFPLOT = "gifplot"
HTML = "to_html"

#: What upstream calls the end of the connection that keeps objects.
RemoteSession = Session


class RemoteRef(ref.RemoteRef):
    """A ref that has upstream's methods; all that comes of it has them too.

    Names of the remote object that are hidden: ``fetch``, ``drop``, ``call`` and ``apply``. For an
    object's own method of such a name (pandas has ``apply``): ``ref.call("apply", ...)``.

    Outside of a figure block ``plot`` and the like draw a figure of their own and show it.

    Examples
    --------
    ::

        potential = Emout("run").remote().phisp[-1]
        potential.call("max").fetch()
        potential.apply(np.percentile, 90).fetch()
    """

    @classmethod
    def of(cls, found: ref.RemoteRef) -> RemoteRef:
        """Give a ref upstream's methods; it is the same ref."""
        # Another ref to the same object would be forgotten, and the object with it.
        object.__setattr__(found, "__class__", cls)
        return cast("RemoteRef", found)

    def call(self, method_name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the object, ``call`` and ``apply`` too, and return a ref."""
        return ref.RemoteRef.__getattr__(self, method_name)(*args, **kwargs)

    def apply(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> RemoteRef:
        """Call ``func(object, *args, **kwargs)`` on the engine and return a ref to its result.

        Raises
        ------
        RemoteError
            If the call fails; it is also of the original exception's class.
        """
        label = text.application(getattr(func, "__name__", "function"), (self, *args), kwargs)
        queue = CONTEXT.queue(self._node.queue)
        return RemoteRef(queue.effect(func, (self, *args), kwargs, expression=label))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object on the engine."""
        method = self._node.expression.attribute
        is_recorded = CONTEXT.recording is not None
        if method == GIFPLOT and not is_recorded:
            return self._animated(args, kwargs)
        if method not in DRAWING or isinstance(kwargs.get("ax"), ref.RemoteRef):
            return super().__call__(*args, **kwargs)
        ways = {name: kwargs.pop(name) for name in FIGURE_OPTIONS if name in kwargs}
        return super().__call__(*args, **kwargs) if is_recorded else self._drawn(args, kwargs, ways)

    def _drawn(self, args: tuple[Any, ...], kwargs: dict[str, Any], ways: dict[str, Any]) -> Any:
        """Call a method that draws; show its figure, or put it into axes of this process."""
        axes, link = kwargs.pop("ax", None), self._node.queue.link
        with figure.RemoteFigure(
            session=link.session_name, engine=link.engine, display=axes is None, **ways
        ) as drawn:
            value = super().__call__(*args, **kwargs)
        if axes is not None and drawn.result is not None:
            display_image(drawn.result.data, axes)
        # plot_surfaces gives the colour map and its norm, for colour bars of one's own.
        is_wanted = self._node.expression.attribute == "plot_surfaces"
        return _plain(value) if is_wanted else axes

    def _animated(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        has_target = any(kwargs.get(name) for name in ("action", "filename", "savefilename"))
        wanted = kwargs if has_target else {**kwargs, "action": HTML}
        found = super().__call__(*args, **wanted)
        if wanted.get("action") != HTML or ipython.shell() is None:
            return found
        return _display().HTML(str(found))

    def __dir__(self) -> list[str]:
        return sorted({"call", "apply", *super().__dir__()})


RemoteRef._kind = RemoteRef

# One class stands for whatever is on an engine.
RemoteEmout = RemoteRef
RemoteBacktraceWrapper = RemoteRef
RemoteTraceWrapper = RemoteRef
RemoteProbabilityResult = RemoteRef
RemoteBacktraceResult = RemoteRef
RemoteTraceResult = RemoteRef
RemoteHeatmap = RemoteRef
RemoteXYData = RemoteRef


class RemoteScope(scope.RemoteScope):
    """Objects that are made while the scope is open, and freed together.

    Examples
    --------
    >>> with remote_scope() as scope:
    ...     scope.close()  # earlier than its block: freed here, nothing is left to do at the end
    """

    def close(self) -> None:
        """Free everything in the scope, also inside its ``with`` block; twice does nothing."""
        self._end()


def remote_scope(name: str | None = None) -> RemoteScope:
    """Return a scope: for ``with``, or for ``open()``, ``clear()`` and ``close()``."""
    return RemoteScope(name)


def display_image(img_bytes: bytes, ax: Any = None) -> Any:
    """Show a picture in the notebook, or in axes of this process.

    Parameters
    ----------
    img_bytes : bytes
        An image file.
    ax : matplotlib.axes.Axes, optional
        Where; in a notebook its output otherwise, and a new figure elsewhere.

    Returns
    -------
    matplotlib.axes.Axes or None
        The axes, if it is drawn there.
    """
    if ax is None and ipython.shell() is not None:
        _display().display(_display().Image(data=img_bytes))
        return None
    import matplotlib.image  # noqa: PLC0415 - see emout_lab.emout
    import matplotlib.pyplot as plt  # noqa: PLC0415

    axes = plt.subplots()[1] if ax is None else ax
    axes.imshow(matplotlib.image.imread(BytesIO(img_bytes)))
    axes.axis("off")
    return axes


def get_or_create_session(
    emout_dir: Any = None, input_path: Any = None, emout_kwargs: Mapping[str, Any] | None = None
) -> Session | None:
    """Return the session in use, or join the active one; None, with a warning, where none runs.

    Parameters
    ----------
    emout_dir, input_path, emout_kwargs
        Not needed: a session has runs of any directory.
    """
    del emout_dir, input_path, emout_kwargs
    try:
        return resolve()
    except SessionError as error:
        warnings.warn(str(error), RuntimeWarning, stacklevel=2)
        return None


def clear_sessions() -> None:
    """Close the connections of this process; the next use joins the active session anew."""
    CONNECTIONS.close()


def _display() -> Any:
    """Return IPython's displays, which a script works without."""
    return importlib.import_module("IPython.display")


def _plain(value: Any) -> Any:
    """Return a pair itself, and a ref to anything else."""
    found = value._node.description if isinstance(value, ref.RemoteRef) else None
    return value.fetch() if found is not None and found.type == "tuple" else value
