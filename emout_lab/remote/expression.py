"""The text of an expression: what a ref and the panel show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emout_lab.engine.serialization import Reference

MAX_LENGTH = 200
MAX_ARGUMENT = 40
#: Lists in lists are written out so deep, and numbers of so many bits.
MAX_DEPTH, MAX_BITS = 4, 256
# How tightly an operator binds, as in Python's grammar; names, calls and items bind tightest.
BINDING = {
    **dict.fromkeys(("<", "<=", "==", "!=", ">", ">="), 0),
    "|": 1,
    "^": 2,
    "&": 3,
    **dict.fromkeys(("<<", ">>"), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "%", "@"), 6),
    "**": 8,
}
UNARY_BINDING = 7
ATOM_BINDING = 9


@dataclass(frozen=True, slots=True)
class Expression:
    """Text of an expression.

    ``binding`` tells how tightly its outermost operator binds; ``is_root`` that attributes of it
    are shown by their own name alone (``phisp``, not ``Emout('run').phisp``); ``attribute`` is the
    name that was looked up, if the expression is a look-up.
    """

    text: str
    binding: int = ATOM_BINDING
    is_root: bool = False
    attribute: str | None = None

    def __str__(self) -> str:
        return self.text

    def beside(self, binding: int) -> str:
        """Return the text as it stands beside an operator that binds so tightly."""
        return self.text if self.binding >= binding else f"({self.text})"


def attribute(owner: Expression, name: str) -> Expression:
    """Return the expression of ``owner.name``."""
    full = name if owner.is_root else _short(f"{owner.beside(ATOM_BINDING)}.{name}")
    return Expression(full, attribute=name)


def item(owner: Expression, key: Any) -> Expression:
    """Return the expression of ``owner[key]``.

    Examples
    --------
    >>> str(item(Expression("phisp"), (-1, slice(None), 64, ...)))
    'phisp[-1, :, 64, ...]'
    """
    parts = key if isinstance(key, tuple) and key else (key,)
    return Expression(
        _short(f"{owner.beside(ATOM_BINDING)}[{', '.join(_index(part) for part in parts)}]")
    )


def unary(symbol: str, operand: Expression) -> Expression:
    """Return the expression of a unary operator."""
    return Expression(_short(f"{symbol}({operand.text})"), UNARY_BINDING)


def binary(symbol: str, left: Any, right: Any) -> Expression:
    """Return the expression of a binary operator, with the parentheses that it needs.

    Examples
    --------
    >>> total = binary("+", Expression("a"), Expression("b"))
    >>> str(binary("*", total, 2)), str(binary("-", total, total))
    ('(a + b) * 2', 'a + b - (a + b)')
    """
    binding = BINDING[symbol]
    is_power = symbol == "**"
    first = _operand(left, binding + is_power)
    second = _operand(right, binding + (not is_power))
    return Expression(_short(f"{first} {symbol} {second}"), binding)


def application(function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Expression:
    """Return the expression of ``function(*args, **kwargs)``."""
    parts = [argument(a) for a in args] + [f"{k}={argument(v)}" for k, v in kwargs.items()]
    return Expression(_short(f"{function}({', '.join(parts)})"))


def argument(value: Any, depth: int = MAX_DEPTH) -> str:
    """Return a short text for an argument; nothing of it is written out only to be cut.

    Examples
    --------
    >>> argument([1, "a"]), argument("a" * 10**6), argument(10**5000)
    ("[1, 'a']", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…", '<int of 16610 bits>')
    """
    if isinstance(value, Reference):
        return str(expression_of(value))
    if isinstance(value, (str, bytes)):
        text = repr(value[:MAX_ARGUMENT])
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        text = f"<int of {value.bit_length()} bits>"
    elif isinstance(value, (int, float, complex, type(None))):
        text = repr(value)
    elif isinstance(value, (list, tuple)) and len(value) <= 4 and depth > 0:
        inner = ", ".join(argument(v, depth - 1) for v in value)
        text = f"[{inner}]" if isinstance(value, list) else f"({inner})"
    elif hasattr(type(value), "shape"):
        text = f"{type(value).__name__}{tuple(value.shape)}"
    else:
        text = str(getattr(value, "__name__", None) or f"<{type(value).__name__}>")
    return text if len(text) <= MAX_ARGUMENT else text[: MAX_ARGUMENT - 1] + "…"


def root(text: str) -> Expression:
    """Return the expression of an object that the user has given a name."""
    return Expression(_short(text), is_root=True)


def expression_of(ref: Any) -> Expression:
    """Return the expression of a ref."""
    found: Expression = ref._node.expression
    return found


def _operand(value: Any, binding: int) -> str:
    if isinstance(value, Reference):
        value = expression_of(value)
    return value.beside(binding) if isinstance(value, Expression) else argument(value)


def _index(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice):
        bounds = ["" if b is None else argument(b) for b in (part.start, part.stop)]
        step = "" if part.step is None else f":{argument(part.step)}"
        return ":".join(bounds) + step
    return argument(part)


def _short(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
