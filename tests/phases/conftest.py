"""A program before Gate 1, and checks whose answers a test says."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from crmprogram.program import clock
from phases import registry
from phases.criteria import of_gate
from phases.models import Gate
from phases.queries import gates as queries
from phases.registry import Check, Look, NoParams, judged
from phases.services import gates as services
from tests.factories import GatedProgramFactory, MembershipFactory


@dataclass(frozen=True)
class AtLeast:
    """The threshold of the test's checks."""

    least: int = 5


class Answers(dict):
    """What each check of Gate 1 answers, by check key; a test changes it and looks again."""

    def say(self, check, ok, **more):
        self[check] = judged(ok, summary=f"{check} was read.", as_of=clock.now(), **more)


@pytest.fixture
def answers(monkeypatch):
    """Replace the checks of Gate 1 by ones that answer what the test says; at first all are met."""
    said = Answers()
    for key in list(registry.CHECKS):
        monkeypatch.delitem(registry.CHECKS, key)
    for criterion in of_gate(1):
        key = criterion.check
        said.say(key, True, value=7, threshold=5, unit="gaps")
        params = AtLeast if key == "audit.gaps" else NoParams
        check = Check(key, lambda look, params, key=key: said[key], params, timedelta(days=14))
        monkeypatch.setitem(registry.CHECKS, key, check)
    return said


@pytest.fixture
def gated(db, answers):
    """A program whose five criteria of Gate 1 are met; `.runner` requests, `.sponsor` signs."""
    return GatedProgramFactory()


@pytest.fixture
def gate(gated):
    return Gate.objects.select_related("program__accountable").get(program=gated, number=1)


@pytest.fixture
def stranger(db):
    """Somebody of another program."""
    return MembershipFactory().user


@pytest.fixture
def look_at(gated):
    """The sheet of a gate as it stands now."""
    return lambda number=1: queries.assess(Look(gated), number)


@pytest.fixture
def request_it(gate, gated):
    """Request Gate 1 as the runner."""
    return lambda **more: services.request_gate(gate=gate, **{"by": gated.runner, **more})


@pytest.fixture
def sign(gated, look_at):
    """Decide a review as the sponsor, on what stands now, with a fresh password."""

    def decide(review, decision="approved", **more):
        sheet = look_at(review.gate.number)
        values = {
            "by": gated.sponsor,
            "seen_digest": sheet.digest,
            "seen": sheet.basis,
            "fresh_at": clock.wall(),
            **more,
        }
        return services.decide_gate(review=review, decision=decision, **values)

    return decide
