"""Pages of data work: found, allowed, and no dearer for longer lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.jobs import services as jobs
from crmprogram.program.models import Role
from migration.models import Cluster, ClusterState, Record, Run, RunRow, SandboxRecord
from migration.services import mapping, review, runs
from tests.factories import MembershipFactory
from tests.migration.conftest import PEOPLE, fresh, owner, sign, try_dry

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cleaned, db):
    return owner(cleaned)


@pytest.fixture
def run(cleaned, member):
    return fresh(cleaned)


@pytest.fixture
def beginner(db):
    """Sales Ops of a program that has no run yet."""
    return MembershipFactory(role=Role.SALES_OPS)


def url(name, run, *args):
    return reverse(f"migration:{name}", args=[run.program.slug, *args])


def pages(run):
    no = run.number
    return [
        url("runs", run), url("run-new", run), url("run", run, no), url("mapping", run, no), url("profile", run, no),
        url("records", run, no),
        url("rejects", run, no), url("clusters", run, no), url("cluster", run, no, 1), url("cluster", run, no, 2),
        url("merges", run, no), url("stage", run, no, 1), url("sandbox", run),
        url("record", run, run.records.first().pk),
    ]  # fmt: skip


def test_every_page_of_a_cleaned_run_opens(client, member, run):
    client.force_login(member.user)

    assert {page: client.get(page).status_code for page in pages(run)} == dict.fromkeys(pages(run), 200)


def test_run_of_another_program_is_not_there(client, run):
    client.force_login(MembershipFactory().user)

    assert {client.get(page).status_code for page in pages(run)} == {404}


def test_participant_may_not_look_at_data(client, member, run):
    client.force_login(MembershipFactory(program=member.program, role=Role.PARTICIPANT).user)

    assert client.get(url("run", run, run.number)).status_code == 403


@pytest.mark.parametrize("odd", ["²", "9" * 30, "-1", "x"])
def test_odd_place_in_a_list_begins_at_the_first_row(client, member, run, odd):
    client.force_login(member.user)
    places = [(name, {"after": odd}) for name in ("records", "rejects", "clusters")] + [("merges", {"seed": odd})]

    answers = {name: client.get(url(name, run, run.number), query).status_code for name, query in places}

    assert set(answers.values()) == {200}
    assert client.get(url("sandbox", run), {"after": odd}).status_code == 200


@pytest.mark.parametrize("name", ["records", "clusters"])
def test_list_does_not_read_the_long_summary_with_each_row(client, member, run, name):
    client.force_login(member.user)

    with CaptureQueriesContext(connection) as asked:
        client.get(url(name, run, run.number))

    table = f"migration_{name.removesuffix('s')}"
    own = [one["sql"] for one in asked if not one["sql"].startswith("WITH")]  # those read together are the rail's
    rows = [sql for sql in own if f'FROM "{table}"' in sql and "LIMIT" in sql]
    assert rows
    assert not [sql for sql in rows if '"migration_run"."summary"' in sql]


@pytest.mark.parametrize(("role", "shown"), [(Role.VIEWER, False), (Role.IT, True)])
def test_upload_is_offered_to_those_who_may(client, member, run, role, shown):
    client.force_login(MembershipFactory(program=member.program, role=role).user)
    upload = reverse("web:upload-new", args=[member.program.slug])

    answers = [client.get(page).content.decode() for page in (url("runs", run), url("run", run, run.number))]

    assert [upload in page.partition("<main")[2] for page in answers] == [shown, shown]


@pytest.mark.parametrize("name", ["run-start", "run-stop", "run-resume", "run-cancel", "rehearsal-clear"])
def test_viewer_may_look_but_not_act(client, member, run, name):
    client.force_login(MembershipFactory(program=member.program, role=Role.VIEWER).user)

    assert client.get(url("run", run, run.number)).status_code == 200
    assert client.post(url(name, run, run.number)).status_code == 403


def test_mapping_is_signed_and_run_by_its_form(client, beginner, upload):
    client.force_login(beginner.user)
    file = upload(beginner, PEOPLE, kind="contact")
    begun = client.post(
        reverse("migration:run-new", args=[beginner.program.slug]), {"uploads": [file.pk], "region": "DE", "months": 12}
    )
    run = Run.objects.get(program=beginner.program)
    assert begun["Location"] == url("mapping", run, 1)

    answer = client.post(url("mapping", run, 1), {"do": "run"})
    jobs.work_off()

    assert (answer.status_code, answer["Location"]) == (303, url("run", run, 1))
    assert fresh(run).state == "cleaned"


def test_run_without_a_file_asks_for_one(client, member):
    client.force_login(member.user)

    answer = client.post(reverse("migration:run-new", args=[member.program.slug]), {"region": "DE", "months": 12})

    assert answer.status_code == 422
    assert answer.context["form"].errors["uploads"] == ["Choose at least one file."]


def test_incomplete_mapping_keeps_what_was_typed(client, beginner, upload):
    client.force_login(beginner.user)
    run = runs.create_run(
        program=beginner.program, by=beginner.user, uploads=[upload(beginner, PEOPLE, kind="contact")]
    )
    column = run.mapping.columns.get(header="Country")

    answer = client.post(
        url("mapping", run, 1), {"do": "save", f"treatment-{column.pk}": "drop", f"reason-{column.pk}": ""}
    )

    assert answer.status_code == 422
    assert "say why it is not simply mapped" in answer.content.decode()
    assert '<option value="drop" selected>' in answer.content.decode()


def test_form_of_a_wide_export_is_read_whole(client, beginner, upload):
    client.force_login(beginner.user)
    run = runs.create_run(program=beginner.program, by=beginner.user, uploads=[upload(beginner, PEOPLE)])
    typed = {f"of-a-column-{at}": "" for at in range(4_000)}

    assert client.post(url("mapping", run, run.number), {**typed, "do": "save"}).status_code == 303


def test_live_part_ends_its_polling_when_the_run_is_over(client, member, run):
    client.force_login(member.user)

    answer = client.get(url("run", run, 1), headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Refresh"]) == (286, "true")


def test_live_part_polls_while_the_run_works(client, beginner, upload):
    client.force_login(beginner.user)
    run = runs.create_run(
        program=beginner.program, by=beginner.user, uploads=[upload(beginner, PEOPLE, kind="contact")]
    )
    mapping.sign_mapping(run=run, by=beginner.user)
    runs.start_run(run=run, by=beginner.user)

    answer = client.get(url("run", run, 1), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert 'hx-trigger="every 2s"' in answer.content.decode()


def test_decision_by_key_press_brings_the_next_cluster(client, member, run):
    client.force_login(member.user)
    cluster = run.clusters.open().get()
    Cluster.objects.create(
        run=run, number=90, position=90, key="z", label="Next", size=0, is_review=True, state="open", probability=0.6
    )

    answer = client.post(
        cluster.get_absolute_url(),
        {"do": "merge", "seen": 0, "include": [key for group in cluster.groups for key in group]},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert answer["HX-Push-Url"] == url("cluster", run, 1, 90)
    assert "Merged 2 records" in answer["HX-Trigger"]


def test_decision_works_without_script_and_undo_takes_it_back(client, member, run):
    client.force_login(member.user)
    cluster = run.clusters.open().get()

    decided = client.post(cluster.get_absolute_url(), {"do": "split", "seen": 0})
    undone = client.post(url("undo-last", run, 1))

    assert (decided.status_code, undone.status_code) == (303, 303)
    assert undone["Location"] == cluster.get_absolute_url()
    cluster.refresh_from_db()
    assert cluster.state == ClusterState.OPEN


def test_late_decision_shows_the_conflict(client, member, run):
    client.force_login(member.user)
    cluster = run.clusters.open().get()
    client.post(cluster.get_absolute_url(), {"do": "split", "seen": 0})

    late = client.post(cluster.get_absolute_url(), {"do": "split", "seen": 0})

    assert late.status_code == 409
    assert "Somebody decided about these records" in late.content.decode()


def test_rejects_download_as_csv(client, member, run):
    client.force_login(member.user)

    answer = client.get(url("rejects-file", run, 1))

    assert answer["Content-Disposition"] == 'attachment; filename="rejects-R-01.csv"'
    assert b"Cy,Young" in b"".join(answer.streaming_content)


def test_record_page_says_rows_rules_and_person(client, member, run):
    client.force_login(member.user)
    page = client.get(run.records.get(label="Ann Lee").get_absolute_url()).content.decode()

    assert "line 2" in page
    assert "line 3" in page
    assert "089 123456" in page
    assert "country.iso3166" in page
    assert "Written as the two letters of ISO 3166." in page


def test_record_that_a_person_merged_says_its_row_and_who(client, member, run):
    review.merge_cluster(cluster=Cluster.objects.reviews().get(run=run), by=member.user)
    gone = Record.objects.get(absorbed_by__isnull=False)
    client.force_login(member.user)

    page = client.get(gone.get_absolute_url()).content.decode()

    assert gone.absorbed_by.get_absolute_url() in page
    assert f"{member.user.display}: same" in page
    assert "no merge" not in page


def copies(run, count):
    program = run.program
    for number in range(count):
        key = f"x:{number}"
        cluster = Cluster.objects.create(
            run=run, number=100 + number, position=100 + number, key=key, label=key, size=1, is_review=True,
            state="open", probability=0.7,
        )  # fmt: skip
        RunRow.objects.create(row_id=10_000_000 + number, run=run, key=key, state="kept", record=10_000_000 + number)
        Record.objects.create(
            id=10_000_000 + number, program=program, run=run, object="contact", key=key, label=key, state="ready",
            stage="dormant", cluster=cluster,
        )  # fmt: skip
        SandboxRecord.objects.create(program=program, space="rehearsal", object="contact", key=key, fields={"a": "b"})
        Run.objects.create(program=program, number=100 + number, name=key, object="contact", created_by=run.created_by)


@pytest.mark.parametrize("name", ["runs", "records", "clusters", "sandbox"])
def test_list_costs_the_same_for_1_3_and_300(client, member, run, name):
    client.force_login(member.user)
    args = [] if name in {"runs", "sandbox"} else [1]
    costs = []
    for more in (1, 2, 297):
        have = Cluster.objects.filter(number__gte=100).count()
        RunRow.objects.filter(pk__gte=10_000_000).delete()
        Record.objects.filter(pk__gte=10_000_000).delete()
        SandboxRecord.objects.filter(key__startswith="x:").delete()
        Run.objects.filter(number__gte=100).delete()
        Cluster.objects.filter(number__gte=100).delete()
        copies(run, have + more)
        client.get(url(name, run, *args))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url(name, run, *args)).status_code == 200
        costs.append(len(asked))

    assert costs == [costs[0]] * 3


def test_page_of_a_loaded_run_asks_no_more_for_more_rows(client, member, run):
    client.force_login(member.user)
    sign(run, member)
    try_dry(run, member)
    client.post(url("stage-start", run, 1, 1))
    jobs.work_off()
    budget = {"cluster": 17, "run": 14, "stage": 15, "merges": 15}
    args = {"cluster": [1, 1], "run": [1], "stage": [1, 1], "merges": [1]}

    def costs():
        found = {}
        for name in budget:
            client.get(url(name, run, *args[name]))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url(name, run, *args[name])).status_code == 200
            found[name] = len(asked)
        return found

    few = costs()
    copies(run, 30)

    assert few == costs()
    assert few == {name: min(few[name], most) for name, most in budget.items()}


def test_cluster_opened_for_the_first_time_asks_twenty_questions_at_most(
    client, member, run, django_assert_max_num_queries
):
    client.force_login(member.user)

    with django_assert_max_num_queries(20):
        client.get(run.clusters.open().get().get_absolute_url())


def test_stage_is_rehearsed_and_audited_through_its_pages(client, member, run):
    client.force_login(member.user)
    sign(run, member)
    try_dry(run, member)
    client.post(url("stage-start", run, 1, 1))
    jobs.work_off()
    client.post(url("sample-draw", run, 1, 1), {"seed": "7"})

    answer = client.post(url("sample", run, 1, 1), {"do": "sign", "match-1": "yes"})

    assert (answer.status_code, answer["Location"]) == (303, url("stage", run, 1, 1))
    assert run.stages.get(order=1).state == "validated"
    assert client.get(SandboxRecord.objects.get().get_absolute_url()).status_code == 200


def test_live_load_is_refused_on_the_page_with_gate_and_missing_criteria(client, member, run):
    client.force_login(member.user)

    answer = client.post(url("stage-start", run, 1, 1), {"space": "live"})

    assert answer.status_code == 409
    assert "Loading into the live CRM needs Gate 2 (Pick) to be signed. Missing:" in answer.content.decode()


def test_refused_rehearsal_says_why_on_the_page(client, member, run):
    client.force_login(member.user)

    answer = client.post(url("stage-start", run, 1, 1))

    assert answer.status_code == 409
    assert "The merge summary is not signed" in answer.content.decode()
