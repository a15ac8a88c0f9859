"""The admin opens everywhere, for staff alone, and decides nothing (G8)."""

import pytest
from django.contrib import admin
from django.urls import reverse

from crmprogram.program import services
from tests.factories import UserFactory

MODELS = [model for model in admin.site._registry if model._meta.app_label not in {"auth", "axes"}]
IDS = [model._meta.label for model in MODELS]
EDITABLE = {"program.User"}  # people can be helped in; everything else is the services'

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return services.create_program(
        by=UserFactory(), name="CRM rollout", company="Orrery Instruments", seats=60, starts_on="2026-01-05"
    )


@pytest.fixture
def support(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_list_and_search_open(support, program, model):
    assert support.get(address(model, "changelist")).status_code == 200
    if admin.site._registry[model].search_fields:
        assert support.get(address(model, "changelist"), {"q": "orrery"}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_row_opens_and_only_people_can_be_changed(support, program, model):
    row = model._default_manager.order_by("pk").first()
    if row is None:
        return
    page = support.get(address(model, "change", row.pk))

    assert page.status_code == 200
    assert (b'name="_save"' in page.content) == (model._meta.label in EDITABLE)


@pytest.mark.parametrize("model", MODELS, ids=IDS)
def test_nothing_is_added_past_the_services(support, model):
    expected = 200 if model._meta.label in EDITABLE else 403

    assert support.get(address(model, "add")).status_code == expected


def test_admin_is_closed_to_members(client, program):
    client.force_login(program.memberships.get().user)

    assert client.get("/admin/").status_code == 302
