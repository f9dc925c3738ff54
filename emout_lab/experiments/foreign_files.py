"""Files that are no notebooks of the kind that opens them."""

from __future__ import annotations

from pathlib import Path

from emout_lab.experiments.errors import ForeignNotebook


def foreign(path: Path, why: str, cause: BaseException | None = None) -> ForeignNotebook:
    """Return the error for a file that is no notebook."""
    error = ForeignNotebook(
        f"{str(path)!r} is no lab notebook of this kind ({why}); it was left as it is. "
        f"{_likely(path, why)}Give another name to a new notebook"
    )
    error.__cause__ = cause
    return error


def _likely(path: Path, why: str) -> str:
    """Return what may be the matter with a file, by how it begins."""
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        return "It is empty, as a full disk or a copy that was broken off leaves it. "
    kind = "HDF5" if head[1:4] == b"HDF" else "JSON" if head[:1] == b"{" else ""
    if not kind or not why.startswith("no "):
        return ""
    if why.startswith(f"no {kind}"):
        return "It was perhaps copied in part, or damaged by another program. "
    return f"{kind}LabNotebook reads {kind}. "
