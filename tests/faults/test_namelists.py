"""Namelists mean what Fortran compilers read in them; the values are those of GNU Fortran 12.2.

Its program declared ``q(12)``, ``a(3,4)``, scalars, logicals and texts; what it left unset is None.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emout_lab.emses.namelist import parse_groups
from emout_lab.emses.parameters import parse_namelist, parse_toml, read_parameters
from emout_lab.errors import BadFile

READ = [
    ("path(1) = 40.0, 1.0", "path", [40.0, 1.0]),
    ("q(1)=1,2,3 q(4)=4,5,6", "q", [1, 2, 3, 4, 5, 6]),
    ("q(2) = 7\n q = 1", "q", [1, 7]),
    ("q=1,2 q=5", "q", [5, 2]),
    ("nx=4 nx=5", "nx", 5),
    ("q=3*1.5, 2*0", "q", [1.5, 1.5, 1.5, 0, 0]),
    ("q=2*1,2*,3 q(3:4)=8,9", "q", [1, 1, 8, 9, 3]),
    ("q=1,,3", "q", [1, None, 3]),
    ("q=,5", "q", [None, 5]),
    ("q=1,2,,\n x=1", "q", [1, 2]),
    ("q(2:4)=1,2,3", "q", [None, 1, 2, 3]),
    ("q(2:4)=1,2", "q", [None, 1, 2]),
    ("q(3:)=1,2", "q", [None, None, 1, 2]),
    ("q(1:5:2)=1,2,3", "q", [1, None, 2, None, 3]),
    ("q(3:1:-1)=1,2,3", "q", [3, 2, 1]),
    ("q(+2)=3", "q", [None, 3]),
    ("a(1,2)=4 a(2,2)=5", "a", [None, [4, 5]]),
    ("a(1:3,2)=1,2,3 a(1,3)=7", "a", [None, [1, 2, 3], [7]]),
    ("a(2,:)=1,2,3", "a", [[None, 1], [None, 2], [None, 3]]),
    ("a(:,2)=1,2,3", "a", [None, [1, 2, 3]]),
    ("a(:,1:2)=1,2,3,4,5,6", "a", [[1, 2, 3], [4, 5, 6]]),
    ("a(1:2,2:3)=1,2,3,4", "a", [None, [1, 2], [3, 4]]),
    ("a(1:3:2,2)=1,2", "a", [None, [1, None, 2]]),
    # EMSES's own arrays, whose columns have known lengths.
    ("npbnd(1,2)=1,2,3,4,5", "npbnd", [None, [1, 2, 3], [4, 5]]),
    ("npbnd=1,2,3 npbnd(1,2)=9", "npbnd", [[1, 2, 3], [9]]),
    ("x=5.0-2, y=1d3", "x", 0.05),
    ("x=1.5q2", "x", 150.0),
    ("x=.5d+1", "x", 5.0),
    ("x=-inf", "x", -float("inf")),
    ("iv=007", "iv", 7),
    ("c=( 1d0 ,\n 2 )", "c", 1 + 2j),
    ("l=.t., t, TRUE, .tiger.", "l", [True] * 4),
    ("l=.false., F, 2*.f", "l", [False] * 4),
    ("lv(2)=.f.,T", "lv", [None, False, True]),
    ("s='a/b,!c'", "s", "a/b,!c"),
    ("s='it''s', \"say \"\"x\"\"\"", "s", ["it's", 'say "x"']),
    ("s='a\nb'", "s", "ab"),
    ("sv(2)=2*'b;&d'", "sv", [None, "b;&d", "b;&d"]),
    ("x = 1; y = 2;", "y", 2),
    ("x=\n 3", "x", 3),
    ("q( 2\n ) \n= 3", "q", [None, 3]),
    ("X = 1 ! x = 9 / &h\n\t! y = 3\n\ty\t=\t2", "y", 2),
    ("t = t\n f = 3", "f", 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "value"), READ)
def test_a_namelist_is_read_as_compilers_read_it(text: str, name: str, value: Any):
    assert parse_groups(f"&g {text}\n/\n")["g"][name] == value


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff&g x=1 /",
        "$g x=1 $end",
        " &G X=1 &END",
        "&g,x=1/",
        "&g\r\n x=1\r\n/\r\n",
        "&g\rx=1\r/",
        "\t&g\tx=1\t/ x=2 /",
        "title & more, R&D\n! &g x=5 /\n&g ! a comment\n x=1/",
        "&h s='&g x=7 /' / &g x=1 /",
    ],
)
def test_groups_are_found_where_compilers_find_them(text: str):
    assert parse_groups(text)["g"] == {"x": 1}


BROKEN = [
    ("&g\n nx = 4\n dt 0.1\n/", 3, "'dt'"),
    ("&g\n nx = 4\n", 1, "&g is not closed"),
    ("&g\n nx = 4\n\n&h\n/", 4, "not closed by a '/'"),
    ("&g\n s = 'a\n/", 2, "quote"),
    ("&g\n\n x = = 4\n/", 3, "'= 4'"),
    ("&g\n q(1 = 4\n/", 2, r"q\(1 = 4"),
    ("&g\n q(a) = 4\n/", 2, "'a' is no index"),
    ("&g\n s = sphere\n/", 2, "a text needs quotes"),
    ("&g\n nx = 12abc\n/", 2, "12abc"),
    ("&g\n x = 1.0.0\n/", 2, "1.0.0"),
    ("&g\n x = 1,\n 0x10\n/", 3, "0x10"),
    ("&g\n q = 2 * 3\n/", 2, r"'\*'"),
    ("&g\n q(2:4)=1,2,3,4,5\n/", 2, "5 values"),
    ("&g\n q(1)=1\n q(1,2)=1\n/", 3, "2 indices here and 1"),
    ("&g\n b=1,2,3\n b(1,2)=1\n/", 3, "write the indices"),
    ("&g\n q=99999999*1\n/", 2, "more than 1000000 values"),
    ("&g\n q(1:99999999)=1\n/", 2, "beyond 1000000"),
    ("&h\n/\n& g x=1 /", 3, "begins no group"),
]


@pytest.mark.parametrize(("text", "line", "says"), BROKEN)
def test_what_is_not_understood_is_an_error_with_its_line(
    text: str, line: int, says: str, tmp_path: Path
):
    path = tmp_path / "plasma.inp"
    path.write_text(text)
    with pytest.raises(BadFile, match=rf"plasma\.inp, line {line},.*{says}"):
        read_parameters(path)


@pytest.mark.parametrize(
    "text",
    ["$g\n x=1\n$end\n$g\n", "&g x=1 /\n&g x = = 2 /\n&h y=3 /", "&g x=1 /\n&g x=2\n&h y=3 /"],
)
def test_a_group_that_no_compiler_reads_may_be_broken(text: str):
    with pytest.warns(UserWarning, match="more than once"):
        groups = parse_groups(text)
    assert groups == {"g": {"x": 1}, **({"h": {"y": 3}} if "&h" in text else {})}


@pytest.mark.parametrize(
    "text",
    [
        "sphere_origin(2,1:3) = 1,2,3",
        "sphere_origin(2,:) = 1,2,3",
        "sphere_origin(1:3,2) = 1,2,3",
        "sphere_origin(:,2) = 1,2,3",
    ],
)
def test_both_orders_of_indices_of_a_boundary_are_understood(text: str):
    assert parse_namelist(f"&ptcond\n {text}\n/").sphere_origin == [None, [1, 2, 3]]


def test_the_old_order_is_told_by_what_it_names():
    text = (
        "cuboid_shape(7,1)=1 cuboid_shape(7,6)=6 disk_origin(1,1:3)=1,2,3 disk_origin(3,1:3)=7,8,9"
    )
    inp = parse_namelist(f"&ptcond\n {text}\n/")
    assert inp.cuboid_shape[6] == [1, None, None, None, None, 6] and len(inp.cuboid_shape) == 7
    assert inp.disk_origin == [[1, 2, 3], None, [7, 8, 9]]


def test_texts_of_other_encodings_are_read(tmp_path: Path):
    path = tmp_path / "plasma.inp"
    path.write_bytes("! caf\xe9 ! \xfc\n&a\n s='M\xe9moire', nx=4\n/".encode("latin-1"))
    inp = read_parameters(path)
    assert (inp.nx, inp.s) == (4, "M\xe9moire")
    path.write_bytes("&a nx=4 /".encode("utf-16"))
    with pytest.raises(BadFile, match=r"plasma\.inp is no text .*save it as UTF-8"):
        read_parameters(path)


def test_parts_of_derived_types_are_kept():
    group = parse_groups("&p a(2)%b(3)=4 a(1)%b=1,2 a(1)%c=3 d%e=1 /")["p"]
    assert group == {"a": [{"b": [1, 2], "c": 3}, {"b": [None, None, 4]}], "d": {"e": 1}}


CONDUCTORS = """
[ptcond.conductor_groups.body]
mtd_vchg = -1
pfixed = -14.0
[ptcond.conductor_groups.boom]
mtd_vchg = 0
[[ptcond.objects]]
conductor = "body"
nflag_subcell = 1
[[ptcond.objects]]
conductor = "body"
[[ptcond.objects]]
conductor = "boom"
nflag_subcell = 0
[[ptcond.boundaries]]
type = "sphere"
"""


def test_toml_counts_conductors_as_the_namelist_does():
    inp = parse_toml(CONDUCTORS)
    assert (inp.npc, inp.npcg, inp.pcgs, inp.ccgs) == (3, 2, [2, 1], [2, 1])
    assert (inp.mtd_vchg, inp.pfixed) == ([-1, 0], [-14.0, None])
    assert inp.nflag_subcell == [1, 0]
    assert (inp.boundary_type, inp.boundary_types) == ("complex", ["sphere"])


def test_toml_keeps_what_it_says_and_counts_no_mixed_groups():
    inp = parse_toml(CONDUCTORS.replace("[[ptcond.boundaries]]", "[ptcond]\nnpcg = 5") + "\n")
    assert inp.npcg == 5 and "boundary_type" not in inp
    lone = parse_toml("[[ptcond.objects]]\nnflag_subcell = [1, 1]\n[[ptcond.objects]]\n")
    assert (lone.npcg, lone.pcgs, lone.nflag_subcell) == (2, [1, 1], [1, 1])
    mixed = CONDUCTORS.replace('conductor = "body"\n[[', 'conductor = "boom"\n[[').replace(
        'conductor = "boom"\nnflag', 'conductor = "body"\nnflag'
    )
    assert "pcgs" not in parse_toml(mixed) and parse_toml(mixed).npcg == 2
