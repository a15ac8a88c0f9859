"""After the signature: drift, re-affirming, reopening, and the quarters of Gate 5 (G9, E1)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crmprogram.jobs.models import Outbox
from crmprogram.program import audit, clock
from crmprogram.program.errors import Invalid, NotYours
from phases import registry
from phases.errors import EvidenceChanged, GateRefused, NotFresh
from phases.models import Decision, Drift, Gate, GateReview
from phases.queries import dossiers, rounds
from phases.queries import gates as queries
from phases.registry import Check, Look, NoParams
from phases.services import gates as services
from phases.services import readings, waivers
from phases.services.rounds import reaffirm_gate, reopen_gate

SANDBOX = "governance.sandbox"  # C5 goes on being computed


@pytest.fixture
def passed(gated, answers, monkeypatch):
    """A program with Gates 1 to 3 signed; returns it."""
    for criterion in queries.CRITERIA:
        if criterion.check not in registry.CHECKS:
            answers.say(criterion.check, True, value=7, threshold=5)
            one = Check(criterion.check, lambda look, _, key=criterion.check: answers[key], NoParams, None)
            monkeypatch.setitem(registry.CHECKS, criterion.check, one)
    for number in (1, 2, 3):
        sign_gate(gated, number)
    return gated


def sign_gate(program, number):
    gate = Gate.objects.get(program=program, number=number)
    review = services.request_gate(gate=gate, by=program.runner)
    sheet = queries.assess(Look(program), number)
    return services.decide_gate(
        review=review, by=program.sponsor, decision="approved", seen_digest=sheet.digest, fresh_at=clock.wall()
    )


def again(act, program, number, **more):
    sheet = queries.assess(Look(program), number)
    values = {"by": program.sponsor, "reason": "Because.", "seen_digest": sheet.digest, "fresh_at": clock.wall()}
    return act(gate=Gate.objects.get(program=program, number=number), **{**values, **more})


def test_continuing_criterion_that_fails_is_written_once_and_recovers(passed, answers):  # G9
    answers.say(SANDBOX, False, value=2, threshold=5)

    readings.take_readings(program=passed)
    readings.take_readings(program=passed)

    drift = Drift.objects.get()
    assert (drift.gate.number, drift.criterion) == (3, "C5")
    assert drift.text == "3.5 was met and is not met. 3.5 measured 7 and measures 2."
    assert audit.history(drift).get().verb == "gate.drifted"
    assert Outbox.objects.filter(topic="gate.drifted").count() == 1
    assert Look(passed).gates.is_drifting(3)
    assert queries.is_passed(passed, 3)  # it does not undo the approval by itself

    answers.say(SANDBOX, True, value=7, threshold=5)
    readings.take_readings(program=passed)

    assert Drift.objects.get().ended_at is not None
    assert not Look(passed).gates.is_drifting(3)


def test_broken_check_is_no_drift(passed, answers):
    answers[SANDBOX] = registry.unknown(registry.FAILED)

    readings.take_readings(program=passed)

    assert not Drift.objects.exists()


def test_point_in_time_criterion_never_drifts(passed, answers):
    answers.say("migration.migrated", False, value=1, threshold=5)

    readings.take_readings(program=passed)

    assert not Drift.objects.exists()
    assert rounds.drift_of(Look(passed), 3) == []


def test_lapsed_waiver_of_a_continuing_criterion_is_drift(gated, answers, monkeypatch):
    answers.say(SANDBOX, False, value=2, threshold=5)
    for criterion in queries.CRITERIA:
        if criterion.check not in registry.CHECKS:
            if criterion.check != SANDBOX:
                answers.say(criterion.check, True, value=7)
            one = Check(criterion.check, lambda look, _, key=criterion.check: answers[key], NoParams, None)
            monkeypatch.setitem(registry.CHECKS, criterion.check, one)
    sign_gate(gated, 1)
    sign_gate(gated, 2)
    waivers.grant_waiver(
        gate=Gate.objects.get(program=gated, number=3),
        criterion="C5",
        by=gated.sponsor,
        reason="r",
        stand_in="s",
        ends_on=clock.today(gated) + timedelta(days=3),
        fresh_at=clock.wall(),
    )
    sign_gate(gated, 3)
    readings.take_readings(program=gated)
    readings.take_readings(program=gated)
    assert Outbox.objects.filter(topic="waiver.ending").count() == 1  # told beforehand, once
    assert not Drift.objects.exists()

    with clock.at(clock.now() + timedelta(days=4)):
        readings.take_readings(program=gated)

    assert Drift.objects.get().text.startswith("3.5 was waived and is not met.")


def test_reaffirmed_gate_stands_until_something_else_fails(passed, answers):
    answers.say(SANDBOX, False, value=2, threshold=5)
    readings.take_readings(program=passed)

    review = again(reaffirm_gate, passed, 3)

    assert (review.decision, review.round) == (Decision.REAFFIRMED, 2)
    assert dossiers.faults(review.dossier) == []
    assert not Look(passed).gates.is_drifting(3)
    assert rounds.drift_of(Look(passed), 3)[0].settled_in == review
    readings.take_readings(program=passed)
    assert Drift.objects.count() == 1

    answers.say("migration.integrations", False, value=1)
    readings.take_readings(program=passed)
    assert Look(passed).gates.is_drifting(3)


def test_reaffirming_is_signed_on_what_was_seen(passed, answers):
    answers.say(SANDBOX, False, value=2, threshold=5)
    seen = queries.assess(Look(passed), 3)
    answers.say(SANDBOX, False, value=1, threshold=5)

    with pytest.raises(EvidenceChanged, match=r"3\.5 measured 2 and measures 1"):
        again(reaffirm_gate, passed, 3, seen_digest=seen.digest, seen=seen.basis)
    with pytest.raises(NotFresh):
        again(reaffirm_gate, passed, 3, fresh_at=None)
    with pytest.raises(Invalid, match="Say why"):
        again(reaffirm_gate, passed, 3, reason=" ")
    with pytest.raises(NotYours):
        again(reaffirm_gate, passed, 3, by=passed.runner)
    assert GateReview.objects.filter(gate__number=3).count() == 1


def test_gate_that_holds_has_nothing_to_reaffirm(passed):
    with pytest.raises(GateRefused, match="nothing to re-affirm"):
        again(reaffirm_gate, passed, 3)


def test_sponsor_criterion_is_never_affirmed_away(passed, answers):  # G8: A4
    answers.say("governance.sponsor", False, value=0)

    with pytest.raises(GateRefused, match="never be waived or affirmed away"):
        again(reaffirm_gate, passed, 1)


def test_reopening_lists_later_signatures_and_leaves_them_in_doubt(passed):
    review = again(reopen_gate, passed, 1)

    assert [one["gate"] for one in review.in_doubt] == [2, 3]
    assert not queries.is_passed(passed, 1)
    assert queries.is_passed(passed, 2)
    look = Look(passed)
    assert look.gates.current == 1
    assert rounds.doubt_of(look, 2) == review
    assert '"gate":3' in review.dossier.text
    assert dossiers.faults(review.dossier) == []

    sign_gate(passed, 1)
    assert rounds.doubt_of(Look(passed), 3) == review  # until the sponsor says so of that gate, too
    again(reaffirm_gate, passed, 3)
    assert rounds.doubt_of(Look(passed), 3) is None


def test_gate_is_not_signed_over_a_reopened_one(passed):
    gate = Gate.objects.get(program=passed, number=4)
    review = services.request_gate(gate=gate, by=passed.runner)
    again(reopen_gate, passed, 3)
    sheet = queries.assess(Look(passed), 4)

    with pytest.raises(GateRefused, match=r"Gate 3 .* was reopened"):
        services.decide_gate(
            review=review, by=passed.sponsor, decision="approved", seen_digest=sheet.digest, fresh_at=clock.wall()
        )


def test_open_gate_is_neither_reaffirmed_nor_reopened(passed):
    for act in (reaffirm_gate, reopen_gate):
        with pytest.raises(GateRefused, match="is not signed"):
            again(act, passed, 4)


def test_last_gate_is_reviewed_once_a_quarter(passed):  # E1
    with clock.at(datetime(2026, 5, 4, 12, tzinfo=UTC)):
        sign_gate(passed, 4)
        assert sign_gate(passed, 5).period == "2026-Q2"
        with pytest.raises(GateRefused, match="reviewed for 2026-Q2 already"):
            sign_gate(passed, 5)
    with clock.at(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        second = sign_gate(passed, 5)

    assert (second.round, second.period) == (2, "2026-Q3")
    assert GateReview.objects.approved().filter(gate__number=5).count() == 2


@pytest.mark.parametrize("signed", [1, 3])
def test_readings_cost_the_same_whatever_is_signed(passed, signed):
    for number in range(3, signed, -1):
        again(reopen_gate, passed, number)
    readings.take_readings(program=passed)

    with CaptureQueriesContext(connection) as captured:  # nothing changed: nothing is written
        readings.take_readings(program=passed)

    asked = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(asked) <= 18  # two for the waivers, one each for what the checks read, three for what was noted
    assert [sql for sql in asked if not sql.startswith(("SELECT", "WITH"))] == []
