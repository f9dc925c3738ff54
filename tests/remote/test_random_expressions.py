"""A random expression over refs gives what the same expression over numpy arrays gives.

Expressions are drawn step by step: the arrays here tell which shapes there are to index and to
combine, the refs follow. Most steps are valid; where numpy raises, the engine must raise the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emout_lab import RemoteError, RemoteRef

MAX_SIZE = 400
STEPS = 12
LEAVES = {
    "line": np.array([0.5, -1.0, 3.0, np.nan, 2.0, np.inf]),
    "plane": np.arange(12.0).reshape(3, 4) - 5.5,
    "block": np.linspace(-1, 1, 24, dtype="f4").reshape(2, 3, 4),
    "counts": np.array([[3, 0, -2, 7], [1, 1, 5, 2], [9, -4, 0, 6]]),
    "small": np.arange(6, dtype="i2"),
    "waves": np.exp(1j * np.arange(6.0)),
    "mask": np.array([True, False, True, True]),
    "where": np.array([2, 0, 1]),
    "number": np.float64(1.5),
    "one": np.int64(1),
    "empty": np.zeros((0, 3)),
}
NAMES = list(LEAVES)

pytestmark = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning",
    "ignore::DeprecationWarning",
    "ignore::numpy.exceptions.ComplexWarning",
)


@dataclass(frozen=True)
class Earlier:
    """Stands in arguments for the value of an earlier step."""

    position: int


@dataclass(frozen=True)
class Method:
    """Calls a method of its first argument."""

    name: str

    def __call__(self, owner: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(owner, self.name)(*args, **kwargs)


@dataclass(frozen=True)
class Step:
    """``function(*args, **kwargs)``, on arrays or on refs."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    def evaluate(self, values: list[Any]) -> Any:
        args, kwargs = filled((self.args, self.kwargs), values)
        return self.function(*args, **kwargs)


def filled(tree: Any, values: list[Any]) -> Any:
    """Put values in the places of earlier steps."""
    if isinstance(tree, Earlier):
        return values[tree.position]
    if isinstance(tree, slice):
        return slice(*filled([tree.start, tree.stop, tree.step], values))
    if isinstance(tree, (list, tuple)):
        return type(tree)([filled(part, values) for part in tree])
    if isinstance(tree, dict):
        return {key: filled(part, values) for key, part in tree.items()}
    return tree


# What steps are made of


UNARY = [operator.neg, operator.pos, operator.invert, abs, np.sqrt, np.sin, np.sign, np.isnan]
UNARY += [np.conj, np.frexp, np.modf, np.transpose, np.ravel, np.cumsum, np.diff, np.argsort]
UNARY += [np.unique, np.nonzero, np.flip, np.shape, np.ndim, np.zeros_like, np.nan_to_num]
UNARY += [np.atleast_2d, np.fft.fft, np.real, np.angle, np.gradient, np.linalg.norm, np.diagonal]
UNARY += [np.histogram, np.squeeze, np.median, np.ptp, np.trace, np.argmax, np.count_nonzero]
UNARY += [operator.attrgetter(n) for n in ("T", "real", "imag", "shape", "dtype", "size", "nbytes")]
UNARY += [Method(n) for n in ("copy", "ravel", "tolist", "cumprod", "nonzero", "absent")]
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv]
BINARY += [operator.mod, operator.pow, operator.matmul, operator.lshift, operator.rshift]
BINARY += [operator.and_, operator.or_, operator.xor, operator.lt, operator.le, operator.eq]
BINARY += [operator.ne, operator.gt, operator.ge, divmod, np.hypot, np.maximum, np.arctan2]
BINARY += [np.logical_and, np.copysign, np.dot, np.outer, np.cross, np.allclose, np.array_equal]
BINARY += [np.searchsorted, np.convolve, np.kron, np.isin, np.union1d, np.polyval, np.add.outer]
REDUCTIONS = [np.sum, np.mean, np.max, np.std, np.all, np.any, np.prod, np.nanmin, np.argmin]
REDUCTIONS += [np.add.reduce, np.logical_or.reduce, np.maximum.accumulate, np.add.accumulate]
REDUCTIONS += [Method(n) for n in ("sum", "mean", "max", "min", "argmax", "any", "var", "cumsum")]
JOINS = [np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block]
PLAIN = st.one_of(
    st.integers(-4, 8),
    st.sampled_from([0.5, -2.0, float("inf"), 1 + 2j, True, [1, 2], (3.0, 4.0, 5.0), None, "x"]),
    st.sampled_from(
        [np.float32(2.5), np.arange(4.0), np.arange(3)[:, None], np.array([True, False])]
    ),
)
DTYPES = st.sampled_from(["f4", "f8", "i8", "u1", "c16", "?", float, np.int32, "nonsense"])
CONVERSIONS = [int, float, complex, bool, len, operator.index, list, round]


