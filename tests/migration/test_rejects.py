"""Rejects come back as a file that a spreadsheet opens safely and intake reads again (H10)."""

import csv
from io import StringIO

import pytest

from migration import rejects
from tests.migration.conftest import HEADER

pytestmark = pytest.mark.django_db


def test_rejects_have_the_sources_columns_then_file_line_and_reason(member, clean):
    run = clean(member)

    rows = list(csv.reader(StringIO("".join(rejects.lines(run)).lstrip("\ufeff"))))

    assert rows[0] == [*HEADER.split(","), rejects.FILE, rejects.LINE, rejects.REASON]
    assert rows[1:] == [
        ["6", "Cy", "Young", "", "", "Young Ltd", "UK", "lead", "2026-11-03", "contacts.csv", "7",
         "Neither a valid e-mail address nor a valid telephone number."]
    ]  # fmt: skip


def test_cell_that_a_spreadsheet_would_compute_is_guarded(member, clean):
    run = clean(member, f'{HEADER}\n1,=HYPERLINK("http://x"),Lee,,,Acme,DE,lead,2026-11-01\n')

    rows = list(csv.reader(StringIO("".join(rejects.lines(run)))))

    assert rows[1][1] == '\'=HYPERLINK("http://x")'


def test_row_put_aside_while_reading_gives_its_reason(member, clean):
    run = clean(member, f"{HEADER}\n1,Ann,Lee,ann@acme.de,,Acme,DE,lead,2026-11-01\n2,too,short\n")

    (one,) = rejects.with_reasons(run, list(rejects.rejected_rows(run)))

    assert (one["line"], one["record"]) == (3, None)
    assert "cells" in one["reasons"][0] or "columns" in one["reasons"][0]


def test_mended_rejects_can_be_uploaded_and_cleaned(member, clean):
    run = clean(member)
    mended = "".join(rejects.lines(run)).replace(",Young,,", ",Young,cy@young-tools.co.uk,")

    again = clean(member, mended, "mended.csv")

    assert again.counts["kept"] == 1
    assert again.records.get().key == run.records.get(label="Cy Young").key
    assert [name for name in again.records.get().fields if name.startswith("custom.")] == []
