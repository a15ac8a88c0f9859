"""Stages: signed merges first, blocked duplicates, nothing twice, validated in order (H2, H6, H7, H8, H10)."""

import pytest
from django.core import serializers
from django.urls import reverse

from crmprogram.jobs import runner
from crmprogram.jobs import services as jobs
from crmprogram.program.errors import Conflict, DomainError, NotYours
from crmprogram.program.models import Role
from migration.errors import LoadRefused, SampleRefused
from migration.models import LoadItem, Record, SandboxRecord, Space, Stage
from migration.sandbox import searched
from migration.services import loading, merges, review, rollback, sampling
from migration.targets import Item, Stored, diff
from phases.queries.configuration import signing_of
from phases.services.configuration import add_item, change_item, sign_spec
from tests.factories import MembershipFactory, PositionFactory
from tests.migration.conftest import fresh, owner, sign, strangers, try_dry

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cleaned, db):
    return owner(cleaned)


@pytest.fixture
def run(cleaned, member):
    return fresh(cleaned)


def stage_of(run, order):
    return Stage.objects.select_related("run__program", "run__job", "job").get(run=run, order=order, space="rehearsal")


def url(name, run, order):
    return reverse(f"migration:{name}", args=[run.program.slug, run.number, order])


def sandbox():
    """The whole sandbox as text: every column of every row."""
    return serializers.serialize("json", SandboxRecord.objects.order_by("pk"))


def load(run, order, member):
    if merges.standing_signature(fresh(run)):
        try_dry(run, member)
    loading.start_stage(stage=stage_of(run, order), by=member.user)
    jobs.work_off()
    return stage_of(run, order)


def outcomes(stage):
    return {name: stage.counts[name] for name in ("create", "update", "unchanged", "reject", "differences")}


def validate(stage, member, **answers):
    audit = sampling.draw_sample(stage=stage, by=member.user, seed=7)
    everyone = [
        {"no": item.no, "matches": item.no not in answers.get("wrong", ()), "note": "E-mail differs."}
        for item in audit.items.all()
    ]
    sampling.answer_sample(audit=audit, by=member.user, answers=everyone)
    return sampling.sign_sample(audit=audit, by=member.user)


def test_nothing_is_loaded_before_the_merges_are_signed(member, run):
    with pytest.raises(LoadRefused, match="merge summary is not signed"):
        loading.start_stage(stage=stage_of(run, 1), by=member.user)


def test_merges_are_signed_only_after_the_whole_sample(member, run):
    with pytest.raises(LoadRefused, match="1 of the 1 sampled merges"):
        merges.sign_merges(run=run, by=member.user, seed=7, looked_at=[], seen_digest=merges.merge_digest(run))


def test_signature_does_not_cover_merges_that_changed(member, run):
    sign(run, member)
    review.split_cluster(cluster=run.clusters.get(state="by_rule"), by=member.user)

    assert merges.standing_signature(fresh(run)) is None


def test_signer_is_told_when_merges_changed_meanwhile(member, run):
    digest = merges.merge_digest(run)
    review.split_cluster(cluster=run.clusters.get(state="by_rule"), by=member.user)

    with pytest.raises(Conflict):
        merges.sign_merges(run=run, by=member.user, seed=7, looked_at=[], seen_digest=digest)


def test_crm_specialist_may_load_but_not_sign(member, run):
    specialist = MembershipFactory(program=member.program, role=Role.CRM_SPECIALIST)

    with pytest.raises(NotYours):
        sign(run, specialist)


def test_undecided_duplicates_are_held_back(member, run):
    sign(run, member)
    load(run, 1, member)
    validate(stage_of(run, 1), member)

    stage = load(run, 2, member)

    loaded = set(LoadItem.objects.filter(stage=stage).values_list("record__label", flat=True))
    assert loaded == {"Eve Xu"}
    assert set(Record.objects.filter(run=run, state="held").values_list("stage", flat=True)) == {"prospects"}


