"""Cleaning whole columns gives what cleaning row by row gives: each value, rule and issue (H4)."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from crmprogram.demo.synthetic import contacts
from crmprogram.intake import formats
from crmprogram.intake.read import Row, read_file
from crmprogram.intake.refusal import NeedsEncoding
from crmprogram.intake.sniff import sniff
from migration.hygiene.bulk import Cleaned, clean_columns, clean_values, join_cleaned
from migration.hygiene.dates import Order
from migration.hygiene.reading import Cells
from migration.hygiene.standardise import Context, standardise_rows

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
FILES = sorted(path.relative_to(SAMPLES) for path in SAMPLES.rglob("*.csv"))
CONTEXT = Context(date_orders={"birth_date": Order.MDY, "last_activity_at": Order.MDY})
NASTY = [
    {"full_name": "Dr. van der Berg, Anna Maria", "email": "a@b.example; c@d.example", "phone": "020 7946 0958"},
    {"full_name": "Cher", "email": "Ann at acme.example", "country": "UK", "phone": "020 7946 0958 ext. 4"},
    {"full_name": "John F. Smith Jr.", "given_name": "Jack", "postcode": "601", "website": "acme.fr/kontakt"},
    {"given_name": "SMITH", "family_name": "maria", "country": "XX", "phone": "0891234", "postcode": "1067"},
    {"given_name": "Test", "family_name": "Dobbins Senior", "email": "x@y@z", "email_2": "N/A", "phone": "N/A"},
    {"given_name": "'=cmd()", "family_name": "a@b.example", "country": "+49 89 99998123", "birth_date": "1/2/2003"},
    {"given_name": "", "family_name": "Null", "company": "GMBH & Co. KG", "industry": "edv", "opted_out": "Yes"},
    {"company": "Apple, Inc.", "website": "\u200bhttps://www.apple.com/", "mobile": "+49 171 3920012", "fax": "030 1"},
    {"email": "a@b.example, c@d.example", "email_2": "e@f.example", "birth_date": "31.12.1999", "phone": "call me"},
    {"description": "  two\n lines ", "title": "  Head  of\u00a0Sales ", "created_at": "2026-02-30", "custom.x": "-"},
    {"created_at": "2026-02-23T20:55:00.000+0000", "updated_at": "2026-02-23 20:55", "phone_2": "0049 89 99998123"},
    {"country": "Germany", "postcode": "1067", "phone": "089 99998123", "last_activity_at": "02/23/26 08:55 PM"},
]


def columns_of(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    made = {}
    for name in names:
        at = {"": -1}
        codes = [at.setdefault(row.get(name, ""), len(at) - 1) for row in rows]
        made[name] = Cells(np.array(codes, dtype=np.int32), list(at)[1:])
    return made


def same_everywhere(rows, context=CONTEXT, **options):
    """Assert that both roads agree on `rows`; returns the columns' result."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    wanted = standardise_rows([{name: row.get(name, "") for name in names} for row in rows], context=context)
    made = clean_columns(columns_of(rows), len(rows), context=context, **options)
    for at, one in enumerate(wanted):
        assert made.values(at) == {name: value for name, value in one.values.items() if value}
        assert made.changes(at) == one.changes
        assert sorted(made.issues.of(at), key=repr) == sorted(one.issues, key=repr)
    return made


def test_columns_are_cleaned_as_rows_are():
    rows = [{k: v for k, v in row.items() if k[0] != "_"} for row in contacts(1_500, 11, date(2026, 11, 1))]

    made = same_everywhere(rows)

    assert len({issue.rule for issue in made.issues.table}) > 5


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_nasty_rows_are_cleaned_alike(zone):
    made = same_everywhere(NASTY, Context(region="GB", zone=zone, date_orders={"last_activity_at": Order.MDY}))

    assert made.values(0)["email_2"] == "c@d.example"
    assert made.values(1)["phone_ext"] == "4"
    assert made.values(4)["suffix"] == "Sr."


@pytest.mark.parametrize("nasty", NASTY)
def test_a_single_row_is_cleaned_alike(nasty):
    same_everywhere([nasty])


@pytest.mark.parametrize("path", FILES, ids=[path.as_posix() for path in FILES])
def test_samples_are_cleaned_alike(path):
    try:
        found = sniff(SAMPLES / path)
    except NeedsEncoding:
        found = sniff(SAMPLES / path, encoding="cp1252")
    columns = found.headers.columns
    known = formats.recognise(found.headers.originals).format
    fields = known.map_headers([column.key for column in columns], found.headers.duplicated())
    records = read_file(SAMPLES / path, encoding=found.encoding, delimiter=found.delimiter)
    rows = [
        {fields.get(at, f"custom.{at}"): cell for at, cell in enumerate(record.cells)}
        for record in records
        if isinstance(record, Row)
    ]

    assert same_everywhere(rows).size == len(rows)


def test_parts_cleaned_in_any_order_of_work_are_the_same():
    rows = [{k: v for k, v in row.items() if k[0] != "_"} for row in contacts(300, 3, date(2026, 11, 1))]

    def backwards(function, items):
        return reversed([function(one) for one in reversed(list(items))])

    same_everywhere(rows, map=backwards)


def test_values_are_cleaned_once_each():
    asked = []

    def watched(function, items):
        for task in items:
            asked.extend((task.name, task.region, value) for value in task.values)
            yield clean_values(task)

    rows = [{"phone": "089 99998123", "country": country} for country in ("Germany", "France", "Germany", "DE")]
    same_everywhere(rows, map=watched)

    assert sorted(asked) == [
        ("country", "", "DE"), ("country", "", "France"), ("country", "", "Germany"),
        ("phone", "DE", "089 99998123"), ("phone", "FR", "089 99998123"),
    ]  # fmt: skip


def test_joined_files_hold_what_each_held():
    one = clean_columns(columns_of(NASTY[:5]), 5, context=CONTEXT)
    two = clean_columns(columns_of(NASTY[5:]), len(NASTY) - 5, context=CONTEXT)
    joined = join_cleaned([one, two])

    def told(clean: Cleaned):
        return [(clean.values(at), clean.changes(at), clean.issues.of(at)) for at in range(clean.size)]

    assert told(joined) == told(one) + told(two)
