"""The overview: the finding first, the same whatever the size (G10, R3, F)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adoption.metrics import Week
from adoption.models import Escalation, Metric
from crmprogram.program import clock
from crmprogram.program.models import Position, Program, Role
from governance import services
from governance.models import Activity, Assignment
from governance.overview import Overview
from phases.dossier import canonical, sha256
from phases.models import Decision, Dossier, Fact, Gate, GateReview
from phases.queries.gates import assess
from phases.registry import Look
from tests.factories import MembershipFactory, PositionFactory

pytestmark = pytest.mark.django_db

# session, user, program with membership; running jobs; phases to thresholds; the Audit; the RACI; the short list;
# the last run; adoption's counts; dossiers; weeks of activity; the calendar; meetings to attestations; uploads
OVERVIEW_PAGE = 17
IN_USE = 18  # and targets


def overview(member):
    return Overview(Look(Program.objects.get(pk=member.program_id)), member.user)


def page(client, member):
    client.force_login(member.user)
    return client.get(f"/p/{member.program.slug}/").content.decode()


def test_empty_program_says_name_the_sponsor_and_offers_nothing_else(client, ops):
    found, shown = overview(ops), page(client, ops)

    assert (found.heading, found.number, found.act.text) == ("Name the sponsor", 1, "Name the sponsor")
    assert shown.count('class="bt bt-p"') == 1
    assert "The program is on hold" in shown
    assert shown.count("locked</span>") == 4  # gates 1 to 4


def test_viewer_of_an_empty_program_is_offered_no_naming(ops):
    found = overview(MembershipFactory(program=ops.program, role=Role.VIEWER))

    assert (found.heading, found.act) == ("No sponsor is named yet", None)


def test_hold_leads_to_the_sponsor_from_every_page_but_its_own(client, ops):
    client.force_login(ops.user)
    link = f'<a class="bt" href="/p/{ops.program.slug}/sponsor/">Sponsor</a>'

    assert link in client.get(f"/p/{ops.program.slug}/settings/").content.decode()
    assert link not in client.get(f"/p/{ops.program.slug}/sponsor/").content.decode()


def test_named_sponsor_is_asked_to_accept(ops, cro):
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)

    assert overview(ops).heading == "Chief Revenue Officer has to accept the sponsorship"
    assert overview(ops).act is None
    assert overview(cro).act.text == "Accept the sponsorship"
    assert overview(cro).next[0].title == "Accept the sponsorship"


def test_accepted_sponsor_unlocks_the_gates(client, ops, sponsor):
    found = overview(ops)

    assert found.heading == "Gate 1 is four criteria short"
    assert "locked</span>" not in page(client, ops)


def reviewed(member, sponsor, decision, **more):
    """A round of Gate 1, with the dossier a decision freezes."""
    gate = Gate.objects.get(program=member.program, number=1)
    if decision != Decision.PENDING:
        sheet = assess(Look(Program.objects.get(pk=member.program_id)), 1)
        text = canonical(sheet.document)
        more |= {
            "dossier": Dossier.objects.create(program=member.program, text=text, sha256=sha256(text)),
            "decided_by": sponsor.user,
            "decided_at": clock.now(),
        }
    return GateReview.objects.create(gate=gate, round=1, requested_by=member.user, decision=decision, **more)


def test_requested_gate_waits_for_the_sponsor_who_is_offered_the_decision(ops, sponsor):
    reviewed(ops, sponsor, Decision.PENDING)

    assert overview(ops).heading == "Gate 1 is waiting for the sponsor"
    assert overview(ops).act.text == "Open gate review"
    assert overview(sponsor).act.text == "Decide Gate 1"


def test_gate_that_was_sent_back_says_why(ops, sponsor):
    reviewed(ops, sponsor, Decision.SENT_BACK, reason="The gaps have no arithmetic.")

    assert overview(ops).heading == "Gate 1 was sent back and is four criteria short"
    assert overview(ops).lead.startswith("“The gaps have no arithmetic.” Missing:")


def test_signed_gate_shows_what_it_was_signed_on(client, ops, sponsor):
    reviewed(ops, sponsor, Decision.APPROVED)
    services.release_sponsor(program=ops.program, by=ops.user, reason="Left.")  # A4 no longer holds
    found = overview(ops)

    assert found.number == 2
    assert found.track[0].states == ["unmet", "unmet", "unmet", "met", "unmet"]
    assert found.track[0].gate_state == "ok"
    assert "Gate 2, live evidence" in page(client, ops)


def test_days_are_counted_against_the_typical_range(ops, sponsor):
    with clock.at(datetime(2026, 1, 26, 12, tzinfo=UTC)):
        now = overview(ops).now
        assert (now.pace.days, now.pace.low, now.pace.high, now.late_days) == (21, 14, 28, 0)
    with clock.at(datetime(2026, 2, 5, 12, tzinfo=UTC)):
        late = overview(ops)
        assert (late.now.pace.days, late.now.late_days) == (31, 3)
        assert late.scale_days == 112  # the longest typical range, Implement's, fills the bar


def test_forecast_past_the_target_is_said(ops, sponsor):
    Program.objects.filter(pk=ops.program_id).update(go_live_on=date(2026, 3, 1))
    with clock.at(datetime(2026, 2, 5, 12, tzinfo=UTC)):
        assert overview(ops).is_forecast_late


def test_evidence_lines_show_bare_numbers_and_their_sign(ops, sponsor):
    lines = {one.row.key: (one.value, one.needed) for one in overview(ops).evidence}

    assert lines["A4"] == ("1", "≥ 1")
    assert lines["A2"] == ("0", "5 to 15")
    assert lines["A5"] == ("none", "shared")


def test_next_for_me_asks_for_what_the_person_can_do(ops, sponsor):
    services.suggest_letters(program=ops.program, by=ops.user)
    assert "Repair 12 rows of the RACI" in [item.title for item in overview(ops).next]  # nobody holds these A's
    for position in Position.objects.filter(program=ops.program, membership=None):
        position.membership = sponsor
        position.save()

    assert "Sign the RACI" in [item.title for item in overview(sponsor).next]
    assert "Sign the RACI" not in [item.title for item in overview(ops).next]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_overview_costs_the_same(client, ops, sponsor, count):
    client.force_login(ops.user)
    before = reads(client, ops.program)
    for _ in range(min(count, 30)):
        PositionFactory(program=ops.program, membership=MembershipFactory(program=ops.program, role=Role.VIEWER))
    rows = Activity.objects.bulk_create(
        Activity(program=ops.program, title=f"Row {number}", phase=3) for number in range(count)
    )
    position = Position.objects.filter(program=ops.program).last()
    Assignment.objects.bulk_create(Assignment(activity=one, position=position, letters="AR") for one in rows)

    after = reads(client, ops.program)

    assert len(after) == len(before) <= OVERVIEW_PAGE, "\n".join(sql[:160] for sql in after)


@pytest.fixture
def in_use(ops, sponsor):
    """The CRM is live since spring: required fields were filled in two complete weeks, and the last is too few."""
    Program.objects.filter(pk=ops.program_id).update(go_live_on=clock.today(ops.program) - timedelta(days=60))
    this = Week.of(clock.today(ops.program))
    for week, part in ((this.previous.previous, 97), (this.previous, 90)):
        Fact.objects.create(
            program=ops.program, key=Metric.FIELDS, period=str(week), scope="all", numerator=part, denominator=100,
            as_of=clock.now(), source="CRM exports",
        )  # fmt: skip
    return ops


def test_program_in_use_shows_its_adoption(client, in_use):
    """M1 to M5: the metrics that have a target, their trend, and what is escalated."""
    Escalation.objects.create(
        program=in_use.program, number=1, key=Metric.FIELDS, scope="all", state="breached", target=95,
        weeks=[["2026-W30", 90, 100]],
    )  # fmt: skip

    found, shown = overview(in_use), page(client, in_use)

    told = {one.metric: (one.now and one.now.percent, chart is not None) for one, chart in found.adoption}
    assert told == {
        Metric.DAILY: (None, False),
        Metric.WEEKLY: (None, False),
        Metric.FIELDS: (90.0, True),
        Metric.STALE: (None, False),
    }
    assert found.live_since == found.program.go_live_on
    assert 'id="h-ad"' in shown
    assert "E-01 Required fields, all reps" in shown
    assert "not measured before go-live" not in shown


def test_program_before_go_live_has_no_adoption(client, ops, sponsor):
    Program.objects.filter(pk=ops.program_id).update(go_live_on=clock.today(ops.program) + timedelta(days=60))

    assert (overview(ops).adoption, overview(ops).live_since) == ([], None)
    assert 'id="h-ad"' not in page(client, ops)


def test_overview_in_use_asks_for_the_targets_once(client, in_use):
    client.force_login(in_use.user)

    asked = reads(client, in_use.program)

    assert sum('FROM "adoption_target"' in sql for sql in asked) == 1
    assert len(asked) <= IN_USE, "\n".join(sql[:160] for sql in asked)


def reads(client, program):
    """What the page asks the database, the savepoints of the test's own transaction apart."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/p/{program.slug}/").status_code == 200
    return [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]


def test_commitments_end_four_months_after_the_start(ops):
    first, *rest = overview(ops).meetings.promised

    assert (first.title, first.until) == ("Weekly stand-up", date(2026, 5, 5))
    assert [one.until for one in rest] == [None, None]


@pytest.mark.parametrize(
    ("start", "until"), [(date(2026, 10, 31), date(2027, 2, 28)), (date(2027, 10, 29), date(2028, 2, 29))]
)
def test_four_months_end_on_a_day_that_exists(ops, start, until):
    Program.objects.filter(pk=ops.program_id).update(starts_on=start, go_live_on=start + timedelta(days=300))

    assert overview(ops).meetings.promised[0].until == until
