"""Files go with time, rows with them where nothing stands on them; the account stays, and the file may come back."""

from datetime import timedelta

import pytest

from crmprogram.intake import retention
from crmprogram.intake.errors import FileRefused
from crmprogram.intake.models import RowIssue, SourceRow, UploadState
from crmprogram.intake.services import declare_sheet
from crmprogram.jobs.services import work_off
from crmprogram.program import clock
from crmprogram.program.audit import history
from crmprogram.program.models import Role
from migration.errors import RunRefused
from migration.models import MappingColumn
from migration.services.runs import cancel_run, create_run
from tests.factories import MembershipFactory
from tests.intake.test_services import store, store_and_read

pytestmark = pytest.mark.django_db
CONTENT = b"Last name,E-mail\nLee,ann@example.com\n\nKim\n"


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def member():
    return MembershipFactory(role=Role.SALES_OPS)


def days_later(days, run_commits):
    """Let the beat ring that many days from now."""
    with clock.at(clock.now() + timedelta(days=days)):
        with run_commits(execute=True):
            begun = retention.sweep()
        with run_commits(execute=True):
            work_off()
    return begun


def test_file_and_rows_go_after_their_days_and_the_account_stays(member, django_capture_on_commit_callbacks):
    upload = store_and_read(member, CONTENT)
    commits = django_capture_on_commit_callbacks

    assert days_later(89, commits) == []
    assert len(days_later(91, commits)) == 1

    upload.refresh_from_db()
    assert not upload.path.exists()
    assert upload.rows_gone_at
    assert upload.file_gone_at
    assert not SourceRow.objects.exists()
    assert not RowIssue.objects.exists()
    assert (upload.read_count, upload.kept_count, upload.quarantined_count, upload.blank_count) == (3, 1, 1, 1)
    assert history(upload).get(verb="upload.let_go").after == {"file": True, "rows": 3}
    assert days_later(92, commits) == []  # once is enough

    again = store(member, CONTENT)  # the same bytes come back as the upload they were
    work_off()
    assert again.is_new
    assert again.upload.pk == upload.pk
    upload.refresh_from_db()
    assert (upload.state, upload.rows_gone_at, SourceRow.objects.count()) == ("read", None, 3)
    assert upload.path.exists()


def test_rows_stay_while_a_run_stands_on_them(member, django_capture_on_commit_callbacks):
    upload = store_and_read(member, CONTENT, object="contact")
    run = create_run(program=member.program, by=member.user, uploads=[upload])
    assert retention.kept(upload).is_held

    days_later(91, django_capture_on_commit_callbacks)
    upload.refresh_from_db()
    assert not upload.path.exists()
    assert upload.rows_gone_at is None
    assert SourceRow.objects.count() == 3
    assert days_later(92, django_capture_on_commit_callbacks) == []
    assert not store(member, CONTENT).is_new
    assert not upload.path.exists()

    cancel_run(run=run, by=member.user)
    days_later(93, django_capture_on_commit_callbacks)
    assert not SourceRow.objects.exists()
    with pytest.raises(RunRefused, match="Upload the same file again"):
        create_run(program=member.program, by=member.user, uploads=[upload])
    assert not any(MappingColumn.objects.values_list("samples", flat=True))


def test_a_file_nobody_answered_for_says_so(member, django_capture_on_commit_callbacks):
    upload = store(member, b"Name\nM\xfcller\nJos\xe9\n").upload
    assert upload.state == UploadState.ASKS

    days_later(91, django_capture_on_commit_callbacks)

    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED
    assert "Upload it again" in upload.error


def test_files_are_kept_for_ever_when_told_so(member, settings):
    settings.UPLOAD_KEEP_DAYS = 0
    store_and_read(member, CONTENT)
    with clock.at(clock.now() + timedelta(days=9_000)):
        assert retention.sweep() == []


def test_another_sheet_of_a_file_that_is_gone_is_asked_for_again(member):
    upload = store_and_read(member, CONTENT)
    upload.sheets = [{"name": "B", "rows": 3, "hidden": False}]
    upload.path.unlink()
    with pytest.raises(FileRefused, match="Upload it again and name the sheet “B”"):
        declare_sheet(upload=upload, by=member.user, sheet="B")
