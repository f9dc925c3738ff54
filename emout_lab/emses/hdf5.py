"""Opening HDF5 files that a simulation may still be writing."""

from __future__ import annotations

import os
from typing import Any

import h5py

from emout_lab.errors import BadFile


def open_hdf5(path: str, mode: str = "r") -> Any:
    """Open an HDF5 file for reading.

    Raises
    ------
    BadFile
        When the file is truncated, foreign or missing.
    """
    try:
        return _open_unlocked(path, mode)
    except OSError as error:
        if not os.path.isfile(path):
            raise BadFile(_missing(path)) from error
        if isinstance(error, PermissionError) or not os.access(path, os.R_OK):
            raise BadFile(f"{path} may not be read by you: its permissions forbid it.") from error
        size = os.path.getsize(path)
        raise BadFile(
            f"{path} ({size:,} bytes) is not a readable HDF5 file: {error}. "
            "It was cut off (a killed job, a full disk, an unfinished copy) or is being written."
        ) from error


def _missing(path: str) -> str:
    """Say why there is no file."""
    if os.path.isdir(path):
        return f"{path} is a directory, not an HDF5 file."
    if os.path.islink(path):
        return f"{path} is a link to {os.readlink(path)}, which leads to no file."
    return f"No file {path}."


def _open_unlocked(path: str, mode: str) -> Any:
    # No lock: the simulation may be writing, and parallel file systems often refuse locks.
    try:
        return h5py.File(path, mode, locking=False)
    except OSError as error:
        if "locking" not in str(error):
            raise
        refused = error
    # HDF5 wants one way of locking per process, and somebody here has the file open already.
    for locking in (None, "best-effort", True):
        try:
            return h5py.File(path, mode, locking=locking)
        except OSError as error:
            refused = error
    raise refused
