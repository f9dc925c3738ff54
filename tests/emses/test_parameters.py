from __future__ import annotations

from pathlib import Path

import pytest

from emout_lab.emses.parameters import parse_namelist, parse_toml, read_parameters
from emout_lab.errors import BadFile, UnknownParameter

INP = """\
!!key dx=[0.001],to_c=[1000.0]
! 日本語のコメント
&tmgrid
  dt = 5.0d-2
  nx = 128, ny = 64,
  nz = 126,
/
&intp
  qm(1) = -1.0d0, qm(2) = 1.1d-3,
  path(2) = 8.0d-3,
  npbnd = 2,2,2, 1,0,2,
/
&ptcond
  bdyedge(1,1) = 60.0d0,
  bdyedge(2,1) = 66.0d0,
  bdyedge(1,2) = 28.0d0,
  bdyedge(2,2) = 100.0d0,
  boundary_type = 'complex'
  boundary_types(1) = 'sphere'
/
"""

TOML = """\
[meta.unit_conversion]
dx = 0.5
to_c = 10000.0

[tmgrid]
nx = 256
dt = 0.5

[[species]]
wp = 1.0
qm = -1.0

[[species]]
wp = 0.05
"""


def test_names_are_found_through_groups_and_inside_them():
    inp = parse_namelist(INP)
    assert inp.nx == inp["nx"] == inp.tmgrid.nx == inp["tmgrid"]["nx"] == 128
    assert inp.NX == 128
    assert "nx" in inp and "tmgrid" in inp and "nope" not in inp


def test_fortran_doubles_become_floats():
    assert parse_namelist(INP).dt == 0.05


def test_indexed_names_become_lists_that_count_from_zero():
    inp = parse_namelist(INP)
    assert inp.qm == [-1.0, 1.1e-3]
    assert inp.path == [None, 8.0e-3]
    assert inp.bdyedge == [[60.0, 66.0], [28.0, 100.0]]
    assert inp.boundary_types == ["sphere"] or inp.boundary_types == "sphere"


def test_conversion_key_is_read_from_the_first_line():
    units = parse_namelist(INP).units
    assert (units.dx, units.to_c) == (0.001, 1000.0)


@pytest.mark.parametrize(
    "line",
    [
        "!!key dx=[0.5], to_c=[10000.0]",
        "  !!KEY dx = [ 5.0d-1 ] , to_c=[1.0d4]",
        "\n!!key dx=[.5],to_c=[1e4]",
    ],
)
def test_spellings_of_the_conversion_key(line: str):
    units = parse_namelist(f"{line}\n&tmgrid\n/\n").units
    assert (units.dx, units.to_c) == (0.5, 10000.0)


def test_no_conversion_key_means_no_units():
    assert parse_namelist("&tmgrid\n nx = 4\n/\n").units is None


@pytest.mark.parametrize(
    "key", ["dx=[],to_c=[1000.0]", "dx=[-1],to_c=[1000]", "dx=[a],to_c=[1]", "dx=0.1"]
)
def test_a_broken_conversion_key_is_refused_with_its_text(key: str):
    with pytest.raises(BadFile, match="conversion key"):
        parse_namelist(f"!!key {key}\n&tmgrid\n/\n")


def test_unknown_name_suggests_near_ones():
    inp = parse_namelist(INP)
    with pytest.raises(UnknownParameter, match=r"'nxx'.*Did you mean .*nx"):
        _ = inp.nxx
    with pytest.raises(AttributeError, match="&tmgrid"):
        _ = inp.tmgrid.dtt
    with pytest.raises(KeyError):
        inp["nope"]
    assert not hasattr(inp, "nope")


def test_names_can_be_completed():
    assert {"nx", "tmgrid", "bdyedge"} <= set(dir(parse_namelist(INP)))


@pytest.mark.parametrize(
    "text", ["&tmgrid\n nx = 4\n", "&tmgrid\n nx = 'a\n/\n", "no namelist", ""]
)
def test_a_broken_namelist_is_a_bad_file(text: str, tmp_path: Path):
    path = tmp_path / "plasma.inp"
    path.write_text(text)
    with pytest.raises(BadFile, match=r"plasma\.inp"):
        read_parameters(path)


def test_toml_tables_are_groups_and_species_are_lists():
    inp = parse_toml(TOML)
    assert (inp.nx, inp.tmgrid.dt) == (256, 0.5)
    assert inp.wp == [1.0, 0.05]
    assert inp.species.qm == [-1.0, None]
    assert (inp.units.dx, inp.units.to_c) == (0.5, 10000.0)
    assert inp.meta.unit_conversion.dx == 0.5


def test_broken_toml_is_a_bad_file(tmp_path: Path):
    path = tmp_path / "plasma.toml"
    path.write_text("nx = ")
    with pytest.raises(BadFile, match="not valid TOML"):
        read_parameters(path)


