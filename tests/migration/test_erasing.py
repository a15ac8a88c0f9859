"""A person is erased everywhere, the account still balances, and a copy that comes back goes again."""

import pytest
from django.apps import apps
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import models
from django.urls import reverse

from crmprogram.jobs.models import Job, JobState
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from migration import personal
from migration.errors import RunRefused
from migration.models import Decision, Erasure, Record
from migration.queries import counted_reviews, review_counts
from migration.services import accounting, blocks, ending, erasing, review, sampling
from tests.factories import MembershipFactory
from tests.migration.conftest import PEOPLE, fresh, sign
from tests.migration.test_loading import load, stage_of

pytestmark = pytest.mark.django_db
WORDS = ("Ann", "Lee", "ann.lee@acme-pumps.de", "Acme Pumps", "123456")


def everything():
    """Every row of every table that is about customers, as text."""
    names = [apps.get_model(one) for one in {*personal.PLACES, *personal.FREE}]
    return "\n".join(serializers.serialize("json", one._default_manager.all()) for one in names)


@pytest.fixture
def loaded(member, clean):
    """A run whose first stage, the merged Ann Lee, is loaded and sampled."""
    run = clean(member)
    sign(run, member)
    load(run, 1, member)
    sampling.draw_sample(stage=stage_of(run, 1), by=member.user, seed=7)
    return fresh(run)


def test_nobody_is_asked_about_people_who_are_erased(member, clean):
    run = clean(member)
    cluster = run.clusters.open().first()

    erasing.erase_person(
        program=run.program, by=member.user, keys={key for group in cluster.groups for key in group}, reason="Asked."
    )

    assert not run.clusters.open().filter(pk=cluster.pk).exists()
    assert review_counts(fresh(run)) == counted_reviews(run)
    assert accounting.account_of(run).balanced


def test_nothing_of_the_person_is_left(client, member, loaded, django_capture_on_commit_callbacks):
    record = Record.objects.get(run=loaded, label="Ann Lee", absorbed_by=None)
    file = loaded.uploads.get().path
    assert all(word in everything() for word in WORDS)
    client.force_login(member.user)

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            reverse("migration:erasures", args=[member.program.slug]),
            {"record": [record.pk], "reason": "Asked for it."},
        )

    assert answer.status_code == 303
    left = [word for word in WORDS if word in everything()]
    assert left == []
    assert not file.exists()
    made = Erasure.objects.get()
    assert (made.counts["rows"], made.counts["files"], made.counts["loaded"]) == (2, 1, 1)
    assert ["rows", loaded.uploads.get().code, 2] in made.places
    page = client.get(made.get_absolute_url()).content.decode()
    assert "States before a load" in page
    assert "Asked for it." in page
    account = accounting.account_of(fresh(loaded))
    assert account.balanced
    assert fresh(loaded).counts == accounting.counts_of(account)


def test_others_are_not_touched(member, loaded):
    before = list(Record.objects.exclude(label="Ann Lee").order_by("pk").values("label", "fields", "state"))
    record = Record.objects.get(run=loaded, label="Ann Lee", absorbed_by=None)

    erasing.erase_person(program=member.program, by=member.user, keys=erasing.keys_of(record), reason="Asked.")

    assert list(Record.objects.exclude(label="Erased").order_by("pk").values("label", "fields", "state")) == before


def test_person_who_comes_back_with_an_export_is_erased_again(member, clean):
    run = clean(member)
    review.split_cluster(cluster=run.clusters.get(state="by_rule"), by=member.user)
    record = Record.objects.get(run=run, label="Eve Xu")
    erasing.erase_person(program=member.program, by=member.user, keys=erasing.keys_of(record), reason="Asked.")

    later = clean(member, PEOPLE.replace("2026-11-09", "2026-11-10"), "next-week.csv")

    assert Record.objects.get(run=later, key=record.key).label == "Erased"
    assert "eve@xu-logistics.cn" not in everything()
    assert Decision.objects.in_force().count() == 1, "decisions stay, by key"


