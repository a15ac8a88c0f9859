from datetime import date

import pytest
from django.urls import reverse

from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Program, Role
from phases.models import Bucket, Capability, DeliveryPhase, Gate, Threshold, Waiver
from phases.queries.audit import audit_facts
from phases.queries.needs import by_bucket
from phases.registry import MET, NOT_MET, Look, examine
from phases.services import capabilities as services
from phases.services.gaps import add_gap
from phases.services.map_steps import add_step
from phases.services.process_map import add_lane
from tests.factories import MembershipFactory, UserFactory

MUST = Bucket.MUST_GO_LIVE


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


def add(runner, name="Routing", bucket=MUST, **more):
    return services.add_capability(program=runner.program, by=runner.user, name=name, bucket=bucket, **more)


def evidence(program):
    return examine(Look(Program.objects.get(pk=program.pk)), "audit.must_haves", phase=1)


def fill(runner, count, **more):
    gap = add_gap(program=runner.program, by=runner.user, title="Leads wait")
    more = {"phase": DeliveryPhase.IMPLEMENT, "gaps": [gap], **more}
    return [add(runner, f"Capability {n}", **more) for n in range(count)]


def waive(program, **more):
    gate, _ = Gate.objects.get_or_create(program=program, number=1)
    return Waiver.objects.create(
        program=program,
        number=1,
        gate=gate,
        criterion="A3",
        reason="Two regions",
        stand_in="Weekly review",
        granted_by=UserFactory(),
        **more,
    )


@pytest.mark.parametrize(("count", "verdict"), [(0, NOT_MET), (7, NOT_MET), (8, MET), (12, MET)])
def test_must_haves_are_met_from_8_to_12(runner, count, verdict):
    """A3."""
    fill(runner, count)

    found = evidence(runner.program)

    assert (found.verdict, found.value, found.threshold) == (verdict, count, "8 to 12")


def test_must_have_without_phase_or_trace_is_not_met(runner):
    """A3: each prioritised by phase and traced to a gap or process step."""
    fill(runner, 8)
    one = add(runner, "Forecast", phase=DeliveryPhase.TRAIN)
    assert evidence(runner.program).summary == "1 traced to no gap or step."
    lane = add_lane(program=runner.program, by=runner.user, name="Ops", function="operations")
    step = add_step(lane=lane, by=runner.user, name="Forecast")
    one = services.change_capability(capability=one, by=runner.user, seen_version=1, steps=[step])
    assert evidence(runner.program).verdict is MET
    services.change_capability(capability=one, by=runner.user, seen_version=2, phase=None)

    assert evidence(runner.program).summary == "1 without a phase."
    assert evidence(runner.program).closing == "Choose the phase of each."


def test_13th_must_have_is_refused(runner):
    """A3: the 13th is refused, whether new or moved there."""
    fill(runner, 12)
    nice = add(runner, "Leaderboard", bucket=Bucket.NICE)

    with pytest.raises(services.TooManyMustHaves) as refused:
        add(runner, "One more")
    with pytest.raises(services.TooManyMustHaves):
        services.move_capability(capability=nice, by=runner.user, seen_version=1, bucket=MUST)

    assert str(refused.value) == (
        "There are 12 must-haves at go-live and 12 are allowed. Number 13 needs the sponsor's exception, "
        "a waiver of criterion A3; else put it into the first 12 months."
    )
    assert Capability.objects.must_haves().count() == 12


def test_12_must_haves_can_still_be_edited(runner):
    one = fill(runner, 12)[0]

    assert services.change_capability(capability=one, by=runner.user, seen_version=1, name="New").version == 2


def test_13th_must_have_is_kept_under_a_waiver(runner):
    """A3: keeping it needs a waiver; the criterion itself stays not met."""
    fill(runner, 12)
    waive(runner.program)

    add(runner, "One more")

    assert (evidence(runner.program).verdict, evidence(runner.program).value) == (NOT_MET, 13)


@pytest.mark.parametrize(
    "ended", [{"revoked_at": "2026-01-06T00:00Z"}, {"lapsed_at": "2026-01-06T00:00Z"}, {"ends_on": date(2026, 1, 6)}]
)
def test_ended_waiver_allows_nothing(runner, ended):
    fill(runner, 12)
    waive(runner.program, **ended)

    with pytest.raises(services.TooManyMustHaves):
        add(runner, "One more")


def test_limit_is_the_program_s_threshold(runner):
    """Thresholds are rows, never literals (G11)."""
    Threshold.objects.create(
        program=runner.program,
        phase=1,
        check_key="audit.must_haves",
        params={"least": 1, "most": 2},
        set_by=UserFactory(),
        reason="Small team",
    )
    fill(runner, 2)

    with pytest.raises(services.TooManyMustHaves, match="There are 2 must-haves at go-live and 2 are allowed"):
        add(runner, "Third")
    assert evidence(runner.program).verdict is MET


