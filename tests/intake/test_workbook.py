"""Workbooks go the way of every file: kept once, read in a process of its own to a balanced account."""

import csv
import io
import zipfile

import pytest

from crmprogram.intake import queries, services, storing
from crmprogram.intake.errors import AlreadyRead, FileRefused
from crmprogram.intake.limits import Limits
from crmprogram.intake.models import SourceRow, Upload, UploadState, row_id
from crmprogram.intake.read import Header
from crmprogram.intake.refusal import NeedsSheet, Refusal
from crmprogram.intake.rows import look, open_chunks
from crmprogram.intake.sniff import sniff
from crmprogram.intake.write import safe_csv
from crmprogram.jobs.services import work_off
from crmprogram.program.audit import history
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Role
from tests.factories import MembershipFactory
from tests.intake.workbooks import HEAD, MAIN, workbook

CONTACTS = [["Last name", "E-mail", "Created"], ["Lee", "ann@example.com", '<c s="1"><v>45356</v></c>']]
BAD = ["Kim", '<c t="e"><v>#N/A</v></c>', 1]
ACCOUNTS = [["Account name", "Website"], ["Acme", "acme.example"]]


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return settings.UPLOAD_DIR


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.CRM_SPECIALIST)


@pytest.fixture
def store(member):
    def store(*sheets, name="contacts.xlsx", content=None, sheet="", **more):
        content = content or workbook(*sheets, formats=["yyyy-mm-dd"], **more)
        return services.store_upload(
            program=member.program,
            by=member.user,
            name=name,
            stream=io.BytesIO(content),
            size=len(content),
            sheet=sheet,
        )

    return store


def read(upload):
    work_off()
    upload.refresh_from_db()
    return upload


@pytest.mark.parametrize("name", ["contacts.xlsx", "contacts.csv", "contacts"])
def test_workbook_is_known_by_its_content_and_read_to_a_balanced_account(store, name):
    upload = read(store(("View", [None, *CONTACTS, [None], BAD]), name=name).upload)

    assert (upload.state, upload.sheet, upload.encoding, upload.encoding_label) == (
        "read",
        "View",
        "",
        "Excel workbook",
    )
    assert (upload.read_count, upload.kept_count, upload.quarantined_count, upload.blank_count) == (3, 1, 1, 1)
    assert upload.mapped == ["family_name", "email", "created_at"]
    rows = list(SourceRow.objects.of_upload(upload.pk))
    assert [(row.row_no, row.line, row.state) for row in rows] == [
        (1, 3, "kept"),
        (2, 4, "blank"),
        (3, 5, "quarantined"),
    ]
    assert rows[0].values == ["Lee", "ann@example.com", "2024-03-05"]


def test_rejects_of_a_workbook_come_whole_with_line_column_and_value(store):
    upload = read(store(("View", [*CONTACTS, BAD])).upload)

    header, line = csv.reader("".join(safe_csv(queries.quarantined_lines(upload))).lstrip("\ufeff").splitlines())

    assert header == ["Line", "Rule", "In column", "Value", "Reason", "Raw row", "Last name", "E-mail", "Created"]
    assert line == [
        *("3", "cell.error", "E-mail", "#N/A"),
        "“E-mail” holds the error #N/A. Correct the formula, or empty the cell, and upload the row again.",
        *("", "Kim", "#N/A", "1"),
    ]


def test_several_sheets_are_asked_about_with_the_first_one_proposed(store, member):
    upload = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS), ("Notes", [])).upload
    assert (upload.state, upload.job, upload.first_sheet) == (UploadState.ASKS, None, "Contacts")

    services.declare_sheet(upload=upload, by=member.user, sheet="Accounts")
    read(upload)

    assert (upload.state, upload.sheet, upload.object) == (UploadState.READ, "Accounts", "account")
    assert history(upload).filter(verb="upload.sheet_declared").get().after == {"sheet": "Accounts"}


def test_another_sheet_of_a_file_is_another_upload_and_the_bytes_lie_once(store, member):
    first = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS), sheet="Contacts").upload

    other = services.declare_sheet(upload=first, by=member.user, sheet="Accounts")
    again = services.declare_sheet(upload=first, by=member.user, sheet="Accounts")
    read(other)

    assert (other, other.sheet, other.state) == (again, "Accounts", UploadState.READ)
    assert other.path.samefile(first.path)
    assert Upload.objects.count() == 2


def test_same_workbook_with_another_sheet_named_is_another_upload(store):
    sheets = ("Contacts", CONTACTS), ("Accounts", ACCOUNTS)
    content = workbook(*sheets, formats=["yyyy-mm-dd"])

    first = store(content=content, sheet="Contacts")
    other = store(content=content, sheet="Accounts")
    again = store(content=content, sheet="Accounts")

    assert (first.is_new, other.is_new, again.is_new) == (True, True, False)
    assert (other.upload.sheet, again.upload) == ("Accounts", other.upload)


@pytest.mark.parametrize("sheet", ["", "Notes", "Nowhere"])
def test_sheet_without_rows_is_no_answer(store, member, sheet):
    upload = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS), ("Notes", [])).upload

    with pytest.raises(Invalid):
        services.declare_sheet(upload=upload, by=member.user, sheet=sheet)


def test_sheet_is_chosen_by_those_who_may_upload(store, member):
    upload = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS)).upload
    viewer = MembershipFactory(program=member.program, role=Role.TEAM_LEAD)

    with pytest.raises(NotYours):
        services.declare_sheet(upload=upload, by=viewer.user, sheet="Contacts")


