"""Columns that a person maps once: remembered by the headers, whatever their order."""

import io

import pytest

from crmprogram.intake import mapping
from crmprogram.intake.services import store_upload
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import AuditEntry, Role
from tests.factories import MembershipFactory

ROWS = b"Wer,Was,Wann\nAnn,Anruf,2026-05-18 09:00\nBen,E-Mail,2026-05-18 10:00\n"
FIELDS = {"Wer": "owner", "Was": "kind", "Wann": "created_at"}


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def take(member, django_capture_on_commit_callbacks):
    def taken(content, name="export.csv"):
        with django_capture_on_commit_callbacks(execute=True):
            upload = store_upload(program=member.program, by=member.user, name=name, stream=io.BytesIO(content)).upload
        upload.refresh_from_db()
        return upload

    return taken


def test_columns_are_remembered_for_files_with_the_same_headers(member, take):
    first = mapping.declare_columns(upload=take(ROWS), by=member.user, object="activity", fields=FIELDS)

    second = take(b"WANN;wer;was\n2026-05-25 09:00;Ann;Anruf\n")
    other = take(b"Wer,Was,Wo\nAnn,Anruf,hier\n")

    assert (first.object, first.mapped) == ("activity", ["owner", "kind", "created_at"])
    assert (second.object, second.mapped, second.confidence) == ("activity", ["created_at", "owner", "kind"], 100)
    assert other.object == ""
    assert AuditEntry.objects.filter(verb="upload.columns_declared").count() == 1


@pytest.mark.parametrize(
    ("object_", "fields"),
    [
        ("activity", {"Wer": "owner", "Was": "owner"}),
        ("activity", {"Wer": "amount"}),
        ("activity", {"Wo": "owner"}),
        ("nothing", {}),
    ],
)
def test_columns_that_cannot_be_are_refused(member, take, object_, fields):
    upload = take(ROWS)

    with pytest.raises(Invalid):
        mapping.declare_columns(upload=upload, by=member.user, object=object_, fields=fields)

    upload.refresh_from_db()
    assert upload.object == ""


def test_format_is_said_against_the_recognition(member, take):
    upload = take(b"id,subject,owner,created at\n1,Hello,Ann,2026-05-18\n")
    said = mapping.declare_format(upload=upload, by=member.user, slug="close-activity")

    assert (said.format_slug, said.object, said.mapped) == (
        "close-activity",
        "activity",
        ["source_id", "subject", "", ""],
    )
    with pytest.raises(Invalid):
        mapping.declare_format(upload=upload, by=member.user, slug="abacus")
    with pytest.raises(Invalid):
        mapping.declare_format(upload=upload, by=member.user, slug="pipedrive-deal")


def test_viewer_maps_nothing(member, take):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)

    with pytest.raises(NotYours):
        mapping.declare_columns(upload=take(ROWS), by=viewer.user, object="activity", fields=FIELDS)


def test_mapping_page_shows_samples_and_maps(client, member, take):
    client.force_login(member.user)
    upload = take(ROWS)
    address = f"/p/{member.program.slug}/uploads/{upload.number}/columns/"

    page = client.get(address, {"object": "activity"}).content.decode()
    twice = client.post(address, {"object": "activity", "column-0": "owner", "column-1": "owner"})
    done = client.post(
        address, {"object": "activity", "column-0": "owner", "column-1": "kind", "column-2": "created_at"}
    )

    assert "Ann · Ben" in page
    assert (twice.status_code, done.status_code) == (422, 303)
    upload.refresh_from_db()
    assert upload.mapped == ["owner", "kind", "created_at"]


def test_columns_are_mapped_by_rest(client, member, take):
    client.force_login(member.user)
    upload = take(ROWS)
    address = f"/api/v1/programs/{member.program.slug}/uploads/{upload.number}/columns/"

    said = client.post(address, {"object": "activity", "columns": FIELDS}, content_type="application/json")

    assert (said.status_code, said.json()["object"]) == (200, "activity")
