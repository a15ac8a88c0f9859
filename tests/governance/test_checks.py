"""The sponsor criterion (A4), the RACI check (R1) and the failure modes (F)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import Rep, RepState
from crmprogram.program import clock
from crmprogram.program import services as program_services
from crmprogram.program.models import Position, Program, Role
from governance import failure_modes, services
from governance.checks.failure import most_within
from governance.failure_modes import FAILURE_MODES, State
from governance.models import Activity
from migration.checks import MigrationFacts
from migration.models import Run
from phases.models import Decision, GateReview
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from scorecard.models import Contract, Selection, Vendor
from tests.factories import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def found(program, key, **given):
    return examine(Look(Program.objects.get(pk=program.pk)), key, **given)


def state(program, key):
    look = Look(Program.objects.get(pk=program.pk))
    return next(one.state for one in failure_modes.detect(look) if one.mode.key == key)


# --- A4 ------------------------------------------------------------------------------


def test_sponsor_is_not_met_while_nobody_is_named(ops):
    evidence = found(ops.program, "governance.sponsor")

    assert (evidence.verdict, evidence.value, evidence.as_of) == (NOT_MET, 0, None)
    assert evidence.summary == "Nobody is named Accountable for the program."


def test_sponsor_is_not_met_until_they_accept(ops, cro):
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)
    evidence = found(ops.program, "governance.sponsor")

    assert evidence.verdict is NOT_MET
    assert evidence.summary == "Chief Revenue Officer is named and has not accepted yet."


def test_sponsor_is_met_when_an_executive_member_accepted(ops, sponsor):
    evidence = found(ops.program, "governance.sponsor")

    assert (evidence.verdict, evidence.value, evidence.threshold) == (MET, 1, 1)
    assert evidence.details[0]["level"] == "C-level"


def test_sponsor_is_not_met_after_they_left(ops, sponsor):
    program_services.deactivate_member(membership=sponsor, by=ops.user)

    assert found(ops.program, "governance.sponsor").verdict is NOT_MET


def test_sponsor_who_can_no_longer_sign_in_is_not_met(ops, sponsor):
    sponsor.user.is_active = False
    sponsor.user.save()

    assert found(ops.program, "governance.sponsor").verdict is NOT_MET


# --- R1 ------------------------------------------------------------------------------


def test_raci_check_counts_the_rows_to_repair(ops, sponsor):
    services.suggest_letters(program=ops.program, by=ops.user)
    for position in Position.objects.filter(program=ops.program, membership=None):
        position.membership = MembershipFactory(program=ops.program, role=Role.VIEWER)
        position.save()
    assert found(ops.program, "governance.raci").verdict is MET

    activity = Activity.objects.get(program=ops.program, title="Contract")
    services.set_cell(activity=activity, position=sponsor.positions.get(), letters="A", by=ops.user)
    evidence = found(ops.program, "governance.raci")

    assert (evidence.verdict, evidence.value) == (NOT_MET, 1)
    assert evidence.details == [{"row": "Contract", "violations": ["many_accountable"]}]


# --- failure modes -------------------------------------------------------------------


def test_every_mode_has_a_check_or_a_reason_and_a_fix():
    assert len(FAILURE_MODES) == 14
    assert [mode.key for mode in FAILURE_MODES if bool(mode.check) == bool(mode.reason) or not mode.fix] == []


def test_no_data_is_never_clear(ops):
    look = Look(Program.objects.get(pk=ops.program_id))
    clear = [one.mode.key for one in failure_modes.detect(look) if one.state is State.CLEAR]

    assert clear == ["software_first"]  # the program's settings say that no platform is chosen


def test_no_sponsor_is_present_until_one_accepts(ops, cro):
    assert state(ops.program, "no_sponsor") is State.PRESENT
    services.name_accountable(program=ops.program, position=cro.positions.get(), by=ops.user)
    assert state(ops.program, "no_sponsor") is State.PRESENT
    services.accept_sponsorship(program=ops.program, by=cro.user)
    assert state(ops.program, "no_sponsor") is State.CLEAR


def test_it_project_is_told_by_who_holds_the_as(ops, sponsor):
    lead = Position.objects.get(program=ops.program, title="IT Lead")
    lead.membership = MembershipFactory(program=ops.program, role=Role.IT, function="it")
    lead.save()
    rows = list(Activity.objects.filter(program=ops.program, is_fixed=False)[:3])
    services.set_cell(activity=rows[0], position=lead, letters="A", by=ops.user)
    assert state(ops.program, "it_project") is State.CLEAR  # 1 of 2, not more than half

    services.set_cell(activity=rows[1], position=lead, letters="A", by=ops.user)
    assert state(ops.program, "it_project") is State.PRESENT


def test_it_project_is_present_when_it_is_accountable_for_the_program(ops):
    head = MembershipFactory(program=ops.program, role=Role.IT, function="it")
    services.appoint_sponsor(program=ops.program, membership=head, title="CIO", level="c_level", by=ops.user)

    assert found(ops.program, "failure.it_project").summary == "IT is Accountable for the program."


@pytest.mark.parametrize(
    ("kind", "chosen", "expected"),
    [("new", False, State.CLEAR), ("new", True, State.PRESENT), ("rescue", True, State.AT_RISK)],
)
def test_software_before_the_audit(ops, kind, chosen, expected):
    values = {"kind": kind, "platform_chosen": chosen}
    program_services.update_program(program=ops.program, by=ops.user, **values)

    assert state(ops.program, "software_first") is expected


@pytest.mark.parametrize(
    ("signed_on", "expected"), [(date(2026, 2, 1), State.PRESENT), (date(2026, 2, 2), State.CLEAR)]
)
def test_software_before_the_audit_is_told_by_the_contracts_date(ops, signed_on, expected):
    look = Look(Program.objects.get(pk=ops.program_id))
    decided = datetime(2026, 2, 2, 9, tzinfo=UTC)
    look.gates.reviews = {1: [GateReview(decision=Decision.APPROVED, decided_at=decided)]}
    look.pick.contract = Contract(signed_on=signed_on, attested_at=decided)
    look.pick.selection = Selection(vendor=Vendor(name="HubSpot"), selected_at=decided)

    assert next(one.state for one in failure_modes.detect(look) if one.mode.key == "software_first") is expected


@pytest.mark.parametrize(
    ("second_seats", "days_later", "expected"),
    [(6, 27, State.AT_RISK), (5, 27, State.CLEAR), (6, 28, State.CLEAR)],
)
def test_big_bang_counts_reps_within_28_days_over_all_teams(ops, second_seats, days_later, expected):  # P4
    first = date(2026, 9, 1)
    TeamFactory(program=ops.program, seats=10, go_live_on=first)
    TeamFactory(program=ops.program, seats=second_seats, go_live_on=first + timedelta(days=days_later))
    TeamFactory(program=ops.program, seats=500)  # no date yet

    with clock.at(datetime(2026, 8, 1, 9, tzinfo=UTC)):
        assert state(ops.program, "big_bang") is expected


def test_big_bang_is_present_once_they_are_live_without_a_pilot(ops):  # P4
    TeamFactory(program=ops.program, seats=16, go_live_on=date(2026, 9, 1))

    with clock.at(datetime(2026, 9, 1, 9, tzinfo=UTC)):
        assert state(ops.program, "big_bang") is State.PRESENT


@pytest.mark.parametrize(("pilot_on", "expected"), [(date(2026, 8, 4), State.CLEAR), (date(2026, 8, 5), State.AT_RISK)])
def test_big_bang_is_clear_after_a_pilot_of_four_weeks(ops, pilot_on, expected):  # P4
    team = TeamFactory(program=ops.program, seats=16, go_live_on=date(2026, 9, 1))
    Rep.objects.create(
        program=ops.program, number=1, key="owner-1", state=RepState.COUNTED, team=team, pilot_on=pilot_on
    )

    with clock.at(datetime(2026, 8, 10, 9, tzinfo=UTC)):
        assert state(ops.program, "big_bang") is expected


def test_big_bang_names_the_day_as_pages_do(ops):
    TeamFactory(program=ops.program, seats=16, go_live_on=date(2026, 9, 1))

    found = next(one for one in failure_modes.detect(Look(ops.program)) if one.mode.key == "big_bang")

    assert found.evidence.summary.startswith("16 reps go live within 28 days from 1 Sep 2026.")


def test_big_bang_cannot_be_told_without_a_go_live_date(ops):
    TeamFactory(program=ops.program, seats=500)

    assert state(ops.program, "big_bang") is State.CANNOT_TELL


def test_scope_creep_cannot_be_told_before_the_lock(ops):
    assert found(ops.program, "failure.scope_creep").verdict is UNKNOWN


def test_vague_goals_cannot_be_told_before_a_goal_is_written(ops):
    assert found(ops.program, "failure.vague_goals").verdict is UNKNOWN


@pytest.mark.parametrize(
    ("loaded", "duplicates", "nameless", "expected"),
    [
        (0, 0, 0, UNKNOWN),  # a rehearsal loads nothing into the CRM
        (1000, 50, 100, "clear"),
        (1000, 51, 0, "at risk"),
        (1000, 0, 101, "at risk"),
        (1000, 299, 249, "at risk"),
        (1000, 300, 0, "present"),
        (1000, 0, 250, "present"),
    ],
)
def test_dirty_data_is_judged_over_loaded_records(ops, loaded, duplicates, nameless, expected):
    look = Look(Program.objects.get(pk=ops.program_id))
    after = {"measured": 1000, "state:held": duplicates, "rejected:identity": nameless}
    run = Run(program=look.program, number=1, summary={"after": after})
    look._facts["migration"] = MigrationFacts(run=run, loaded=loaded)

    evidence = examine(look, "failure.dirty_data")

    told = {MET: "at risk" if evidence.watch else "clear", NOT_MET: "present", UNKNOWN: UNKNOWN}
    assert told[evidence.verdict] == expected


def test_most_within_finds_the_densest_stretch():
    start = date(2026, 1, 1)
    dates = [(start, 3), (start + timedelta(days=40), 5), (start + timedelta(days=50), 6)]

    assert most_within(dates, 28) == (11, start + timedelta(days=40))
