"""Several people over the same duplicates: claims, second looks, bands, late undoing, paths through absent records."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from crmprogram.jobs import services as jobs
from crmprogram.program.errors import Conflict, NotYours
from crmprogram.program.models import Role
from migration import queries
from migration.errors import DecisionRefused
from migration.hygiene.agreement import agreement
from migration.models import Band, CannotLink, Cluster, Decision, RevertItem, ReviewClaim, SandboxRecord, SecondLook
from migration.services import bands, claims, decisions, reverts, review, second_looks
from tests.factories import MembershipFactory
from tests.migration.conftest import HEADER, PEOPLE, fresh, sign
from tests.migration.test_loading import load

pytestmark = pytest.mark.django_db

# six pairs that only a person can settle, each at a firm of its own
NAMES = [("Maria", "Kowalski"), ("Ingrid", "Sorensen"), ("Pedro", "Almeida"), ("Yuki", "Tanabe"), ("Olga", "Petrova"),
         ("Liam", "Gallagher")]  # fmt: skip
PAIRS = "\n".join(
    [HEADER]
    + [
        line
        for no, (given, family) in enumerate(NAMES)
        for line in (
            f"{2 * no},{given},{family},{given.lower()}@firm-{family.lower()}.de,+49 89 55512{no}0,{family} Tools,"
            "DE,lead,2026-11-02",
            f"{2 * no + 1},{given},{family}y,{given[0].lower()}.{family.lower()}@firm-{family.lower()}.de,"
            f"+49 89 55512{no}0,{family} Tools,DE,lead,2026-11-03",
        )
    ]
    + [""]
)


@pytest.fixture
def run(member, clean):
    return clean(member, PAIRS)


@pytest.fixture
def colleague(member):
    return MembershipFactory(program=member.program, role=Role.CRM_SPECIALIST)


# --- claims ----------------------------------------------------------------------------


def test_two_reviewers_are_given_different_clusters(member, colleague, run):
    one = claims.claim_next(run=run, by=member.user)
    two = claims.claim_next(run=run, by=colleague.user)

    assert one != two
    assert claims.claim(cluster=one, by=colleague.user) is None


def test_claim_lapses_after_minutes(member, colleague, run):
    one = claims.claim_next(run=run, by=member.user)
    ReviewClaim.objects.update(until=ReviewClaim.objects.get().until - claims.LASTS)

    assert claims.claim(cluster=one, by=colleague.user).by == colleague.user


def test_decision_about_a_cluster_in_other_hands_is_refused(member, colleague, run):
    cluster = claims.claim_next(run=run, by=member.user)

    with pytest.raises(Conflict, match="open just now"):
        review.split_cluster(cluster=cluster, by=colleague.user)
    review.split_cluster(cluster=cluster, by=member.user)


def test_page_says_who_has_the_cluster(client, member, colleague, run):
    cluster = claims.claim_next(run=run, by=member.user)
    client.force_login(colleague.user)

    text = client.get(reverse("migration:cluster", args=[run.program.slug, run.number, cluster.number])).content

    assert b"Somebody is at it" in text
    assert b'value="merge"' not in text


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_kept_apart_and_both_counted(member, colleague, run):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads share one connection to a database in memory; PostgreSQL runs this")
    before, contested = fresh(run).counts["merged"], run.clusters.open().last()

    def at_once(act):
        """What both are answered who press at the same moment."""
        start, answers = threading.Barrier(2), []

        def press(user):
            try:
                start.wait(timeout=10)
                answers.append(act(user))
            except Conflict:
                answers.append("conflict")
            finally:
                connection.close()

        threads = [threading.Thread(target=press, args=[one.user]) for one in (member, colleague)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return answers

    def take_and_merge(user):
        cluster = claims.claim_next(run=run, by=user)
        return review.merge_cluster(cluster=cluster, by=user, seen=0).number

    assert len(set(at_once(take_and_merge)) - {"conflict"}) == 2, "two different clusters"
    assert fresh(run).counts["merged"] == before + 2, "neither count is lost"

    answers = at_once(lambda user: review.merge_cluster(cluster=contested, by=user, seen=0).number)
    assert sorted(map(str, answers)) == [str(contested.number), "conflict"]
    assert Decision.objects.filter(cluster=contested).count() == 1
    assert fresh(run).counts["merged"] == before + 3


# --- second looks ----------------------------------------------------------------------


def test_about_a_twentieth_is_drawn():
    drawn = sum(second_looks.is_drawn(Cluster(run_id=1, key=f"k{no}")) for no in range(4000))

    assert 150 < drawn < 250


@pytest.fixture
def look(monkeypatch, member, run):
    """A decided cluster that was drawn for a second look."""
    monkeypatch.setattr(second_looks, "is_drawn", lambda cluster: True)
    review.merge_cluster(cluster=run.clusters.open().first(), by=member.user)
    return SecondLook.objects.get()


def test_second_look_is_blind_and_another_persons(client, member, colleague, look):
    url = reverse("migration:second-look", args=[look.run.program.slug, look.run.number, look.pk])
    client.force_login(colleague.user)
    page = client.get(url)
    assert "Decided" not in page.content.decode()
    assert member.user.display not in page.content.decode().split("<main")[1]

    client.post(url, {"verdict": "different"})

    look.refresh_from_db()
    assert (look.second, look.second_by, look.agrees) == ("different", colleague.user, False)
    assert look.cluster.state == "decided", "a second look changes nothing"
    client.force_login(member.user)
    assert client.get(url).status_code == 404, "one's own decision is not looked at twice"


def test_second_look_of_ones_own_decision_is_refused(member, look):
    with pytest.raises(DecisionRefused, match="another person"):
        second_looks.answer_second_look(look=look, by=member.user, verdict="same")


def test_kappa_is_not_said_where_one_of_two_used_one_word():
    told = agreement([("same", "same")] * 15 + [("same", "different")])
    assert (told.agreed, told.kappa) == (15, None)


def test_agreement_counts_both_verdicts(colleague, look):
    second_looks.answer_second_look(look=look, by=colleague.user, verdict="same")

    told = second_looks.agreement_of(look.run)
    assert (told.cases, told.agreed, told.percent) == (1, 1, 100)


def test_taking_the_first_verdict_back_takes_the_second_look_away(member, look):
    review.undo_decision(cluster=look.cluster, by=member.user)

    assert not SecondLook.objects.exists()


# --- bands -----------------------------------------------------------------------------


def judged(band, member, wrong=()):
    said = {number: at not in wrong for at, number in enumerate(band.sample)}
    return bands.judge_band(band=band, by=member.user, judged=said)


def test_band_decides_its_clusters_as_one_that_can_be_undone(member, run):
    waiting = run.clusters.open().count()
    assert waiting >= 4
    before = fresh(run).counts
    band = judged(bands.draw_band(run=run, by=member.user, low=0, high=1.01, seed=7), member)
    signer = MembershipFactory(program=member.program, role=Role.VP_SALES).user  # signs, though reviewing is others'

    bands.accept_band(band=band, by=signer)
    jobs.work_off()

    band.refresh_from_db()
    assert (run.clusters.open().count(), band.decided, band.left) == (0, waiting, 0)
    assert Decision.objects.filter(batch=band.batch, kind="same").count() == waiting
    assert fresh(run).counts["merged"] == before["merged"] + waiting

    bands.undo_band(band=band, by=signer)
    jobs.work_off()

    assert run.clusters.open().count() == waiting
    assert fresh(run).counts == before


def test_cluster_judged_wrong_stays_open(member, run):
    band = judged(bands.draw_band(run=run, by=member.user, low=0, high=1.01, seed=7), member, wrong=[0])

    bands.accept_band(band=band, by=member.user)
    jobs.work_off()

    assert list(run.clusters.open().values_list("number", flat=True)) == [band.sample[0]]


def test_undoing_one_cluster_of_a_band_leaves_the_others(member, run):
    band = judged(bands.draw_band(run=run, by=member.user, low=0, high=1.01, seed=7), member)
    bands.accept_band(band=band, by=member.user)
    jobs.work_off()

    review.undo_decision(cluster=run.clusters.get(number=band.sample[0]), by=member.user)

    assert run.clusters.open().count() == 1


def test_band_with_two_wrong_is_refused(member, run):
    band = judged(bands.draw_band(run=run, by=member.user, low=0, high=1.01), member, wrong=[0, 1])

    with pytest.raises(DecisionRefused, match="2 of the sample are wrong"):
        bands.accept_band(band=band, by=member.user)


def test_band_is_not_accepted_before_the_whole_sample(member, run):
    band = bands.draw_band(run=run, by=member.user, low=0, high=1.01)

    with pytest.raises(DecisionRefused, match="not judged yet"):
        bands.accept_band(band=band, by=member.user)


def test_band_is_judged_by_reviewers_and_accepted_by_a_signer(client, member, colleague, run):
    client.force_login(colleague.user)
    base = [run.program.slug, run.number]
    client.post(reverse("migration:bands", args=base), {"low": "0", "high": "1", "verdict": "same", "seed": "7"})
    band = Band.objects.get()
    page = reverse("migration:band", args=[*base, band.number])
    assert client.get(page).content.count(b'name="judge-') == 2 * len(band.sample), "right or wrong of each"
    client.post(page, {f"judge-{number}": "right" for number in band.sample})
    with pytest.raises(NotYours):
        bands.accept_band(band=band, by=colleague.user)
    client.force_login(member.user)

    client.post(reverse("migration:band-accept", args=[*base, band.number]))
    jobs.work_off()

    assert run.clusters.open().count() == 0
    assert "The band is accepted" in client.get(page).content.decode()


# --- decisions at any later time ---------------------------------------------------------


def test_decision_after_a_load_queues_what_is_loaded_otherwise(client, member, clean):
    run = clean(member, PEOPLE)
    sign(run, member)
    load(run, 1, member)
    merged = run.clusters.get(state="by_rule")
    before = SandboxRecord.objects.count()
    merged_stage = run.stages.get(order=1)
    loaded = merged_stage.counts["loaded"]

    cluster = review.split_cluster(cluster=merged, by=member.user)

    assert reverts.waiting_in(cluster) == RevertItem.objects.filter(state="queued").count() == 1
    client.force_login(member.user)
    page = reverse("migration:reverts", args=[run.program.slug, run.number])
    assert "1 loaded record waits" in client.get(page).content.decode()

    client.post(page)

    assert SandboxRecord.objects.count() == before - 1
    assert RevertItem.objects.get().state == "done"
    assert queries.loaded_by(run.stages.all())[merged_stage.pk] == merged_stage.items.count() == loaded - 1
    sign(fresh(run), member)
    stage = load(run, 1, member)
    assert stage.counts["create"] == 2, "both records are loaded anew"


def test_decision_taken_back_before_anything_was_done_leaves_nothing_to_do(member, clean):
    run = clean(member, PEOPLE)
    sign(run, member)
    load(run, 1, member)
    merged = review.split_cluster(cluster=run.clusters.get(state="by_rule"), by=member.user)

    review.undo_decision(cluster=merged, by=member.user)

    assert RevertItem.objects.get().state == "lapsed"
    assert reverts.queued(run).count() == 0


def test_any_decision_is_taken_back_in_every_run_that_obeys_it(client, member, clean):
    run = clean(member, PEOPLE)
    review.split_cluster(cluster=run.clusters.open().get(), by=member.user)
    first = Decision.objects.get()
    later = clean(member, PEOPLE.replace("2026-11-09", "2026-11-10"), "next-week.csv")
    assert later.clusters.open().count() == 0
    client.force_login(member.user)

    client.post(reverse("migration:decisions", args=[run.program.slug]), {"decision": first.pk})

    assert (run.clusters.open().count(), later.clusters.open().count()) == (1, 1)
    assert not CannotLink.objects.exists()
    again = client.post(reverse("migration:decisions", args=[run.program.slug]), {"decision": first.pk})
    assert again.status_code == 409


def test_stranger_sees_no_decision(client, member, clean):
    run = clean(member, PEOPLE)
    review.split_cluster(cluster=run.clusters.open().get(), by=member.user)
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("migration:decisions", args=[run.program.slug])).status_code == 404


# --- not the same, at any depth (H0) ------------------------------------------------------

THREE = f"""{HEADER}
1,Ann,Lee,ann.lee@acme-pumps.de,+49 89 5551230,Acme Pumps,DE,lead,2026-11-01
2,Ann,Lee,ann.lee@acme-pumps.de,+49 89 5551230,Acme Pumps,DE,lead,2026-11-01
"""


def test_new_row_does_not_join_two_that_are_not_the_same(member, clean):
    run = clean(member, THREE)
    review.split_cluster(cluster=run.clusters.get(), by=member.user)

    later = clean(member, THREE + THREE.splitlines()[1].replace("1,", "3,", 1) + "\n", "next-week.csv")

    (cluster,) = later.clusters.all()
    one, two = CannotLink.objects.values_list("a", "b").get()
    assert not any({one, two} <= set(group) for group in cluster.groups)
    assert cluster.size == 3


def test_path_through_a_row_that_is_gone_is_obeyed(member, clean):
    """1 = 2 and 1 ≠ 3 part 2 and 3 in an export where 1 is missing."""
    rows = THREE + THREE.splitlines()[1].replace("1,", "3,", 1) + "\n"
    run = clean(member, rows)
    one, two, three = sorted(key for group in run.clusters.get().groups for key in group)
    review.merge_cluster(cluster=run.clusters.get(), by=member.user, include=[one, two])

    later = clean(member, "\n".join(line for line in rows.splitlines() if not line.startswith("1,")) + "\n", "x.csv")

    assert decisions.for_keys(member.program, [two, three]).different == [(two, three)]
    assert sorted(later.clusters.get().groups) == [[two], [three]]
    with pytest.raises(DecisionRefused, match="not to be the same"):
        review.merge_cluster(cluster=later.clusters.get(), by=member.user)
