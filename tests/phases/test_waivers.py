"""Waivers: the sponsor's exceptions (G8)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from crmprogram.jobs.models import Outbox
from crmprogram.program import clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import AuditEntry, Role
from phases import registry
from phases.errors import GateNotReady, NotFresh, WaiverRefused
from phases.models import Gate, Waiver
from phases.queries import gates as queries
from phases.registry import Check, Look, NoParams, judged
from phases.services import readings, waivers
from tests.factories import MembershipFactory


@pytest.fixture
def unmet(answers):
    """Gate 1 lacks two gaps."""
    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")


@pytest.fixture
def grant(gate, gated):
    def do(criterion="A2", **more):
        values = {
            "gate": gate,
            "by": gated.sponsor,
            "reason": "Two teams are on leave.",
            "stand_in": "They are heard in week 3.",
            "fresh_at": clock.wall(),
            **more,
        }
        return waivers.grant_waiver(criterion=criterion, **values)

    return do


@pytest.fixture
def third(gated, monkeypatch):
    """Gate 3, whose continuing criterion C3 is measured and not met."""
    check = Check(
        "migration.integrations", lambda look, params: judged(False, summary="1 of 3 is live."), NoParams, None
    )
    monkeypatch.setitem(registry.CHECKS, check.key, check)
    return Gate.objects.select_related("program__accountable").get(program=gated, number=3)


def test_waiver_lets_an_unmet_criterion_pass(unmet, gated, grant, look_at, request_it, sign):
    waiver = grant()

    assert (waiver.label, str(waiver), waiver.granted_by) == ("W-01", "Waiver W-01", gated.sponsor)
    sheet = look_at()
    assert sheet.is_ready
    assert sheet.heading == "Ready to sign: 4 of 5 criteria are met, 1 waived"
    assert [(row.state, row.verdict) for row in sheet.criteria if row.key == "A2"] == [("waived", "not_met")]
    assert sign(request_it()).decision == "approved"
    assert Outbox.objects.of(gated).filter(topic="waiver.granted").count() == 1
    assert AuditEntry.objects.get(verb="waiver.granted").note == "Two teams are on leave."


def test_waiver_stands_over_cannot_tell_as_well(answers, grant, look_at):
    answers["audit.gaps"] = registry.unknown("There is no gap yet.")
    grant()

    assert look_at().is_ready


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.SPONSOR, Role.VP_SALES])
def test_waiver_is_the_accountables_alone(unmet, gated, grant, role):
    with pytest.raises(NotYours):
        grant(by=MembershipFactory(program=gated, role=role).user)


def test_waiver_needs_a_fresh_password(unmet, grant):
    with pytest.raises(NotFresh):
        grant(fresh_at=clock.wall() - timedelta(minutes=6))


@pytest.mark.parametrize("missing", ["reason", "stand_in"])
def test_waiver_needs_a_reason_and_a_stand_in(unmet, grant, missing):
    with pytest.raises(Invalid) as refused:
        grant(**{missing: " "})

    assert refused.value.details == {"field": missing}


def test_sponsor_criterion_is_never_waived(answers, grant):
    answers.say("governance.sponsor", False)

    with pytest.raises(WaiverRefused, match="never be waived"):
        grant("A4")


def test_sponsor_criterion_blocks_even_with_a_row_in_the_database(answers, gate, gated, grant):
    answers.say("governance.sponsor", False)

    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.create(
            program=gated, number=9, gate=gate, criterion="A4", reason="r", stand_in="s", granted_by=gated.sponsor
        )


def test_waiver_is_for_a_criterion_of_the_gate(unmet, grant):
    with pytest.raises(Invalid, match="no criterion B1"):
        grant("B1")


def test_waiver_of_a_met_criterion_is_refused(grant):
    with pytest.raises(WaiverRefused, match="is met"):
        grant()


def test_criterion_is_waived_once_at_a_time(unmet, gated, grant):
    grant()

    with pytest.raises(WaiverRefused, match="waived already"):
        grant()


def test_waiver_of_a_continuing_criterion_needs_an_end_date(third, grant):
    with pytest.raises(Invalid, match="needs an end date"):
        grant("C3", gate=third)


def test_waiver_of_a_continuing_criterion_ends_in_the_database_too(third, gated):
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.create(
            program=gated, number=9, gate=third, criterion="C3", reason="r", stand_in="s", granted_by=gated.sponsor
        )


def test_waiver_of_a_continuing_criterion_lapses_after_its_last_day(third, gated, grant):
    now = clock.now()
    grant("C3", gate=third, ends_on=clock.today(gated) + timedelta(days=10))

    states = []
    for days in (10, 11):
        with clock.at(now + timedelta(days=days)):
            row = next(row for row in queries.assess(Look(gated), 3).criteria if row.key == "C3")
            states.append(row.state)
    assert states == ["waived", "unmet"]


def test_waiver_that_ended_is_noted_once_and_makes_room_for_another(third, gated, grant):
    now = clock.now()
    grant("C3", gate=third, ends_on=clock.today(gated))

    with clock.at(now + timedelta(days=2)):
        readings.take_readings(program=gated)
        readings.take_readings(program=gated)
        assert AuditEntry.objects.filter(verb="waiver.lapsed").count() == 1
        again = grant("C3", gate=third, ends_on=clock.today(gated) + timedelta(days=5))
    assert again.label == "W-02"


def test_waiver_cannot_end_in_the_past(unmet, gated, grant):
    with pytest.raises(Invalid, match="passed already"):
        grant(ends_on=clock.today(gated) - timedelta(days=1))


def test_waiver_of_a_point_in_time_criterion_stands_once_the_gate_is_signed(unmet, gated, grant, request_it, sign):
    now = clock.now()
    grant(ends_on=clock.today(gated) + timedelta(days=1))
    review = sign(request_it())

    with clock.at(now + timedelta(days=30)):
        assert queries.is_passed(gated, 1)
        assert '"state":"waived"' in review.dossier.text


def test_waiver_of_a_signed_gate_is_refused(answers, grant, request_it, sign):
    sign(request_it())
    answers.say("audit.gaps", False)

    with pytest.raises(WaiverRefused, match="judged at the signing"):
        grant()


def test_revoked_waiver_no_longer_counts(unmet, gated, grant, request_it, sign):
    waiver, review = grant(), request_it()

    waivers.revoke_waiver(waiver=waiver, by=gated.sponsor, fresh_at=clock.wall())

    with pytest.raises(GateNotReady):
        sign(review)
    with pytest.raises(WaiverRefused, match="no longer stands"):
        waivers.revoke_waiver(waiver=waiver, by=gated.sponsor, fresh_at=clock.wall())


def test_revoking_is_the_accountables_alone(unmet, gated, grant):
    with pytest.raises(NotYours):
        waivers.revoke_waiver(waiver=grant(), by=gated.runner, fresh_at=clock.wall())


def test_granted_waiver_changes_what_a_signer_has_seen(unmet, grant, look_at):
    before = look_at()
    grant()

    assert look_at().digest != before.digest
