"""Requesting, deciding and opening (G6 to G8, R3, P7)."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from crmprogram.jobs.models import Job, Outbox
from crmprogram.jobs.registry import KINDS, JobKind
from crmprogram.program import clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import AuditEntry, Role
from crmprogram.program.services import create_program
from phases.errors import AlreadyDecided, EvidenceChanged, GateNotPassed, GateNotReady, GateRefused, NotFresh
from phases.models import Decision, Dossier, Gate, GateReview, Phase, ScopeSignature
from phases.queries import gates as queries
from phases.queries import pace
from phases.registry import Look, unknown
from phases.services import gates as services
from tests.factories import MembershipFactory, PositionFactory, UserFactory

# --- phases and gates (G1 to G6) --------------------------------------------------------


def test_new_program_has_five_phases_and_gates_and_the_first_is_open(db):
    program = create_program(
        by=UserFactory(), name="CRM", company="Orrery", seats=30, starts_on=clock.today(), currency="EUR"
    )

    phases = list(Phase.objects.of(program).values_list("number", "started_on"))
    assert phases == [(1, program.starts_on), (2, None), (3, None), (4, None), (5, None)]
    assert list(Gate.objects.of(program).values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_new_program_names_who_runs_it_as_owner_of_the_audit(db):
    program = create_program(
        by=UserFactory(), name="CRM", company="Orrery", seats=30, starts_on=clock.today(), currency="EUR"
    )

    owners = {phase.number: phase.owner and phase.owner.title for phase in Phase.objects.of(program)}
    assert owners == {1: "Sales Ops Manager", 2: "Sales Ops Manager", 3: None, 4: None, 5: "Sales Ops Manager"}


def test_owner_of_a_phase_is_named_by_the_one_who_runs_the_program(gated):
    phase = Phase.objects.get(program=gated, number=3)
    specialist = PositionFactory(program=gated, title="CRM Specialist")

    services.name_owner(phase=phase, by=gated.runner, position=specialist)

    assert Phase.objects.get(pk=phase.pk).owner == specialist
    with pytest.raises(Invalid):
        services.name_owner(phase=phase, by=gated.runner, position=PositionFactory())
    with pytest.raises(NotYours):
        services.name_owner(phase=phase, by=gated.sponsor, position=None)


# --- requesting (G7, R3, P7) -------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.CRM_SPECIALIST, Role.TEAM_LEAD])
def test_gate_is_requested_by_those_who_may(gate, gated, role):
    member = MembershipFactory(program=gated, role=role)

    review = services.request_gate(gate=gate, by=member.user, note=" All five are met. ")

    assert (review.round, review.decision, review.note) == (1, "pending", "All five are met.")
    assert Outbox.objects.of(gated).get(topic="gate.requested").payload == {"gate": 1, "round": 1}
    entry = AuditEntry.objects.get(verb="gate.requested")
    assert (entry.by, entry.after["met"], entry.after["total"]) == (member.user, 5, 5)


@pytest.mark.parametrize("role", [Role.VP_SALES, Role.IT, Role.PARTICIPANT, Role.VIEWER, Role.SPONSOR])
def test_gate_request_is_refused_to_other_roles(gate, gated, role):
    with pytest.raises(NotYours):
        services.request_gate(gate=gate, by=MembershipFactory(program=gated, role=role).user)


def test_gate_request_is_refused_to_a_stranger(gate, stranger):
    with pytest.raises(NotYours):
        services.request_gate(gate=gate, by=stranger)


def test_gate_request_is_refused_on_hold_and_says_why(gate, gated, request_it):
    gated.on_hold, gated.hold_reason = True, "No executive sponsor has accepted yet."
    gated.save()

    with pytest.raises(GateRefused, match="No executive sponsor has accepted yet"):
        request_it()


def test_audit_gate_request_needs_a_signed_scope(gated, request_it):
    ScopeSignature.objects.filter(scope__program=gated).delete()

    with pytest.raises(GateRefused, match="scope is not signed"):
        request_it()


def test_gate_request_waits_for_a_running_job(gated, request_it):
    job = Job.objects.create(program=gated, kind="hygiene")

    with pytest.raises(GateRefused, match="Background work"):
        request_it()

    Job.objects.filter(pk=job.pk).update(state="done", finished_at=clock.now())
    assert request_it().decision == "pending"


def test_gate_request_does_not_wait_for_work_that_moves_no_evidence(gated, request_it, monkeypatch):
    monkeypatch.setitem(KINDS, "backup", JobKind("backup", "Copying", lambda job: [], moves_evidence=False))
    Job.objects.create(program=gated, kind="backup")

    assert request_it().decision == "pending"


def test_gate_request_needs_the_gate_before_it(gated):
    second = Gate.objects.get(program=gated, number=2)

    with pytest.raises(GateRefused, match=r"Gate 1 \(Audit\) has to be signed first"):
        services.request_gate(gate=second, by=gated.runner)


def test_gate_is_requested_once_at_a_time(request_it):
    request_it()

    with pytest.raises(GateRefused, match="requested already"):
        request_it()


def test_database_holds_one_pending_review(gate, gated, request_it):
    request_it()

    with pytest.raises(IntegrityError), transaction.atomic():
        GateReview.objects.create(gate=gate, round=2, requested_by=gated.runner)


def test_request_is_withdrawn_by_its_requester_alone(gated, request_it):
    review, other = request_it(), MembershipFactory(program=gated, role=Role.CRM_SPECIALIST).user

    with pytest.raises(NotYours, match="Only Sales Ops Manager"):
        services.withdraw_request(review=review, by=other)

    assert services.withdraw_request(review=review, by=gated.runner).decision == Decision.WITHDRAWN
    assert request_it().round == 2


# --- deciding (G7, G8) --------------------------------------------------------------------


def test_signing_approves_opens_the_next_phase_and_tells(gated, request_it, sign):
    review = sign(request_it(), reason="Well done.")

    assert (review.decision, review.decided_by, review.reason) == ("approved", gated.sponsor, "Well done.")
    assert Phase.objects.get(program=gated, number=2).started_on == clock.today(gated)
    assert queries.is_passed(gated, 1)
    topics = list(Outbox.objects.of(gated).order_by("pk").values_list("topic", flat=True))
    assert topics == ["gate.requested", "gate.decided", "phase.opened"]
    entry = AuditEntry.objects.get(verb="gate.approved")
    assert (entry.by, entry.note, entry.after["dossier"]) == (gated.sponsor, "Well done.", review.dossier.sha256)


def test_signed_gate_is_not_requested_again(request_it, sign):
    sign(request_it())

    with pytest.raises(GateRefused, match="signed already"):
        request_it()


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.VP_SALES, Role.SALES_OPS, Role.CRM_SPECIALIST])
@pytest.mark.parametrize("decision", ["approved", "sent_back"])
def test_deciding_is_refused_to_everybody_but_the_accountable(gated, request_it, sign, role, decision):
    other = MembershipFactory(program=gated, role=role)

    with pytest.raises(NotYours, match="Only the Chief Revenue Officer decides"):
        sign(request_it(), decision, by=other.user, reason="No.")


def test_deciding_is_refused_to_a_superuser(gated, request_it, sign):
    with pytest.raises(NotYours):
        sign(request_it(), by=UserFactory(is_superuser=True, is_staff=True))


def test_deciding_is_refused_to_the_accountable_who_left(gated, request_it, sign):
    review = request_it()
    gated.memberships.filter(user=gated.sponsor).update(is_active=False, left_at=clock.now())

    with pytest.raises(NotYours):
        sign(review)


def test_who_requested_may_not_sign(gated, gate, sign):
    gated.memberships.filter(user=gated.sponsor).update(role=Role.SALES_OPS)
    review = services.request_gate(gate=gate, by=gated.sponsor)

    with pytest.raises(NotYours, match="Who requested a gate may not sign it"):
        sign(review)

    assert sign(review, "sent_back", reason="Somebody else has to request it.").decision == "sent_back"


def test_database_refuses_a_signature_of_the_requester(gated, request_it, sign):
    review = sign(request_it())

    with pytest.raises(IntegrityError), transaction.atomic():
        GateReview.objects.filter(pk=review.pk).update(decided_by=gated.runner)


@pytest.mark.parametrize("verdict", ["not met", "unknown", "stale"])
def test_signing_is_refused_while_a_criterion_blocks(gated, answers, request_it, sign, verdict):
    if verdict == "not met":
        answers.say("audit.gaps", False, value=3, threshold=5)
    elif verdict == "unknown":
        answers["audit.gaps"] = unknown("There is no gap yet.")
    else:
        with clock.at(clock.now() - timedelta(days=15)):
            answers.say("audit.gaps", True, value=7, threshold=5)

    with pytest.raises(GateNotReady, match=r"1\.2 5 to 15 gaps") as refused:
        sign(request_it())

    assert refused.value.details["blocking"] == ["A2"]
    assert not Dossier.objects.exists()
    assert GateReview.objects.get().decision == "pending"


def test_gate_is_sent_back_while_criteria_are_unmet(gated, answers, request_it, sign):
    answers.say("audit.gaps", False, value=3, threshold=5)

    review = sign(request_it(), "sent_back", reason="Find two more.", returned_for=["A5", "A2"], fresh_at=None)

    assert (review.decision, review.reason, review.returned_for) == ("sent_back", "Find two more.", ["A2", "A5"])
    assert not queries.is_passed(gated, 1)
    assert Phase.objects.get(program=gated, number=2).started_on is None
    assert request_it().round == 2


def test_sending_back_needs_a_reason(request_it, sign):
    with pytest.raises(Invalid, match="Say why"):
        sign(request_it(), "sent_back", reason="  ")


def test_sending_back_names_criteria_of_this_gate_only(request_it, sign):
    with pytest.raises(Invalid, match="B1"):
        sign(request_it(), "sent_back", reason="No.", returned_for=["B1"])


def test_signing_is_refused_on_hold(gated, request_it, sign):
    review = request_it()
    gated.on_hold, gated.hold_reason = True, "The sponsor left."
    gated.save()

    with pytest.raises(GateRefused, match="The sponsor left"):
        sign(review)


@pytest.mark.parametrize("minutes", [None, 5.1, -1])
def test_signing_needs_a_password_of_the_last_five_minutes(request_it, sign, minutes):
    at = None if minutes is None else clock.wall() - timedelta(minutes=minutes)

    with pytest.raises(NotFresh):
        sign(request_it(), fresh_at=at)


def test_signing_accepts_a_password_of_four_minutes_ago(request_it, sign):
    assert sign(request_it(), fresh_at=clock.wall() - timedelta(minutes=4)).decision == "approved"


def test_a_told_story_makes_no_old_password_fresh(request_it, sign):
    long_ago = clock.wall() - timedelta(days=30)

    with clock.at(long_ago), pytest.raises(NotFresh):
        sign(request_it(), fresh_at=long_ago)


# --- what was seen (G7) ----------------------------------------------------------------------


def test_changed_evidence_refuses_the_signature_and_says_what_changed(answers, look_at, request_it, sign):
    review, seen = request_it(), look_at()
    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")

    with pytest.raises(EvidenceChanged) as refused:
        sign(review, seen_digest=seen.digest, seen=seen.basis)

    assert refused.value.details["changed"] == [
        "1.2 was met and is not met.",
        "1.2 measured 7 gaps and measures 3 gaps.",
    ]
    assert GateReview.objects.get().decision == "pending"


def test_changed_evidence_refuses_sending_back_as_well(answers, look_at, request_it, sign):
    review, seen = request_it(), look_at()
    answers.say("audit.gaps", True, value=8, threshold=5, unit="gaps")

    with pytest.raises(EvidenceChanged, match=r"1\.2 measured 7 gaps and measures 8 gaps"):
        sign(review, "sent_back", reason="No.", seen_digest=seen.digest, seen=seen.basis)


def test_a_forged_basis_tells_nothing(answers, look_at, request_it, sign):
    review, seen = request_it(), look_at()
    answers.say("audit.gaps", False, value=3, threshold=5)

    with pytest.raises(EvidenceChanged) as refused:
        sign(review, seen_digest=seen.digest, seen="[]")

    assert refused.value.details["changed"] == []


def test_a_later_time_alone_changes_nothing(answers, look_at, request_it, sign):
    review, seen = request_it(), look_at()

    with clock.at(clock.now() + timedelta(hours=3)):
        answers.say("audit.gaps", True, value=7, threshold=5, unit="gaps")
        assert look_at().digest == seen.digest
        assert sign(review, seen_digest=seen.digest).decision == "approved"


# --- once (G7) ------------------------------------------------------------------------------


def test_two_clicks_sign_once(request_it, sign):
    review = request_it()
    sign(review)

    with pytest.raises(AlreadyDecided, match="already signed by Executive Sponsor"):
        sign(review)

    assert Dossier.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_sign_once(gated, request_it, sign):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads share one connection to a database in memory; PostgreSQL runs this")
    review, start, outcomes = request_it(), threading.Barrier(2), []

    def press():
        try:
            start.wait(timeout=10)
            outcomes.append(sign(review).decision)
        except AlreadyDecided as exc:
            outcomes.append(exc.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["already_decided", "approved"]
    assert Dossier.objects.count() == 1
    assert AuditEntry.objects.filter(verb="gate.approved").count() == 1


# --- what needs a gate (G6) -----------------------------------------------------------------


def test_act_is_refused_before_its_gate_and_names_what_is_missing(gated, answers):
    answers.say("audit.gaps", False, value=3, threshold=5)

    with pytest.raises(GateNotPassed) as refused:
        services.require_gate_passed(gated, 1, doing="A counted demo")

    assert str(refused.value) == (
        "A counted demo needs Gate 1 (Audit) to be signed. Missing: 1.2 5 to 15 gaps, each with a yearly estimate."
    )
    assert refused.value.details == {"gate": 1, "missing": ["A2"]}


def test_act_is_refused_while_a_ready_gate_is_unsigned(gated):
    with pytest.raises(GateNotPassed, match="it is not signed"):
        services.require_gate_passed(gated, 1, doing="A counted demo")


def test_act_is_allowed_after_its_gate(gated, request_it, sign):
    sign(request_it())

    assert services.require_gate_passed(gated, 1, doing="A counted demo") is None


# --- pace (G10) ------------------------------------------------------------------------------


@pytest.mark.parametrize(("seats", "days"), [(10, (14, 21)), (60, (14, 28)), (500, (28, 56))])
def test_typical_days_of_the_audit_follow_the_size(gated, seats, days):
    gated.seats = seats

    audit = pace.paces(Look(gated))[0]
    assert (audit.low, audit.high) == days


def test_pace_is_late_past_the_end_of_the_range(gated):
    with clock.at(clock.now()):
        gated.phases.filter(number=1).update(started_on=clock.today(gated) - timedelta(days=28))
        assert [pace.paces(Look(gated))[0].days, pace.paces(Look(gated))[0].is_late] == [28, False]

        gated.phases.filter(number=1).update(started_on=clock.today(gated) - timedelta(days=29))
        assert pace.paces(Look(gated))[0].is_late


def test_forecast_stretches_what_remains_by_the_pace_so_far(gated):
    # twice the typical 21 days and still open: 0 left of the Audit, then (42 + 84) days at double pace
    gated.phases.filter(number=1).update(started_on=clock.today(gated) - timedelta(days=42))

    assert pace.forecast_go_live(Look(gated)) == clock.today(gated) + timedelta(days=252)


def test_history_tells_acts_newest_first(gated, answers, request_it, sign):
    answers.say("audit.gaps", False, value=3, threshold=5)
    sign(request_it(note="Please."), "sent_back", reason="Find two more.")

    told = [(event.by, event.text, event.quote) for event in queries.history_of_gate(gated, 1)]
    assert told == [
        ("Executive Sponsor", "sent the gate back", "Find two more."),
        ("Sales Ops Manager", "requested the review, 4 of 5 met", "Please."),
    ]
