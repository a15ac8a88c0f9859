"""The bulk road of the worker says of every row what the rules say of one (H4, H9)."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crmprogram.demo import synthetic
from crmprogram.intake.models import RowIssue, SourceRow
from migration.hygiene.standardise import Standardiser
from migration.models import MappingColumn, Run, Treatment
from migration.services.cleaning import Came, _totals, rules_of
from migration.services.columns import objects_of, read_chunk, read_cleaned
from migration.services.rows import Reader, context_of, overlay

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(clean, member, tmp_path) -> Run:
    path = tmp_path / "dirty.csv"
    synthetic.write_export(path, rows=400, seed=3, today=date(2026, 11, 20))
    return clean(member, path, "dirty.csv")


def test_stored_changes_and_issues_are_those_of_the_rules_row_by_row(run):
    upload = run.uploads.get()
    reader, standardise = Reader(run.mapping), Standardiser(context_of(run, upload))
    issues: dict[int, list[tuple]] = {}
    for one in RowIssue.objects.filter(upload=upload):
        issues.setdefault(one.row_id, []).append((one.rule, one.column, one.value, one.message))

    for row in SourceRow.objects.of_upload(upload.pk).good():
        expected = standardise.record(reader.fields(upload.pk, json.loads(row.cells)))
        stored = {name: (one["value"], one["rule"]) for name, one in (row.clean or {}).items()}
        assert stored == expected.changes
        said = [(one.rule, one.field, one.raw, one.message) for one in expected.issues]
        assert sorted(issues.get(row.pk, [])) == sorted(said)


def test_columns_read_back_are_the_rows_in_standard_form(run):
    upload = run.uploads.get()
    reader = Reader(run.mapping)
    rows = list(SourceRow.objects.of_upload(upload.pk).good()[50:90])

    chunk, found = read_cleaned(reader, [row.pk for row in reversed(rows)])

    assert chunk.ids == [row.pk for row in rows]
    for at, row in enumerate(rows):
        assert found.values(at) == overlay(reader.fields(upload.pk, json.loads(row.cells)), row.clean)
        stored = RowIssue.objects.filter(row=row).values_list("rule", "column", "value", "message")
        assert sorted((one.rule, one.field, one.raw, one.message) for one in found.issues.of(at)) == sorted(stored)


def test_totals_before_count_rows_not_values(run):
    before = run.summary["before"]

    assert before["rows"] == before["good:required"] + before["dirt:incomplete"] == 400
    assert 0 < before["fixed:phone"] <= before["has:phone"] <= 400
    assert before["good:phone"] + before["fixed:phone"] <= before["has:phone"] + before["dirt:inconsistent"]


def test_two_columns_for_one_field_lose_nothing(clean, member):
    text = "Id,Last Name,Email,Second Email\n1,Lee,a@acme.de,b@acme.de\n2,Ray,,c@acme.de\n3,Kim,d@acme.de,\n"
    run = clean(member, text)
    column = MappingColumn.objects.get(mapping=run.mapping, header="Second Email")
    column.treatment, column.field, column.reason = Treatment.MERGE, "email", "The same person"
    column.save()
    reader = Reader(run.mapping)
    upload = run.uploads.get()

    chunk = read_chunk(reader, upload.pk, 0, 99)

    rows = [reader.fields(upload.pk, json.loads(row.cells)) for row in SourceRow.objects.of_upload(upload.pk).good()]
    texts = {name: cells.texts() for name, cells in chunk.columns.items()}
    assert [{name: column[at] for name, column in texts.items() if column[at]} for at in range(3)] == rows
    assert rows[0]["custom.Second Email"] == "b@acme.de"


def test_rows_become_json_objects_without_their_empty_cells(run):
    reader = Reader(run.mapping)
    _, found = read_cleaned(reader, list(SourceRow.objects.good().values_list("pk", flat=True)[:30]))
    columns = {name: (cells.codes, cells.values) for name, cells in found.columns.items()}

    objects = objects_of(columns, found.size)

    assert [json.loads(one) for one in objects] == [found.values(at) for at in range(30)]


def test_no_row_is_no_total(run):
    upload = run.uploads.get()
    chunk = read_chunk(Reader(run.mapping), upload.pk, 10_000, 10_001)
    _, nothing = read_cleaned(Reader(run.mapping), [])

    rules = rules_of(run)
    assert not any(_totals(nothing, Came.of(chunk.columns, chunk.size, rules.required), rules).values())
