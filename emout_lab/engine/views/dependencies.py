"""What a request needs of its engine, looked at before it runs there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emout_lab.errors import UnmetDependency


class CheckedCall:
    """Calls a function where another one does not give False.

    Parameters
    ----------
    function : callable
        The user's.
    check : callable
        Gives False, or raises `UnmetDependency`, where the function shall not run.
    args, kwargs
        Arguments of ``check``.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        check: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        self.__name__ = str(getattr(function, "__name__", "f"))
        self._function = function
        self._check = check
        self._args = args
        self._kwargs = kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check, then call.

        Raises
        ------
        UnmetDependency
            Where the check gives False or raises it; the function has not run then.
        """
        if self._check(*self._args, **self._kwargs) is False:
            name = getattr(self._check, "__name__", "the check")
            raise UnmetDependency(f"{self.__name__} did not run: {name} gave False on this engine")
        return self._function(*args, **kwargs)


def require_names(
    namespace: dict[str, Any], modules: Sequence[str], names: Mapping[str, Any]
) -> bool:
    """Import modules into the names of an engine and assign others.

    Raises
    ------
    UnmetDependency
        Where a module cannot be imported.
    """
    for module in modules:
        try:
            exec(compile(f"import {module}", f"<require {module}>", "exec"), namespace)
        except ImportError as error:
            raise UnmetDependency(
                f"the engine cannot import {module}: {type(error).__name__}: {error}. Install it "
                "in the environment of the session."
            ) from error
    namespace.update(names)
    return True
