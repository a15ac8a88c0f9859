"""Uploaded files over REST: the same services, the same refusals."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crmprogram.intake.models import Upload
from crmprogram.jobs.services import work_off
from crmprogram.program.models import Role
from tests.factories import MembershipFactory, RowIssueFactory, UploadFactory
from tests.intake.workbooks import workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def member():
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def api(member):
    client = APIClient()
    client.force_authenticate(member.user)
    return client


def base(member):
    return f"/api/v1/programs/{member.program.slug}/uploads/"


def send(api, member, content, name="contacts.csv", **data):
    return api.post(base(member), {"file": SimpleUploadedFile(name, content), **data}, format="multipart")


def test_upload_is_read_and_described(api, member):
    made = send(api, member, b"Last name,E-mail\nLee,ann@example.com\nKim\n")
    work_off()
    found = api.get(f"{base(member)}1/").json()

    assert made.status_code == 201
    assert (found["code"], found["state"], found["format"], found["object"]) == (
        "U-01", "read", "generic-contact", "contact",
    )  # fmt: skip
    assert (found["read_count"], found["kept_count"], found["quarantined_count"]) == (2, 1, 1)
    assert found["columns"] == [
        {"header": "Last name", "field": "family_name"},
        {"header": "E-mail", "field": "email"},
    ]


def test_same_bytes_again_are_the_upload_that_is_there(api, member):
    send(api, member, b"id,name\n1,a\n")
    again = send(api, member, b"id,name\n1,a\n")

    assert (again.status_code, again.json()["number"]) == (200, 1)


@pytest.mark.parametrize(("content", "code"), [(b"", "file_empty"), (b"%PDF-1.7", "file_pdf")])
def test_refused_file_has_a_code_and_a_sentence(api, member, content, code):
    answer = send(api, member, content)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not Upload.objects.exists()


def test_file_above_the_ceiling_is_refused(api, member, settings):
    settings.UPLOAD_MAX_BYTES = 20

    answer = send(api, member, b"id\n" + b"1\n" * 20)

    assert (answer.status_code, answer.json()["code"]) == (409, "file_too_large")


def test_request_without_a_file_is_invalid(api, member):
    assert api.post(base(member), {}, format="multipart").json()["fields"].keys() == {"file"}


def test_encoding_is_asked_and_answered(api, member):
    asked = send(api, member, b"id,name\n1,M\xfcller\n").json()
    assert asked["state"] == "asks"
    assert asked["proposals"][0] == {
        "encoding": "cp1252",
        "label": "Western European (Windows)",
        "preview": ["1,Müller"],
        "remark": "",
    }

    answer = api.post(f"{base(member)}1/encoding/", {"encoding": "cp1252"})
    work_off()

    assert answer.json()["state"] == "reading"
    assert api.get(f"{base(member)}1/preview/").json() == [
        {"row_no": 1, "line": 2, "state": "kept", "cells": ["1", "Müller"]}
    ]


SHEETS = ("Contacts", [["Last name"], ["Lee"]]), ("Accounts", [["Account name", "Website"], ["Acme", "acme.example"]])


def test_sheet_is_asked_and_answered_and_the_other_one_is_another_upload(api, member):
    asked = send(api, member, workbook(*SHEETS), name="export.xlsx").json()
    assert (asked["state"], asked["sheet"]) == ("asks", "")
    assert asked["sheets"] == [{"name": name, "hidden": False, "rows": 2} for name, _ in SHEETS]

    answer = api.post(f"{base(member)}1/sheet/", {"sheet": "Accounts"})
    other = api.post(f"{base(member)}1/sheet/", {"sheet": "Contacts"})
    wrong = api.post(f"{base(member)}1/sheet/", {"sheet": "Leads"})
    work_off()

    assert (answer.status_code, answer.json()["number"], answer.json()["state"]) == (200, 1, "reading")
    assert (other.status_code, other.json()["number"], other.json()["sheet"]) == (201, 2, "Contacts")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")
    assert api.get(f"{base(member)}2/preview/").json()[0]["cells"] == ["Lee"]


def test_sheet_may_be_sent_along(api, member):
    made = send(api, member, workbook(*SHEETS), name="export.xlsx", sheet="Accounts").json()

    assert (made["state"], made["sheet"], made["object"]) == ("reading", "Accounts", "account")


def test_object_is_declared(api, member):
    upload = UploadFactory(program=member.program)

    assert api.post(f"{base(member)}{upload.number}/object/", {"object": "lead"}).json()["object"] == "lead"


@pytest.mark.parametrize("count", [1, 3, 300])
def test_issues_cost_the_same_and_come_in_order(api, member, count, django_assert_num_queries):
    upload = UploadFactory(program=member.program)
    for _ in range(count):
        RowIssueFactory(row__upload=upload)

    with django_assert_num_queries(4):  # program, membership, upload, issues
        page = api.get(f"{base(member)}{upload.number}/issues/").json()

    lines = [issue["line"] for issue in page["results"]]
    assert lines == sorted(lines)
    assert len(lines) == min(count, 50)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same(api, member, count, django_assert_num_queries):
    UploadFactory.create_batch(count, program=member.program)

    with django_assert_num_queries(3):  # program, membership, uploads
        page = api.get(base(member)).json()

    assert len(page["results"]) == min(count, 50)


def test_upload_of_another_program_is_not_there(api, member):
    other = UploadFactory()

    assert api.get(f"{base(member)}{other.number}/").status_code == 404
