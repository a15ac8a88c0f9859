"""The admin shows data work to support and changes nothing."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model._meta.app_label == "migration"]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_admin_lists_and_changes_nothing(client, member, clean, model):
    clean(member)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    name = model._meta.model_name

    assert client.get(reverse(f"admin:migration_{name}_changelist"), {"q": "a"}).status_code in {200, 302}
    assert client.get(reverse(f"admin:migration_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:migration_{name}_add")).status_code == 403
    first = model.objects.first()
    if first is not None:
        assert client.post(reverse(f"admin:migration_{name}_change", args=[first.pk]), {}).status_code == 403
        assert client.get(reverse(f"admin:migration_{name}_change", args=[first.pk])).status_code == 200
