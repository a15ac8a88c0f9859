"""Rows that slid under the wrong headers are found by what their cells look like."""

import random
from pathlib import Path

import pytest

from crmprogram.intake.formats import recognise
from crmprogram.intake.quarantine import Shifts, find_shift
from crmprogram.intake.read import Row, read_file
from crmprogram.intake.sniff import sniff

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
KINDS = ["email", "company", "phone", "text", "country"]


def shifted_lines(path):
    sniffed = sniff(path, name=path.name)
    header, *records = read_file(path, encoding=sniffed.encoding, delimiter=sniffed.delimiter)
    found = recognise(header.headers.originals, [record.cells for record in sniffed.first if isinstance(record, Row)])
    kinds = found.kinds([column.key for column in header.headers.columns], header.headers.duplicated())
    return [record.line for record in records if isinstance(record, Row) and find_shift(record.cells, kinds)]


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.csv")), ids=lambda path: path.name)
def test_only_the_six_shifted_rows_of_the_samples_are_found(path):
    shifted = [195, 196, 197, 198, 199, 200] if path == SAMPLES / "dynamics365" / "Contact.csv" else []

    assert shifted_lines(path) == shifted


@pytest.mark.parametrize(
    ("cells", "index"),
    [
        (["Ann", "Lee", "ann@example.com", "Northwind", "614-555-0124"], 2),
        (["", "Lee Ltd", "ann@example.com", "", ""], 2),
        (["Ann", "ann@example.com", "Northwind", "Leeds", "+44 20 7946 0018"], 4),
    ],
)
def test_row_with_two_clues_is_shifted(cells, index):
    assert find_shift(cells, KINDS).column == index


@pytest.mark.parametrize(
    "cells",
    [
        ["ann@example.com", "Lee Ltd", "ask ann@example.com", "", "France"],
        ["ann@example.com", "Lee Ltd", "ann@example.com", "", "France"],
        ["none", "Lee Ltd", "614-555-0124", "ann@example.com", "France"],
        ["ann@example.com", "@home", "call the office", "", "France"],
        ["ann@example.com", "Lee Ltd", "614-555-0124", "", "614-555-0124"],
        ["", "", "", "", ""],
    ],
)
def test_one_clue_is_a_slip_of_the_hand(cells):
    assert find_shift(cells, KINDS) is None


def test_many_rows_are_judged_as_one():
    kinds = ["email", "company", "phone", "country", "date", "", "text"]
    words = ["", "a@b.de", "+49 89 123456", "Germany", "2020-01-01", "Acme", "12 34 567 8", "call me"]
    draw = random.Random(5)
    rows = [[draw.choice(words) for _ in kinds] for _ in range(500)]

    shifts = Shifts(kinds)

    assert [shifts.find(row) for row in rows] == [find_shift(row, kinds) for row in rows]
    assert any(shifts.find(row) for row in rows)
