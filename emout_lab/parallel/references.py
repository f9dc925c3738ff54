"""Reference: a name, or an expression, of an engine as an argument of a call."""

from __future__ import annotations

from emout_lab.engine.serialization import NamespaceValue


class Reference(NamespaceValue):
    """Stands for what a name means on the engine when the call begins there.

    It may stand anywhere among the arguments, in containers too, and as the function itself.

    Parameters
    ----------
    name : str
        A name, or any expression: ``"a"``, ``"a.b"``, ``"a[0]"``.

    Examples
    --------
    >>> Reference("a[0]")
    <Reference: 'a[0]'>
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"Reference({name!r}): the name of what is on the engine, as a str")
        super().__init__(name)
        self.name = name

    def __repr__(self) -> str:
        return f"<Reference: {self.name!r}>"
