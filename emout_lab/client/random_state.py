"""Experiments that hold random numbers' state, of which each point has the same copy."""

from __future__ import annotations

import warnings
from typing import Final

#: What a pickle says of generators of numpy and of Python, also those behind ``numpy.random.rand``.
MARKS: Final = (b"__bit_generator_ctor", b"__randomstate_ctor", b"\x8c\x06Random\x94\x93")


def warn_of_random_state(packed: bytes, stacklevel: int = 2) -> None:
    """Warn where a packed experiment holds a generator of random numbers.

    Parameters
    ----------
    packed : bytes
        The experiment, as it is sent.
    stacklevel : int
        Whose line the warning names, counted from the caller.
    """
    if any(mark in packed for mark in MARKS):
        warnings.warn(
            "the experiment holds a generator of random numbers, and each point has a copy of it "
            "in the same state: all points draw the same numbers. Make the generator in setUp() or "
            "do(), with numpy.random.default_rng(), or with a seed that is a parameter",
            stacklevel=stacklevel + 1,
        )
