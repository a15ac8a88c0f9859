import json
from itertools import pairwise

import numpy as np
import pytest

from migration.hygiene.alphabet import packed
from migration.hygiene.profile import EXACT, Profile, shape, type_of
from migration.hygiene.reading import Cells

ROWS = [{"Email": f"P{no}@acme.example", "City": ["Bonn", "Bonn", "Berlin", "--"][no % 4]} for no in range(40)]


def filled(rows):
    made = Profile()
    made.add_rows(rows)
    return made


def test_profile_counts_a_column():
    email, city = filled(ROWS).summaries()

    assert (city.rows, city.filled, city.completeness_percent, city.distinct) == (40, 30, 75.0, 2)
    assert city.top == (("Bonn", 20), ("Berlin", 10))
    assert (city.shortest, city.longest, city.type) == (4, 6, "text")
    assert (email.type, email.type_share_percent, email.distinct_is_exact) == ("email", 100.0, True)
    assert email.patterns == (("A9@a.a", 40),)


@pytest.mark.parametrize("cuts", [(20,), (1, 39), (10, 20, 30)])
def test_profiles_of_chunks_merge_to_that_of_the_whole(cuts):
    edges = [0, *cuts, len(ROWS)]
    whole = Profile()

    for start, end in pairwise(edges):
        whole.merge(Profile.from_json(json.loads(json.dumps(filled(ROWS[start:end]).as_json()))))

    assert whole.summaries() == filled(ROWS).summaries()


def test_column_that_comes_late_is_blank_before():
    (first, late) = filled([{"a": "1"}, {"a": "2", "b": "x"}]).summaries()

    assert (first.rows, late.rows, late.filled) == (2, 2, 1)


def test_many_distinct_values_are_estimated_and_said_so():
    made = Profile()
    for start in range(0, 20_000, 5_000):
        made.add_rows({"id": str(no)} for no in range(start, start + 5_000))

    (column,) = made.summaries()

    assert not column.distinct_is_exact
    assert column.distinct == pytest.approx(20_000, rel=0.1)
    assert len(made.columns["id"].smallest) == EXACT


def test_frequent_value_survives_many_rare_ones():
    rows = [{"v": "often" if no % 3 == 0 else str(no)} for no in range(9_000)]

    (column,) = filled(rows).summaries(top=1)

    assert column.top[0][0] == "often"
    assert column.top[0][1] <= 3_000


def test_empty_profile_has_no_columns():
    assert Profile().summaries() == []
    assert Profile(["a"]).summaries()[0].completeness_percent == 0.0


@pytest.mark.parametrize(("text", "mask"), [("(089) 123-456", "(9) 9-9"), ("Anna-Maria", "Aa-Aa"), ("A1", "A9")])
def test_shape_masks_letters_and_digits(text, mask):
    assert shape(text) == mask


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a@b.example", "email"), ("+49 89 123456", "phone"), ("415/776-5577", "phone"), ("2026-01-02", "date"),
        ("3/11/2025 13:00", "datetime"), ("www.a.example", "url"),
        ("1,234.5", "number"), ("Yes", "flag"), ("Bonn", "text"),
    ],
)  # fmt: skip
def test_type_is_guessed_by_the_value(text, kind):
    assert type_of(text) == kind


def test_columns_are_profiled_as_their_rows_are():
    texts = [
        "Bonn",
        " Bonn ",
        "--",
        "",
        "Köln",
        *(f"P{no}@acme.example" for no in range(150)),  # with more, counts are bounds and patterns a sample
        "x" * 90,
        "'Ulm",
        "Bonn",
    ]
    as_columns, repeated = Profile(), np.arange(len(texts), dtype=np.int32)
    cells = Cells(np.where([text == "" for text in texts], np.int32(-1), repeated), packed(texts, many=1))
    short = Cells(cells.codes[:150], packed(texts[:150], many=1))

    as_columns.add_columns(150, {"a": short})
    as_columns.add_columns(len(texts), {"a": Cells(cells.codes, texts)})

    (made,) = as_columns.summaries(top=1)
    (expected,) = filled({"a": text} for text in (*texts[:150], *texts)).summaries(top=1)
    assert made == expected
