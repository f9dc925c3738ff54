"""How stored steps are read: against plain h5py, for every way in which HDF5 can store them."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emout_lab.emses import Emout, dataset_places, open_files
from emout_lab.emses.field_sources import FieldSource, Segment
from emout_lab.emses.lazy_array import EmsesArray
from emout_lab.emses.open_files import shared
from emout_lab.emses.slab_plan import SlabPlan
from emout_lab.errors import BadFile

GRID, STEPS = (7, 6, 9), 3
GROUP = "phisp"
#: Storage layouts that are read past HDF5, and those that HDF5 reads.
PLAIN = ("contiguous", "double", "half", "integer", "big-endian", "user block", "early", "linked")
OTHER = (
    "chunked",
    "compressed",
    "checked",
    "compact",
    "external",
    "resized",
    "virtual",
    "fill value",
    "other file",
    "mixed types",
    "mixed byte orders",
    "few bits",
)


def values_of(kind: str, step: int) -> np.ndarray:
    dtypes = {"double": "f8", "half": "f2", "integer": "i4", "big-endian": ">f4", "few bits": "i2"}
    values = np.random.default_rng(step).uniform(0, 1000, GRID)
    return values.astype(dtypes.get(kind, "f4"))


def create(group: h5py.Group, name: str, values: np.ndarray, *, dtype=None, plan=None) -> None:
    dtype = h5py.h5t.py_create(values.dtype) if dtype is None else dtype
    space = h5py.h5s.create_simple(GRID)
    h5py.Dataset(h5py.h5d.create(group.id, name.encode(), dtype, space, plan))[...] = values


def compact(group, name, values, step):
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.COMPACT)
    create(group, name, values, plan=plan)


def early(group, name, values, step):
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    create(group, name, values, plan=plan)


def few_bits(group, name, values, step):
    dtype = h5py.h5t.STD_I16LE.copy()
    dtype.set_precision(12)
    create(group, name, values, dtype=dtype)


def external(group, name, values, step):
    raw = str(Path(group.file.filename).with_name(f"{name}.raw"))
    group.create_dataset(name, data=values, external=[(raw, 0, values.nbytes)])


def resized(group, name, values, step):
    made = group.create_dataset(name, (1, *GRID[1:]), "f4", maxshape=(None, *GRID[1:]))
    made.resize(GRID)
    made[...] = values


def virtual(group, name, values, step):
    path = Path(group.file.filename).with_name("parts.h5")
    with h5py.File(path, "a") as parts:
        parts[name] = values
    layout = h5py.VirtualLayout(GRID, "f4")
    for part in (slice(4), slice(4, None)):
        layout[part] = h5py.VirtualSource(path, name, GRID)[part]
    group.create_virtual_dataset(name, layout)


def fill_value(group, name, values, step):
    if step:
        group.create_dataset(name, GRID, "f4", fillvalue=2.5)
    else:
        group[name] = values


def other_file(group, name, values, step):
    path = Path(group.file.filename).with_name("others.h5")
    with h5py.File(path, "a") as others:
        others[f"there/{name}"] = values
    group[name] = h5py.ExternalLink(str(path), f"there/{name}")


def linked(group, name, values, step):
    group.file[f"kept/{name}"] = values
    group[name] = h5py.SoftLink(f"/kept/{name}") if step else group.file[f"kept/{name}"]


def with_options(**options):
    return lambda group, name, values, step: group.create_dataset(name, data=values, **options)


def with_types(*dtypes):
    return lambda group, name, values, step: group.update({name: values.astype(dtypes[step])})


WRITERS = {
    "chunked": with_options(chunks=(2, 3, 4)),
    "compressed": with_options(compression="gzip", shuffle=True),
    "checked": with_options(chunks=GRID, fletcher32=True),
    "mixed types": with_types("f4", "f8", "i2"),
    "mixed byte orders": with_types("<f4", ">f4", "<f4"),
    "compact": compact,
    "early": early,
    "few bits": few_bits,
    "external": external,
    "resized": resized,
    "virtual": virtual,
    "fill value": fill_value,
    "other file": other_file,
    "linked": linked,
}


def settle(path: Path) -> None:
    """Let a file look as if it had been left alone for a while."""
    os.utime(path, (time.time() - 100,) * 2)


def write_file(folder: Path, kind: str = "contiguous", steps: int = STEPS) -> FieldSource:
    path = folder / f"{GROUP}00_0000.h5"
    with h5py.File(path, "w", userblock_size=512 if kind == "user block" else 0) as file:
        group = file.create_group(GROUP)
        for step in range(steps):
            write = WRITERS.get(kind, with_options())
            write(group, f"{step:04d}", values_of(kind, step), step)
    settle(path)
    dtype = values_of(kind, 0).dtype.newbyteorder("=").str
    return FieldSource(GROUP, (Segment(str(path), f"/{GROUP}", range(steps)),), GRID, dtype)


def stored(source: FieldSource) -> np.ndarray:
    with h5py.File(source.path, locking=False) as file:
        return np.stack([file[source.segments[0].group][name][...] for name in file[GROUP]])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[EmsesArray, np.ndarray]]:
    found = {}
    for kind in PLAIN + OTHER:
        source = write_file(tmp_path_factory.mktemp("stored"), kind)
        found[kind] = EmsesArray(source), stored(source)
    return found


@st.composite
def outer_keys(draw: st.DrawFn, shape: tuple[int, ...] = (STEPS, *GRID)) -> tuple:
    """An outer index: integers, slices of any stride, arrays in any order with repetitions."""
    key = []
    for size in shape:
        place = st.integers(0, size - 1)
        kind = draw(st.sampled_from(["whole", "slice", "one", "array"]))
        if kind == "one":
            key.append(draw(st.integers(-size, size - 1)))
        elif kind == "array":
            key.append(np.array(draw(st.lists(place, max_size=size + 2)), dtype=int))
        else:
            key.append(draw(st.slices(size)) if kind == "slice" else slice(None))
    return tuple(key)


def taken(values: np.ndarray, key: tuple) -> np.ndarray:
    for axis in reversed(range(len(key))):
        part = key[axis]
        if isinstance(part, slice):
            part = np.arange(*part.indices(values.shape[axis]))
        values = np.take(values, part, axis=axis)
    return values


@pytest.mark.parametrize("kind", PLAIN + OTHER)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=outer_keys())
def test_any_part_of_any_storage_is_what_h5py_reads(written, kind, key):
    array, values = written[kind]
    found, expected = array.read_here(key), taken(values, key)
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found, expected.astype(array.dtype))


@pytest.mark.parametrize("read_cost", [1, 200])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=outer_keys())
def test_however_a_slab_is_cut_into_reads_the_values_are_the_same(
    written, monkeypatch, read_cost, key
):
    array, values = written["contiguous"]
    with monkeypatch.context() as patch:
        patch.setattr("emout_lab.emses.slab_plan.READ_COST", read_cost)
        patch.setattr("emout_lab.emses.slab_plan.MAX_BUFFER", 500)
        np.testing.assert_array_equal(array.read_here(key), taken(values, key))


@pytest.mark.parametrize("kind", PLAIN + OTHER)
def test_only_what_lies_in_one_piece_is_read_past_hdf5(written, kind):
    array, _ = written[kind]
    dataset_places.REMEMBERED.clear()
    array.read_here((slice(None), 0, 0, 0))
    with h5py.File(array.source.path, locking=False) as file:
        number = h5py.h5o.get_info(file.id).fileno
        places = [
            dataset_places.place(file[GROUP][name].id, GRID, array.dtype, number)
            for name in file[GROUP]
        ]
    is_plain = [place.offset is not None for place in places]
    # Of those that are mixed, the steps that are like the first one are.
    mixed = {"mixed types": [True, False, False], "mixed byte orders": [True] * 3}
    mixed["fill value"] = [True, False, False]
    assert is_plain == mixed.get(kind, [kind in PLAIN] * STEPS)


def test_a_type_that_does_not_fit_is_refused(tmp_path):
    source = write_file(tmp_path, "integer")
    with h5py.File(source.path, "a") as file:
        del file[f"{GROUP}/0001"]
        file[f"{GROUP}/0001"] = np.full(GRID, 0.5, "f4")
    with pytest.raises(BadFile, match=r"step 0001 of .* has values of type float32.*int32"):
        EmsesArray(source).read_here((1, 0, 0, 0))


#: Paths that this process opens by itself, while a test listens. HDF5 opens its own.
OPENED: list[str] = []
LISTENING = threading.Event()


def listen(event: str, args: tuple) -> None:
    if event == "open" and LISTENING.is_set() and isinstance(args[0], str):
        OPENED.append(args[0])


sys.addaudithook(listen)


def test_a_line_over_time_opens_each_file_of_the_run_once(tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    segments = []
    for folder in folders:
        folder.mkdir()
        segments += write_file(folder, steps=40).segments
    source = FieldSource(GROUP, tuple(segments), GRID, "<f4")
    array = EmsesArray(source)
    files = [shared(segment.path) for segment in segments]
    before = [file.opened for file in files]
    for round_ in range(3):
        OPENED.clear()
        LISTENING.set()
        try:
            line = array.read_here((slice(None), 1, 2, 3))
        finally:
            LISTENING.clear()
        assert OPENED == [segment.path for segment in segments], round_
        assert [file.opened for file in files] == [count + 1 for count in before], round_
    expected = [values_of("contiguous", step)[1, 2, 3] for step in range(40)]
    np.testing.assert_array_equal(line, expected * 2)


def test_another_array_of_the_same_file_needs_no_look_up(tmp_path):
    source = write_file(tmp_path)
    EmsesArray(source).read_here((slice(None), 0, 0, 0))
    file = shared(source.path)
    assert file.opened == 0, "the file stays open with its last array"
    EmsesArray(source).read_here((slice(None), 3, slice(None), 0))
    assert file.opened == 0


@pytest.mark.parametrize("kind", ["contiguous", "compressed", "big-endian"])
def test_threads_read_at_once(written, kind):
    array, values = written[kind]
    dataset_places.REMEMBERED.clear()
    keys = [
        (step, slice(None, None, -1), slice(1, 5), place) for step in range(3) for place in (0, 8)
    ]
    keys += [(slice(None), 2, place, slice(None)) for place in range(6)]

    def right(key: tuple) -> bool:
        return np.array_equal(array.read_here(key), taken(values, key))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(right, keys * 20))


def test_an_array_that_has_read_pickles_as_its_recipe(written):
    array, values = written["contiguous"]
    array.read_here((0, 0, 0, 0))
    again = pickle.loads(pickle.dumps(array))
    assert again.source == array.source
    np.testing.assert_array_equal(again.read_here((slice(None),) * 4), values)


@pytest.mark.parametrize("kind", ["contiguous", "compressed"])
def test_a_file_that_is_replaced_is_read_anew(tmp_path, kind):
    source = write_file(tmp_path, kind)
    array = EmsesArray(source)
    before = array.read_here((slice(None),) * 4)
    (tmp_path / "other").mkdir()
    other = Path(write_file(tmp_path / "other", kind).path)
    with h5py.File(other, "a") as file:
        for name in file[GROUP]:
            file[GROUP][name][...] += 1
    settle(other)
    os.replace(other, source.path)
    np.testing.assert_allclose(array.read_here((slice(None),) * 4), before + 1)


def test_steps_that_move_within_a_file_are_found_again(tmp_path):
    source = write_file(tmp_path)
    array = EmsesArray(source)
    whole = (slice(None),) * 4
    before = array.read_here(whole)
    del array
    with h5py.File(source.path, "a") as file:
        steps = [file[GROUP][name][...] for name in file[GROUP]]
        for name in list(file[GROUP]):
            del file[GROUP][name]
        for name, values in reversed(list(zip(("0000", "0001", "0002"), steps, strict=True))):
            file[GROUP][name] = values[::-1]
    np.testing.assert_array_equal(EmsesArray(source).read_here(whole), before[:, ::-1])


def test_nothing_is_remembered_of_a_file_that_was_just_written(tmp_path):
    source = write_file(tmp_path)
    os.utime(source.path)
    dataset_places.REMEMBERED.clear()
    EmsesArray(source).read_here((0, 0, 0, 0))
    assert not dataset_places.REMEMBERED._files


def test_places_are_remembered_up_to_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_places, "MAX_REMEMBERED", 2 * STEPS)
    dataset_places.REMEMBERED.clear()
    for count in range(4):
        (tmp_path / str(count)).mkdir()
        EmsesArray(write_file(tmp_path / str(count))).read_here((slice(None), 0, 0, 0))
    assert dataset_places.REMEMBERED._count() == 2 * STEPS


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors")
def test_no_more_files_stay_open_than_a_bound_and_none_without_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr(open_files, "MAX_OPEN", 2)
    before = open_descriptors()
    arrays = []
    for count in range(6):
        (tmp_path / str(count)).mkdir()
        arrays.append(EmsesArray(write_file(tmp_path / str(count), "chunked")))
        arrays[-1].read_here((0, 0, 0, 0))
    assert open_descriptors() <= before + 2
    for array in arrays:
        np.testing.assert_array_equal(array.read_here((slice(None),) * 4), stored(array.source))
    del arrays, array
    assert open_descriptors() <= before


def test_reading_a_step_takes_the_memory_of_that_step(tmp_path):
    (tmp_path / "plasma.inp").write_text(
        "!!key dx=[0.001],to_c=[1000.0]\n&tmgrid\n nx=127, ny=127, nz=127, dt=0.1\n/\n"
    )
    with h5py.File(tmp_path / "phisp00_0000.h5", "w") as file:
        file["phisp/0000"] = np.ones((128,) * 3, "f4")
    step = Emout(tmp_path).phisp[0]
    _ = step[0, 0, 0].values
    tracemalloc.start()
    try:
        values = step.values
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert values.nbytes <= peak < 1.05 * values.nbytes


def test_a_slab_of_a_file_that_was_cut_off_meanwhile_is_an_error(tmp_path):
    source = write_file(tmp_path)
    with h5py.File(source.path) as file:
        offset = file[f"{GROUP}/0002"].id.get_offset()
    plan = SlabPlan(GRID, (slice(None), 1, slice(None)), np.dtype("f4"))
    descriptor = os.open(source.path, os.O_RDONLY)
    try:
        os.truncate(source.path, offset + 500)
        plan.announce(descriptor, offset)
        with pytest.raises(EOFError, match=f"ends at byte {offset + 500:,}.*cut off"):
            plan.read(descriptor, offset, np.empty(plan.shape, "f4"))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("kind", ["contiguous", "chunked"])
def test_a_file_that_was_cut_off_since_it_was_opened_is_an_error_that_names_file_and_step(
    tmp_path, kind
):
    source = write_file(tmp_path, kind)
    array = EmsesArray(source)
    array.read_here((slice(None),) * 4)
    os.truncate(source.path, os.path.getsize(source.path) // 2)
    with pytest.raises(BadFile, match=r"step 0002 of .*phisp00_0000\.h5 cannot be read.*cut off"):
        array.read_here((2, 0, 0, 0))


def test_a_file_that_vanished_is_an_error_that_names_it(tmp_path):
    source = write_file(tmp_path)
    array = EmsesArray(source)
    array.read_here((0, 0, 0, 0))
    os.unlink(source.path)
    with pytest.raises(BadFile, match=r"step 0001 of .* cannot be read: No file .*phisp00_0000"):
        array.read_here((1, 0, 0, 0))
