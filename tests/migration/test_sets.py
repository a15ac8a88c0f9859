"""Several objects of one CRM: one set, links that follow merges, loads in order (H0, H2, H7, H8)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from crmprogram.jobs import services as jobs
from crmprogram.jobs.models import Shard
from crmprogram.program import clock
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Role
from migration.errors import LoadRefused, RunRefused
from migration.models import (
    Cluster,
    HygieneAudit,
    MigrationSet,
    Record,
    RecordLink,
    RevertItem,
    Run,
    SandboxRecord,
    Stage,
)
from migration.services import (
    dry_runs,
    following,
    linking,
    loading,
    mapping,
    raising,
    reconciling,
    review,
    rollback,
    runs,
    sampling,
    set_summary,
    sets,
)
from tests.factories import MembershipFactory
from tests.migration.conftest import fresh, sign, try_dry

pytestmark = pytest.mark.django_db

ACCOUNTS = """Record ID,Account Name,Website,Phone,Billing City,Billing Country,Parent Account ID,Last Activity
1001,Acme Pumps GmbH,https://acme-pumps.de,+49 89 5551200,Munich,DE,,2026-11-01
1002,Acme Pumps,https://www.acme-pumps.de,+49 89 5551200,Munich,DE,,2026-11-02
1003,Kestrel Tools,https://kestrel-tools.de,+49 30 5551000,Berlin,DE,1002,2026-11-02
1004,Kestrel Tool,,+49 30 5551000,Berlin,DE,1002,2026-11-03
1005,North Mill,https://north-mill.de,+49 40 5551111,Hamburg,DE,1006,2026-11-03
1006,South Mill,https://south-mill.de,+49 40 5552222,Bremen,DE,1005,2026-11-03
"""
CONTACTS = """Record ID,First Name,Last Name,Email,Account ID,Last Activity
C1,Ann,Lee,ann.lee@acme-pumps.de,1001,2026-11-01
C2,Ben,Ode,ben.ode@acme-pumps.de,1002,2026-11-01
C3,Cleo,Roth,cleo.roth@kestrel-tools.de,1003,2026-11-01
C4,Dan,Vogt,dan.vogt@kestrel-tools.de,1004,2026-11-01
C5,Eve,Xu,eve.xu@kestrel-tools.de,1004,2026-11-01
C6,Fay,Zorn,fay.zorn@lost.de,1099,2026-11-01
"""
DEALS = """Record ID,Deal Name,Stage,Amount,Account ID,Contact ID,Last Activity
D1,Pumps for the north,Proposal,1200,1002,C2,2026-11-01
D2,Tools,Won,300,1004,C4,2026-11-01
"""


@pytest.fixture
def begun(member, upload) -> MigrationSet:
    """A set over accounts, contacts and deals, mapped and signed."""
    files = [
        upload(member, text, f"{kind}s.csv", kind)
        for kind, text in (("deal", DEALS), ("contact", CONTACTS), ("account", ACCOUNTS))
    ]
    made = sets.create_set(program=member.program, by=member.user, uploads=files, region="DE")
    for run in made.current_runs():
        mapping.sign_mapping(run=run, by=member.user)
    return made


@pytest.fixture
def linked(begun, member) -> MigrationSet:
    """The set cleaned, its links followed."""
    sets.start_set(migration_set=begun, by=member.user)
    jobs.work_off()
    return MigrationSet.objects.get(pk=begun.pk)


def run_of(made: MigrationSet, obj: str) -> Run:
    return next(run for run in made.current_runs() if run.object == obj)


def record(made: MigrationSet, obj: str, own: str) -> Record:
    return Record.objects.get(run=run_of(made, obj), fields__source_id=own)


def pointers(made: MigrationSet, obj: str) -> dict[str, str]:
    """Own id -> account, as a load would write it now."""
    run = run_of(made, obj)
    found = following.Follower(run).items(list(Record.objects.filter(run=run).living().order_by("pk")))
    return {one.fields["source_id"]: one.fields.get("account_id", "") for one in found}


def counts_of(made: MigrationSet) -> dict[str, list[int]]:
    """Field -> pointers, to nothing, moved; over all runs, as they are kept."""
    found: dict[str, list[int]] = {}
    for run in made.current_runs():
        for name, three in run.summary["links"].items():
            found[name] = [a + b for a, b in zip(found.get(name, [0, 0, 0]), three, strict=True)]
    return found


def kestrel(made: MigrationSet) -> Cluster:
    """The two accounts a person is asked about."""
    return Cluster.objects.get(run=run_of(made, "account"), is_review=True)


def load_stages(run: Run, member: Membership) -> None:
    """Sign, try, load and audit what is ready of a run, stage by stage."""
    sign(run, member)
    try_dry(run, member)
    for stage in run.stages.order_by("order"):
        if not loading.ready_records(stage).exists():
            continue
        loading.start_stage(stage=stage, by=member.user)
        jobs.work_off()
        drawn = sampling.draw_sample(stage=stage, by=member.user, seed=3)
        answers = [{"no": one.no, "matches": not one.differences, "note": "differs"} for one in drawn.items.all()]
        sampling.answer_sample(audit=drawn, by=member.user, answers=answers)
        sampling.sign_sample(audit=drawn, by=member.user)
        assert Stage.objects.get(pk=stage.pk).state == "validated", [one.comparison for one in drawn.items.all()]


def test_a_set_cleans_its_objects_in_order_and_follows_their_links(linked, member):
    found = linked.current_runs()
    assert [run.object for run in found] == ["account", "contact", "deal"]
    assert all(run.is_cleaned for run in found)
    ended = [run.job.finished_at for run in found]
    assert ended == sorted(ended)
    assert linked.has_links(found)
    assert pointers(linked, "contact") == {
        "C1": "1001",
        "C2": "1001",
        "C3": "1003",
        "C4": "1004",
        "C5": "1004",
        "C6": "1099",
    }
    assert pointers(linked, "deal") == {"D1": "1001", "D2": "1004"}
    assert counts_of(linked) == {"parent_id": [4, 0, 2], "account_id": [8, 1, 2], "contact_id": [2, 0, 0]}
    assert linking.cut(run_of(linked, "account")) == 1  # a circle of two loses one pointer


def test_a_pointer_to_nothing_is_a_problem_and_the_record_goes_on(linked):
    lost = record(linked, "contact", "C6")
    assert (lost.state, [one["rule"] for one in lost.problems], lost.dirt) == (
        "ready", ["relation.missing"], ["inconsistent"]
    )  # fmt: skip
    assert fresh(run_of(linked, "contact")).summary["after"]["person:relation"] == 1


def test_contacts_of_merged_accounts_add_up_to_those_of_their_rows(linked, member):
    before = Counter(pointers(linked, "contact").values())
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    after = Counter(pointers(linked, "contact").values())
    assert after["1003"] == before["1003"] + before["1004"] == 3
    assert (after["1004"], after.total()) == (0, before.total())
    assert counts_of(linked) == {"parent_id": [3, 0, 1], "account_id": [8, 1, 5], "contact_id": [2, 0, 0]}
    lives = record(linked, "account", "1003")
    rows = linking.pointing_at(["unknown/account:1003", "unknown/account:1004"], lives.run).filter(field="account_id")
    assert rows.count() == 4  # three contacts and a deal
    review.undo_decision(cluster=kestrel(linked), by=member.user)
    assert Counter(pointers(linked, "contact").values()) == before
    assert counts_of(linked) == {"parent_id": [4, 0, 2], "account_id": [8, 1, 2], "contact_id": [2, 0, 0]}


def test_an_activity_follows_what_it_is_about_whatever_that_is(linked):
    follower = following.Follower(run_of(linked, "contact"))
    told = [
        (f"hubspot/activity:{no}", {"related_to": one, "account_id": "1002"})
        for no, one in enumerate(("1002", "D1", "x"))
    ]
    account, deal, nothing = follower.ends(told)
    assert [(one.field, one.target, one.moved) for one in account] == [
        ("account_id", "account", True), ("related_to", "account", True)
    ]  # fmt: skip
    assert [one.target for one in deal] == ["account", "deal"]
    assert [one.field for one in nothing] == ["account_id"]
    assert follower.follow(told)[0].values["related_to"] == "1001"


def test_a_merge_that_makes_an_account_its_own_parent_cuts_the_pointer(linked, member):
    mills = record(linked, "account", "1006")
    told = following.Follower(mills.run).follow([(mills.key, mills.fields)])[0]
    assert "parent_id" not in told.values
    assert told.cut[0].rule == "relation.circle"
    (tools,) = following.Follower(mills.run).follow(
        [("unknown/account:1001", {"source_id": "1001", "parent_id": "1002"})]
    )
    assert ("parent_id" in tools.values, tools.cut[0].rule) == (False, "relation.self")


def test_what_a_deal_points_at_is_loaded_no_later_than_the_deal(linked, member):
    """A deal that was won makes its account, its contact and the account above a customer's, also after a decision."""

    def customers() -> set[str]:
        found = Record.objects.filter(run__in=linked.current_runs(), stage="customers")
        return {one.fields["source_id"] for one in found}

    assert customers() == {"D2", "C4", "1004", "1001"}  # 1002, the parent of 1004, went into 1001
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    assert customers() == {"D2", "C4", "1003", "1001"}