def earlier(values: list[Any]) -> st.SearchStrategy[Earlier]:
    return st.integers(0, len(values) - 1).map(Earlier)


def axes() -> st.SearchStrategy[Any]:
    return st.sampled_from([None, 0, 1, -1, 2, (0, 1), 5])


@st.composite
def binary(draw: Any, values: list[Any]) -> Step:
    pair = (draw(earlier(values)), draw(st.one_of(earlier(values), PLAIN)))
    return Step(draw(st.sampled_from(BINARY)), pair[::-1] if draw(st.booleans()) else pair)


@st.composite
def indexing(draw: Any, values: list[Any]) -> Step:
    """Index by ints, slices, None, Ellipsis, masks, index arrays and earlier values."""
    owner = draw(earlier(values))
    shape = np.shape(values[owner.position])
    bounds = st.one_of(st.none(), st.integers(-3, 4), st.just(Earlier(NAMES.index("one"))))
    part = st.one_of(
        st.integers(-3, 4),
        st.builds(slice, bounds, bounds, st.sampled_from([None, 2, -1, 0])),
        st.sampled_from([None, Ellipsis, [0, 1], [True, False], np.array([1, 0]), "x", 1.0]),
        st.sampled_from(["one", "where", "mask"]).map(lambda name: Earlier(NAMES.index(name))),
    )
    good = [hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)] if shape else []
    if shape and 0 not in shape:
        good.append(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2)))
    if shape:
        good.append(hnp.arrays(bool, shape))
    anything = st.lists(part, min_size=1, max_size=3).map(
        lambda p: p[0] if len(p) == 1 else tuple(p)
    )
    return Step(operator.getitem, (owner, draw(st.one_of(*good, anything))))


@st.composite
def reshaping(draw: Any, values: list[Any]) -> Step:
    owner = draw(earlier(values))
    size = np.size(values[owner.position])
    halves = [n for n in (2, 3, 4, 6) if size % n == 0]
    shape = draw(st.sampled_from([(-1,), (-1, 1), (5, 5), *[(n, -1) for n in halves]]))
    method, args = draw(
        st.sampled_from(
            [
                ("reshape", (shape,)),
                ("reshape", shape),
                ("transpose", ()),
                ("transpose", (1, 0)),
                ("swapaxes", (0, -1)),
                ("repeat", (2,)),
                ("take", ([0, 1],)),
                ("clip", (-1, 2)),
                ("dot", (owner,)),
            ]
        )
    )
    return Step(Method(method), (owner, *args))


@st.composite
def reducing(draw: Any, values: list[Any]) -> Step:
    kwargs: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"axis": axes(), "keepdims": st.booleans()})
    )
    return Step(draw(st.sampled_from(REDUCTIONS)), (draw(earlier(values)),), kwargs)


