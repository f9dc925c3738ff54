"""FigureResult: a picture that came back from an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emout_lab.engine.protocol import Figure
from emout_lab.errors import SpecError
from emout_lab.files import make_folder_of, write_file
from emout_lab.remote import mimebundle
from emout_lab.remote.ipython import cell_number
from emout_lab.remote.kept_figures import kept_figure
from emout_lab.remote.session import Session, resolve


@dataclass(frozen=True)
class FigureResult:
    """A picture that came back.

    Attributes
    ----------
    data : bytes
        The image file.
    width, height : int
        Size in pixels; 0 where the format has none.
    milliseconds : float
        From the end of the block to the picture, as the notebook saw it.
    bytes_read : int
        What the block's calls read from files on the engine.
    engine : str
        Name of the engine that drew it.
    is_live : bool
        Whether the panel shows it live at once.
    """

    figure: Figure
    session: str
    notebook: str | None
    milliseconds: float
    is_live: bool = False
    _shown_in: set[int | None] = field(default_factory=set, repr=False, compare=False)

    @property
    def data(self) -> bytes:
        """The image file."""
        return self.figure.data

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.figure.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.figure.height

    @property
    def bytes_read(self) -> int:
        """Bytes that the block's calls read from files on the engine."""
        return self.figure.bytes_read

    @property
    def engine(self) -> str:
        """Name of the engine that drew it."""
        return self.figure.engine

    def save(self, path: str | Path) -> Path:
        """Write the image to a file, whole or not at all, and return its path.

        A folder that is missing is made.
        """
        file = Path(path).expanduser()
        make_folder_for(file)
        write_file(file, self.data)
        return file

    @classmethod
    def find(cls, name: str, session: Session | str | None = None) -> FigureResult:
        """Return a figure that was drawn before, to show it again.

        Parameters
        ----------
        name : str
            Its id; dragging a figure from the panel into a notebook writes it.
        session : Session or str, optional
            Whose engines drew it; the connected (or the active) session otherwise.

        Raises
        ------
        ObjectGone
            When no engine has it any more.
        """
        where = resolve(session)
        figure, notebook = kept_figure(where, name)
        return cls(figure, where.name, notebook, figure.milliseconds)

    def particulars(self) -> dict[str, Any]:
        """Return what the figure's MIME type carries."""
        figure = self.figure
        return ({"live": True} if self.is_live else {}) | {
            "version": 1,
            "id": figure.id,
            "session": self.session,
            "engine": figure.engine,
            "format": figure.format,
            "mimetype": figure.mimetype,
            "width": figure.width,
            "height": figure.height,
            "bytes": len(figure.data),
            "milliseconds": round(figure.milliseconds, 1),
            "bytes_read": figure.bytes_read,
            "created": figure.created,
            "notebook": self.notebook,
            "title": figure.title,
            "cell": figure.cell,
        }

    def show(self, file: Path | None = None) -> None:
        """Show the picture here; in a script, say that it was drawn and which ``file`` it is in."""
        self._shown_in.add(cell_number())
        mimebundle.show(self.figure, self.particulars(), file)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # IPython's protocol
        if cell_number() in self._shown_in:  # `fig.close()` at the end of a cell
            return {"text/plain": mimebundle.one_line(self.figure)}
        return mimebundle.bundle(self.figure, self.particulars())

    def __repr__(self) -> str:
        return f"<{mimebundle.one_line(self.figure)}>"


def make_folder_for(file: Path) -> None:
    """Make the folder that a picture is to be written to, where it is missing.

    Raises
    ------
    SpecError
        If the file is a folder itself.
    """
    if file.is_dir():
        raise SpecError(f"{str(file)!r} is a folder: name the file in it", "savefilepath")
    make_folder_of(file)