def test_a_worker_that_dies_while_links_are_followed_doubles_nothing(begun, member, monkeypatch):
    monkeypatch.setattr(linking, "CHUNK_RECORDS", 2)
    monkeypatch.setattr(raising, "CHUNK_RECORDS", 2)

    def dying(of, at: int):
        seen = iter(range(1, 99))

        def die(*args):
            told = of(*args)
            if next(seen) == at:
                raise KeyboardInterrupt  # as a kill would, inside the transaction
            return told

        return die

    sets.start_set(migration_set=begun, by=member.user)
    for module, name in ((linking, "link_records"), (raising, "raise_ends")):
        with monkeypatch.context() as there:
            there.setattr(module, name, dying(getattr(module, name), 3))
            with pytest.raises(KeyboardInterrupt):
                jobs.work_off()
        Shard.objects.filter(state="running").update(lease_until=clock.wall() - timedelta(seconds=1))
    jobs.work_off()
    made = MigrationSet.objects.get(pk=begun.pk)
    assert made.has_links(made.current_runs())
    assert made.job.attempts == 2
    assert RecordLink.objects.count() == 14
    assert counts_of(made) == {"parent_id": [4, 0, 2], "account_id": [8, 1, 2], "contact_id": [2, 0, 0]}
    assert fresh(run_of(made, "contact")).summary["after"]["person:relation"] == 1
    assert Record.objects.filter(stage="customers").count() == 4


