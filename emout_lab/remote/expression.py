"""The text of an expression: what a ref and the panel show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emout_lab.engine.values import Reference

MAX_LENGTH = 200
MAX_ARGUMENT = 40


@dataclass(frozen=True, slots=True)
class Expression:
    """Text of an expression.

    ``is_atom`` tells that it needs no parentheses as an operand; ``is_root`` that attributes of it
    are shown by their own name alone (``phisp``, not ``Emout('run').phisp``).
    """

    text: str
    is_atom: bool = True
    is_root: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def operand(self) -> str:
        """The text as it stands beside an operator."""
        return self.text if self.is_atom else f"({self.text})"


def attribute(owner: Expression, name: str) -> Expression:
    """Return the expression of ``owner.name``."""
    return Expression(name if owner.is_root else _short(f"{owner.operand}.{name}"))


def item(owner: Expression, key: Any) -> Expression:
    """Return the expression of ``owner[key]``.

    Examples
    --------
    >>> str(item(Expression("phisp"), (-1, slice(None), 64, ...)))
    'phisp[-1, :, 64, ...]'
    """
    parts = key if isinstance(key, tuple) and key else (key,)
    return Expression(_short(f"{owner.operand}[{', '.join(_index(part) for part in parts)}]"))


def unary(symbol: str, operand: Expression) -> Expression:
    """Return the expression of a unary operator."""
    return Expression(_short(f"{symbol}({operand.text})"), is_atom=False)


def binary(symbol: str, left: Any, right: Any) -> Expression:
    """Return the expression of a binary operator.

    Examples
    --------
    >>> str(binary("*", Expression("a + b", is_atom=False), 2))
    '(a + b) * 2'
    """
    text = f"{_operand(left)} {symbol} {_operand(right)}"
    return Expression(_short(text), is_atom=False)


def application(function: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Expression:
    """Return the expression of ``function(*args, **kwargs)``."""
    parts = [argument(a) for a in args] + [f"{k}={argument(v)}" for k, v in kwargs.items()]
    return Expression(_short(f"{function}({', '.join(parts)})"))


def argument(value: Any) -> str:
    """Return a short text for an argument."""
    if isinstance(value, Reference):
        return str(expression_of(value))
    if isinstance(value, (str, int, float, complex, bool, bytes, type(None))):
        text = repr(value)
    elif isinstance(value, (list, tuple)) and len(value) <= 4:
        inner = ", ".join(argument(v) for v in value)
        text = f"[{inner}]" if isinstance(value, list) else f"({inner})"
    elif hasattr(type(value), "shape"):
        text = f"{type(value).__name__}{tuple(value.shape)}"
    else:
        text = getattr(value, "__name__", None) or f"<{type(value).__name__}>"
    return text if len(text) <= MAX_ARGUMENT else text[: MAX_ARGUMENT - 1] + "…"


def expression_of(ref: Any) -> Expression:
    """Return the expression of a ref."""
    found: Expression = ref._node.expression
    return found


def _operand(value: Any) -> str:
    if isinstance(value, Reference):
        return expression_of(value).operand
    return value.operand if isinstance(value, Expression) else argument(value)


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