def test_decided_duplicate_is_loaded_by_loading_again(member, run):
    sign(run, member)
    load(run, 1, member)
    validate(stage_of(run, 1), member)
    load(run, 2, member)
    review.merge_cluster(cluster=run.clusters.open().get(), by=member.user)

    stage = load(run, 2, member)

    assert outcomes(stage) == {"create": 2, "update": 0, "unchanged": 0, "reject": 0, "differences": 0}
    assert SandboxRecord.objects.filter(space="rehearsal").count() == 3


def test_load_told_twice_writes_nothing_twice(member, run):
    sign(run, member)
    first = load(run, 1, member)
    items = list(first.items.values("pk", "outcome", "version"))

    second = load(run, 1, member)

    assert list(second.items.values("pk", "outcome", "version")) == items
    assert list(SandboxRecord.objects.values_list("version", flat=True)) == [1]


def test_load_and_rollback_of_one_stage_are_stopped_and_resumed_by_their_buttons(client, member, clean):
    """What the other stage holds stays as it is, to the byte, and so does what the load had changed."""
    run = clean(
        member, strangers(600) + "900,Ann,Lee,ann.lee@acme-pumps.de,089 123456,Acme,Germany,customer,2026-10-01\n"
    )
    sign(run, member)
    key = loading.ready_records(stage_of(run, 2)).order_by("-pk")[0].key
    stood = {"email": "old@x.example", "fax": "1"}
    SandboxRecord.objects.create(
        program=member.program, space="rehearsal", object="contact", key=key, version=4,
        fields=stood, search=searched(stood),
    )  # fmt: skip
    validate(load(run, 1, member), member)
    before = sandbox()
    client.force_login(member.user)

    def press(button):
        page = client.get(url("stage", run, 2)).text
        assert url(f"stage-{button}", run, 2) in page
        client.post(url(f"stage-{button}", run, 2))

    def stopped_halfway():
        shard = runner.claim()
        press("stop")  # it is noticed at the end of the present chunk
        runner.run(shard)
        return stage_of(run, 2)

    press("start")
    stage = stopped_halfway()
    assert (stage.job.state, stage.state) == ("stopped", "loading")
    assert 2 < SandboxRecord.objects.count() < 601
    press("resume")
    jobs.work_off()
    assert outcomes(stage_of(run, 2)) == {"create": 599, "update": 1, "unchanged": 0, "reject": 0, "differences": 0}
    assert set(SandboxRecord.objects.exclude(key=key).values_list("version", flat=True)) == {1}

    press("rollback")
    assert stopped_halfway().job.state == "stopped"
    assert 2 < SandboxRecord.objects.count() < 601
    press("resume")
    jobs.work_off()
    assert sandbox() == before
    assert (stage_of(run, 1).state, stage_of(run, 2).state) == ("validated", "waiting")


def test_stage_waits_for_the_audit_of_the_stage_before(member, run):
    sign(run, member)
    load(run, 1, member)

    with pytest.raises(LoadRefused, match="Stage 1, active customers, is not validated yet"):
        loading.start_stage(stage=stage_of(run, 2), by=member.user)


def test_clean_sample_validates_the_stage_and_says_what_it_proves(member, run):
    sign(run, member)
    audit = validate(load(run, 1, member), member)

    assert stage_of(run, 1).state == "validated"
    assert sampling.result_sentence(audit) == "0 errors in all 1 records."
    assert round(sampling.upper_bound_percent(100), 2) == 2.95


def test_sample_with_an_error_does_not_validate(member, run):
    sign(run, member)
    audit = validate(load(run, 1, member), member, wrong=[1])

    assert (audit.errors, stage_of(run, 1).state) == (1, "loaded")
    assert sampling.result_sentence(audit) == "1 of 1 records differ from their source."


def test_same_seed_draws_the_same_sample(member, clean):
    run = clean(member, strangers(150))
    sign(run, member)
    stage = load(run, 2, member)

    one = validate(stage, member)
    two = validate(stage_of(run, 2), member)

    assert (one.size, one.population) == (100, 150)
    assert list(one.items.values_list("record", flat=True)) == list(two.items.values_list("record", flat=True))
    assert sampling.result_sentence(one) == "0 errors in 100 of 150: below 3 % at 95 % confidence."