def test_next_weeks_exports_as_a_set_ask_only_what_is_new(linked, member, upload):
    """People's decisions are obeyed for every object, and what points at what was merged follows (H0, H12)."""
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    more = {
        "account": ACCOUNTS + "1007,Heron Valve,,+49 30 5559999,Berlin,DE,,2026-11-08\n"
        "1008,Heron Valves,,+49 30 5559999,Berlin,DE,,2026-11-08\n",
        "contact": CONTACTS + "C7,Gus,Ahl,gus.ahl@kestrel-tools.de,1004,2026-11-08\n",
        "deal": DEALS + "D3,More tools,Proposal,80,1003,C7,2026-11-08\n",
    }
    files = [upload(member, text, f"{kind}-2.csv", kind) for kind, text in more.items()]
    again = sets.create_set(program=member.program, by=member.user, uploads=files, region="DE")
    for run in again.current_runs():
        mapping.sign_mapping(run=run, by=member.user)
    sets.start_set(migration_set=again, by=member.user)
    jobs.work_off()
    waiting = Cluster.objects.filter(run__in=again.current_runs()).open()
    assert [sorted(key for group in one.groups for key in group) for one in waiting] == [
        ["unknown/account:1007", "unknown/account:1008"]
    ]
    told = pointers(again, "contact")
    assert (told["C4"], told["C7"]) == ("1003", "1003")
    found = {one.run.object: one for one in HygieneAudit.objects.filter(run__in=again.current_runs())}
    assert {obj: (one.previous.run.migration_set_id, one.new_rows) for obj, one in found.items()} == {
        "account": (linked.pk, 2), "contact": (linked.pk, 1), "deal": (linked.pk, 1)
    }  # fmt: skip
    assert (found["account"].replayed, found["account"].asked) == (1, 1)


