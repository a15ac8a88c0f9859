"""The benchmark of adoption: its events repeat, and it measures what it says."""

from datetime import date

import pytest

from adoption.models import Activity
from crmprogram.bench import adopting
from crmprogram.bench.adoption import size_of

PLAN = adopting.Plan(200, 10, 3, date(2026, 5, 18))


@pytest.mark.parametrize(("text", "size"), [("200k", 200_000), ("5m", 5_000_000), ("42", 42)])
def test_size_is_read(text, size):
    assert size_of(text) == size


def test_events_are_the_same_for_the_same_plan_and_lie_on_working_days():
    events = list(adopting.generated(PLAN, "x"))

    assert events == list(adopting.generated(PLAN, "x"))
    assert {one.logged_on.weekday() for one in events} <= set(range(5))
    assert (min(one.logged_on for one in events), max(one.logged_on for one in events)) >= (PLAN.first, PLAN.first)


def test_load_stores_every_event_once_and_the_peer_leaves_nothing(db):
    program, counting = adopting.prepare(PLAN)
    spent = adopting.load(PLAN, program, counting, skip=0, upto=200)

    assert (spent["ours_rows"], spent["peer_rows"]) == (200, 200)
    assert Activity.objects.count() == 200
