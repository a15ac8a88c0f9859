"""Many rows at once, each verb twice in one transaction as a chunk does it."""

import json

import pytest
from django.db import transaction

from crmprogram.intake.models import SourceRow, Upload, row_id
from crmprogram.jobs import bulk
from tests.factories import SourceRowFactory

pytestmark = pytest.mark.django_db
FIELDS = ("id", "upload", "line", "state", "cells")
AWKWARD = 'tab\there, "quote", back\\slash, line\nbreak, \\N'


@pytest.fixture(autouse=True, params=[0, bulk.FEW])
def few(request, monkeypatch):
    """On PostgreSQL few rows go another way than many."""
    monkeypatch.setattr(bulk, "FEW", request.param)


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
        bulk.update(Upload, ("why", "headers", "job"), [(AWKWARD, json.dumps(changed), None, one.upload_id)])
        bulk.update(SourceRow, ("state",), [("quarantined", one.pk)])

    one, two = SourceRow.objects.select_related("upload").order_by("line")
    assert (one.upload.headers, one.upload.why, one.upload.job) == (changed, AWKWARD, None)
    assert (one.state, one.values, two.state) == ("quarantined", ["one"], "kept")
    assert two.upload.why != AWKWARD


def test_awkward_text_comes_out_as_it_went_in():
    upload = SourceRowFactory(row_no=1).upload_id

    bulk.insert_missing(SourceRow, FIELDS, rows_of(upload, json.dumps([AWKWARD, ""]), 2))

    assert SourceRow.objects.get(pk=row_id(upload, 2)).values == [AWKWARD, ""]


def test_no_rows_are_no_work(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk.insert_missing(SourceRow, FIELDS, [])
        bulk.upsert(SourceRow, FIELDS, [])
        bulk.update(SourceRow, ("state",), [])
