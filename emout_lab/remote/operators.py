"""Operators of refs, from tables: each one is the function that Python has for it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from emout_lab.remote import expression as text
from emout_lab.remote.expression import Expression
from emout_lab.remote.graph import UNKNOWN

UNARY = {"neg": "-", "pos": "+", "invert": "~"}
BINARY = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "lshift": "<<",
    "rshift": ">>",
    "and_": "&",
    "or_": "|",
    "xor": "^",
}
COMPARISONS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "gt": ">", "ge": ">="}
CONVERSIONS: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "complex": complex,
    "bool": bool,
    "len": len,
    "index": operator.index,
}
#: Functions that are no operators, but asked of an object by a method all the same.
APPLICATIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "divmod": divmod,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
}

Method = Callable[..., Any]


class _Operators:
    """Makes the methods of one class of refs."""

    def pure(self, ref: Any, function: Callable[..., Any], args: Any, label: Expression) -> Any:
        """Return a ref to the result of a call without effects."""
        return ref._kind(ref._node.queue.pure(function, args, expression=label))

    def unary(self, function: Callable[..., Any], symbol: str) -> Method:
        def operate(ref: Any) -> Any:
            return self.pure(ref, function, (ref,), text.unary(symbol, ref._node.expression))

        return operate

    def binary(self, function: Callable[..., Any], symbol: str) -> Method:
        def operate(ref: Any, other: Any) -> Any:
            return self.pure(ref, function, (ref, other), text.binary(symbol, ref, other))

        return operate

    def reflected(self, function: Callable[..., Any], symbol: str) -> Method:
        def operate(ref: Any, other: Any) -> Any:
            return self.pure(ref, function, (other, ref), text.binary(symbol, other, ref))

        return operate

    def in_place(self, function: Callable[..., Any], symbol: str) -> Method:
        def operate(ref: Any, other: Any) -> Any:
            label = text.binary(symbol, ref, other)
            return ref._kind(ref._node.queue.effect(function, (ref, other), expression=label))

        return operate

    def application(self, function: Callable[..., Any], name: str) -> Method:
        def apply(ref: Any, *args: Any) -> Any:
            args = (ref, *args)
            return self.pure(ref, function, args, text.application(name, args, {}))

        return apply

    def power(self) -> Method:
        binary, ternary = self.binary(operator.pow, "**"), self.application(pow, "pow")

        def operate(ref: Any, other: Any, modulus: Any = None) -> Any:
            return binary(ref, other) if modulus is None else ternary(ref, other, modulus)

        return operate

    def reflected_divmod(self) -> Method:
        def operate(ref: Any, other: Any) -> Any:
            args = (other, ref)
            return self.pure(ref, divmod, args, text.application("divmod", args, {}))

        return operate

    def rounded(self) -> Method:
        def operate(ref: Any, ndigits: int | None = None) -> Any:
            args = (ref, ndigits)
            return self.pure(ref, round, args, text.application("round", args, {}))

        return operate


def _conversion(function: Callable[..., Any]) -> Method:
    def convert(ref: Any) -> Any:
        known = ref._node.known
        return ref._value(function) if known is UNKNOWN else function(known)

    return convert


def add_operators(cls: type[Any]) -> None:
    """Give a class of refs its operators and conversions.

    Parameters
    ----------
    cls : type
        Has ``_kind``, which makes a ref of a node, and ``_value(function)``, which asks for a
        value.
    """
    make = _Operators()
    methods: dict[str, Method] = {
        "pow": make.power(),
        "rdivmod": make.reflected_divmod(),
        "round": make.rounded(),
    }
    for name, symbol in UNARY.items():
        methods[name] = make.unary(getattr(operator, name), symbol)
    for name, symbol in BINARY.items():
        function, plain = getattr(operator, name), name.rstrip("_")
        methods.setdefault(plain, make.binary(function, symbol))
        methods[f"r{plain}"] = make.reflected(function, symbol)
        methods[f"i{plain}"] = make.in_place(getattr(operator, f"i{plain}"), symbol)
    for name, symbol in COMPARISONS.items():
        methods[name] = make.binary(getattr(operator, name), symbol)
    for name, function in APPLICATIONS.items():
        methods[name] = make.application(function, name)
    for name, function in CONVERSIONS.items():
        methods[name] = _conversion(function)
    for name, method in methods.items():
        setattr(cls, f"__{name}__", method)
