"""The dry run predicts every record, a rollback restores the sandbox byte for byte, a load reconciles (H6-H8)."""

import pytest
from django.urls import reverse

from crmprogram.jobs import runner
from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import ShardState
from crmprogram.program.errors import Invalid
from migration.errors import LoadRefused, SampleRefused
from migration.models import DryRun, LoadItem, Outcome, Prediction, SandboxRecord
from migration.sandbox import searched
from migration.services import dry_runs, loading, reconciling, review, rollback
from tests.factories import MembershipFactory
from tests.migration.conftest import fresh, owner, sign, strangers, try_dry
from tests.migration.test_loading import load, sandbox, stage_of, validate

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cleaned, db):
    return owner(cleaned)


@pytest.fixture
def run(cleaned, member):
    sign(fresh(cleaned), member)
    return fresh(cleaned)


def finished(run, member, **more):
    made = dry_runs.start_dry_run(run=run, by=member.user, seed=7, **more)
    jobs.work_off()
    return DryRun.objects.select_related("run__program").get(pk=made.pk)


def answered(dry_run, member, wrong=(), note=""):
    answers = [
        {"no": one.no, "right": [line["field"] for line in one.comparison if line["field"] not in wrong], "note": note}
        for one in dry_run.items.all()
    ]
    dry_runs.answer_spot_check(dry_run=dry_run, by=member.user, answers=answers)


# --- prediction ------------------------------------------------------------------------


def test_dry_run_predicts_every_record_and_writes_nothing(member, run):
    made = finished(run, member)

    told = {one: made.counts[one] for one in (*Outcome.values, "held")}
    assert told == {"create": 2, "update": 0, "unchanged": 0, "reject": 3, "held": 2}
    assert SandboxRecord.objects.count() == 0
    assert sum(count for _, count in dry_runs.row_account(made)) == fresh(run).counts["read"] == 7
    reasons = set(Prediction.objects.filter(outcome="reject").values_list("reason", flat=True))
    assert dry_runs.HELD in reasons


def test_first_look_covers_the_first_records_only(member, run):
    made = finished(run, member, limit=2)

    assert Prediction.objects.filter(dry_run=made).count() == 2
    assert dry_runs.standing(fresh(run)) is None


def test_dry_run_waits_for_the_signed_merges(member, cleaned):
    with pytest.raises(LoadRefused, match="merge summary is not signed"):
        dry_runs.start_dry_run(run=fresh(cleaned), by=member.user)


def test_stage_waits_for_the_dry_run_and_its_spot_check(member, run):
    with pytest.raises(LoadRefused, match="No dry run of the whole file"):
        loading.start_stage(stage=stage_of(run, 1), by=member.user)
    made = finished(run, member)
    with pytest.raises(LoadRefused, match="spot-check"):
        loading.start_stage(stage=stage_of(run, 1), by=member.user)
    answered(made, member)
    dry_runs.sign_spot_check(dry_run=made, by=member.user)

    loading.start_stage(stage=stage_of(run, 1), by=member.user)


def test_wrong_field_keeps_the_load_waiting(member, run):
    made = finished(run, member)
    with pytest.raises(Invalid, match="say what is wrong"):
        answered(made, member, wrong=["company"])
    answered(made, member, wrong=["company"], note="The legal form is missing.")
    dry_runs.sign_spot_check(dry_run=made, by=member.user)

    assert made.items.filter(wrong=["company"]).count() == made.items.count()
    assert "spot-check" in dry_runs.refusal(fresh(run))


def test_spot_check_is_signed_once_every_record_is_answered(member, run):
    made = finished(run, member)

    with pytest.raises(SampleRefused, match="not answered yet"):
        dry_runs.sign_spot_check(dry_run=made, by=member.user)


def test_decision_after_the_dry_run_asks_for_another(member, run):
    try_dry(run, member)
    review.merge_cluster(cluster=run.clusters.open().get(), by=member.user)

    assert dry_runs.refusal(fresh(run)) == "Records changed since the dry run of the whole file: do it again first."


def test_outcome_that_was_not_predicted_stops_the_next_stage(member, run):
    try_dry(run, member)
    key = loading.ready_records(stage_of(run, 1)).get().key
    SandboxRecord.objects.create(
        program=member.program, space="rehearsal", object="contact", key=key, fields={"email": "other@x.example"}
    )

    stage = load(run, 1, member)

    item = stage.items.get()
    assert (item.predicted, item.outcome, stage.counts["differences"]) == ("create", "update", 1)
    validate(stage, member)
    with pytest.raises(LoadRefused, match="otherwise than predicted"):
        loading.start_stage(stage=stage_of(run, 2), by=member.user)


def test_spot_check_draws_fifty(member, clean):
    run = clean(member, strangers(80))
    sign(run, member)

    assert finished(run, member).items.count() == 50


# --- rollback --------------------------------------------------------------------------


def test_rollback_restores_the_sandbox_byte_for_byte(member, run):
    """Created records go, updated ones are as they were, others are not touched."""
    key = loading.ready_records(stage_of(run, 1)).get().key
    for name, fields in ((key, {"email": "old@x.example", "fax": "1"}), ("other", {"email": "a@b.example"})):
        SandboxRecord.objects.create(
            program=member.program,
            space="rehearsal",
            object="contact",
            key=name,
            fields=fields,
            version=4,
            search=searched(fields),
        )
    before = sandbox()
    load(run, 1, member)
    assert SandboxRecord.objects.get(key=key).version == 5

    rollback.roll_back_stage(stage=stage_of(run, 1), by=member.user)
    jobs.work_off()

    assert sandbox() == before
    assert (stage_of(run, 1).state, stage_of(run, 1).items.count()) == ("waiting", 0)
    load(run, 1, member)
    assert stage_of(run, 1).counts["update"] == 1


