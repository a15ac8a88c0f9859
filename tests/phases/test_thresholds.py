"""Thresholds are the sponsor's signed decision (G8, G11)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import AuditEntry
from phases import criteria, registry
from phases.errors import NotFresh, ThresholdRefused
from phases.models import Threshold
from phases.registry import Check, Look, judged
from phases.services import thresholds
from tests.phases.conftest import AtLeast


@pytest.fixture
def set_it(gated):
    def do(check="audit.gaps", params=None, **more):
        values = {"by": gated.sponsor, "reason": "We are small.", "phase": 1, "fresh_at": clock.wall(), **more}
        return thresholds.set_threshold(program=gated, check=check, params=params or {"least": 3}, **values)

    return do


def test_threshold_stands_beside_its_default(gated, set_it, look_at):
    set_it()

    row = next(row for row in look_at().criteria if row.key == "A2")
    assert row.changed_params == [("least", 5, 3)]
    assert row.threshold_note["reason"] == "We are small."
    entry = AuditEntry.objects.get(verb="threshold.set")
    assert (entry.before, entry.after) == ({"least": 5}, {"least": 3, "check": "audit.gaps", "gate": 1})


def test_check_is_asked_with_the_threshold_of_its_phase(gated, set_it, answers):
    set_it()

    gaps = registry.CHECKS["audit.gaps"]
    assert [Look(gated).params_of(gaps, phase, {}) for phase in (1, 2)] == [AtLeast(3), AtLeast(5)]


def test_newest_threshold_is_in_force_and_the_older_stay(gated, set_it):
    set_it()
    set_it(params={"least": 4})

    assert Look(gated).thresholds["1:audit.gaps"] == {"least": 4}
    assert Threshold.objects.of(gated).count() == 2


def test_threshold_is_never_set_while_a_request_is_open(request_it, set_it):
    request_it()

    with pytest.raises(ThresholdRefused, match="request is open"):
        set_it()


def test_threshold_is_the_accountables_alone(gated, set_it):
    with pytest.raises(NotYours):
        set_it(by=gated.runner)


def test_threshold_needs_a_reason_and_a_fresh_password(set_it):
    with pytest.raises(Invalid, match="Say why"):
        set_it(reason=" ")
    with pytest.raises(NotFresh):
        set_it(fresh_at=clock.wall() - timedelta(hours=1))


def test_sponsor_criterion_cannot_be_loosened(set_it):
    with pytest.raises(ThresholdRefused, match="sponsor criterion"):
        set_it("governance.sponsor", {"least": 0})


def test_workflow_fit_floor_cannot_be_loosened(set_it, monkeypatch):
    (check, _), floor = next(iter(criteria.NEVER_LOOSER.items()))
    monkeypatch.setitem(criteria.NEVER_LOOSER, (check, "least"), floor)
    one = Check(check, lambda look, params: judged(True, summary="."), AtLeast, None)
    monkeypatch.setitem(registry.CHECKS, check, one)

    with pytest.raises(ThresholdRefused, match="below 4"):
        set_it(check, {"least": 3}, phase=2)
    assert set_it(check, {"least": 4}, phase=2).params == {"least": 4}


@pytest.mark.parametrize("params", [{"most": 3}, {"least": "few"}, {"least": None}])
def test_threshold_has_the_shape_of_its_check(set_it, params):
    with pytest.raises(Invalid, match="no threshold"):
        set_it(params=params)


def test_threshold_of_an_unknown_check_or_phase_is_refused(set_it):
    with pytest.raises(Invalid, match="no check"):
        set_it("audit.nothing")
    with pytest.raises(Invalid, match="phase"):
        set_it(phase=6)


def test_threshold_in_force_already_is_refused(set_it):
    with pytest.raises(Invalid, match="in force already"):
        set_it(params={"least": 5})


def test_threshold_rows_are_never_changed(set_it):
    row = set_it()

    with pytest.raises(TypeError):
        Threshold.objects.filter(pk=row.pk).update(reason="Other.")


# --- the page --------------------------------------------------------------------------------


def thresholds_url(program):
    return reverse("phases:gate-thresholds", args=[program.slug, 1])


@pytest.fixture
def page_of(client, gated):
    def do(user, **data):
        client.force_login(user)
        url = thresholds_url(gated)
        return client.post(url, data) if data else client.get(url)

    return do


def test_page_shows_default_and_threshold_in_force(page_of, gated, set_it):
    set_it()

    response = page_of(gated.runner)

    values = {one["row"].key: one["values"] for one in response.context["rows"]}
    assert values["A2"] == [("least", 5, 3)]
    assert response.context["may_set"] is False
    assert "Only the Chief Revenue Officer decides here" in response.content.decode()


def test_sponsor_changes_a_threshold_on_the_page(page_of, gated):
    data = {"audit-gaps-check": "audit.gaps", "audit-gaps-least": "3", "audit-gaps-reason": "We are small."}

    # a sign-in of a moment ago needs no second password
    assert page_of(gated.sponsor, **data).status_code == 303
    assert Threshold.objects.of(gated).get().params == {"least": 3}


def test_refused_change_keeps_what_was_typed(page_of, gated, request_it):
    request_it()
    data = {"audit-gaps-check": "audit.gaps", "audit-gaps-least": "3", "audit-gaps-reason": "We are small."}

    response = page_of(gated.sponsor, **data)

    assert response.status_code == 409
    assert "A gate request is open." in response.content.decode()
    assert "We are small." in response.content.decode()
    assert page_of(gated.sponsor, **{**data, "audit-gaps-least": "few"}).status_code == 422
    assert page_of(gated.sponsor, nothing="1").status_code == 404


def test_runner_cannot_change_a_threshold(page_of, gated):
    data = {"audit-gaps-check": "audit.gaps", "audit-gaps-least": "3", "audit-gaps-reason": "We are small."}

    assert page_of(gated.runner, **data).status_code == 403
