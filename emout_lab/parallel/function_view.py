"""What functions that run on the engines of a view need of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class FunctionView(Protocol):
    """The view of a function; `emout_lab.parallel.view` implements it."""

    def set_flags(self, **flags: Any) -> Any:
        """Set attributes by name."""

    def apply(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function on the engines."""

    def map(self, f: Callable[..., Any], /, *sequences: Any, **options: Any) -> Any:
        """Call a function for each item of sequences."""

    def apply_to_parts(
        self,
        f: Callable[..., Any],
        sequences: tuple[Any, ...],
        dist: str,
        chunksize: int | None,
    ) -> Any:
        """Call a function with parts of sequences."""
