"""Any order of requests, evidence, waivers and decisions keeps the rules of the gates (G6 to G8)."""

from contextlib import contextmanager

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from crmprogram.program import audit, clock
from crmprogram.program.errors import DomainError
from crmprogram.program.models import AuditEntry
from phases.models import Decision, Dossier, Gate, GateReview, Phase, Waiver
from phases.queries import dossiers
from phases.queries import gates as queries
from phases.registry import Look
from phases.services import gates as services
from phases.services import waivers
from tests.factories import GatedProgramFactory

CHECKS = {"A1": "audit.process_map", "A2": "audit.gaps", "A4": "governance.sponsor"}


class Undo(Exception):
    """Ends the transaction of one example."""


@contextmanager
def example():
    """Everything of one example is rolled back."""
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


class GateMachine(RuleBasedStateMachine):
    """A runner and a sponsor press every button in any order; refusals are part of the game."""

    answers = None  # set by the test

    def __init__(self):
        super().__init__()
        self.scope = example()
        self.scope.__enter__()
        for check in CHECKS.values():
            self.answers.say(check, True, value=1)
        self.program = GatedProgramFactory()
        self.gate = Gate.objects.get(program=self.program, number=1)
        self.met = dict.fromkeys(CHECKS, True)
        self.waived: set[str] = set()
        self.signed = False
        self.seen = self.sheet()

    def teardown(self):
        self.scope.__exit__(None, None, None)

    def sheet(self):
        return queries.assess(Look(self.program), 1)

    def attempt(self, act, **kwargs):
        """Do it, or be refused and leave everything as it was."""
        try:
            act(**kwargs)
        except DomainError:
            return False
        return True

    @rule(key=st.sampled_from(sorted(CHECKS)), ok=st.booleans(), value=st.integers(0, 3))
    def evidence_changes(self, key, ok, value):
        self.answers.say(CHECKS[key], ok, value=value)
        self.met[key] = ok

    @rule()
    def look(self):
        self.seen = self.sheet()

    @rule(by_runner=st.booleans())
    def request(self, by_runner):
        by = self.program.runner if by_runner else self.program.sponsor
        done = self.attempt(services.request_gate, gate=self.gate, by=by)
        assert not done or by_runner
        assert not done or not self.signed

    @precondition(lambda self: GateReview.objects.filter(gate=self.gate).exists())
    @rule(
        decision=st.sampled_from([Decision.APPROVED, Decision.SENT_BACK]),
        by_sponsor=st.booleans(),
        is_fresh=st.booleans(),
    )
    def decide(self, decision, by_sponsor, is_fresh):
        review = GateReview.objects.filter(gate=self.gate).order_by("-round")[0]
        now = self.sheet()
        done = self.attempt(
            services.decide_gate,
            review=review,
            by=self.program.sponsor if by_sponsor else self.program.runner,
            decision=decision,
            seen_digest=self.seen.digest,
            seen=self.seen.basis,
            reason="Because.",
            fresh_at=clock.wall() if is_fresh else None,
        )
        if done:
            assert by_sponsor
            assert self.seen.digest == now.digest
            if decision == Decision.APPROVED:
                assert is_fresh
                assert not now.blocking
                self.signed = True

    @precondition(lambda self: GateReview.objects.filter(gate=self.gate).exists())
    @rule(by_runner=st.booleans())
    def withdraw(self, by_runner):
        review = GateReview.objects.filter(gate=self.gate).order_by("-round")[0]
        by = self.program.runner if by_runner else self.program.sponsor
        assert not self.attempt(services.withdraw_request, review=review, by=by) or by_runner

    @rule(key=st.sampled_from(sorted(CHECKS)), by_sponsor=st.booleans())
    def waive(self, key, by_sponsor):
        by = self.program.sponsor if by_sponsor else self.program.runner
        done = self.attempt(
            waivers.grant_waiver,
            gate=self.gate,
            criterion=key,
            by=by,
            reason="r",
            stand_in="s",
            fresh_at=clock.wall(),
        )
        if done:
            assert by_sponsor
            assert key != "A4"
            assert not self.met[key]
            self.waived.add(key)

    @precondition(lambda self: self.waived)
    @rule(data=st.data())
    def revoke(self, data):
        key = data.draw(st.sampled_from(sorted(self.waived)))
        waiver = Waiver.objects.standing().get(gate=self.gate, criterion=key)
        waivers.revoke_waiver(waiver=waiver, by=self.program.sponsor, fresh_at=clock.wall())
        self.waived.discard(key)

    @invariant()
    def sheet_says_what_is_so(self):
        states = {row.key: row.state for row in self.sheet().criteria if row.key in CHECKS}
        assert states == {
            key: "met" if ok else "waived" if key in self.waived else "unmet" for key, ok in self.met.items()
        }

    @invariant()
    def at_most_one_request_waits(self):
        assert GateReview.objects.pending().filter(gate=self.gate).count() <= 1

    @invariant()
    def next_phase_is_open_only_behind_a_signature(self):
        opened = Phase.objects.filter(program=self.program, started_on__isnull=False).count()
        assert opened == 1 + self.signed
        assert queries.is_passed(self.program, 1) is self.signed

    @invariant()
    def every_decision_has_a_dossier_that_holds_and_a_line(self):
        decided = GateReview.objects.filter(gate=self.gate, decision__in=[Decision.APPROVED, Decision.SENT_BACK])
        assert Dossier.objects.of(self.program).count() == decided.count()
        assert [said for one in Dossier.objects.of(self.program) for said in dossiers.faults(one)] == []
        lines = AuditEntry.objects.of(self.program).filter(verb__in=["gate.approved", "gate.sent_back"])
        assert lines.count() == decided.count()
        assert all(audit.history(review).exists() for review in decided)


@pytest.mark.django_db
def test_no_order_of_acts_gets_past_the_gate(answers):
    class Machine(GateMachine):
        pass

    Machine.answers = answers
    run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=15))