def test_record_changed_since_the_load_is_left_and_listed(client, member, run):
    load(run, 1, member)
    SandboxRecord.objects.update(version=9)

    rollback.roll_back_stage(stage=stage_of(run, 1), by=member.user)
    jobs.work_off()

    stage = stage_of(run, 1)
    assert (stage.state, stage.counts["left"], SandboxRecord.objects.count()) == ("loaded", 1, 1)
    client.force_login(member.user)
    page = client.get(reverse("migration:stage", args=[run.program.slug, run.number, 1])).content.decode()
    assert "Not everything was put back" in page


def test_last_loaded_stage_is_rolled_back_first(member, run):
    load(run, 1, member)
    validate(stage_of(run, 1), member)
    load(run, 2, member)

    with pytest.raises(LoadRefused, match="Stage 2 is loaded"):
        rollback.roll_back_stage(stage=stage_of(run, 1), by=member.user)


def test_worker_that_dies_in_the_rollback_doubles_nothing(member, clean):
    run = clean(member, strangers(600))
    sign(run, member)
    before = sandbox()
    load(run, 2, member)
    rollback.roll_back_stage(stage=stage_of(run, 2), by=member.user)
    shard = runner.claim()
    work = runner.Work(shard)
    part = list(LoadItem.objects.filter(stage=stage_of(run, 2)).order_by("pk")[: rollback.CHUNK])
    with work.commit(done=len(part), cursor={"last": part[-1].pk}):
        rollback.revert_items(stage_of(run, 2), part)
    assert SandboxRecord.objects.count() == 600 - rollback.CHUNK  # and there it dies

    type(shard).objects.filter(pk=shard.pk).update(state=ShardState.QUEUED, lease=None, lease_until=None)
    jobs.work_off()

    assert sandbox() == before
    assert not LoadItem.objects.exists()


def test_second_load_keeps_what_stood_there_before_the_first(member, run):
    before = sandbox()
    load(run, 1, member)
    record = loading.ready_records(stage_of(run, 1)).get()
    type(record).objects.filter(pk=record.pk).update(fields={**record.fields, "title": "Buyer"})
    load(run, 1, member)
    assert SandboxRecord.objects.get().version == 2

    rollback.roll_back_stage(stage=stage_of(run, 1), by=member.user)
    jobs.work_off()

    assert sandbox() == before


# --- reconciliation --------------------------------------------------------------------


def test_load_reconciles_fields_with_the_source(member, run):
    stage = load(run, 1, member)

    fields, _ = reconciling.lines(stage)
    assert stage.counts["lost"] == 0
    assert all(one.agrees for one in fields)
    assert {"E-mail", "Last name"} <= {one.label for one in fields}


def test_relation_to_an_account_is_counted_with_its_other_end(member, cleaned):
    run = fresh(cleaned)
    record = loading.ready_records(stage_of(run, 1)).get()
    type(record).objects.filter(pk=record.pk).update(fields={**record.fields, "account_id": "A-1"})
    SandboxRecord.objects.create(
        program=member.program, space="rehearsal", object="account", fields={"company": "Acme"},
        key=f"{record.key.split('/')[0]}/account:A-1",
    )  # fmt: skip
    sign(run, member)

    stage = load(run, 1, member)

    _, (line,) = reconciling.lines(stage)
    assert (line.label, line.source, line.target, line.found) == ("Contact to account", 1, 1, 1)


# --- pages -----------------------------------------------------------------------------


def test_dry_run_goes_from_button_to_signature(client, member, run):
    client.force_login(member.user)
    base = [run.program.slug, run.number]
    client.post(reverse("migration:dry-runs", args=base), {"scope": "all"})
    jobs.work_off()
    made = DryRun.objects.get()
    page = client.get(made.get_absolute_url()).content.decode()
    assert "2 would be created, 0 updated, 1 refused, 2 held for review" in page
    check = reverse("migration:spot-check", args=[*base, made.number])
    form = {"do": "sign", "seen": [one.no for one in made.items.all()]}
    for one in made.items.all():
        form[f"right-{one.no}"] = [line["field"] for line in one.comparison]

    answer = client.post(check, form)

    assert answer.status_code == 303
    assert "The dry run stands" in client.get(reverse("migration:dry-runs", args=base)).content.decode()


def test_dry_run_of_another_program_is_not_there(client, member, run):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("migration:dry-runs", args=[run.program.slug, run.number])).status_code == 404


def test_dry_run_and_rollback_over_rest(client, member, run):
    client.force_login(member.user)
    base = f"/api/v1/programs/{member.program.slug}/runs/{run.number}"
    number = client.post(f"{base}/dry-runs/", {}, "application/json").json()["number"]
    jobs.work_off()
    url = f"{base}/dry-runs/{number}/"
    assert len(client.get(f"{url}predictions/?outcome=create").json()["results"]) == 2
    told = [
        {"no": one["no"], "right": [line["field"] for line in one["comparison"]]}
        for one in client.get(f"{url}items/").json()["results"]
    ]
    client.post(f"{url}answer/", {"answers": told}, "application/json")
    assert client.post(f"{url}sign/").json()["errors"] == 0
    client.post(f"{base}/stages/1/start/", {"space": "rehearsal"}, "application/json")
    jobs.work_off()

    assert client.post(f"{base}/stages/1/roll-back/").status_code == 200
    jobs.work_off()

    assert client.get(f"{base}/stages/1/").json()["state"] == "waiting"
