"""Pages of uploaded files: what is asked, what is refused, what is put aside."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crmprogram.intake.models import RowState, Upload, UploadState
from crmprogram.jobs.services import work_off
from crmprogram.program.models import Role
from tests.factories import MembershipFactory, RowIssueFactory, SourceRowFactory, UploadFactory
from tests.intake.workbooks import workbook

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def member(client):
    member = MembershipFactory(role=Role.CRM_SPECIALIST)
    client.force_login(member.user)
    return member


def url(name, member, *args):
    return reverse(f"web:{name}", args=[member.program.slug, *args])


def send(client, member, content, name="contacts.csv", **data):
    return client.post(url("upload-new", member), {"file": SimpleUploadedFile(name, content), **data})


def text_of(response):
    return response.content.decode()


@pytest.mark.parametrize("count", [1, 3, 300])
def test_list_costs_the_same_with_many_files(client, member, count, django_assert_max_num_queries):
    UploadFactory.create_batch(count, program=member.program, uploaded_by=member.user)
    client.get(url("uploads", member))

    with django_assert_max_num_queries(30) as taken:
        page = client.get(url("uploads", member))

    assert text_of(page).count('<th scope="row">') == min(count, 50)
    assert len([query for query in taken.captured_queries if "intake_upload" in query["sql"]]) == 1


def test_several_files_are_kept_at_once_and_a_refused_one_is_named(client, member):
    def files(*named):
        return {"file": [SimpleUploadedFile(name, content) for name, content in named]}

    people = b"Id,First Name,Last Name,Email,Company\n1,Ann,Lee,ann@acme.de,Acme\n"
    firms = b"Id,Account Name,Website\n1,Acme,https://acme.de\n"
    answer = client.post(url("upload-new", member), files(("people.csv", people), ("firms.csv", firms)))
    assert (answer.status_code, answer.headers["Location"]) == (303, url("uploads", member))
    assert set(Upload.objects.values_list("name", flat=True)) == {"people.csv", "firms.csv"}
    told = client.post(
        url("upload-new", member), files(("a.pdf", b"%PDF-1.7 no table"), ("more.csv", people + b"2,,,,"))
    )
    assert told.status_code == 409
    assert "a.pdf:" in text_of(told)
    assert "more.csv is kept" in text_of(told)


def test_form_says_the_limits(client, member):
    page = text_of(client.get(url("upload-new", member)))

    for limit in (
        "up to 500 MB",
        "up to 100 MB, 1 GB unpacked",
        "up to 5,000,000",
        "up to 1,000",
        "up to 262,144",
        "up to 5 GB",
    ):
        assert limit in page


def test_file_is_uploaded_read_and_shown(client, member):
    answer = send(client, member, (SAMPLES / "dynamics365/Contact.csv").read_bytes(), name="Contact.csv")
    work_off()

    assert answer.status_code == 303
    page = text_of(client.get(answer["Location"]))
    assert "6 rows of 199 put aside" in page
    assert "Dynamics 365 contacts" in page
    assert "viggo@contoso.com" in page
    assert "abbie@adatum.com" in page


def test_file_that_is_no_table_is_refused_on_the_form(client, member):
    answer = send(client, member, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), name="contacts.xls")

    assert answer.status_code == 409
    assert "This is an old Excel file (.xls) or a password-protected workbook." in text_of(answer)
    assert not Upload.objects.exists()


def test_file_above_the_ceiling_never_reaches_the_disk(client, member, settings, tmp_path):
    settings.UPLOAD_MAX_BYTES = 2_000_000
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path

    answer = send(client, member, b"id\n" + b"1\n" * 1_500_000)

    assert answer.status_code == 409
    assert "This file has more than 1 MB. Split it and upload the parts one by one." in text_of(answer)
    assert list(tmp_path.iterdir()) == []


def test_missing_file_is_said(client, member):
    answer = client.post(url("upload-new", member), {})

    assert answer.status_code == 422
    assert "Choose the files that your CRM exported." in text_of(answer)


def test_same_file_again_leads_to_the_first(client, member):
    first = send(client, member, b"id,name\n1,a\n")
    again = send(client, member, b"id,name\n1,a\n", name="again.csv")

    assert again["Location"] == first["Location"]
    assert "These bytes are here already, as U-01 contacts.csv." in text_of(client.get(again["Location"]))


def test_unknown_letters_are_asked_with_a_preview_and_answered(client, member):
    asked = send(client, member, b"id,name\n1,M\xfcller\n")
    page = text_of(client.get(asked["Location"]))
    assert "In which encoding is this file?" in page
    assert "1,Müller" in page

    answer = client.post(url("upload-encoding", member, 1), {"encoding": "cp1252"})
    work_off()

    assert answer.status_code == 303
    assert Upload.objects.get().state == UploadState.READ


def test_sheets_are_asked_about_answered_and_the_other_one_is_offered(client, member):
    content = workbook(
        ("Contacts", [["Last name"], ["Lee"]]), ("Accounts", [["Account name"], ["Acme"]]), ("Notes", [])
    )
    asked = send(client, member, content, name="export.xlsx")
    page = text_of(client.get(asked["Location"]))
    assert "Which sheet is to be read?" in page
    assert '<input type="radio" name="sheet" value="Contacts" required checked>' in page
    assert '<input type="radio" name="sheet" value="Notes" required disabled>' in page

    answer = client.post(url("upload-sheet", member, 1), {"sheet": "Contacts"})
    work_off()
    page = text_of(client.get(answer["Location"]))
    assert "1 row read, none put aside" in page
    assert '<option value="Accounts">Accounts (2 rows)</option>' in page

    other = client.post(url("upload-sheet", member, 1), {"sheet": "Accounts"})
    assert other["Location"] == url("upload", member, 2)


def test_sheet_that_is_not_there_is_refused_on_the_page(client, member):
    send(client, member, workbook(("A", [["a"], [1]]), ("B", [["b"], [1]])), name="export.xlsx")

    answer = client.post(url("upload-sheet", member, 1), {"sheet": "C"})

    assert "Choose one of the sheets with rows." in text_of(answer)
    assert Upload.objects.get().state == UploadState.ASKS


def test_question_without_answer_stays(client, member):
    send(client, member, b"id,name\n1,M\xfcller\n")

    answer = client.post(url("upload-encoding", member, 1))

    assert answer.status_code == 409
    assert "Choose the encoding in which the preview reads right." in text_of(answer)


def test_page_that_waits_is_told_when_the_file_is_read(client, member):
    upload = UploadFactory(program=member.program, state=UploadState.READING, read_at=None)
    htmx = {"HTTP_HX_REQUEST": "true"}
    assert client.get(upload.get_absolute_url(), **htmx).status_code == 204

    Upload.objects.filter(pk=upload.pk).update(state=UploadState.FAILED, error="The disk is gone.")

    assert client.get(upload.get_absolute_url(), **htmx)["HX-Refresh"] == "true"


def test_person_says_what_the_records_are(client, member):
    upload = UploadFactory(program=member.program, object="", format_slug="generic")

    client.post(url("upload-object", member, upload.number), {"object": "lead"})
    upload.refresh_from_db()

    assert (upload.object, upload.format_slug) == ("lead", "generic-lead")


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_of_a_file_costs_the_same_with_many_issues(client, member, count, django_assert_max_num_queries):
    upload = UploadFactory(program=member.program)
    for _ in range(count):
        RowIssueFactory(row__upload=upload)
    client.get(upload.get_absolute_url())

    with django_assert_max_num_queries(40) as taken:
        page = client.get(upload.get_absolute_url())

    assert text_of(page).count('<th scope="row" class="num">') == min(count, 50)
    assert len([query for query in taken.captured_queries if "intake_" in query["sql"]]) == 5


def test_quarantined_rows_are_paged_by_row(client, member):
    upload = UploadFactory(program=member.program)
    issues = [RowIssueFactory(row__upload=upload) for _ in range(60)]

    page = text_of(client.get(upload.get_absolute_url(), {"after": issues[49].row_id}))

    assert page.count('<th scope="row" class="num">') == 10


def test_download_is_safe_in_a_spreadsheet(client, member):
    upload = UploadFactory(program=member.program)
    shifted = SourceRowFactory(upload=upload, row_no=1, state=RowState.QUARANTINED, cells='["=1+1","+49 89"]')
    RowIssueFactory(row=shifted, rule="row.shifted", column="E-mail", value="+49 89", message="Wrong headers.")
    ragged = SourceRowFactory(upload=upload, row_no=2, state=RowState.QUARANTINED, cells='["@SUM(A1)"]')
    RowIssueFactory(row=ragged, message="The row has 1 cells, the header 2.")

    answer = client.get(url("upload-quarantined", member, upload.number))
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))

    assert answer["Content-Disposition"] == f'attachment; filename="{upload.code}-quarantined.csv"'
    assert lines[0] == ["Line", "Rule", "In column", "Value", "Reason", "Raw row", "Last name", "E-mail"]
    assert lines[1] == ["2", "row.shifted", "E-mail", "'+49 89", "Wrong headers.", "", "'=1+1", "'+49 89"]
    assert lines[2][5:] == ["'@SUM(A1)", "", ""]


def test_file_of_another_program_is_not_there(client, member):
    other = UploadFactory()

    assert client.get(other.get_absolute_url()).status_code == 404
    assert client.get(url("upload", member, other.number)).status_code == 404


@pytest.mark.parametrize(
    ("role", "views", "adds"),
    [(Role.IT, 200, 200), (Role.VP_SALES, 200, 403), (Role.TEAM_LEAD, 200, 403), (Role.VIEWER, 403, 403)],
)
def test_files_are_for_those_who_work_on_them(client, role, views, adds):
    member = MembershipFactory(role=role)
    client.force_login(member.user)

    assert client.get(url("uploads", member)).status_code == views
    assert client.get(url("upload-new", member)).status_code == adds
