"""Files are kept once, read to a balanced account, and asked about when they cannot say themselves."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from crmprogram.intake import services, storing
from crmprogram.intake.errors import AlreadyRead, FileRefused, NeedsEncoding
from crmprogram.intake.limits import LIMITS
from crmprogram.intake.models import RowIssue, SourceRow, Upload, UploadState, row_id
from crmprogram.intake.store import clean_name
from crmprogram.jobs.models import JobState
from crmprogram.jobs.services import resume_job, work_off
from crmprogram.program.audit import history
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from tests.factories import MembershipFactory

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return settings.UPLOAD_DIR


@pytest.fixture
def member():
    return MembershipFactory(role=Role.CRM_SPECIALIST)


def store(member, content, name="contacts.csv", **more):
    return services.store_upload(
        program=member.program, by=member.user, name=name, stream=io.BytesIO(content), size=len(content), **more
    )


def store_and_read(member, content, **more):
    upload = store(member, content, **more).upload
    work_off()
    upload.refresh_from_db()
    return upload


def kept_files():
    return sorted(path.name for path in Path(settings.UPLOAD_DIR).glob("*"))


def test_file_is_read_to_a_balanced_account(member):
    upload = store_and_read(member, b"Last name,E-mail\nLee,ann@example.com\n\nKim\n")

    assert upload.state == UploadState.READ
    assert (upload.read_count, upload.kept_count, upload.quarantined_count, upload.blank_count) == (3, 1, 1, 1)
    rows = SourceRow.objects.of_upload(upload.pk)
    assert [(row.row_no, row.line, row.state) for row in rows] == [
        (1, 2, "kept"),
        (2, 3, "blank"),
        (3, 4, "quarantined"),
    ]
    assert rows[0].values == ["Lee", "ann@example.com"]
    assert [issue.rule for issue in upload.issues.all()] == ["row.too_few_cells"]


def test_file_says_whose_export_it_is(member):
    content = (SAMPLES / "salesforce/native/Contact.csv").read_bytes()

    upload = store_and_read(member, content, name="Contact.csv")

    assert (upload.code, upload.format_slug, upload.object, upload.encoding) == (
        "U-01", "salesforce-contact", "contact", "utf-8-sig",
    )  # fmt: skip
    assert (upload.read_count, upload.kept_count) == (133, 133)
    assert dict(zip(upload.headers, upload.mapped, strict=True))["MailingCity"] == "city"


def test_shifted_rows_are_put_aside_with_the_clue(member):
    upload = store_and_read(member, (SAMPLES / "dynamics365/Contact.csv").read_bytes())

    assert (upload.read_count, upload.kept_count, upload.quarantined_count) == (199, 193, 6)
    issues = upload.issues.order_by("line")
    assert [issue.line for issue in issues] == [195, 196, 197, 198, 199, 200]
    assert (issues[0].rule, issues[0].column, issues[0].value) == ("row.shifted", "Business Phone", "viggo@contoso.com")


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.csv")), ids=lambda path: path.name)
def test_every_sample_leaves_no_row_unaccounted(member, path):
    upload = store_and_read(member, path.read_bytes(), name=path.name)

    assert upload.state == UploadState.READ
    assert upload.read_count == SourceRow.objects.filter(upload=upload).count() > 0


def test_same_file_again_is_the_upload_that_is_there(member):
    first = store(member, b"id,name\n1,a\n")
    again = store(member, b"id,name\n1,a\n", name="copy.csv")

    assert (again.upload, again.is_new) == (first.upload, False)
    assert kept_files() == [str(first.upload.key)]


def test_same_file_in_another_program_is_another_upload(member):
    other = MembershipFactory()

    assert store(member, b"id\n1\n").upload != store(other, b"id\n1\n").upload


def test_lost_file_comes_back_with_the_same_bytes(member):
    upload = store(member, b"id,name\n1,a\n").upload
    upload.path.unlink()

    store(member, b"id,name\n1,a\n")

    assert upload.path.read_bytes() == b"id,name\n1,a\n"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04 xl/workbook.xml", "file_xlsx_damaged"),
        (b"\x1f\x8b\x08", "file_gzip"),
        (b"id\n", "file_header_only"),
    ],
)
def test_refused_file_leaves_nothing_behind(member, content, code):
    with pytest.raises(FileRefused) as refused:
        store(member, content)

    assert refused.value.code == code
    assert kept_files() == []
    assert not Upload.objects.exists()


def test_broken_connection_leaves_nothing_behind(member):
    def broken():
        yield b"id,name\n1,a\n"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.store_upload(program=member.program, by=member.user, name="x.csv", stream=broken())

    assert kept_files() == []


@pytest.mark.parametrize("size", [30, None])
def test_file_above_the_limit_is_refused_whatever_its_size_is_said_to_be(member, settings, size):
    settings.UPLOAD_MAX_BYTES = 20

    with pytest.raises(FileRefused) as refused:
        services.store_upload(
            program=member.program, by=member.user, name="x.csv", stream=io.BytesIO(b"id\n" + b"1\n" * 10), size=size
        )

    assert refused.value.code == "file_too_large"
    assert kept_files() == []


def test_quota_counts_the_files_of_the_program(member, settings):
    settings.UPLOAD_QUOTA_BYTES = 20
    store(member, b"id,name\n1,a\n")

    with pytest.raises(FileRefused) as refused:
        store(member, b"id,name\n2,b\n")

    assert refused.value.code == "file_quota"


def test_member_without_the_right_adds_nothing():
    viewer = MembershipFactory(role=Role.VIEWER)

    with pytest.raises(NotYours):
        store(viewer, b"id\n1\n")


def test_file_of_unknown_letters_is_kept_and_asks(member):
    upload = store(member, b"id,name\n1,M\xfcller\n").upload

    assert upload.state == UploadState.ASKS
    assert upload.proposals[0]["encoding"] == "cp1252"
    assert upload.job is None


def test_answered_encoding_is_used_and_remembered(member):
    upload = store(member, b"id,name\n1,M\xfcller\n").upload

    services.declare_encoding(upload=upload, by=member.user, encoding="cp1252")
    work_off()
    upload.refresh_from_db()

    assert (upload.state, upload.encoding, upload.encoding_from) == (UploadState.READ, "cp1252", "person")
    assert SourceRow.objects.get().values == ["1", "Müller"]
    assert history(upload).filter(verb="upload.encoding_declared").get().after == {"encoding": "cp1252"}


def test_damaged_rows_are_put_aside_when_the_person_says_utf8(member):
    upload = store(member, b"id,name\n1,M\xfcller\n2,ok\n", encoding="utf-8").upload
    work_off()

    assert RowIssue.objects.get().rule == "cell.undecodable"
    assert upload.rows.good().count() == 1


def test_upload_that_asks_needs_an_answer(member):
    upload = store(member, b"id,name\n1,M\xfcller\n").upload

    with pytest.raises(NeedsEncoding) as asked:
        services.declare_encoding(upload=upload, by=member.user, encoding="")

    assert asked.value.details["proposals"] == upload.proposals


def test_encoding_of_a_read_file_stays(member):
    upload = store_and_read(member, b"id,name\n1,a\n")

    with pytest.raises(AlreadyRead):
        services.declare_encoding(upload=upload, by=member.user, encoding="cp1252")


def test_person_knows_better_what_the_records_are(member):
    upload = store_and_read(member, b"this,email\n1,ann@example.com\n", object="account")
    assert (upload.object, upload.object_from) == ("account", "person")

    services.declare_object(upload=upload, by=member.user, object="contact")
    upload.refresh_from_db()

    assert (upload.object, upload.format_slug, upload.mapped) == ("contact", "generic-contact", ["", "email"])


def test_unknown_kind_of_record_is_invalid(member):
    with pytest.raises(Invalid):
        store(member, b"id\n1\n", object="invoice")


def test_reading_twice_stores_rows_once(member):
    upload = store(member, b"id,name\n" + b"1,a\n" * 25).upload
    SourceRow.objects.create(id=row_id(upload.pk, 3), upload=upload, line=4, cells='["1","a"]')  # a lost commit's

    work_off()
    upload.refresh_from_db()

    assert (upload.read_count, upload.rows.count()) == (25, 25)


def test_job_goes_on_after_the_last_committed_chunk(member, monkeypatch):
    monkeypatch.setattr(storing, "CHUNK", 10)
    upload = store(member, b"id,name\n" + b"1,a\n" * 35).upload
    shard = upload.job.shards.get()
    shard.cursor, shard.done = {"kept": 20, "quarantined": 0, "blank": 0}, 20
    shard.save()
    rows = [SourceRow(id=row_id(upload.pk, no), upload=upload, line=no + 1) for no in range(1, 21)]
    SourceRow.objects.bulk_create(rows)

    work_off()
    upload.refresh_from_db()

    assert (upload.state, upload.read_count, upload.rows.count()) == (UploadState.READ, 35, 35)


def test_account_that_does_not_balance_fails_and_says_by_how_many(member):
    upload = store(member, b"id,name\n" + b"1,a\n" * 5).upload
    shard = upload.job.shards.get()
    shard.cursor = {"kept": 2, "quarantined": 0, "blank": 0}  # two rows that nobody stored
    shard.save()

    work_off()
    upload.refresh_from_db()

    assert upload.state == UploadState.FAILED
    assert upload.error == "U-01: 5 rows were read, of which 2 are missing."
    assert upload.job.state == JobState.FAILED


def test_file_beyond_the_row_limit_fails_with_what_to_do(member, monkeypatch):
    monkeypatch.setattr(storing, "limits", lambda: replace(LIMITS, rows=30))
    upload = store_and_read(member, b"id,name\n" + b"1,a\n" * 50)

    assert upload.state == UploadState.FAILED
    assert upload.error == "This file has more than 30 rows. Split it and upload the parts one by one."


def test_resumed_job_ends_the_failure(member):
    content = b"id,name\n1,a\n"
    upload = store(member, content).upload
    upload.path.rename(upload.path.with_suffix(".away"))
    work_off()
    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED

    upload.path.with_suffix(".away").rename(upload.path)
    resume_job(job=upload.job, by=member.user)
    work_off()
    upload.refresh_from_db()

    assert (upload.state, upload.error, upload.read_count) == (UploadState.READ, "", 1)


def test_duplicate_headers_are_warned_of_and_not_mapped(member):
    upload = store_and_read(member, b"Last name,Email,email\nLee,a@example.com,b@example.com\n")

    assert upload.headers == ["Last name", "Email", "email (2)"]
    assert upload.mapped == ["family_name", "", ""]
    assert len(upload.warnings) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\export\\contacts.csv", "contacts.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\0b\n.csv", "ab.csv"),
        ("100%25 %22new%22%0D%0A.csv", '100%25 "new".csv'),  # the three codes that browsers write, and no other
        ("", "file.csv"),
    ],
)
def test_name_of_a_file_is_its_last_part(given, kept):
    assert clean_name(given) == kept


def test_cells_are_kept_to_the_letter(member):
    upload = store_and_read(member, 'name,note\n" Ünal ","line 1\nline ""2"""\n'.encode())

    assert json.loads(upload.rows.get().cells) == [" Ünal ", 'line 1\nline "2"']