def test_comparison_finds_what_was_changed_in_the_target(member, run):
    sign(run, member)
    stage = load(run, 1, member)
    stored = SandboxRecord.objects.get()
    stored.fields["email"] = "somebody@else.example"
    stored.save()

    item = sampling.draw_sample(stage=stage, by=member.user).items.get()

    assert [line["field"] for line in item.comparison if not line["ok"]] == ["email"]


def test_sample_is_not_signed_before_every_record_is_answered(member, run):
    sign(run, member)
    audit = sampling.draw_sample(stage=load(run, 1, member), by=member.user)

    with pytest.raises(SampleRefused, match="1 of 1 records are not answered"):
        sampling.sign_sample(audit=audit, by=member.user)


def test_cleared_rehearsal_leaves_nothing_in_the_sandbox(member, run):
    sign(run, member)
    load(run, 1, member)

    rollback.clear_rehearsal(run=fresh(run), by=member.user)
    assert stage_of(run, 1).state == "loading"
    jobs.work_off()

    assert SandboxRecord.objects.count() == LoadItem.objects.count() == 0
    assert stage_of(run, 1).state == "waiting"


def test_live_load_is_refused_before_the_second_gate(member, run):
    sign(run, member)
    stage = Stage.objects.create(run=run, order=1, name="customers", space=Space.LIVE)

    with pytest.raises(DomainError, match="Loading into the live CRM"):
        loading.start_stage(stage=stage, by=member.user)


def test_live_load_needs_a_signed_configuration(member, run, monkeypatch):  # G6
    sign(run, member)
    monkeypatch.setattr(loading.gate_queries, "is_passed", lambda program, number: True)
    monkeypatch.setattr(loading.gates, "require_gate_passed", lambda program, number, doing: None)
    assert "needs a signed configuration" in loading.why_not_live(run.program)
    with pytest.raises(LoadRefused, match="needs a signed configuration"):
        loading.start_live_stage(stage=stage_of(run, 1), by=member.user)

    item = add_item(
        program=run.program,
        by=member.user,
        kind="pipeline",
        name="New business",
        definition="As agreed",
        owner=PositionFactory(program=run.program),
    )
    sponsor = MembershipFactory(program=run.program, role=Role.SPONSOR).user
    sign_spec(program=run.program, by=sponsor, seen_digest=signing_of(run.program).digest)
    assert loading.why_not_live(run.program) == loading.NO_TARGET

    change_item(item=item, by=member.user, seen_version=1, definition="New customers")
    assert "1 item changed" in loading.why_not_live(run.program)


def test_stranger_loads_nothing(member, run):
    with pytest.raises(NotYours):
        loading.start_stage(stage=stage_of(run, 1), by=MembershipFactory().user)


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (None, "create"),
        (Stored({"email": "a@b.de"}, 3), "unchanged"),
        (Stored({"email": "a@b.de", "city": "Bonn"}, 3), "unchanged"),
        (Stored({"email": "old@b.de"}, 3), "update"),
    ],
)
def test_diff_says_what_a_write_comes_to(stored, outcome):
    assert diff(Item("k", {"email": "a@b.de", "city": ""}), stored).outcome == outcome


def test_item_without_values_is_rejected_with_the_reason():
    result = diff(Item("k", {"email": ""}), None)

    assert (result.outcome, result.reason) == ("reject", "There is no key or no value to write.")


LEFT_BEHIND = {
    "company_form": [
        {"company": "Acme", "company_form": "GmbH"},
        {"company": "Acme Pumps", "company_form": ""},
    ],
    "street": [{"street": "275 Elm Street", "city": "Bonn"}, {"city": "Kiel", "postcode": "24103"}],
}


@pytest.mark.parametrize(
    ("loaded", "wrong"),
    [
        ({"company": "Acme Pumps"}, []),
        ({"company": "Acme"}, ["company_form"]),
        ({"city": "Kiel", "postcode": "24103"}, []),
        ({"city": "Bonn"}, ["street"]),
    ],
)
def test_what_belongs_to_a_value_stays_behind_with_it(loaded, wrong):
    cleaned = LEFT_BEHIND["street" if "city" in loaded else "company_form"]
    lines = sampling._compare("contact", Record(problems=[]), [({}, one) for one in cleaned], loaded)

    assert [line["field"] for line in lines if not line["ok"]] == wrong
