"""What functions need of their engine: `require` and `depend`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from emout_lab.engine.serialization import EngineNamespace
from emout_lab.engine.views.dependencies import CheckedCall, require_names
from emout_lab.parallel.errors import UnmetDependency


class dependent:  # noqa: N801  # the name that users know
    """A function that runs on an engine only where another function does not give False there.

    Called here, it runs at once.

    Parameters
    ----------
    f : callable
        What runs.
    df : callable
        Looks at the engine before; gives False, or raises `UnmetDependency`, where ``f`` shall not
        run.
    *dargs, **dkwargs
        Arguments of ``df``.
    """

    def __init__(
        self, f: Callable[..., Any], df: Callable[..., Any], /, *dargs: Any, **dkwargs: Any
    ) -> None:
        self.f, self.df, self.dargs, self.dkwargs = f, df, dargs, dkwargs
        self.__name__ = str(getattr(f, "__name__", "f"))
        self.__doc__ = getattr(f, "__doc__", None)

    def check_dependency(self) -> None:
        """Raise `UnmetDependency` where the function should not run here."""
        if self.df(*self.dargs, **self.dkwargs) is False:
            raise UnmetDependency(f"{self.__name__}: its dependency gave False")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function here, without a check."""
        return self.f(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as what checks before it calls."""
        return CheckedCall, (self.f, self.df, self.dargs, self.dkwargs)


class depend:  # noqa: N801  # the name that users know
    """Decorate a function, which runs only on engines where another one does not give False.

    Examples
    --------
    ::

        @depend(has_file, "input.h5")
        def read(): ...

        view.apply_sync(read)  # UnmetDependency where there is no such file
    """

    def __init__(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs

    def __call__(self, f: Callable[..., Any]) -> dependent:
        """Return the function as one that depends on the other."""
        return dependent(f, self.f, *self.args, **self.kwargs)


def require(*objects: Any, **names: Any) -> depend:
    """Decorate a function that needs modules, functions and other objects on its engine.

    Modules are imported among the engine's names, functions and other objects are assigned there,
    before the function runs.

    Parameters
    ----------
    *objects : str, module, function or class
        Modules, also by their names; functions and classes, which keep their names.
    **names
        Other objects, by the names that they shall have.

    Raises
    ------
    TypeError
        For an object without a name.

    Examples
    --------
    ::

        @require("numpy", helper, scale=3.0)
        def norm(x):
            return scale * numpy.linalg.norm(helper(x))
    """
    modules: list[str] = []
    for each in objects:
        if isinstance(each, (str, ModuleType)):
            modules.append(_checked(each if isinstance(each, str) else each.__name__))
        elif hasattr(each, "__name__"):
            names[each.__name__] = each
        else:
            raise TypeError(
                "objects other than modules, functions and classes are given by keyword, "
                f"require(name=...), not {type(each).__name__} {each!r}"
            )
    return depend(require_names, EngineNamespace(), modules, names)


def _checked(module: str) -> str:
    if not all(part.isidentifier() for part in module.split(".")):
        raise TypeError(f"{module!r} is no name of a module")
    return module
