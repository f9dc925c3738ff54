"""A lab: a parameter space, a notebook, and experiments that run at its points; here in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.engine.sweeps.results import ResultsDict, require_experiment
from emout_lab.errors import SpecError
from emout_lab.experiments.designs import Design, FactorialDesign, Point
from emout_lab.experiments.notebook import LabNotebook
from emout_lab.experiments.parameter_space import as_values
from emout_lab.experiments.storable_results import storable

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from typing_extensions import Self


class Lab:
    """Runs experiments in this process, one point after the other.

    Parameters
    ----------
    notebook : LabNotebook, optional
        Where results go; one in memory by default.
    design : Design, optional
        Which points of the parameter space; each value with each of the others by default.

    Examples
    --------
    >>> from emout_lab.experiments import Experiment
    >>> class Square(Experiment):
    ...     def do(self, params):
    ...         return {"square": params["k"] ** 2}
    >>> lab = Lab()
    >>> lab["k"] = range(3)
    >>> lab.runExperiment(Square())
    >>> [each["results"]["square"] for each in lab.results()]
    [0, 1, 4]
    """

    def __init__(self, notebook: LabNotebook | None = None, design: Design | None = None) -> None:
        if not isinstance(notebook, LabNotebook | None):
            raise TypeError(
                f"{notebook!r:.80} is no LabNotebook; HDF5LabNotebook(name) or "
                "JSONLabNotebook(name) opens the notebook in a file, also one that epyc wrote"
            )
        self._notebook = LabNotebook() if notebook is None else notebook
        self._design = FactorialDesign() if design is None else design
        self._parameters: dict[str, list[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Open what the lab needs; this one needs nothing."""

    def close(self) -> None:
        """Commit the notebook and give up what the lab needs."""
        self._notebook.commit()

    def recreate(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the lab's class, and the arguments that make one like it."""
        kind = type(self)
        return f"{kind.__module__}.{kind.__qualname__}", {
            "notebook": self._notebook,
            "design": self._design,
        }

    def notebook(self) -> LabNotebook:
        """Return the notebook."""
        return self._notebook

    def design(self) -> Design:
        """Return the design."""
        return self._design

    # The parameter space.

    def addParameter(self, k: str, r: Any) -> None:
        """Add a parameter, or give it other values; what is no collection is one value.

        Raises
        ------
        SpecError
            When the name is no text, or there are no values.
        """
        if not isinstance(k, str) or not k:
            raise SpecError(f"a parameter has a name, not {k!r}; for example lab['k'] = range(10)")
        try:
            self._parameters[k] = as_values(r)
        except ValueError as error:
            raise SpecError(f"lab[{k!r}]: {error}") from None

    def parameters(self) -> list[str]:
        """Return the names of the parameters."""
        return list(self._parameters)

    def parameterSpace(self) -> dict[str, list[Any]]:
        """Return the values of each parameter."""
        return {name: list(values) for name, values in self._parameters.items()}

    def deleteParameter(self, k: str) -> None:
        """Remove a parameter; nothing happens where there is none of this name."""
        self._parameters.pop(k, None)

    def deleteParameters(self, *names: str) -> None:
        """Remove parameters; all of them where none is named."""
        for name in names or list(self._parameters):
            self.deleteParameter(name)

    def deleteAllParameters(self) -> None:
        """Remove all parameters."""
        self._parameters.clear()

    def __setitem__(self, k: str, r: Any) -> None:
        self.addParameter(k, r)

    def __getitem__(self, k: str) -> list[Any]:
        if k not in self._parameters:
            raise KeyError(f"the lab has no parameter {k!r}; it has {self.parameters()}")
        return self._parameters[k]

    def __delitem__(self, k: str) -> None:
        self[k]
        self.deleteParameter(k)

    def __contains__(self, k: str) -> bool:
        return k in self._parameters

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        notebook = self._notebook
        space = ", ".join(f"{name}: {len(each)}" for name, each in self._parameters.items())
        return (
            f"<{type(self).__name__}: {self._design!r} of values {{{space}}}; "
            f"{notebook.currentTag()!r} of {notebook!r}: {notebook.current()!r}>"
        )

    def __len__(self) -> int:
        """Return how many points there are."""
        return len(self._points()) if self._parameters else 0

    def experiments(self, e: Any) -> list[tuple[Any, Point]]:
        """Return the points with the experiment that is done at each."""
        return self._design.experiments(e, self._parameters)

    def _points(self) -> list[Point]:
        return [point for _, point in self._design.experiments(None, self._parameters)]

    def checked_points(self) -> list[Point]:
        """Return the points.

        Raises
        ------
        SpecError
            When there are none.
        """
        points = self._points()
        if not points:
            raise SpecError(
                "the parameter space is empty, so there is nothing to run; add a parameter, "
                "for example lab['k'] = range(10)"
            )
        return points

    # Running.

    def runExperiment(self, e: Any) -> None:
        """Run an experiment at all points; results go to the current result set.

        Parameters
        ----------
        e : Experiment
            Or any object with ``set(params)`` and ``run()``, which gives a results dictionary.

        Raises
        ------
        SpecError
            When there are no points.
        TypeError
            When it is no experiment.
        """
        self.run_at(e, self.checked_points())

    def run_at(self, e: Any, points: Sequence[Point]) -> None:
        """Run an experiment at some points."""
        require_experiment(e)
        try:
            for point in points:
                self._notebook.addResult(self._storable(e.set(point).run(), point))
        finally:
            self._notebook.commit()

    def _storable(self, found: Any, point: Point) -> Any:
        """Return what came of a point, or what tells that the notebook cannot hold it."""
        return storable(self._notebook.check, found, point)

    def updateResults(self, purge: bool = False) -> int:  # noqa: ARG002  # a cluster's has it
        """Take in what has come meanwhile; return how many results: here there is never any."""
        return 0

    def wait(self, timeout: float = -1) -> bool:  # noqa: ARG002  # a cluster's has it
        """Wait until all results have come: here they have."""
        return True

    def ready(self, tag: str | None = None) -> bool:
        """Return whether all results of a result set have come."""
        self.updateResults()
        return self._notebook.ready(tag)

    def readyFraction(self, tag: str | None = None) -> float:
        """Return which part of the results of a result set has come."""
        self.updateResults()
        return self._notebook.readyFraction(tag)

    def results(self) -> list[ResultsDict]:
        """Return the results dictionaries of the current result set."""
        self.updateResults()
        return self._notebook.results()

    def dataframe(self, only_successful: bool = True) -> pd.DataFrame:
        """Return the results of the current result set as a table of pandas."""
        self.updateResults()
        return self._notebook.dataframe(only_successful=only_successful)

    def to_xarray(self, dimensions: Sequence[str] | None = None) -> xr.Dataset:
        """Return the results of the current result set, the parameters as dimensions.

        Parameters
        ----------
        dimensions : sequence of str, optional
            Which parameters are dimensions, by default all; the others are coordinates along them.
        """
        self.updateResults()
        return self._notebook.to_xarray(dimensions=dimensions)

    def createWith(
        self,
        tag: str,
        f: Callable[[Lab], Any],
        description: str | None = None,
        propagate: bool = True,
        delete: bool = True,
        finish: bool = False,
        deleteAllParameters: bool = True,
    ) -> bool:
        """Make a result set by a function, unless the notebook has it already.

        Parameters
        ----------
        tag : str
            Of the result set, which is the current one afterwards.
        f : callable
            Called with the lab: sets parameters and runs experiments.
        description : str, optional
            Of the result set.
        propagate : bool
            Raise what the function raises.
        delete : bool
            Remove the result set when the function fails.
        finish : bool
            Take no more results afterwards.
        deleteAllParameters : bool
            Begin without the lab's parameters.

        Returns
        -------
        bool
            Whether the result set is there, now or before; what the function gives is not kept.
        """
        notebook = self._notebook
        if self.is_complete(tag):
            notebook.select(tag)
            return True
        before = notebook.currentTag()
        was_there = notebook.already(tag, description)
        if deleteAllParameters:
            self.deleteAllParameters()
        try:
            f(self)
        except Exception:
            if delete and not was_there:
                self.discard(tag)
                notebook.select(before if before in notebook else notebook.currentTag())
                notebook.commit()
            if propagate:
                raise
            return False
        if finish and self.wait():
            notebook.resultSet(tag).finish()
        notebook.commit()
        return True

    def discard(self, tag: str) -> None:
        """Remove a result set."""
        self._notebook.deleteResultSet(tag)

    def is_complete(self, tag: str) -> bool:
        """Return whether nothing is to be done for a result set."""
        found = self._notebook.resultSet(tag) if tag in self._notebook else None
        return found is not None and bool(len(found) or found.numberOfPendingResults())