@st.composite
def joining(draw: Any, values: list[Any]) -> Step:
    """Hand a list or a tuple of values to a numpy function."""
    parts = draw(st.lists(earlier(values), min_size=1, max_size=3))
    like = draw(earlier(values))
    parts = draw(st.sampled_from([parts, tuple(parts), [like, like], (like, np.ones(3)), [parts]]))
    kwargs = draw(st.fixed_dictionaries({}, optional={"axis": st.integers(-1, 2)}))
    return Step(draw(st.sampled_from(JOINS)), (parts,), kwargs)


@st.composite
def applying(draw: Any, values: list[Any]) -> Step:
    """Call numpy functions of several arguments, by position and by keyword."""
    a, b, c = (draw(earlier(values)) for _ in range(3))
    plain, axis, dtype = draw(PLAIN), draw(axes()), draw(DTYPES)
    return draw(
        st.sampled_from(
            [
                Step(np.where, (a, b, plain)),
                Step(np.where, (Earlier(NAMES.index("mask")), b, c)),
                Step(np.clip, (a,), {"min": -1, "max": b}),
                Step(np.select, ([a], [b]), {"default": c}),
                Step(np.interp, (a, [0, 1, 2], [3, 4, 9])),
                Step(np.einsum, ("ij,ik->jk", a, b)),
                Step(np.tensordot, (a, b), {"axes": 1}),
                Step(np.linspace, (a, plain, 4)),
                Step(np.full_like, (a, b), {"dtype": dtype}),
                Step(np.pad, (a, 1), {"mode": "edge"}),
                Step(np.roll, (a, b), {"axis": axis}),
                Step(np.unique, (a,), {"return_counts": True}),
                Step(np.percentile, (a, [10, 50])),
                Step(np.take_along_axis, (a, b), {"axis": axis}),
                Step(np.split, (a, 2), {"axis": 0}),
                Step(np.broadcast_to, (a, (2, 3, 4))),
                Step(np.meshgrid, (a, b), {"indexing": "ij"}),
                Step(np.apply_along_axis, (np.ptp, 0, a)),
                Step(np.sum, (a,), {"where": b, "initial": 1}),
                Step(np.add, (a, plain), {"dtype": dtype}),
                Step(np.add.reduceat, (a, [0, 1])),
                Step(np.moveaxis, (a, 0, -1)),
                Step(np.array_split, (a, 3)),
                Step(np.digitize, (a, [0.0, 1.0, 2.0])),
                Step(Method("astype"), (a, dtype)),
                Step(Method("view"), (a, dtype)),
                Step(round, (a, 1)),
                Step(np.round, (a,), {"decimals": 1}),
            ]
        )
    )


def unary(values: list[Any]) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.sampled_from(UNARY), st.tuples(earlier(values)))


def steps(values: list[Any]) -> st.SearchStrategy[Step]:
    kinds = (unary, binary, indexing, indexing, reshaping, reducing, joining, applying)
    return st.one_of(*[kind(values) for kind in kinds])


# Comparing


def outcome(evaluate: Callable[..., Any], *args: Any) -> Any:
    """Return the value, or the error that stands in its place."""
    try:
        with np.errstate(all="ignore"):
            return evaluate(*args)
    except Exception as error:  # noqa: BLE001  # whatever numpy raises is compared
        return error


def assert_same(got: Any, expected: Any) -> None:
    """Compare type, shape, dtype and value, also inside tuples and lists."""
    if isinstance(expected, Exception):
        kind = type(expected)
        assert isinstance(got, kind), f"{got!r} in place of {expected!r}"
        assert not isinstance(got, RemoteError) or str(expected) in str(got)
    elif isinstance(expected, (list, tuple)):
        assert type(got) is type(expected)
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            assert_same(a, b)
    else:
        assert type(got) is type(expected), f"{got!r} in place of {expected!r}"
        assert getattr(got, "dtype", None) == getattr(expected, "dtype", None)
        np.testing.assert_array_equal(got, expected, strict=isinstance(expected, np.ndarray))