def test_other_encodings_in_comments_do_no_harm(tmp_path: Path):
    path = tmp_path / "plasma.inp"
    path.write_bytes(INP.encode("shift-jis"))
    assert read_parameters(path).nx == 128


GROUPS = """
[meta]
format_version = 2

[species_groups.hot]
path = 4.0
peth = 5.0

[[species]]
group_id = "hot"
wp = 2.0
qm = -1.0

[[species]]
wp = 0.05
qm = 0.0005
path = 1.0

[plasma]
cv = 1000.0

[ptcond.conductor_groups.probe]
pfixed = -14.0

[ptcond.boundary_groups.round]
type = "sphere"
sphere_radius = 2.0

[[ptcond.objects]]
conductor = "probe"
geotype = 3

[[ptcond.boundaries]]
group_id = "round"
sphere_origin = [1.0, 2.0, 3.0]

[[ptcond.boundaries]]
type = "cuboid"
"""


def test_groups_of_toml_fill_up_what_an_entry_does_not_say():
    inp = parse_toml(GROUPS)
    assert inp.path == [4.0, 1.0] and inp.peth == [5.0, None] and inp.nspec == 2
    assert inp.pfixed == [-14.0] and inp.npc == 1 and inp.ptcond.geotype == [3]
    assert inp.boundary_types == ["sphere", "cuboid"]
    assert inp.sphere_radius == [2.0, None] and inp.sphere_origin == [[1.0, 2.0, 3.0], None]
    assert "species_groups" not in inp


def test_tables_of_toml_stay_as_they_were_written():
    tables = parse_toml(GROUPS).tables
    assert tables.species[0].path == 4.0 and tables.species[1].wp == 0.05
    assert tables.ptcond.boundaries[0].type == "sphere"
    assert parse_namelist("&tmgrid\n nx=1\n/").tables is None


def test_names_are_found_in_inner_tables():
    tables = parse_toml(GROUPS).tables
    assert tables.path == [4.0, 1.0] and tables.sphere_radius == 2.0
    with pytest.raises(UnknownParameter):
        tables["path"]
    with pytest.raises(UnknownParameter, match="No parameter 'nonsense'"):
        _ = tables.nonsense
    assert "path" not in tables and "species" in tables


def test_species_of_toml_are_found_where_a_namelist_has_them():
    inp = parse_toml(TOML)
    assert inp["plasma"]["wp"] == inp.wp == [1.0, 0.05]
    assert inp.intp.qm == [-1.0, None] and inp.system.nspec == 2


def test_the_ground_of_toml_belongs_to_all_boundaries():
    inp = parse_toml(
        """
        [[ptcond.boundaries]]
        type = "sphere"
        sphere_radius = 2.0
        [[ptcond.boundaries]]
        type = "cylinder-hole"
        zssurf = 20.0
        xlrechole = [5.0, 5.0]
        """
    )
    assert inp.zssurf == 20.0 and inp.xlrechole == [5.0, 5.0]


def test_a_toml_without_key_takes_that_of_the_namelist_beside(tmp_path: Path):
    path = tmp_path / "plasma.toml"
    path.write_text("[tmgrid]\nnx = 3\n")
    assert read_parameters(path).units is None
    (tmp_path / "plasma.inp").write_text("!!key dx=[0.25],to_c=[500.0]\n&tmgrid\n nx=4\n/\n")
    inp = read_parameters(path)
    assert inp.units.dx == 0.25 and inp.nx == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("  ", "\t"),
        lambda text: text.replace("\n/\n", "\n&end\n"),
        lambda text: text.replace("\n/\n", "\n$end\n").replace("\n&", "\n$"),
        lambda text: text.replace("nx = 128, ny = 64,", "nx = 128; ny = 64; ! nx = 9; 'quote"),
        lambda text: "! a comment\n" + text,
        lambda text: text.replace("5.0d-2", "5.0Q-2"),
        lambda text: text.replace("5.0d-2", "5.0-2"),
        lambda text: text.upper(),
    ],
)
def test_spellings_that_compilers_accept(change):
    inp = parse_namelist(change(INP))
    assert (inp.nx, inp.ny, inp.nz, inp.dt) == (128, 64, 126, 0.05)
    assert inp.units.dx == 0.001


def test_strings_keep_their_signs():
    inp = parse_namelist("&a\n name = 'x; y ! z', other = \"1.0q0\"; n = 2\n/\n")
    assert (inp.name, inp.other, inp.n) == ("x; y ! z", "1.0q0", 2)


def test_of_a_group_that_is_there_twice_the_first_counts():
    with pytest.warns(UserWarning, match="the group &tmgrid more than once"):
        inp = parse_namelist(INP + "\n&tmgrid\n nx = 16\n/\n")
    assert (inp.nx, inp.nz) == (128, 126)


@pytest.mark.parametrize("number", ["inf", "nan", "-1", "0"])
def test_a_key_of_no_length_is_refused(number: str):
    with pytest.raises(BadFile, match="both must be positive numbers"):
        parse_namelist(INP.replace("0.001", number))
