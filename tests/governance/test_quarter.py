"""The quarterly review reads four things (E1)."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from adoption.models import EscalationState
from governance.checks import quarter as checks
from governance.checks.quarter import Part, Quarter
from phases.registry import CHECKS, MET, NOT_MET, UNKNOWN

TODAY = date(2026, 11, 18)


def look(*, held=10, due=10, states=(), facts=()):
    slots = [
        SimpleNamespace(due_on=TODAY - timedelta(days=7 * (n % 12) + 1), meeting=SimpleNamespace(is_held=n < held))
        for n in range(due)
    ]
    old = SimpleNamespace(due_on=TODAY - timedelta(days=120), meeting=None)
    meetings = SimpleNamespace(today=TODAY, of_kind={"stand_up": [old, *slots]})
    standing = [SimpleNamespace(state=state) for state in states]
    return SimpleNamespace(
        at=None,
        program=SimpleNamespace(slug="p"),
        governance=SimpleNamespace(meetings=meetings),
        adoption=SimpleNamespace(weeks=SimpleNamespace(facts=facts), standing=standing),
    )


@pytest.mark.parametrize(("held", "verdict"), [(9, MET), (8, NOT_MET)])
def test_ninety_percent_of_the_due_meetings_are_held(held, verdict):
    assert checks._meetings(look(held=held), Quarter()).verdict is verdict


def test_meetings_cannot_be_told_when_none_was_due():
    assert checks._meetings(look(due=0), Quarter()).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("states", "verdict"),
    [((), MET), ((EscalationState.WATCH,), MET), ((EscalationState.ACKNOWLEDGED,), NOT_MET)],
)
def test_no_escalation_is_open(states, verdict):
    assert checks._escalations(look(states=states)).verdict is verdict


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [([MET] * 4, MET), ([MET, UNKNOWN, MET, MET], UNKNOWN), ([UNKNOWN, NOT_MET, MET, MET], NOT_MET)],
)
def test_quarter_is_as_good_as_its_worst_part(monkeypatch, verdicts, expected):
    names = ("_metrics", "_meetings", "_automations", "_escalations")
    for name, verdict in zip(names, verdicts, strict=True):
        monkeypatch.setattr(checks, name, lambda *given, verdict=verdict: Part("Part", verdict, "said."))

    found = CHECKS["governance.quarter"].function(look(), Quarter())

    assert found.verdict is expected
    assert found.value == verdicts.count(MET)