def test_same_bytes_are_not_kept_again(client, member, clean, django_capture_on_commit_callbacks):
    run = clean(member)
    upload = run.uploads.get()
    content = upload.path.read_bytes()
    record = Record.objects.get(run=run, label="Eve Xu")
    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase_person(program=member.program, by=member.user, keys=erasing.keys_of(record), reason="Asked.")
    client.force_login(member.user)

    answer = client.post(
        reverse("web:upload-new", args=[member.program.slug]),
        {"file": SimpleUploadedFile("again.csv", content)},
        follow=True,
    )

    assert "A person in them was erased" in answer.content.decode()
    assert not upload.path.exists()
    assert "eve@xu-logistics.cn" not in everything()


def test_erased_person_is_held_before_anything_is_made_of_the_row(member, clean, monkeypatch):
    run = clean(member)
    record = Record.objects.get(run=run, label="Eve Xu")
    erasing.erase_person(program=member.program, by=member.user, keys=erasing.keys_of(record), reason="Asked.")
    monkeypatch.setattr(ending.erasing, "erase_again", lambda **_: None)

    later = clean(member, PEOPLE.replace("2026-11-09", "2026-11-10"), "next-week.csv")

    assert "eve@xu-logistics.cn" not in everything()
    back = Record.objects.get(run=later, key=record.key)
    assert (back.state, back.fields) == ("rejected", {})
    assert accounting.account_of(fresh(later)).balanced


def test_stopped_run_hands_nothing_of_the_person_on(member, clean):
    run = clean(member)
    record = Record.objects.get(run=run, label="Eve Xu")
    keys = erasing.keys_of(record)
    folder = blocks.folder_of(run)
    folder.mkdir(parents=True)
    Job.objects.filter(pk=run.job_id).update(state=JobState.RUNNING)
    with pytest.raises(RunRefused, match="stop it first"):
        erasing.erase_person(program=member.program, by=member.user, keys=keys, reason="Asked.")
    Job.objects.filter(pk=run.job_id).update(state=JobState.STOPPED)

    erasing.erase_person(program=member.program, by=member.user, keys=keys, reason="Asked.")

    assert not folder.exists()


def test_command_erases_again_after_a_restore(member, clean, capsys):
    run = clean(member)
    record = Record.objects.get(run=run, label="Eve Xu")
    kept = {name: getattr(record, name) for name in ("label", "fields", "search")}
    erasing.erase_person(program=member.program, by=member.user, keys=erasing.keys_of(record), reason="Asked.")
    Record.objects.filter(pk=record.pk).update(**kept)

    call_command("erase_person", member.program.slug, again=True)

    assert Record.objects.get(pk=record.pk).label == "Erased"
    assert "Emptied again" in capsys.readouterr().out


def test_erasing_needs_a_reason_and_the_right(member, clean):
    clean(member)
    specialist = MembershipFactory(program=member.program, role=Role.CRM_SPECIALIST)

    with pytest.raises(Invalid):
        erasing.erase_person(program=member.program, by=member.user, keys=["x"], reason=" ")
    with pytest.raises(NotYours):
        erasing.erase_person(program=member.program, by=specialist.user, keys=["x"], reason="Asked.")


def test_every_column_is_known_as_personal_or_free():
    """A new column of text or JSON has to say whether it may hold a customer."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    unknown = []
    for label in ("intake", "migration"):
        for model in apps.get_app_config(label).get_models():
            known = personal.PLACES.get(model._meta.label, frozenset()) | personal.FREE.get(
                model._meta.label, frozenset()
            )
            unknown += [
                f"{model._meta.label}.{one.name}"
                for one in model._meta.concrete_fields
                if isinstance(one, kinds) and one.name not in known
            ]

    assert unknown == []
