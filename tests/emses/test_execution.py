"""The one interface by which the data layer runs something elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emout_lab.emses import Emout, execution
from emout_lab.errors import LocalReadForbidden


class Counting(execution.Here):
    """An executor that answers each read with ones, and takes down what it is asked."""

    def __init__(self):
        self.asked = []

    def read(self, read):
        self.asked.append(read.label)
        return np.ones(read.shape)

    def record(self, owner, method, args, kwargs):
        self.asked.append(f"{owner.name}.{method}")

    def progress(self, done, total, label):
        self.asked.append((done, total, label))


@pytest.fixture
def counting():
    with execution.using(Counting()) as executor:
        yield executor


def test_every_read_goes_through_the_executor_in_use(data: Emout, counting: Counting):
    assert data.phisp[-1, :, 4, :].values.sum() == 17 * 17
    assert float(data.phisp.mean()) == 1.0
    assert float(data.to_xarray().ex[0, 1, 2, 3]) == 1.0
    assert counting.asked == ["phisp (17 x 17)", "phisp (one value)", "ex (one value)"]


def test_drawings_are_offered_for_recording_before_anything_is_read(data, counting, ax):
    data.phisp[-1, 4].plot(ax=ax)
    data.phisp[-1, 4].plot.contourf(ax=ax)
    offers = [what for what in counting.asked if "plot" in what or "contourf" in what]
    assert offers == ["phisp.plot", "phisp.plot.contourf"]
    assert counting.asked[0] == "phisp.plot"


def density(data: Emout, **options):
    return data.backtrace.get_probabilities(4, 4, 12, (-20, 20, 3), 0, 20, **options)


def test_long_work_is_mapped_and_tells_of_its_progress(data, counting):
    pytest.importorskip("numba")
    with execution.using(execution.HERE):
        expected = density(data)
    mapped = []

    class Mapping(Counting):
        def read(self, read):
            return None

        def map(self, function, tasks, **options):
            mapped.append((options["label"], options["uses_threads"]))
            return super().map(function, tasks, **options)

    with execution.using(Mapping()) as executor:
        got = density(data)
        alone = density(data, remote=False)
    assert mapped == [("tracing orbits", True)]
    assert (3, 3, "tracing orbits") in executor.asked
    for result in (got, alone):
        np.testing.assert_array_equal(result.probabilities, expected.probabilities)


def test_a_worker_shows_no_window(data: Emout):
    class OnWorker(execution.Here):
        is_on_worker = True

    with execution.using(OnWorker()):
        film = data.phisp[:, 4].gifplot(action="show")
    assert film.frames == 4


def test_what_runs_here_gives_its_result(data: Emout):
    with execution.using(execution.HERE):
        assert data.remote().fields == data.fields
        assert execution.current().map(pow, [(2, 3), (3, 2)], label="powers") == [8, 9]
        assert execution.current().map(pow, [(2, 3)], label="powers", alone=[(1, 1)]) == [1]


def test_a_block_gives_back_the_executor_before_also_after_an_error(data: Emout):
    before = execution.current()
    with (
        pytest.raises(LocalReadForbidden),
        execution.using(execution.HERE),
    ):
        _ = Emout(data.directory, local_data_policy="remote_required").phisp.values
    assert execution.current() is before


def test_nothing_is_chosen_before_data_are_asked_for(demo_dir: Path):
    code = (
        "import sys; from emout_lab.emses import Emout, execution; "
        f"data = Emout({str(demo_dir)!r}); data.phisp[-1].shape; "
        "print([m for m in sys.modules if m.startswith(('emout_lab.remote', 'emout_lab.engine'))]);"
        "print(type(execution.current()).__name__, 'distributed' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.splitlines() == ["[]", "SessionExecutor False"]
