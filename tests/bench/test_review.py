"""The walk over data work: it reaches everything, and says what breaks a bar."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.bench import answering, review, reviewing
from crmprogram.demo import synthetic
from crmprogram.program.models import User
from migration.models import Run
from migration.services import bands


@pytest.mark.django_db
def test_every_page_answers_in_few_queries(client, tmp_path):
    path = tmp_path / "export.csv"
    answering.go_through(path, synthetic.write_export(path, 60, seed=7, today=review.TODAY))
    run, by = Run.objects.get(), User.objects.get()
    run.clusters.update(state="open", is_review=True)
    bands.draw_band(run=run, by=by, low=0, high=1.01)
    client.force_login(by)

    wrong = []
    for one in reviewing.everything(run):
        if "," in one.name or "API" in one.name:
            continue  # the same pages once more; lists that have their own tests
        with CaptureQueriesContext(connection) as asked:
            status = client.get(one.url, headers=one.headers).status_code
        if status not in {200, 286, 303} or len(asked) > review.MOST_QUERIES:
            wrong.append((one.name, status, len(asked)))

    assert wrong == []


def test_what_breaks_a_bar_is_said_and_the_dearest_comes_first():
    line = {"queries": 12, "first": 900.0, "is_decision": False}
    lines = [
        {**line, "name": "Runs", "again": 299.0},
        {**line, "name": "Merges", "again": 301.0},
        {**line, "name": "Row", "again": 20.0, "queries": 21},
        {**line, "name": "Decision", "again": 151.0, "queries": 48, "is_decision": True},
    ]
    sizes = dict.fromkeys(("rows", "records", "clusters", "open", "predictions", "loaded"), 1000)

    said = review.table({**sizes, "lines": lines}, "sqlite").splitlines()

    assert [one.partition(":")[0] for one in review.broken({"lines": lines})] == ["Merges", "Row", "Decision"]
    assert said[4:6] == ["| Merges | 12 | 900 | 301 |", "| Runs | 12 | 900 | 299 |"]
