"""Runs and their mapping: what is refused, what is signed, what a cancelled run gives back."""

import pytest
from django.urls import reverse

from crmprogram.intake.models import RowIssue, SourceRow
from crmprogram.jobs import runner
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Outbox
from crmprogram.jobs.registry import KINDS
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import AuditEntry, Role
from migration import queries
from migration.errors import MappingIncomplete, RunRefused
from migration.models import Mapping, Record, RunRow, Treatment
from migration.services import mapping, runs
from migration.services.rows import RULES
from phases.models import FieldRule
from tests.factories import MembershipFactory
from tests.migration.conftest import HEADER, PEOPLE, fresh, sign

pytestmark = pytest.mark.django_db


def change(run, header, **values):
    column = run.mapping.columns.get(header=header)
    return {"id": column.pk, "treatment": column.treatment, "field": column.field, "reason": column.reason, **values}


def test_mapping_is_proposed_from_the_headers_with_fill_and_samples(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])

    email = run.mapping.columns.get(header="Email")
    assert (email.treatment, email.field, email.filled, email.rows) == ("map", "email", 6, 7)
    assert email.samples[0] == "ann.lee@acme-pumps.de"
    assert mapping.missing_sentences(run.mapping) == []


def test_custom_column_of_a_system_is_proposed_by_its_plain_name(member, upload):
    text = "Id,LastName,AccountId,Email,Lifecycle_Stage__c\n003,Lee,001,a@b-pumps.de,customer\n"

    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, text)])

    assert run.mapping.columns.get(header="Lifecycle_Stage__c").field == "lifecycle_stage"


def test_mapping_without_mail_or_phone_cannot_be_signed(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    drop = {"treatment": Treatment.DROP, "reason": "Not wanted."}
    mapping.change_mapping(
        run=run, by=member.user, columns=[change(run, "Email", **drop), change(run, "Phone", **drop)]
    )

    with pytest.raises(MappingIncomplete, match="no column is mapped to an e-mail address or a telephone number"):
        mapping.sign_mapping(run=run, by=member.user)


def test_dropping_a_column_needs_a_reason(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])

    with pytest.raises(Invalid, match="nothing is lost without a reason"):
        mapping.change_mapping(
            run=run, by=member.user, columns=[change(run, "Country", treatment=Treatment.DROP, reason=" ")]
        )


def test_two_columns_for_one_field_cannot_be_signed(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    mapping.change_mapping(run=run, by=member.user, columns=[change(run, "Country", field="company")])

    with pytest.raises(MappingIncomplete, match="2 columns are mapped to Company"):
        mapping.sign_mapping(run=run, by=member.user)


def test_change_of_a_signed_mapping_makes_the_next_version(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    first = mapping.sign_mapping(run=run, by=member.user)

    second = mapping.change_mapping(
        run=run, by=member.user, columns=[change(run, "Country", treatment="drop", reason="One country only.")]
    )

    assert (first.version, second.version, second.signed_at) == (1, 2, None)
    assert Mapping.objects.get(pk=first.pk).columns.get(header="Country").treatment == "map"


def test_merged_column_fills_the_gap_and_keeps_what_differs(member, clean, upload):
    text = "Id,Last Name,Email,Work Mail\n1,Lee,,lee@acme-pumps.de\n2,Roe,roe@acme-pumps.de,r@acme-pumps.de\n"
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, text, kind="contact")])
    column = change(run, "Work Mail", treatment=Treatment.MERGE, field="email", reason="Second mailbox.")
    mapping.change_mapping(run=run, by=member.user, columns=[column])
    mapping.sign_mapping(run=run, by=member.user)
    runs.start_run(run=run, by=member.user)
    jobs.work_off()

    lee, roe = Record.objects.filter(run=run).order_by("pk")
    assert lee.fields["email"] == "lee@acme-pumps.de"
    assert (roe.fields["email"], roe.fields["custom.Work Mail"]) == ("roe@acme-pumps.de", "r@acme-pumps.de")


def test_run_does_not_start_before_its_mapping_is_signed(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])

    with pytest.raises(RunRefused, match="mapping is not signed"):
        runs.start_run(run=run, by=member.user)


def test_file_is_in_one_run_at_a_time(member, upload):
    file = upload(member, PEOPLE, kind="contact")
    runs.create_run(program=member.program, by=member.user, uploads=[file])

    with pytest.raises(RunRefused, match="in R-01 already"):
        runs.create_run(program=member.program, by=member.user, uploads=[file])


def test_files_of_different_kinds_do_not_go_together(member, upload):
    people = upload(member, PEOPLE, kind="contact")
    companies = upload(member, "Id,Name\n1,Acme\n", "accounts.csv", "account")

    with pytest.raises(Invalid, match="One run cleans one kind of record"):
        runs.create_run(program=member.program, by=member.user, uploads=[people, companies])


def test_runs_are_listed_newest_first(member, upload):
    for name, rows in (("a.csv", "1,Ann,Lee"), ("b.csv", "2,Bob,Ray")):
        file = upload(member, f"Id,First Name,Last Name\n{rows}\n", name, "contact")
        runs.create_run(program=member.program, by=member.user, uploads=[file])

    assert [one.number for one in queries.runs_of(member.program)] == [2, 1]


def test_file_without_a_good_row_is_not_offered_and_says_why(client, member, upload):
    file = upload(member, f"{HEADER}\n1,Ann\n2,Bob\n")
    client.force_login(member.user)
    slug = member.program.slug

    with pytest.raises(Invalid, match="no row that can be cleaned"):
        runs.create_run(program=member.program, by=member.user, uploads=[file])
    listed = client.get(reverse("migration:runs", args=[slug])).content.decode()
    assert ("Clean this file" in listed, "2 rows are put aside" in listed) == (False, True)
    page = client.get(file.get_absolute_url()).content.decode()
    assert ("Clean this file" in page, "There is nothing to clean" in page) == (False, True)


