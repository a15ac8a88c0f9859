"""Adoption on the command line: real exports in, numbers out (M1, M5, M9)."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from adoption.management.commands.import_activity import _spans
from adoption.metrics import Week
from adoption.models import Activity, Rep, RepState
from adoption.queries.report import report
from crmprogram.program import clock
from crmprogram.program.models import Role
from tests.factories import MembershipFactory, ProgramFactory

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


@pytest.fixture
def run(program, django_capture_on_commit_callbacks):
    def called(*files, **options):
        out = io.StringIO()
        with django_capture_on_commit_callbacks(execute=True):
            call_command("import_activity", *files, program=program.slug, json=True, stdout=out, **options)
        return json.loads(out.getvalue())

    return called


@pytest.mark.parametrize(
    ("name", "format_", "kinds", "why", "refused"),
    [
        ("dynamics365/Appointments.csv", "dynamics365-activity", {"meeting": 3}, {"cancelled": 1, "open": 18}, {}),
        ("pipedrive/api_v1_activities.jsonl", "pipedrive-api-activity", {"other": 1}, {"open": 2}, {}),
        ("salesforce/warehouse/sf_task_data.csv", "warehouse-salesforce-task", {"task": 10}, {}, {}),
        (
            "hubspot/warehouse/engagement_email_data.csv",
            "warehouse-hubspot-engagement",
            {},
            {},
            {"owner.missing": 1},
        ),
    ],
)
def test_real_export_is_counted_with_a_balanced_account(run, name, format_, kinds, why, refused):
    (found,) = run(str(SAMPLES / name))

    assert (found["format"], found["kinds"], found["why"], found["refused"]) == (format_, kinds, why, refused)
    assert found["rows"] == sum(sum(found[key].values()) for key in ("kinds", "why", "refused"))
    assert found["clock"] == "logged"


def test_set_made_in_one_moment_is_a_load_and_counts_for_nobody(run):
    (found,) = run(str(SAMPLES / "salesforce/warehouse/sf_task_data.csv"))

    assert found["bulk"] == 10
    assert not Activity.objects.counting().exists()


def test_same_file_twice_changes_nothing(run):
    path = str(SAMPLES / "dynamics365/Appointments.csv")
    run(path)
    (again,) = run(path)

    assert again["stored"] == {"new": 0, "changed": 0, "same": 22, "older": 0}
    assert again["changed"] == []
    assert set(Rep.objects.values_list("state", flat=True)) == {RepState.UNKNOWN}


def test_file_that_cannot_be_counted_says_why_and_fails_the_command(run, program):
    out, path = io.StringIO(), str(SAMPLES / "hubspot/warehouse/engagement_call_data.csv")
    with pytest.raises(CommandError, match="1 of 1 files"):
        call_command("import_activity", path, program=program.slug, stdout=out)

    assert "no column that names the owner" in out.getvalue()


def test_unknown_columns_are_mapped_on_the_command_line(run, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("Wer,Was,Wann\nAnn,Anruf,2026-05-18 09:00\n", encoding="utf-8")

    (found,) = run(str(path), object="activity", map=["Wer=owner", "Was=kind", "Wann=created_at"], tz="Europe/Berlin")

    assert (found["kinds"], found["zone"]) == ({"call": 1}, "Europe/Berlin")


def test_nobody_imports_who_may_not(program):
    viewer = MembershipFactory(program=program, role=Role.VIEWER)
    other = ProgramFactory()
    path = str(SAMPLES / "dynamics365/Appointments.csv")

    with pytest.raises(CommandError):
        call_command("import_activity", path, program=program.slug, by=viewer.user.username, stdout=io.StringIO())
    with pytest.raises(CommandError, match="Nobody"):
        call_command("import_activity", path, program=other.slug, stdout=io.StringIO())


def test_adoption_prints_each_week_and_team_with_the_reason(program, east, settle, count):
    settle(east, "ann")
    count([[1, "Call", "ann", "2026-05-05 09:00", "2026-05-05 09:00", ""]])
    out = io.StringIO()

    call_command("adoption", program.slug, "--from", "2026-W19", "--to", "2026-W20", "--json", stdout=out)

    lines = {(one["week"], one["team"], one["metric"]): one for one in json.loads(out.getvalue())}
    daily = lines["2026-W19", "East", "adoption.daily"]
    assert (daily["numerator"], daily["denominator"], daily["value"], daily["target"]) == (1, 2, "50", "90")
    assert daily["state"] == "to date"
    assert lines["2026-W20", "all", "adoption.daily"]["reason"] == "No export reaches this week."
    assert {one[0] for one in lines} == {"2026-W19", "2026-W20"}


@pytest.mark.parametrize("words", [["nowhere"], ["--from", "2026-W60"], ["--from", "2026-W20", "--to", "2026-W19"]])
def test_adoption_refuses_what_is_not_there(program, words):
    with pytest.raises(CommandError):
        call_command("adoption", *(words if words == ["nowhere"] else [program.slug, *words]), stdout=io.StringIO())


def test_report_of_a_doubtful_week_gives_the_reason(program, east, settle, count):
    settle(east, "ann")
    rows = [
        [n, "Call", "ann", f"2026-05-{4 + n // 6:02d} 09:{n % 60:02d}", f"2026-05-{4 + n // 6:02d} 09:{n % 60:02d}", ""]
        for n in range(30)
    ]
    count([*rows, [90, "Call", "ann", "2026-05-12 09:00", "2026-05-15 09:00", ""]], as_of=date(2026, 5, 31))

    (line,) = [
        one
        for one in report(program, Week(2026, 20), Week(2026, 20))
        if (one.team, one.metric) == ("all", "adoption.daily")
    ]

    assert (line.value, line.state) == (None, "not measured")
    assert line.reason == "1 activity, where about 30 are usual."


def test_every_row_that_is_not_taken_names_file_line_column_and_value(program, tmp_path):
    file = tmp_path / "calls.csv"
    rows = ["1,Call,ann,2026-05-05 09:00,2026-02-31 09:00,x", "2,Call,,2026-05-05 09:00,2026-05-05 09:00,x", "3,Call"]
    file.write_text("\n".join(["Record ID,Activity type,Activity assigned to,Activity date,Create Date,Mood", *rows]))
    out = io.StringIO()
    call_command("import_activity", file, program=program.slug, tz="UTC", stdout=out)

    said = out.getvalue()
    assert "calls.csv, line 2: “Create Date” holds “2026-02-31 09:00”. " in said
    assert "calls.csv, line 3: “Activity assigned to” is empty. The row names no owner" in said
    assert "calls.csv, line 4: The row has 2 cells, the header 6." in said
    assert "columns not read: Mood." in said


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        ([], "none"),
        (["2026-W05"], "2026-W05"),
        (["2026-W02", "2025-W52", "2026-W01", "2026-W05"], "2025-W52 to 2026-W02, 2026-W05"),
    ],
)
def test_weeks_in_a_row_are_said_as_one_span(periods, said):
    assert _spans(periods) == said
