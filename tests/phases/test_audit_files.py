"""The Audit's tables as CSV files (X4)."""

import csv
from decimal import Decimal

import pytest
from django.urls import reverse

from crmprogram.program.models import Role
from phases.services.capabilities import add_capability
from phases.services.gaps import add_gap
from phases.services.map_steps import add_step
from phases.services.process_map import add_lane
from tests.factories import MembershipFactory


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


def rows(client, member, name):
    client.force_login(member.user)
    answer = client.get(reverse(f"phases:{name}", args=[member.program.slug]))
    return list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines()))


def test_audit_tables_are_files(client, runner):
    program, by = runner.program, runner.user
    lane = add_lane(program=program, by=by, name="SDR", function="sales")
    step = add_step(lane=lane, by=by, name="Call", failure_mode="=too late")
    estimate = {"volume": Decimal(10), "rate_percent": Decimal(50), "value": 250}
    gap = add_gap(program=program, by=by, title="Leads wait", step=step, **estimate)
    add_gap(program=program, by=by, title="Not estimated")
    add_capability(program=program, by=by, name="Routing", bucket="must_go_live", phase=3, gaps=[gap], steps=[step])

    (drawn,) = rows(client, runner, "map-csv")
    assert (drawn["Lane"], drawn["How it fails"]) == ("SDR", "'=too late")  # a spreadsheet computes nothing
    first, second = rows(client, runner, "gaps-csv")
    assert (first["Where"], first["A year, EUR"], first["Closed by"]) == ("SDR: Call", "12.5", "Routing")
    assert second["A year, EUR"] == ""
    (one,) = rows(client, runner, "capabilities-csv")
    assert (one["Phase"], one["Rank"], one["Gaps"], one["Steps"]) == ("Implement", "1", "Leads wait", "SDR: Call")


@pytest.mark.parametrize("name", ["map-csv", "gaps-csv", "capabilities-csv"])
def test_stranger_gets_no_file(client, runner, name):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse(f"phases:{name}", args=[runner.program.slug])).status_code == 404
