"""Many rows at once, each verb twice in one transaction as a chunk does it."""

import json

import pytest
from django.db import transaction

from crmprogram.intake.models import SourceRow, row_id
from crmprogram.jobs import bulk
from tests.factories import SourceRowFactory

pytestmark = pytest.mark.django_db
FIELDS = ("id", "upload", "line", "state", "cells")
AWKWARD = 'tab\there, "quote", back\\slash, line\nbreak, \\N'


def rows_of(upload_id: int, cells: str, *numbers: int) -> list[tuple]:
    return [(row_id(upload_id, no), upload_id, no, "kept", cells) for no in numbers]


def test_rows_that_are_there_stay_as_they_are():
    there = SourceRowFactory(row_no=1, cells='["first"]')

    with transaction.atomic():
        bulk.insert_missing(SourceRow, FIELDS, rows_of(there.upload_id, '["again"]', 1, 2))
        bulk.insert_missing(SourceRow, FIELDS, rows_of(there.upload_id, '["late"]', 2, 3))

    assert [row.values for row in SourceRow.objects.of_upload(there.upload_id)] == [["first"], ["again"], ["late"]]


def test_rows_are_made_or_changed():
    there = SourceRowFactory(row_no=1, cells='["first"]')

    with transaction.atomic():
        bulk.upsert(SourceRow, FIELDS, rows_of(there.upload_id, '["changed"]', 1, 2))
        bulk.upsert(SourceRow, FIELDS, rows_of(there.upload_id, '["twice"]', 2))

    assert [row.values for row in SourceRow.objects.of_upload(there.upload_id)] == [["changed"], ["twice"]]


def test_only_named_fields_of_named_rows_change():
    one, two = SourceRowFactory(row_no=1, cells='["one"]'), SourceRowFactory(row_no=2, cells='["two"]')
    changed = {"name": {"value": AWKWARD, "rule": "name.case"}}

    with transaction.atomic():
        bulk.update(SourceRow, ("clean", "record"), [(json.dumps(changed), 7, one.pk)])
        bulk.update(SourceRow, ("state",), [("archived", one.pk)])

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.clean, one.record, one.state, one.values) == (changed, 7, "archived", ["one"])
    assert (two.clean, two.record, two.state) == (None, None, "kept")


def test_awkward_text_and_nothing_come_out_as_they_went_in():
    upload = SourceRowFactory(row_no=1).upload_id

    bulk.insert_missing(SourceRow, (*FIELDS, "record"), [(*rows_of(upload, json.dumps([AWKWARD, ""]), 2)[0], None)])

    made = SourceRow.objects.get(pk=row_id(upload, 2))
    assert (made.values, made.record) == ([AWKWARD, ""], None)


def test_no_rows_are_no_work(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk.insert_missing(SourceRow, FIELDS, [])
        bulk.upsert(SourceRow, FIELDS, [])
        bulk.update(SourceRow, ("state",), [])