def fetched(value: Any) -> Any:
    if isinstance(value, RemoteRef):
        return value.fetch()
    return [fetched(part) for part in value] if isinstance(value, list) else value


def converted(convert: Callable[[Any], Any], ref: RemoteRef) -> Any:
    return fetched(convert(ref))


def is_small(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.size <= MAX_SIZE


@pytest.fixture(scope="module")
def refs(session: Any) -> list[RemoteRef]:
    """Refs to the leaves, made once for all examples."""
    makers = [np.array if isinstance(v, np.ndarray) else type(v) for v in LEAVES.values()]
    return [session.open(make, v) for make, v in zip(makers, LEAVES.values(), strict=True)]


COMMON = settings(
    deadline=None,
    derandomize=True,
    # One session serves all examples; what each needs is made anew from its leaves.
    suppress_health_check=[HealthCheck.too_slow],
)


@settings(COMMON, max_examples=80)
@given(data=st.data())
def test_random_steps_give_what_numpy_gives(refs, data):
    here, there = list(LEAVES.values()), list(refs)
    results: list[tuple[Step, Any, Any]] = []
    for _ in range(STEPS):
        step = data.draw(steps(here))
        expected, got = outcome(step.evaluate, here), outcome(step.evaluate, there)
        if isinstance(expected, Exception):
            # Asked for at once: an error that waits would come out of a later step.
            assert_same(outcome(fetched, got), expected)
            continue
        results.append((step, got, expected))
        if is_small(expected):
            here.append(expected)
            there.append(got)
    for _, got, expected in data.draw(st.permutations(results)):
        assert_same(fetched(got), expected)


@settings(COMMON, max_examples=40)
@given(data=st.data())
def test_conversions_give_what_numpy_gives(refs, data):
    here, there = list(LEAVES.values()), list(refs)
    for _ in range(STEPS):
        step = data.draw(indexing(here))
        expected = outcome(step.evaluate, here)
        if isinstance(expected, Exception):
            continue
        got, convert = step.evaluate(there), data.draw(st.sampled_from(CONVERSIONS))
        assert_same(outcome(converted, convert, got), outcome(convert, expected))


EFFECTS = [
    lambda a, k, v: operator.setitem(a, k, v),
    lambda a, k, v: operator.setitem(a.T, k, a[k]),
    lambda a, k, v: a.sort(axis=0),
    lambda a, k, v: a.fill(v),
    lambda a, k, v: a[k].sort(),
    lambda a, k, v: a.put([0, 3], v),
    lambda a, k, v: operator.setitem(a, a > v, 0),
]
READS = [
    lambda a, k: a + 1,
    lambda a, k: a[k],
    lambda a, k: (a * 2)[k],
    lambda a, k: a.sum(axis=0),
    lambda a, k: np.sort(a, axis=None)[:3],
    lambda a, k: a.T,
    lambda a, k: [row for row in a[:2]],
]
KEYS = st.sampled_from([0, -1, slice(1, None), (slice(None), 1), (..., 0), [0, 2], 7])


@settings(COMMON, max_examples=40)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(EFFECTS), st.sampled_from(READS), KEYS, st.sampled_from([1, 9.5, [1]])
        ),
        max_size=6,
    )
)
def test_changes_apply_in_the_order_in_which_they_are_written(refs, moves):
    here, there = LEAVES["plane"].copy(), refs[NAMES.index("plane")].copy()
    pairs = []
    for change, read, key, value in moves:
        expected = outcome(read, here, key)
        got = outcome(read, there, key)
        if isinstance(expected, Exception):
            assert_same(outcome(fetched, got), expected)
        else:
            pairs.append((got, expected))
        expected = outcome(change, here, key, value)
        got = outcome(change, there, key, value)
        assert_same(fetched(got), expected)
    for got, expected in [(there, here), *pairs]:
        assert_same(fetched(got), expected)
