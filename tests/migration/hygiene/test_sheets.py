"""Texts laid side by side as bytes come out as if each had been joined by itself."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration.hygiene.alphabet import packed
from migration.hygiene.sheets import Sheet, Table

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
long = texts.map(lambda text: text * 30)
marked = st.sampled_from(["\0", "a\x1eb", "\x1f\x1f", '"', "\\", "\n", "ä", "x" * 400])


@given(st.lists(st.tuples(texts, texts | long | marked), max_size=20))
def test_rows_are_their_cells_joined(rows):
    sheet = Sheet(len(rows))
    for at in range(2):
        values = list(dict.fromkeys(row[at] for row in rows))
        codes = np.array([values.index(row[at]) for row in rows], dtype=np.int64)
        sheet.put(Table(values, "<", ">"), codes)

    assert sheet.lines() == [f"<{one}><{two}>" for one, two in rows]


@pytest.mark.parametrize("pack", [False, True])
def test_texts_are_escaped_for_json_and_blank_where_there_is_none(pack):
    values = ["plain", 'a "quoted" \\ text', "line\nend", "Jörg"] * 6
    sheet = Sheet(len(values) + 1)
    sheet.put(Table(packed(values, many=1) if pack else values, '"', '"', escaped=True), np.arange(-1, len(values)))
    sheet.say(",", np.arange(len(values) + 1) > 0)

    blank, *told = sheet.lines()

    assert blank == ""
    assert [json.loads(one.removesuffix(",")) for one in told] == values
