"""One person under two owner names in the exports: merged by reference, and taken apart again (M9)."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from adoption.errors import RepRefused
from adoption.models import Metric, Rep, RepState
from adoption.services import reps
from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, Role
from phases.models import Fact
from tests.factories import MembershipFactory

NOW = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def calls(owner, first, days):
    return [
        [f"{first + n}", "Call", owner, f"2026-05-{4 + n:02d} 09:00", f"2026-05-{4 + n:02d} 09:30", "Completed"]
        for n in days
    ]


def week(program):
    found = Fact.objects.of(program).filter(period="2026-W19", key__in=[Metric.DAILY, "adoption.tasks"])
    return {(one.key, one.scope): (one.numerator, one.denominator) for one in found}


@pytest.fixture
def two(program, east, settle, count):
    """Ann logs on three days under her name, on two under her e-mail; another rep logs nothing."""
    ann, *_ = settle(east, "ann lee", "bob")
    count(calls("Ann Lee", 1, range(3)) + calls("ann.lee@orrery.example", 10, range(3, 5)))
    return ann, Rep.objects.get(key="ann.lee@orrery.example")


def test_merged_names_are_one_rep_and_taking_apart_restores_every_number(program, member, two, ring):
    ann, other = two
    before = week(program)

    ring(reps.merge_reps, rep=ann, names=[other], by=member.user, reason="Her e-mail")
    merged = week(program)
    other.refresh_from_db()
    said = (other.state, other.team, other.same_as)
    ring(reps.take_apart, name=other, by=member.user)
    other.refresh_from_db()

    assert before[Metric.DAILY, "all"] == (3, 10)
    assert merged[Metric.DAILY, "all"] == (5, 10)
    assert merged[Metric.DAILY, f"rep:{ann.pk}"] == (5, 5)
    assert said == (RepState.MERGED, ann.team, ann)
    assert week(program) == before
    assert (other.state, other.team, other.same_as, other.before_merge) == (RepState.UNKNOWN, None, None, {})
    verbs = AuditEntry.objects.filter(verb__in=["rep.merged", "rep.taken_apart", "weeks.computed"])
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
        "rep.merged", "weeks.computed", "rep.taken_apart", "weeks.computed",
    ]  # fmt: skip


def test_next_export_under_the_other_name_counts_for_the_rep(program, member, two, count, ring):
    ann, other = two
    ring(reps.merge_reps, rep=ann, names=[other], by=member.user, reason="Her e-mail")

    count(calls("ann.lee@orrery.example", 20, [7, 8]))

    facts = Fact.objects.of(program).filter(key=Metric.DAILY, period="2026-W20", scope=f"rep:{ann.pk}")
    assert facts.get().numerator == 2


def test_team_of_the_rep_is_that_of_the_other_names(member, west, two, ring):
    ann, other = two
    ring(reps.merge_reps, rep=ann, names=[other], by=member.user, reason="Her e-mail")

    ring(reps.change_rep, rep=ann, by=member.user, team=west)

    other.refresh_from_db()
    assert other.team == west


def test_merge_that_makes_no_sense_is_refused(program, member, two, ring):
    ann, other = two
    bob = Rep.objects.get(key="bob")
    given = {"by": member.user, "reason": "Heard"}
    ring(reps.merge_reps, rep=ann, names=[other], **given)

    for do in (
        lambda: reps.merge_reps(rep=ann, names=[ann], **given),
        lambda: reps.merge_reps(rep=other, names=[bob], **given),
        lambda: reps.merge_reps(rep=bob, names=[other], **given),
        lambda: reps.merge_reps(rep=bob, names=[ann], **given),
        lambda: reps.settle_reps(program=program, by=member.user, reps=[other], excluded=True, reason="Tool"),
        lambda: reps.settle_reps(program=program, by=member.user, reps=[ann], excluded=True, reason="Left"),
        lambda: reps.take_apart(name=bob, by=member.user),
    ):
        with pytest.raises(RepRefused):
            do()


def test_owners_are_merged_on_the_page_and_over_rest(client, program, member, two, ring):
    ann, other = two
    page, api = reverse("adoption:reps", args=[program.slug]), f"/api/v1/programs/{program.slug}/reps/"
    sent = {"do": "merge", "rep": other.pk, "into": ann.pk, "known_by": "Her e-mail"}
    client.force_login(MembershipFactory(program=program, role=Role.VIEWER).user)
    assert client.post(page, sent).status_code == 403
    client.force_login(member.user)
    assert "the same words as Rep 01" in client.get(page).content.decode()

    assert client.post(page, {**sent, "known_by": ""}).status_code == 422
    assert client.post(page, sent).status_code == 303
    assert client.post(other.get_absolute_url(), {"do": "apart", "name": other.pk}).status_code == 303
    body = {"names": [other.pk], "reason": "Her e-mail"}
    merged = client.post(f"{api}{ann.number}/merge/", body, content_type="application/json")
    apart = client.post(f"{api}{other.number}/take-apart/")

    assert (merged.status_code, merged.json()[0]["same_as"]) == (200, ann.pk)
    assert (apart.status_code, apart.json()["state"]) == (200, "unknown")