def test_objects_are_loaded_in_order_and_taken_back_the_other_way(linked, member):
    accounts, contacts, deals = linked.current_runs()
    sign(contacts, member)
    try_dry(contacts, member)
    told = dry_runs.standing(fresh(contacts))
    assert told.counts["unlinked"] == 4  # three of held accounts, one of nowhere
    reasons = dict(told.predictions.values_list("record__fields__source_id", "reason"))
    assert reasons["C4"] == "Account 1004 is held for review: this pointer has no other end yet."
    assert reasons["C1"] == ""
    stage = contacts.stages.get(name="customers")
    with pytest.raises(LoadRefused, match="accounts come first: stage 1 of R-01"):
        loading.start_stage(stage=stage, by=member.user)
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    for run in (accounts, contacts, deals):
        load_stages(fresh(run), member)
    stored = dict(SandboxRecord.objects.values_list("key", "fields"))
    assert [stored[one]["account_id"] for one in ("hubspot/contact:C4", "hubspot/deal:D2")] == ["1003", "1003"]
    _, relations = reconciling.lines(fresh(contacts).stages.get(name="prospects"))
    assert [(one.label, one.source, one.target, one.found) for one in relations] == [("Contact to account", 5, 5, 4)]
    _, of_deals = reconciling.lines(fresh(deals).stages.get(name="prospects"))
    assert {one.label: one.found for one in of_deals} == {"Deal to account": 1, "Deal to contact": 1}
    # what points goes before what is pointed at
    with pytest.raises(LoadRefused, match="that point at these records are loaded"):
        rollback.roll_back_stage(stage=accounts.stages.get(name="prospects"), by=member.user)
    # the merge is undone: what was loaded of it, and what points at it, is queued
    review.undo_decision(cluster=kestrel(linked), by=member.user)
    queued = set(RevertItem.objects.filter(state="queued").values_list("record__key", flat=True))
    assert {"hubspot/contact:C4", "hubspot/contact:C5", "hubspot/deal:D2"} < queued
    assert "hubspot/contact:C1" not in queued
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    assert not RevertItem.objects.filter(state="queued").exists()
    job = rollback.clear_set(migration_set=linked, by=member.user)
    with pytest.raises(RunRefused, match="being worked on"):
        rollback.clear_set(migration_set=linked, by=member.user)
    jobs.work_off(limit=1)  # the deals are out
    assert {one.split(":")[0] for one in SandboxRecord.objects.values_list("key", flat=True)} == {
        "unknown/account", "hubspot/contact"
    }  # fmt: skip
    rollback.stop_clearing(migration_set=linked, by=member.user)
    told = set_summary.summary_of(linked)
    assert (told.clearing.job.state, told.moves, told.clearing.steps[0].label) == ("stopped", False, "Put deals back")
    rollback.resume_clearing(migration_set=linked, by=member.user)
    jobs.work_off()
    assert job.started_by == member.user
    assert not SandboxRecord.objects.exists()
    assert set(Stage.objects.filter(run__in=linked.current_runs()).values_list("state", flat=True)) == {"waiting"}
    with pytest.raises(RunRefused, match="Nothing of S-01 is rehearsed"):
        rollback.clear_set(migration_set=linked, by=member.user)


def test_what_a_record_that_stays_points_at_stays_too(linked, member, client):
    """Somebody went on with a loaded contact: clearing leaves it, and the accounts its pointer may lead to."""
    accounts, contacts, _ = linked.current_runs()
    review.merge_cluster(cluster=kestrel(linked), by=member.user, survivor="unknown/account:1003")
    for run in (accounts, contacts):
        load_stages(fresh(run), member)
    touched = SandboxRecord.objects.get(key="hubspot/contact:C1")
    touched.fields, touched.version = {**touched.fields, "title": "Buyer"}, touched.version + 1
    touched.save()
    client.force_login(member.user)
    at = f"/api/v1/programs/{member.program.slug}/migration-sets/{linked.number}/"
    answer = client.post(f"{at}rehearsal/clear/").json()
    assert (answer["clearing"]["state"], answer["rehearsed"]) == ("running", 4)
    jobs.work_off()
    assert client.post(f"{at}rehearsal/stop/").json()["code"] == "run_refused"
    kept = set(SandboxRecord.objects.values_list("key", flat=True))
    assert "hubspot/contact:C1" in kept
    assert kept - {"hubspot/contact:C1"} == {f"unknown/account:{no}" for no in (1001, 1003, 1005, 1006)}
    left = Stage.objects.filter(run__in=linked.current_runs(), state="loaded")
    assert sorted(one.counts["left"] for one in left) == [1, 2, 2]


