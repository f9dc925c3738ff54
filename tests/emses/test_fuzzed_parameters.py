"""Parameter files made up by a grammar: read as f90nml reads them; nonsense is a `BadFile`."""

from __future__ import annotations

import json
import math
import warnings
from contextlib import suppress
from typing import Any

import pytest
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st

from emout_lab.emses.namelist import parse_groups
from emout_lab.emses.parameters import parse_namelist, parse_toml
from emout_lab.errors import BadFile

f90nml = pytest.importorskip("f90nml")

NAMES = st.sampled_from(["nx", "path", "wp", "q_1", "Dt", "x2", "tRue1", "end_t", "inp", "e1"])
GROUPS = st.sampled_from(["esorem", "TMGRID", "intp", "a1", "g_"])
BLANKS = st.sampled_from([" ", "  ", "\t", "\n", "\n\n  ", " ! note = 'x' / &b\n", "\r\n"])
MAYBE_BLANK = st.one_of(st.just(""), BLANKS)


@st.composite
def reals(draw: Any) -> tuple[str, float]:
    sign = draw(st.sampled_from(["", "-", "+"]))
    whole = draw(st.integers(0, 99_999))
    part = draw(st.sampled_from(["", "0", "5", "25", "000125"]))
    lead = draw(st.sampled_from([f"{whole}.{part}", f".{part or 0}", f"{whole}."]))
    mark = draw(st.sampled_from(["", "e", "d", "E", "D"]))
    power = draw(st.sampled_from(["0", "3", "-3", "+12", "-20", "07"])) if mark else ""
    text = f"{sign}{lead}{mark}{power}"
    return text, float(text.lower().replace("d", "e"))


@st.composite
def texts(draw: Any) -> tuple[str, str]:
    quote = draw(st.sampled_from("'\""))
    value = draw(st.text(st.sampled_from("abZ 09'\"!/&$=,;()%*#.é電\t"), max_size=12))
    return f"{quote}{value.replace(quote, quote * 2)}{quote}", value


@st.composite
def complexes(draw: Any) -> tuple[str, complex]:
    # With signs and powers f90nml takes them for texts.
    real, imaginary = draw(st.integers(0, 99)), draw(st.integers(0, 99))
    comma = draw(st.sampled_from([",", ", ", " , "]))
    return f"({real}.5{comma}{imaginary}.25)", complex(real + 0.5, imaginary + 0.25)


LOGICALS = {
    **dict.fromkeys((".true.", ".TRUE.", ".t.", ".T.", "T", "t"), True),
    **dict.fromkeys((".false.", ".False.", ".f.", "F", "f"), False),
}
INTEGERS = st.tuples(st.sampled_from(["", "+", "-"]), st.integers(0, 10**18)).map(
    lambda pair: (f"{pair[0]}{pair[1]}", int(f"{pair[0]}{pair[1]}"))
)
SCALARS = st.one_of(
    INTEGERS, reals(), texts(), complexes(), st.sampled_from(sorted(LOGICALS.items()))
)


@st.composite
def lists(draw: Any, most: int = 5) -> tuple[str, list[Any]]:
    """Values as one assignment has them: repeated, left out, over several lines."""
    text, values = "", []
    for number in range(draw(st.integers(1, most))):
        if number:
            text += draw(MAYBE_BLANK) + "," + draw(MAYBE_BLANK)
        word, value = draw(SCALARS)
        count = draw(st.integers(1, 3)) if draw(st.booleans()) else 0
        text += f"{count}*{word}" if count else word
        values += [value] * max(count, 1)
    return text, values


@st.composite
def assignments(draw: Any) -> tuple[str, str, Any]:
    """One ``name = values``: the text, the name, and what the name is worth then."""
    name = draw(NAMES)
    kind = draw(st.sampled_from(["plain", "at", "range", "open", "column"]))
    # Of what follows the element that is named, f90nml takes nothing and compilers all: see
    # tests/faults/test_namelists.py.
    text, values = draw(SCALARS.map(lambda pair: (pair[0], [pair[1]])) if kind == "at" else lists())
    if kind == "plain":
        worth: Any = values[0] if len(values) == 1 else values
        index = ""
    elif kind == "column":
        second = draw(st.integers(1, 4))
        index = f"(1:{len(values)},{second})"
        worth = [None] * (second - 1) + [values]
    else:
        start = draw(st.integers(1, 4))
        stop = {"at": "", "open": ":", "range": f":{start + len(values) - 1}"}[kind]
        index = f"({start}{stop})"
        worth = [None] * (start - 1) + values
    equals = draw(st.sampled_from(["=", " = ", "\t=\n  ", "= "]))
    return f"{name}{index}{equals}{text}", name.lower(), worth


@st.composite
def namelists(draw: Any) -> tuple[str, dict[str, dict[str, Any]]]:
    """A namelist file, and what is in it."""
    text, groups = draw(st.sampled_from(["", "! a note\n", "a title, nx = 3\n"])), {}
    for group in draw(st.lists(GROUPS, min_size=1, max_size=3, unique_by=str.lower)):
        values = groups[group.lower()] = {}
        begin, end = draw(st.sampled_from([("&", "/"), ("&", "&end"), ("$", "$end"), ("&", "/\n")]))
        text += f"{begin}{group}{draw(BLANKS)}"
        for line, name, worth in draw(
            st.lists(assignments(), max_size=4, unique_by=lambda each: each[1])
        ):
            text += line + draw(st.sampled_from(["\n", ",\n", " \n ! = \n", "\n\n", "\n,\n"]))
            values[name] = worth
        text += f" {end}\n"
    return text, groups


