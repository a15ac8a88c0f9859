"""The program that the page benchmark measures, and its table."""

import pytest

from crmprogram.bench import big_program
from crmprogram.bench.pages import PAGES, table
from crmprogram.program.models import AuditEntry, Membership
from phases.models import GateReview, Requirement
from phases.registry import Look


@pytest.mark.django_db
def test_big_program_is_live_and_worked_on():
    program, ops = big_program.make(members=4, history=12)

    assert Membership.objects.filter(program=program).count() == 4
    assert Requirement.objects.of(program).count() == 60
    assert AuditEntry.objects.filter(verb="requirement.changed").count() == 12
    assert GateReview.objects.filter(gate__program=program).count() == 3
    assert Look(program).gates.current == 4
    assert (program.on_hold, ops.username) == (False, "bench-ops")


def test_table_has_a_row_for_each_page():
    rows = {page: {"queries": 2, "ms": 1.25, "median": 3.0, "cpu": 0.5} for page in PAGES}

    said = table({"SQLite": rows}, 500, 100_000)

    assert "500 members, 60 requirements, 5 gates, 100,000 lines of history" in said
    assert "| Overview | 2 | 1.2 | 3.0 | 0.5 |" in said
    assert len(said.splitlines()) == 5 + len(PAGES)