def test_a_set_takes_several_objects_and_is_started_once_all_is_signed(member, upload):
    one = upload(member, CONTACTS, "c.csv", "contact")
    with pytest.raises(Invalid, match="two objects or more"):
        sets.create_set(program=member.program, by=member.user, uploads=[one], region="DE")
    two = upload(member, ACCOUNTS, "a.csv", "account")
    made = sets.create_set(program=member.program, by=member.user, uploads=[one, two], region="DE")
    accounts, contacts = made.current_runs()
    with pytest.raises(RunRefused, match="R-01, R-02 is not signed"):
        sets.start_set(migration_set=made, by=member.user)
    for run in (accounts, contacts):
        mapping.sign_mapping(run=run, by=member.user)
    with pytest.raises(RunRefused, match="part of S-01"):
        runs.start_run(run=contacts, by=member.user)
    sets.start_set(migration_set=made, by=member.user)
    with pytest.raises(RunRefused, match="working already"):
        sets.start_set(migration_set=made, by=member.user)
    with pytest.raises(RunRefused, match="R-01 comes first"):
        runs.start_run(run=contacts, by=member.user)
    jobs.work_off()
    with pytest.raises(RunRefused, match="links are followed"):
        sets.start_set(migration_set=made, by=member.user)
    sets.cancel_set(migration_set=made, by=member.user)
    assert not MigrationSet.objects.get(pk=made.pk).current_runs()
    assert not RecordLink.objects.exists()


def test_a_set_whose_worker_died_between_two_objects_is_carried_on(begun, member, monkeypatch):
    monkeypatch.setattr(sets, "run_ended", lambda run: None)
    sets.start_set(migration_set=begun, by=member.user)
    jobs.work_off()
    assert [run.is_cleaned for run in begun.current_runs()] == [True, False, False]
    monkeypatch.undo()
    assert sets.carry_on() == 1
    jobs.work_off()
    assert MigrationSet.objects.get(pk=begun.pk).has_links(begun.current_runs())
    assert sets.carry_on() == 0


def test_cleaning_the_accounts_anew_follows_the_links_anew(linked, member):
    first = linked.job_id
    runs.start_run(run=run_of(linked, "account"), by=member.user)
    jobs.work_off()
    again = MigrationSet.objects.get(pk=linked.pk)
    assert again.job_id != first
    assert again.has_links(again.current_runs())
    assert RecordLink.objects.count() == 14


def test_the_pages_and_resources_of_a_set_tell_the_same(linked, member, client, django_assert_max_num_queries):
    client.force_login(member.user)
    slug = member.program.slug
    with django_assert_max_num_queries(20):
        page = client.get(linked.get_absolute_url())
    shown = page.content.decode()
    for words in ("Contact to account", "Account hierarchy", "Deal to contact", "Followed", "Review 1 cluster"):
        assert words in shown
    told = client.get(f"/api/v1/programs/{slug}/migration-sets/{linked.number}/").json()
    assert [one["object"] for one in told["runs"]] == ["account", "contact", "deal"]
    assert (told["balanced"], told["counts"]["read"], told["has_links"]) == (True, 14, True)
    assert {
        (one["label"], one["pointers"], one["resolved"], one["moved"], one["missing"]) for one in told["links"]
    } == {
        ("Account hierarchy", 4, 3, 2, 0),
        ("Contact to account", 6, 5, 1, 1),
        ("Deal to account", 2, 2, 1, 0),
        ("Deal to contact", 2, 2, 0, 0),
    }
    ben = record(linked, "contact", "C2")
    lineage = client.get(ben.get_absolute_url()).content.decode()
    assert "moved with account 1002 into 1001: merged by rule, same company and domain" in lineage
    (pointer,) = client.get(f"/api/v1/programs/{slug}/runs/{ben.run.number}/records/{ben.pk}/").json()["pointers"]
    assert (pointer["text"], pointer["key"], pointer["moved"]) == ("1002", "unknown/account:1001", True)
    acme = client.get(record(linked, "account", "1001").get_absolute_url()).content.decode()
    assert "by way of the merged 1002" in acme


def test_a_decision_before_the_links_are_followed_leaves_the_counting_to_their_end(begun, member, monkeypatch):
    monkeypatch.setattr(sets, "follow_links", lambda made, found: False)
    sets.start_set(migration_set=begun, by=member.user)
    jobs.work_off()
    review.merge_cluster(cluster=kestrel(begun), by=member.user, survivor="unknown/account:1003")
    assert "links" not in run_of(begun, "account").summary
    monkeypatch.undo()
    sets.carry_on()
    jobs.work_off()
    assert counts_of(begun) == {"parent_id": [3, 0, 1], "account_id": [8, 1, 5], "contact_id": [2, 0, 0]}


def test_one_who_may_only_look_sees_the_set_and_no_button(begun, client):
    viewer = MembershipFactory(program=begun.program, role=Role.VIEWER)
    client.force_login(viewer.user)
    shown = client.get(begun.get_absolute_url()).content.decode()
    assert "Objects in their order" in shown
    assert "Cancel set" not in shown
    assert f'action="{begun.get_absolute_url()}start/"' not in shown
