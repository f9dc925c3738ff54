"""Tables of currents and potentials, which EMSES writes as text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest

from emout_lab.emses import Emout
from emout_lab.errors import BadFile, DataError

ICUR = """\
 0  0.0  0.0  0  0.0  0.0
 100  1.5D-02  1.0E-02  100  -2.0e-3  0.0
 200  2.5D-02  1.0E-02  200  -4.0e-3  0.0
"""


def test_currents_have_columns_for_each_species_and_body(run_copy: Path):
    (run_copy / "icur").write_text(ICUR)
    (run_copy / "ocur").write_text(ICUR)
    data = Emout(run_copy)
    table = data.icur
    assert isinstance(table, pd.DataFrame) and len(table) == 3
    assert list(table.columns) == [
        "1_step", "1_body1", "1_body1_ema", "2_step", "2_body1", "2_body1_ema",
    ]  # fmt: skip
    assert table["1_step"].tolist() == [0, 100, 200]
    assert table["1_body1"].tolist() == [0.0, 0.015, 0.025]
    in_si = table.val_si
    assert in_si["1_body1"].iloc[-1] == pytest.approx(data.unit.i.reverse(0.025))
    assert in_si["2_step"].iloc[-1] == pytest.approx(data.unit.t.reverse(200 * data.inp.dt))
    assert data.ocur.equals(table)
    part = table[table["1_step"] > 0]
    assert part.val_si["1_body1"].iloc[0] == pytest.approx(data.unit.i.reverse(0.015))
    copied = pickle.loads(pickle.dumps(table))
    assert copied.val_si.equals(in_si)


def test_potentials_of_bodies(run_copy: Path):
    (run_copy / "pbody").write_text(" 0 0.0 0.0\n 100 -1.0 0.0\n")
    data = Emout(run_copy)
    assert list(data.pbody.columns) == ["step", "body1", "body2"]
    assert data.pbody.val_si["body1"].iloc[1] == pytest.approx(data.unit.phi.reverse(-1.0))


def test_a_line_that_is_being_written_is_left_out(run_copy: Path):
    (run_copy / "pbody").write_text(" 0 0.0 0.0\n 100 -1.0 0.")
    assert len(Emout(run_copy).pbody) == 1
    (run_copy / "pbody").write_text("")
    assert len(Emout(run_copy).pbody) == 0


def test_bad_tables_say_what_is_wrong(run_copy: Path):
    data = Emout(run_copy)
    with pytest.raises(BadFile, match=r"No file .*icur: the run has not written that table"):
        _ = data.icur
    (run_copy / "icur").write_text(ICUR + " 300 1.0\n")
    with pytest.raises(BadFile, match=r"Line 4 of .* has 2 columns, not the 6 that nspec and npc"):
        _ = data.icur
    (run_copy / "pbody").write_text(" 0 0.0 *****\n")
    with pytest.raises(BadFile, match=r"no number"):
        _ = data.pbody


def test_without_a_key_tables_stay_in_emses_units(keyless_dir: Path):
    (keyless_dir / "pbody").write_text(" 0 0.0 0.0\n")
    table = Emout(keyless_dir).pbody
    with pytest.raises(DataError, match="no conversion key"):
        _ = table.val_si


def test_a_run_is_valid_when_it_came_to_its_end(run_copy: Path):
    data = Emout(run_copy)
    assert not data.is_valid()
    (run_copy / "icur").write_text(ICUR)
    assert data.inp.nstep == 300 and not data.is_valid()
    (run_copy / "icur").write_text(ICUR.replace("200", "300"))
    assert data.is_valid()
