"""What people open in a spreadsheet is never computed there."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmprogram.intake.write import TRIGGERS, safe_cell, safe_csv


@pytest.mark.parametrize("text", ["=1+1", "+49 89", "-5", "@SUM(A1)", "\tx", "\rx", "＝1"])
def test_cell_like_a_formula_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "'=1", " =1", "49"])
def test_other_cells_stay(text):
    assert safe_cell(text) == text


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=2, max_size=2)))
def test_no_cell_starts_like_a_formula(rows):
    text = "".join(safe_csv(rows))
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))

    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell.startswith(TRIGGERS) for row in read for cell in row)
