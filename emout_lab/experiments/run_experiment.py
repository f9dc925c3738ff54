"""Experiments whose points are simulation runs: a campaign of directories becomes a table."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from emout_lab.emses.emout import Emout
from emout_lab.engine.sweeps.results import Found
from emout_lab.errors import DataError
from emout_lab.experiments.experiment import Experiment

#: The parameter that names the directory.
DIRECTORY: Final = "directory"
INPUT_FILES: Final = ("plasma.inp", "plasma.toml")


class RunExperiment(Experiment):
    """Computes results of an EMSES run; the point is its directory.

    Parameters
    ----------
    function : callable
        Called with the run's `Emout`; returns a dictionary of results.
    inputs : iterable of str
        Parameters that are read from the run's input file and stand in the table beside its
        directory: ``"dt"``, or with their group, ``"tmgrid.dt"``. A list of Fortran becomes
        ``"path[0]"``, ``"path[1]"``, …

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses.demo import write_demo_data
    >>> run = write_demo_data(tempfile.mkdtemp() + "/a", grid=8, steps=2)
    >>> e = RunExperiment(lambda data: {"steps": len(data.phisp)}, inputs=["nx"])
    >>> found = e.set({"directory": str(run)}).run()
    >>> found["parameters"]["nx"], found["results"]
    (8, {'steps': 2})
    """

    def __init__(
        self, function: Callable[[Emout], Mapping[str, Any]], inputs: Iterable[str] = ()
    ) -> None:
        super().__init__()
        if not callable(function):
            raise TypeError(
                f"function is called with the run's data, and cannot be {function!r:.80}"
            )
        self._function = function
        self._inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
        self._read: dict[str, Any] = {}

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Open the run, read its parameters and return what the function makes of its data.

        Raises
        ------
        KeyError
            When the point names no directory, or the input file has no such parameter.
        DataError
            When the directory cannot be read.
        """
        if DIRECTORY not in params:
            raise KeyError(
                f"a point of RunExperiment has a parameter {DIRECTORY!r}; for example "
                f"lab[{DIRECTORY!r}] = runs('campaign/*')"
            )
        self._read = {}
        data = Emout(params[DIRECTORY])
        for name in self._inputs:
            self._read.update(_spread(name, _looked_up(data.inp, name)))
        found = self._function(data)
        if isinstance(found, Mapping) and (both := sorted(set(found) & set(self._read))):
            raise ValueError(
                f"the function gives a result {both[0]!r}, which the input file gives as well"
            )
        return found  # type: ignore[return-value]  # checked where all results are

    def report(self, params: dict[str, Any], meta: dict[str, Any], res: Any) -> Found:
        """Return the results dictionary, with what was read from the input file."""
        read, self._read = self._read, {}
        return super().report({**params, **read}, meta, res)


def runs(*places: str | os.PathLike[str]) -> list[str]:
    """Return the directories of EMSES runs: absolute paths, sorted, each once.

    Parameters
    ----------
    *places : path
        Directories, or patterns such as ``"campaign/*"`` and ``"campaign/**"``.

    Raises
    ------
    DataError
        When there is no run.
    """
    found = set()
    for place in places:
        for each in glob.glob(os.path.expanduser(os.fspath(place)), recursive=True):
            path = Path(each).absolute()
            if any((path / name).is_file() for name in INPUT_FILES):
                found.add(str(path))
    if not found:
        raise DataError(
            f"there is no run in {', '.join(repr(os.fspath(each)) for each in places)}: a run is "
            f"a directory with a file {' or '.join(INPUT_FILES)}"
        )
    return sorted(found)


def _looked_up(inp: Any, name: str) -> Any:
    found = inp
    for part in name.split("."):
        found = found[part]
    return found


def _spread(name: str, value: Any) -> dict[str, Any]:
    """Return a parameter by name, the elements of a list each for themselves."""
    if isinstance(value, list | tuple):
        return {f"{name}[{n}]": each for n, each in enumerate(value) if each is not None}
    return {name: value}
