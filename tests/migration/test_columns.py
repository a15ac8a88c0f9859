"""The bulk road of the worker says of every row what the rules say of one (H4, H9)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date

import pytest
from django.db import connection

from crmprogram.demo import synthetic
from crmprogram.intake.models import RowIssue, SourceRow
from crmprogram.program import clock
from migration import commandline
from migration.hygiene.standardise import Standardiser
from migration.models import Cluster, MappingColumn, Record, Run, RunRow, Treatment
from migration.models.short import ChangesField, LineageField
from migration.services import accounting, cleaning, matching, originals, review
from migration.services.accounting import groups_of
from migration.services.batches import Bunch, make_records
from migration.services.cleaning import Came, _totals, rules_of
from migration.services.columns import read_chunk, read_cleaned, read_part
from migration.services.records import Group, make_record, tally
from migration.services.rows import Reader, context_of, load_rows, overlay
from migration.services.stored import objects_of

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

    for row in SourceRow.objects.of_upload(upload.pk).good().select_related("in_run"):
        expected = standardise.record(reader.fields(upload.pk, json.loads(row.cells)))
        stored = {name: (one["value"], one["rule"]) for name, one in (row.in_run.clean or {}).items()}
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
        assert found.values(at) == overlay(reader.fields(upload.pk, json.loads(row.cells)), row.in_run.clean)
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
    assert not any(_totals(nothing, Came.of(chunk.columns, chunk.size, rules), rules).values())


def bunches_of(run: Run) -> list[Bunch]:
    clusters = Cluster.objects.filter(run=run)
    return [Bunch(keys, at in one.undecided, one.pk) for one in clusters for at, keys in enumerate(one.groups)]


def stored_records(run: Run) -> dict[str, dict]:
    return {
        one.key: {field.attname: getattr(one, field.attname) for field in Record._meta.concrete_fields}
        for one in Record.objects.filter(run=run)
    }


@pytest.mark.parametrize("leave_out", [True, False])
def test_records_made_at_once_are_those_made_one_by_one(run, leave_out):
    Run.objects.filter(pk=run.pk).update(thresholds={**run.thresholds, "leave_out": leave_out})
    run = Run.objects.select_related("program", "mapping").get(pk=run.pk)
    keys = dict(RunRow.objects.filter(run=run).values_list("pk", "key"))
    clusters = list(Cluster.objects.filter(run=run))
    bunches = bunches_of(run)
    alone = RunRow.objects.filter(run=run, cluster=None).values_list("pk", "key")
    groups = groups_of(run, clusters) + [Group([row]) for row in load_rows(run, dict(alone))]
    today = clock.today(run.program)
    expected = [make_record(run, group, today=today) for group in groups]
    totals: Counter[str] = Counter()
    for record in expected:
        tally(totals, run, record)
    Record.objects.filter(run=run).delete()

    made = make_records(run, keys, bunches)
    made.write()

    names = [field.attname for field in Record._meta.concrete_fields]
    assert stored_records(run) == {one.key: {name: getattr(one, name) for name in names} for one in expected}
    assert +made.totals == +totals
    assert made.ends.total() == len(keys) == RunRow.objects.filter(record__in=Record.objects.values("pk")).count()


def test_short_lineage_names_each_key_once():
    kept = {"city": [0, "all 3 agree"], "email": [2, "latest"], "phone": [[1, 3], "2 of 3 agree"]}

    said = LineageField.told([["a", "b", "c"], kept])

    assert said["city"] == [["a", "b", "c"], "all 3 agree"]
    assert said["email"] == [["b"], "latest"]
    assert said["phone"] == [["a", "c"], "2 of 3 agree"]


def test_changes_are_told_of_what_is_kept_short_and_at_length():
    long = {"phone": {"value": "+4989123456", "rule": "phone.e164"}}

    assert ChangesField.told({"custom.Old site https.url": "https://a.example", "country text.blank": ""}) == {
        "custom.Old site": {"value": "https://a.example", "rule": "https.url"},
        "country": {"value": "", "rule": "text.blank"},
    }
    assert ChangesField.told(long) == long


def test_json_that_is_read_whole_is_kept_as_text_and_told_as_before(run):
    whole = {(Cluster, "pairs"), (Cluster, "groups"), (Record, "lineage"), (RunRow, "clean")}
    assert {model._meta.get_field(name).db_type(connection) for model, name in whole} == {"text"}
    row = RunRow.objects.exclude(clean=None).first()
    changes = row.clean
    assert all(set(one) == {"value", "rule"} for one in changes.values())

    row.save(update_fields=["clean"])
    RunRow.objects.bulk_update([row], ["clean"])

    assert RunRow.objects.get(pk=row.pk).clean == changes
    RunRow.objects.filter(pk=row.pk).update(clean=None)
    assert RunRow.objects.filter(pk=row.pk, clean__isnull=True).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows what the tables hold")
def test_one_record_of_a_run_is_found_by_its_id():
    one = Record.objects.filter(run=1, pk__in=[1]).select_related("run__program").order_by("pk")
    assert "run_id=? AND id=?" in one.explain()


def test_values_a_person_chose_are_kept_when_records_are_made_again(clean, member):
    run = clean(member)
    cluster = Cluster.objects.open().get(run=run)
    one, two = sorted(key for group in cluster.groups for key in group)
    review.merge_cluster(cluster=cluster, by=member.user, survivor=two, fields={"family_name": one})
    before = stored_records(run)
    keys = dict(RunRow.objects.filter(run=run).values_list("pk", "key"))

    make_records(run, keys, bunches_of(run)).write()

    assert stored_records(run) == before
    assert before[two]["fields"]["family_name"] == "Kowalski"


def test_worker_ends_as_the_command_line_does_however_it_is_cut(clean, member, tmp_path, monkeypatch):
    monkeypatch.setattr(cleaning, "SHARD_ROWS", 170)
    monkeypatch.setattr(matching, "BLOCK_ROWS", 110)
    monkeypatch.setattr(accounting, "CHUNK_ROWS", 45)
    path = tmp_path / "dirty.csv"
    synthetic.write_export(path, rows=900, seed=11, today=clock.today(member.program))

    run = clean(member, path, "dirty.csv")
    standard = tmp_path / "standard.json"
    standard.write_text(json.dumps({"today": clock.today(run.program).isoformat(), "zone": run.program.time_zone}))
    told = ["--out", str(tmp_path / "out"), "--region", "DE", "--standard", str(standard), "--processes", "1"]
    said = commandline.main([str(path), *told])

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (said, report["rows"]) == (0, run.counts)
    with (tmp_path / "out" / "records.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {row["source_id"]: (row["outcome"], int(row["rows"]), row["email"]) for row in csv.DictReader(file)}
    records = Record.objects.filter(run=run)
    assert told == {one.fields["source_id"]: (str(one.state), one.rows, one.fields.get("email", "")) for one in records}


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        (
            'Id,Last Name,Email\n1,Lee,"a, ""b"""\n\n2,Ray,"two\nlines"\n3,Kim\n4,Ünal,c\n5,Fox,d\n6,Orr,e,\n7,May,\n',
            True,
        ),
        ("Id,Last Name,Email\r\n" + "".join(f"{no},Name {no},n\r\n" for no in range(7)), True),
        ("\nId,Last Name,Email\n1,Lee,a\n2,Ray,b\n3,Kim,c\n4,Orr,\n", True),
        ('Id,Last Name,Email\n1,Lee,"a\rb"\n2,Ray,b\n3,Kim,c\n4,Orr,\n', False),
    ],
)
def test_rows_out_of_the_file_are_those_of_the_database(clean, member, monkeypatch, text, is_cut):
    run = clean(member, text)
    upload, reader = run.uploads.get(), Reader(run.mapping)
    monkeypatch.setattr(cleaning, "SHARD_ROWS", 3)

    plans = cleaning.plan_rows(run)

    assert all(("bytes" in plan.params) is is_cut for plan in plans)
    from_file = 0
    for plan in plans:
        first, last = plan.params["first"], plan.params["last"]
        expected = read_chunk(reader, upload.pk, first, last)
        found = read_part(reader, upload, plan.params, plan.total)
        assert (found.ids, found.lines) == (expected.ids, expected.lines)
        for name, cells in expected.columns.items():
            assert found.columns[name].texts() == cells.texts()
            assert set(found.columns[name].values) == set(cells.values)
        span = plan.params.get("bytes")
        from_file += bool(span and originals.read(upload, span, first, last, plan.total))
    assert from_file >= len(plans) - 1 if is_cut else not from_file  # a part that begins above the header is not

    upload.path.unlink()
    gone = read_part(reader, upload, plans[-1].params, plans[-1].total)
    assert gone.ids == read_chunk(reader, upload.pk, first, last).ids
