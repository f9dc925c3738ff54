"""``%autopx``: whole cells go to the engines until it is written again."""

from __future__ import annotations

from typing import Any


class CellDiversion:
    """Has a shell run each cell by a magic, but those that begin with some names.

    It stands before IPython's own steps from a cell to Python, so that it works the same in
    notebooks and terminals, and cells that await something.

    Parameters
    ----------
    shell : InteractiveShell
        Whose cells.
    magic : str
        Name of the cell magic.
    own : tuple of str
        Magics that run here.
    """

    #: IPython leaves it out where it only asks whether a cell is complete.
    has_side_effects = True

    def __init__(self, shell: Any, magic: str, own: tuple[str, ...]) -> None:
        self._shell = shell
        self._magic = magic
        self._own = {mark + name for name in own for mark in ("%", "%%")}
        self._bare = set(own)  # as IPython takes them where automagic is on
        self.is_paused = False

    @property
    def is_on(self) -> bool:
        """Whether cells are diverted."""
        return self in self._shell.input_transformers_cleanup

    def turn_on(self) -> None:
        """Begin with the next cell."""
        if not self.is_on:
            self._shell.input_transformers_cleanup.insert(0, self)

    def turn_off(self) -> None:
        """Let the next cell run here."""
        if self.is_on:
            self._shell.input_transformers_cleanup.remove(self)

    def __call__(self, lines: list[str]) -> list[str]:
        """Return the lines of a cell as they shall run here."""
        source = "".join(lines)
        words = source.split(maxsplit=1)
        if self.is_paused or not words or words[0] in self._own or source.strip() in self._bare:
            return lines
        return [f"get_ipython().run_cell_magic({self._magic!r}, '', {source!r})\n"]