def as_we_say(group: Any) -> dict[str, Any]:
    """Return a group of f90nml in our form: lists begin at 1, what is not given is None."""
    found = {}
    for name, value in group.items():
        starts = group.start_index.get(name)
        if isinstance(value, list) and starts is not None:
            value = [None] * ((starts[-1] or 1) - 1) + value
        found[name] = [value] if starts is not None and not isinstance(value, list) else value
    return found


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return type(left) is type(right) and left == right


def other_reader(text: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        groups = f90nml.Parser().reads(text)
    return {name: as_we_say(group) for name, group in groups.items()}


@fuzz(80, 1500)
@given(namelists())
def test_namelist_is_read_as_it_was_meant_and_as_f90nml_reads_it(made: Any) -> None:
    text, meant = made
    ours = parse_groups(text)
    assert same(ours, meant), text
    assert same(ours, other_reader(text)), text


@st.composite
def damaged(draw: Any) -> str:
    """A namelist of which some characters are gone, doubled, or others."""
    text = list(draw(namelists())[0])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text) - 1))
        piece = draw(st.sampled_from([*"&$/=,;()'\"!*:%+-.dt10", "", "\0", "\ud800", "\r", "(("]))
        text[place : place + draw(st.integers(0, 2))] = piece
        if not text:
            break
    return "".join(text)


def read_or_refused(read: Any, text: str) -> Any:
    with warnings.catch_warnings(), suppress(BadFile):
        warnings.simplefilter("ignore", UserWarning)
        return read(text)
    return None


@fuzz(80, 1500)
@given(damaged())
def test_damaged_namelist_is_read_or_refused_and_nothing_else(text: str) -> None:
    found = read_or_refused(parse_namelist, text)
    assert found is None or repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "&a q" + " " * 50_000 + "x",
        "&a q" + " " * 50_000 + "%" + " " * 50_000 + "x",
        "&a q(1" + " " * 50_000,
        "&a " + "q(1)%" * 20_000 + "q=1/",
        "&a " + "q%" * 900 + "q=1/",
        "&a q(" + "1," * 20_000 + "1)=1/",
        "&a q(" + "1" * 5_000 + ")=1/",
        "&a q=" + "9" * 5_000 + "*1/",
        "&a q=" + "(" * 50_000,
        "&a q='" + "''" * 50_000,
    ],
    ids=lambda text: text[:8],
)
def test_namelist_that_goes_on_without_sense_is_refused_before_anybody_waits(text: str) -> None:
    with pytest.raises(BadFile):
        parse_groups(text)


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {as_toml(v)}' for k, v in value.items())}}}"
    return repr(value)


def as_namelist(value: Any) -> str:
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, list):
        return ", ".join(map(as_namelist, value))
    return repr(value)


PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: "e" not in repr(x)),
    st.text(st.sampled_from("abZ 09'!/&$=,é電"), max_size=8),
)
VALUES = st.one_of(PLAIN, st.lists(PLAIN, min_size=2, max_size=4))
TABLES = st.dictionaries(
    st.sampled_from(["esorem", "tmgrid", "intp", "jsrc"]),
    st.dictionaries(st.sampled_from(["nx", "path", "wp", "q_1", "dt"]), VALUES, min_size=1),
    min_size=1,
)


@fuzz(80, 800)
@given(TABLES)
def test_toml_and_namelist_of_the_same_parameters_are_the_same(tables: Any) -> None:
    toml = "".join(
        f"[{name}]\n" + "".join(f"{key} = {as_toml(each)}\n" for key, each in table.items())
        for name, table in tables.items()
    )
    namelist = "".join(
        f"&{name}\n"
        + "".join(f"{key} = {as_namelist(each)}\n" for key, each in table.items())
        + "/\n"
        for name, table in tables.items()
    )
    found = {name: group.to_dict() for name, group in parse_toml(toml).groups.items()}
    assert same(found, tables)
    assert same(found, parse_groups(namelist))
    assert same(found, other_reader(namelist))


#: Names with a meaning in plasma.toml, whose values may be of any kind in a damaged one.
WORDS = st.sampled_from(
    [
        *("species", "species_groups", "ptcond", "objects", "boundaries", "boundary_groups"),
        *("conductor_groups", "conductor", "group_id", "meta", "unit_conversion", "dx", "to_c"),
        *("nflag_subcell", "mtd_vchg", "zssurf", "type", "wp", "system", "tmgrid", "a", "", "A"),
    ]
)
ANYTHING = st.recursive(
    st.one_of(PLAIN, st.sampled_from(["a", 0, -1, float("nan"), [], {}])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(WORDS, inner, max_size=3),
        st.lists(st.dictionaries(WORDS, inner, max_size=3), min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@fuzz(200, 3000)
@given(st.dictionaries(WORDS, ANYTHING, max_size=4))
def test_toml_whose_tables_are_of_the_wrong_kind_is_read_or_refused(tables: Any) -> None:
    toml = "".join(f"{json.dumps(name)} = {as_toml(each)}\n" for name, each in tables.items())
    found = read_or_refused(parse_toml, toml)
    assert found is None or repr(found)


@fuzz(100, 1000)
@given(st.text(st.sampled_from("[]{}=\"'#.,\n ab1-_\\u:TZ\0\ud800é"), max_size=40))
def test_text_that_is_hardly_toml_is_read_or_refused(text: str) -> None:
    read_or_refused(parse_toml, text)


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, "a = " + "{a=" * 50_000, "a." * 9_000])
def test_toml_without_end_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        parse_toml(text)