def test_file_of_another_program_is_refused(member, upload):
    stranger = MembershipFactory()

    with pytest.raises(Invalid, match="another program"):
        runs.create_run(program=member.program, by=member.user, uploads=[upload(stranger, PEOPLE)])


def test_viewer_may_not_begin_a_run(member, upload):
    viewer = MembershipFactory(program=member.program, role=Role.VIEWER)

    with pytest.raises(NotYours):
        runs.create_run(program=member.program, by=viewer.user, uploads=[upload(member, PEOPLE)])


def test_account_of_a_run_counts_every_row_once(member, clean):
    run = clean(member)

    assert run.counts == {"read": 7, "kept": 4, "merged": 1, "archived": 1, "quarantined": 1, "blank": 0}
    states = {record.label: record.state for record in run.records.all()}
    assert states == {
        "Ann Lee": "ready", "Maria Kowalski": "held", "Marie Kowalsky": "held", "Dee Oldham": "archived",
        "Cy Young": "rejected", "Eve Xu": "ready",
    }  # fmt: skip


def test_original_stays_beside_the_cleaned_value(member, clean):
    run = clean(member)

    row = SourceRow.objects.get(pk=run.records.get(label="Ann Lee").pk)
    assert "089 123456" in row.values
    clean = row.in_run.clean
    assert clean["phone"] == {"value": "+4989123456", "rule": clean["phone"]["rule"]}
    assert clean["country"]["value"] == "DE"


def test_value_that_cannot_be_cleaned_is_left_out_and_listed(member, clean):
    eve = clean(member).records.get(label="Eve Xu")

    assert "phone" not in eve.fields
    assert [(one["field"], one["raw"], one["left_out"]) for one in eve.problems] == [("phone", "12", True)]


def test_programs_own_required_fields_are_asked(member, clean):
    FieldRule.objects.create(program=member.program, object="contact", field="title")

    run = clean(member)

    assert run.thresholds["required"] == ["title"]
    assert run.records.get(label="Eve Xu").state == "rejected"


def test_cancelled_run_gives_its_rows_back_as_they_were_read(member, clean):
    run = clean(member)

    runs.cancel_run(run=run, by=member.user, reason="Wrong file.")

    assert set(SourceRow.objects.values_list("state", "in_run")) == {("kept", None)}
    assert RowIssue.objects.filter(rule__in=RULES).count() == RunRow.objects.count() == Record.objects.count() == 0
    again = runs.create_run(program=member.program, by=member.user, uploads=run.uploads.all())
    assert again.number == 2


def test_loaded_run_cannot_be_cancelled(member, clean):
    run = clean(member)
    sign(run, member)
    run.stages.filter(order=1).update(state="loaded")

    with pytest.raises(RunRefused, match="clear the rehearsal first"):
        runs.cancel_run(run=fresh(run), by=member.user)


def test_run_cleaned_again_gives_the_same_account(member, clean):
    run = clean(member)
    before = (run.counts, sorted(run.records.values_list("key", "state", "stage")))

    runs.start_run(run=run, by=member.user)
    jobs.work_off()

    run = fresh(run)
    assert (run.counts, sorted(run.records.values_list("key", "state", "stage"))) == before


def test_every_part_told_to_run_twice_writes_the_same(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    mapping.sign_mapping(run=run, by=member.user)
    runs.start_run(run=run, by=member.user)
    while (shard := runner.claim()) is not None:
        # the worker dies after its last write: another takes the shard over from its beginning
        step = next(one for one in KINDS["hygiene"].steps(shard.job) if one.name == shard.step)
        step.do(runner.Work(shard))
        shard.refresh_from_db()
        shard.cursor, shard.result, shard.done = {}, {}, 0
        runner.run(shard)

    run = fresh(run)
    assert run.state == "cleaned", run.job.error
    assert run.counts == {"read": 7, "kept": 4, "merged": 1, "archived": 1, "quarantined": 1, "blank": 0}
    assert (run.records.count(), run.clusters.count(), run.rows.count()) == (6, 2, 7)
    assert run.summary["after"]["records"] == 6


def test_run_that_lost_a_row_fails_and_says_by_how_many(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    mapping.sign_mapping(run=run, by=member.user)
    SourceRow.objects.order_by("pk").last().delete()

    runs.start_run(run=run, by=member.user)
    jobs.work_off()

    run = fresh(run)
    assert run.state == "failed"
    assert run.job.error == ("Step “profile” does not balance: 7 rows came in, 6 went out; 1 rows are missing.")


def test_stopped_run_goes_on_where_it_stopped(member, upload):
    run = runs.create_run(program=member.program, by=member.user, uploads=[upload(member, PEOPLE, kind="contact")])
    mapping.sign_mapping(run=run, by=member.user)
    runs.start_run(run=run, by=member.user)
    jobs.work_off(limit=1)
    runs.stop_run(run=fresh(run), by=member.user)
    assert fresh(run).state == "stopped"

    runs.resume_run(run=fresh(run), by=member.user)
    jobs.work_off()

    assert fresh(run).counts["read"] == 7
    assert AuditEntry.objects.filter(verb="run.started").count() == 1


def test_end_of_a_run_is_told(member, clean):
    run = clean(member)

    entry = AuditEntry.objects.get(verb="run.done")
    assert (entry.subject_id, entry.by, entry.after) == (str(run.pk), None, run.counts)
    assert Outbox.objects.filter(topic="run.ended", subject_id=str(run.pk)).count() == 1