def test_sheet_that_somebody_else_chose_meanwhile_stays(store, member):
    upload = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS)).upload
    services.declare_sheet(upload=Upload.objects.get(pk=upload.pk), by=member.user, sheet="Accounts")

    with pytest.raises(AlreadyRead):
        services.declare_sheet(upload=upload, by=member.user, sheet="Contacts")


def test_workbook_has_no_encoding_to_choose(store, member):
    upload = store(("Contacts", CONTACTS), ("Accounts", ACCOUNTS)).upload

    with pytest.raises(AlreadyRead):
        services.declare_encoding(upload=upload, by=member.user, encoding="cp1252")


def test_unknown_sheet_of_a_new_file_is_refused_with_those_that_are_there(store):
    with pytest.raises(FileRefused) as refused:
        store(("Contacts", CONTACTS), sheet="Leads")

    assert (refused.value.code, Upload.objects.count()) == ("file_unknown_sheet", 0)


def test_reading_a_workbook_goes_on_after_the_last_committed_chunk(store, monkeypatch):
    monkeypatch.setattr(storing, "CHUNK", 10)
    upload = store(("S", [["Last name"], *([f"Lee {no}"] for no in range(1, 36))])).upload
    shard = upload.job.shards.get()
    shard.cursor, shard.done = {"kept": 20, "quarantined": 0, "blank": 0}, 20
    shard.save()
    SourceRow.objects.bulk_create(
        SourceRow(id=row_id(upload.pk, no), upload=upload, line=no + 1) for no in range(1, 21)
    )

    read(upload)

    assert (upload.state, upload.read_count) == (UploadState.READ, 35)
    assert SourceRow.objects.get(id=row_id(upload.pk, 21)).values == ["Lee 21"]


def test_progress_of_a_workbook_knows_its_rows(store):
    assert store(("S", [["Last name"], *(["Lee"] for _ in range(35))])).upload.job.shards.get().total == 35


@pytest.fixture
def kept(tmp_path):
    def kept(content):
        path = tmp_path / "kept"
        path.write_bytes(content)
        return path

    return kept


def test_sniffed_workbook_knows_its_sheet_and_what_to_say(kept):
    found = sniff(kept(workbook(("Cover", []), ("Contacts", CONTACTS), formats=[14])), name="x.csv")

    assert (found.sheet, found.notes, len(found.first)) == (
        "Contacts",
        ("“Contacts” is read, the only sheet with rows.",),
        1,
    )
    with pytest.raises(NeedsSheet):
        sniff(kept(workbook(("Contacts", CONTACTS), ("Accounts", ACCOUNTS), formats=[14])))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "ole"),
        (workbook(("S", CONTACTS))[:-30], "xlsx_damaged"),
        (workbook(("S", CONTACTS[:1])), "header_only"),
        (workbook(("S", [])), "empty"),
        (workbook(), "xlsx_no_sheet"),
        (workbook(("S", CONTACTS), more={"xl/workbook.xml": "<!DOCTYPE w><workbook/>"}), "xlsx_doctype"),
    ],
)
def test_workbook_that_cannot_be_read_is_refused_with_what_to_do(kept, content, code):
    with pytest.raises(Refusal) as refused:
        sniff(kept(content), name="contacts.xlsx")

    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_workbook_above_its_own_size_is_refused(kept):
    with pytest.raises(Refusal) as refused:
        sniff(kept(workbook(("S", CONTACTS))), limits=Limits(workbook_bytes=500))

    assert refused.value.code == "too_large"


def bomb(megabytes):
    """A sheet that packs to a thousandth: one row, and blanks behind it."""
    head = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row>'
    return head.encode() + b" " * (megabytes * 1_048_576)


def test_zip_bomb_is_refused_at_the_door(kept):
    with pytest.raises(Refusal) as refused:
        sniff(kept(workbook(("S", bomb(60)))))

    assert refused.value.code == "xlsx_ratio"


def test_text_that_needs_more_memory_than_allowed_is_a_refusal(kept):
    path = kept(workbook(("S", [["a"], *(['<c t="s"><v>0</v></c>'] for _ in range(3))]), strings=["x" * 250_000] * 160))

    with pytest.raises(Refusal) as refused:
        look(path, memory_bytes=60_000_000)

    assert refused.value.code == "reader_stopped"


def test_large_sheet_is_read_within_the_memory_of_the_process(tmp_path):
    """200,000 rows of three cells, 40,000 texts among them, in 256 MB: a quarter of what is allowed."""
    path = tmp_path / "large.xlsx"
    rows = "".join(
        f'<row r="{no}"><c r="A{no}"><v>{no}</v></c><c r="B{no}" t="s"><v>{no % 40_000}</v></c>'
        f'<c r="C{no}" s="1"><v>{40_000 + no % 5_000}</v></c></row>'
        for no in range(2, 200_002)
    )
    head = "".join(f'<c r="{each}1" t="str"><v>{each}</v></c>' for each in "ABC")
    xml = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1">{head}</row>{rows}</sheetData></worksheet>'
    texts = [f"Company {no}" for no in range(40_000)]
    path.write_bytes(workbook(("S", xml), formats=[14], strings=texts))

    chunks = open_chunks(path, encoding="", delimiter="", sheet="S", size=10_000, memory_bytes=256 * 1_048_576)
    counts = [len(chunk) for chunk in chunks if chunk and not isinstance(chunk[0], Header)]

    assert sum(counts) == 200_000


def test_archive_of_tables_is_still_no_workbook(kept):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("contacts.csv", "id\n1\n")

    with pytest.raises(Refusal) as refused:
        sniff(kept(held.getvalue()), name="contacts.xlsx")

    assert refused.value.code == "zip"
