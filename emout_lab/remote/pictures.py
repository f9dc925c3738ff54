"""Refs to what is a picture by itself, such as a scene in space: they show it, drawn there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emout_lab.remote.context import CONTEXT

if TYPE_CHECKING:
    from emout_lab.remote.graph import Node

#: Types whose refs show a picture; they have a method ``draw()`` that makes a figure of pyplot.
PICTURE_TYPES = frozenset({"Scene"})
#: Methods after which a picture is to be seen, the last one where it is asked for.
SHOW, PLOT = "show", "plot3d"


class _Drawing:
    """Draws what a ref stands for and returns the result; set by who knows figures."""

    def __init__(self) -> None:
        self.draw: Callable[[Any], Any] = lambda ref: None  # noqa: ARG005 - the interface's


DRAWING = _Drawing()


def is_picture(node: Node) -> bool:
    """Tell whether a ref's object is a picture, as far as that is known here."""
    return node.description is not None and node.description.type in PICTURE_TYPES


def bundle(ref: Any) -> dict[str, Any]:
    """Return the MIME bundle of a ref's picture; an empty one where it is none."""
    if not is_picture(ref._node):
        return {}
    result = DRAWING.draw(ref)
    return {} if result is None else dict(result._repr_mimebundle_())


def show_after(method: str | None, kwargs: dict[str, Any], ref: Any) -> None:
    """Show the picture that a call outside of a figure block gave, where it asks for that."""
    is_asked = method == SHOW or method == PLOT and kwargs.get("show")
    if is_asked and CONTEXT.recording is None and is_picture(ref._node):
        result = DRAWING.draw(ref)
        if result is not None:
            result.show()
