"""The admin of the gates shows, and decides nothing (G8)."""

import pytest
from django.contrib import admin
from django.urls import reverse

from crmprogram.program import clock
from phases import models
from phases.services import readings, thresholds, waivers
from tests.factories import UserFactory

SHOWN = ["phase", "gate", "gatereview", "dossier", "waiver", "threshold", "reading", "fact", "fieldrule"]


@pytest.fixture
def told(gated, gate, answers, request_it, sign):
    """A row in every table."""
    answers.say("audit.gaps", False, value=3, threshold=5)
    thresholds.set_threshold(
        program=gated, check="audit.gaps", params={"least": 4}, by=gated.sponsor, reason="r", fresh_at=clock.wall()
    )
    waivers.grant_waiver(gate=gate, criterion="A2", by=gated.sponsor, reason="r", stand_in="s", fresh_at=clock.wall())
    sign(request_it())
    readings.take_readings(program=gated)
    models.Fact.objects.create(program=gated, key="k", numerator=1, denominator=2, as_of=clock.now(), source="run R-01")
    models.FieldRule.objects.create(program=gated, object="contact", field="email")


@pytest.fixture
def support(client, db):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("name", SHOWN)
def test_admin_lists_and_shows_and_changes_nothing(support, told, name):
    model = next(one for one in admin.site._registry if one._meta.label_lower == f"phases.{name}")
    row = model.objects.first()

    assert support.get(reverse(f"admin:phases_{name}_changelist")).status_code == 200
    assert support.get(reverse(f"admin:phases_{name}_change", args=[row.pk])).status_code == 200
    assert support.get(reverse(f"admin:phases_{name}_add")).status_code == 403
    assert support.post(reverse(f"admin:phases_{name}_change", args=[row.pk]), {}).status_code == 403
    assert support.post(reverse(f"admin:phases_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_support_checks_a_dossier_against_what_was_signed(support, told):
    row = models.Dossier.objects.get()

    answer = support.post(
        reverse("admin:phases_dossier_changelist"), {"action": "verify", "_selected_action": [row.pk]}, follow=True
    )

    assert [str(message) for message in answer.context["messages"]] == [f"{row}: holds."]
