"""The local-data policy: who may read field data in this process."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import emout_lab
from emout_lab.config import load
from emout_lab.emses import Emout, execution
from emout_lab.emses.policy import effective
from emout_lab.errors import DataError, LocalReadForbidden, SpecError

REQUIRED = "remote_required"


@pytest.fixture(autouse=True)
def _policy_is_as_before():
    with emout_lab.local_data_policy(None):
        yield


def test_forbidden_data_keep_their_shapes_coordinates_and_attributes(data: Emout):
    with emout_lab.local_data_policy(REQUIRED):
        field = data.phisp[-1, :, 4, :]
        assert (field.shape, field.dims, field.units) == ((17, 17), ("z", "x"), "V")
        assert field.axis("x").shape == (17,)
        assert "phisp [V]" in repr(field)
        dataset = data.to_xarray()
        assert dataset.sizes["t"] == 4 and dataset.phisp.attrs["units"] == "V"
        assert float(dataset.x[1]) > 0
        assert "phisp" in repr(dataset)


READERS = {
    "values": lambda data: data.phisp[-1].values,
    "float": lambda data: float(data.phisp[-1, 1, 1, 1]),
    "numpy": lambda data: np.max(data.phisp),
    "operator": lambda data: -data.phisp[0],
    "plot": lambda data: data.phisp[-1, :, 4, :].plot(),
    "gifplot": lambda data: data.phisp[:, :, 4, :].gifplot(),
    "xarray": lambda data: data.to_xarray().phisp.isel(t=0).compute(),
    "dask": lambda data: data.to_xarray(chunks={}).phisp.sum().compute(),
}


@pytest.mark.parametrize("read", READERS.values(), ids=list(READERS))
def test_every_way_to_forbidden_values_raises(data: Emout, read):
    with emout_lab.local_data_policy(REQUIRED), pytest.raises(LocalReadForbidden):
        read(data)


def test_the_refusal_names_the_part_and_the_remote_way(data: Emout, demo_dir: Path):
    with emout_lab.local_data_policy(REQUIRED), pytest.raises(DataError) as refusal:
        _ = data.phisp[-1, :, 4, :].values
    for part in (
        "phisp (17 x 17)",
        "'remote_required'",
        "no session runs",
        "emout-lab server start",
        f"Emout({str(demo_dir)!r}).remote().phisp",
    ):
        assert part in str(refusal.value)


def test_a_policy_holds_for_all_threads_until_it_is_given_back(data: Emout):
    seen = []

    def read() -> None:
        try:
            _ = data.phisp[0].values
        except LocalReadForbidden as error:
            seen.append(error)

    setting = emout_lab.local_data_policy(REQUIRED)
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert len(seen) == 1
    setting.restore()
    assert data.phisp[0].values.shape == (17, 17, 17)


def test_a_block_gives_back_the_policy_before_it_also_after_an_error():
    emout_lab.local_data_policy(REQUIRED)
    with pytest.raises(ZeroDivisionError), emout_lab.local_data_policy("allow"):
        assert effective(None, load()) == "allow"
        raise ZeroDivisionError
    assert effective(None, load()) == REQUIRED


def test_a_runs_own_policy_goes_before_the_process_and_travels_with_it(demo_dir: Path):
    strict = Emout(demo_dir, local_data_policy=REQUIRED)
    for run in (strict, pickle.loads(pickle.dumps(strict))):
        with emout_lab.local_data_policy("allow"), pytest.raises(LocalReadForbidden):
            _ = run.phisp[0].values
    with pytest.raises(LocalReadForbidden):
        _ = pickle.loads(pickle.dumps(strict.phisp[0])).values
    with emout_lab.local_data_policy(REQUIRED):
        assert Emout(demo_dir, local_data_policy="allow").phisp[0].values.size == 17**3
        dataset = xr.open_dataset(demo_dir, engine="emses", local_data_policy="local")
        assert dataset.phisp.isel(t=0).values.size == 17**3


def test_the_environment_sets_the_policy_until_the_process_does(
    data: Emout, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("EMOUT_LOCAL_DATA_POLICY", "Remote-Required")
    with pytest.raises(LocalReadForbidden):
        _ = data.phisp[0].values
    with emout_lab.local_data_policy("allow"):
        assert data.phisp[0].values.size == 17**3


def test_an_unknown_policy_is_refused_with_those_that_there_are(
    demo_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    known = "'never'.*allow, local, remote_required"
    with pytest.raises(SpecError, match=known):
        emout_lab.local_data_policy("never")
    with pytest.raises(SpecError, match=known):
        Emout(demo_dir, local_data_policy="never")
    monkeypatch.setenv("EMOUT_LOCAL_DATA_POLICY", "never")
    with pytest.raises(SpecError, match=f"EMOUT_LOCAL_DATA_POLICY.*{known}"):
        load()


def test_an_unusable_limit_names_its_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "much")
    with pytest.raises(SpecError, match="EMOUT_LAB_READ_LIMIT.*'much' is not a size"):
        load()


def test_without_a_session_there_is_no_limit(data: Emout, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMOUT_LAB_READ_LIMIT", "1kB")
    assert data.phisp.values.nbytes > 1000


def test_a_process_that_asks_no_session_reads_here_and_keeps_the_policy(data: Emout):
    with execution.using(execution.HERE):
        assert data.phisp[0].values.size == 17**3
        with (
            emout_lab.local_data_policy(REQUIRED),
            pytest.raises(LocalReadForbidden, match="this process asks no session"),
        ):
            _ = data.phisp[0].values


def test_naming_the_policy_loads_nothing_heavy():
    code = (
        "import sys, emout_lab; emout_lab.local_data_policy('remote_required'); "
        "print({'numpy', 'xarray', 'h5py', 'dask'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.strip() == "set()"


def test_a_slice_taken_in_a_block_that_allows_it_may_be_read_after_it(data: Emout):
    outside = data.phisp
    with emout_lab.local_data_policy(REQUIRED):
        with emout_lab.local_data_policy("allow"):
            part, whole, by_position = outside[-1, 4], data.ex, outside.sel(t=0, z=0)
            table = data.to_xarray().phisp[0, 0]
        with emout_lab.local_data_policy("local"):
            vector = data.exz[0, :, 4, :]
        assert np.isfinite(part.values).all() and float(whole[0, 0, 0].max()) is not None
        assert by_position.shape == (17, 17) and np.isfinite(by_position).all()
        assert np.isfinite(vector.values).all() and np.isfinite(table.values).all()
        for refused in (lambda: outside[-1, 4].values, lambda: data.ex[0].values):
            with pytest.raises(LocalReadForbidden) as caught:
                refused()
            assert isinstance(caught.value, RuntimeError)


def test_only_a_block_grants_what_is_taken_and_a_run_s_own_policy_goes_first(demo_dir: Path):
    data, strict = Emout(demo_dir), Emout(demo_dir, local_data_policy=REQUIRED)
    with emout_lab.local_data_policy("allow"):
        with emout_lab.local_data_policy(REQUIRED):
            inner = data.phisp[0, 0]
        own = strict.phisp[0, 0]
    emout_lab.local_data_policy("allow")
    before = data.phisp[0, 1]
    emout_lab.local_data_policy(REQUIRED)
    for part in (inner, own, before):
        with pytest.raises(LocalReadForbidden):
            part.compute()
