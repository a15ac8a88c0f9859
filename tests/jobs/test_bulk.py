"""Many rows at once; what is there already stays as it is."""

import pytest

from crmprogram.intake.models import SourceRow, row_id
from crmprogram.jobs.bulk import insert_missing
from tests.factories import SourceRowFactory


@pytest.mark.django_db
def test_rows_that_are_there_stay_as_they_are():
    there = SourceRowFactory(row_no=1, cells='["first"]')
    rows = [(row_id(there.upload_id, no), there.upload_id, no, "kept", '["again"]') for no in (1, 2)]

    insert_missing(SourceRow, ("id", "upload", "line", "state", "cells"), rows)

    assert [row.values for row in SourceRow.objects.of_upload(there.upload_id)] == [["first"], ["again"]]