def test_rank_is_within_the_phase(runner):
    one, two, three = (add(runner, name, phase=DeliveryPhase.IMPLEMENT) for name in "abc")
    train = add(runner, "d", phase=DeliveryPhase.TRAIN)
    assert [row.rank for row in (one, two, three, train)] == [1, 2, 3, 1]

    services.rank_capability(capability=three, by=runner.user, up=True)
    assert [row.name for row in dict(by_bucket(runner.program))[MUST]] == ["a", "c", "b", "d"]
    services.rank_capability(capability=one, by=runner.user, up=True)  # the first stays first
    services.change_capability(
        capability=Capability.objects.get(name="c"), by=runner.user, seen_version=1, phase=DeliveryPhase.TRAIN
    )

    ranks = dict(Capability.objects.values_list("name", "rank"))
    assert ranks == {"a": 1, "b": 2, "c": 2, "d": 1}


def test_removed_capability_closes_the_ranks(runner):
    one, two = (add(runner, name, phase=DeliveryPhase.IMPLEMENT) for name in "ab")

    services.remove_capability(capability=one, by=runner.user, seen_version=1)

    two.refresh_from_db()
    assert two.rank == 1


def test_capability_without_a_phase_has_no_rank(runner):
    with pytest.raises(Invalid, match="Choose the phase first"):
        services.rank_capability(capability=add(runner), by=runner.user, up=True)


def test_capability_name_stands_once(runner):
    add(runner)

    with pytest.raises(Invalid, match="Capability 1 has this name already"):
        add(runner, "routing ")


def test_capability_changed_by_somebody_else_is_a_conflict(runner):
    one = add(runner)
    services.move_capability(capability=one, by=runner.user, seen_version=1, bucket=Bucket.NICE)

    with pytest.raises(Conflict):
        services.move_capability(capability=one, by=runner.user, seen_version=1, bucket=Bucket.MUST_YEAR)


def test_trace_stays_within_the_program(runner):
    foreign = MembershipFactory(role=Role.SALES_OPS)
    gap = add_gap(program=foreign.program, by=foreign.user, title="Leads wait")

    with pytest.raises(Invalid, match="another program"):
        add(runner, gaps=[gap])
    assert Capability.objects.count() == 0


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.VIEWER, Role.PROCUREMENT])
def test_capabilities_are_named_by_the_authors_alone(runner, role):
    other = MembershipFactory(program=runner.program, role=role)

    with pytest.raises(NotYours):
        services.add_capability(program=runner.program, by=other.user, name="x", bucket=MUST)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_audit_facts_cost_one_query(runner, count, django_assert_num_queries):
    gap = add_gap(program=runner.program, by=runner.user, title="Leads wait")
    rows = Capability.objects.bulk_create(
        [Capability(program=runner.program, number=n, name=f"C {n}", bucket=MUST) for n in range(1, count + 1)]
    )
    rows[0].gaps.add(gap)

    with django_assert_num_queries(1):  # goal, lanes, must-haves and one row of numbers together
        found = audit_facts(runner.program)

    assert (found.gaps, found.capabilities, sum(one.is_traced for one in found.must_haves)) == (1, count, 1)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_buckets_cost_three_queries(runner, count, django_assert_num_queries):
    Capability.objects.bulk_create(
        [Capability(program=runner.program, number=n, name=f"C {n}") for n in range(1, count + 1)]
    )

    with django_assert_num_queries(3):  # capabilities, their gaps, their steps
        assert sum(len(rows) for _, rows in by_bucket(runner.program)) == count


def test_13th_move_is_refused_on_the_page(client, runner):
    fill(runner, 12)
    nice = add(runner, "Leaderboard", bucket=Bucket.NICE)
    client.force_login(runner.user)
    url = reverse("phases:capability-move", args=[runner.program.slug, nice.number])

    answer = client.post(url, {"bucket": "must_go_live", "seen_version": 1})

    assert answer.status_code == 409
    assert "Number 13 needs the sponsor&#x27;s exception" in answer.content.decode()
    assert client.post(url, {"bucket": "must_year", "seen_version": 1}).status_code == 303


def test_capability_is_added_ranked_and_removed_on_its_pages(client, runner):
    client.force_login(runner.user)
    slug = runner.program.slug
    typed = {"name": "Routing", "bucket": "must_go_live", "phase": "3"}
    assert client.get(reverse("phases:capability-add", args=[slug])).status_code == 200
    assert client.post(reverse("phases:capability-add", args=[slug]), typed).status_code == 303
    assert client.post(reverse("phases:capability-add", args=[slug]), typed).status_code == 422  # the name stands
    assert client.post(reverse("phases:capability-rank", args=[slug, 1]), {"to": "up"}).status_code == 303
    change = reverse("phases:capability", args=[slug, 1])
    assert client.post(change, {**typed, "phase": "", "seen_version": 1}).status_code == 303
    assert Capability.objects.get().phase is None
    assert client.post(reverse("phases:capability-remove", args=[slug, 1]), {"seen_version": 2}).status_code == 303
    assert Capability.objects.count() == 0


def test_stranger_does_not_see_the_capabilities(client, runner):
    one = add(runner)
    client.force_login(MembershipFactory(role=Role.SALES_OPS).user)

    assert client.get(reverse("phases:capabilities", args=[runner.program.slug])).status_code == 404
    assert client.get(reverse("phases:capability", args=[runner.program.slug, one.number])).status_code == 404
