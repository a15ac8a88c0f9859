import pytest
from django.urls import reverse

from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Function, Program, Role
from phases.models import Arrow, Lane, MapState, ProcessMap, Step
from phases.queries import process_map as queries
from phases.registry import MET, NOT_MET, Look, examine
from phases.services import map_steps
from phases.services import process_map as services
from phases.typical_process import TYPICAL_B2B
from tests.factories import MembershipFactory


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def rep(runner):
    return MembershipFactory(program=runner.program, role=Role.PARTICIPANT, function=Function.SALES)


@pytest.fixture
def marketer(runner):
    return MembershipFactory(program=runner.program, role=Role.TEAM_LEAD, function=Function.MARKETING)


def lane(runner, name="SDR", function=Function.SALES, state=MapState.CURRENT):
    return services.add_lane(program=runner.program, by=runner.user, name=name, function=function, state=state)


def step(runner, lane, name="Call", after=None, **more):
    return map_steps.add_step(lane=lane, by=runner.user, name=name, after=after, **more)


def sign(lane, member):
    lane = Lane.objects.get(pk=lane.pk)
    return services.sign_lane(lane=lane, by=member.user, seen_version=lane.version)


def edit(runner, one, **changes):
    one = Step.objects.select_related("lane__map").get(pk=one.pk)
    values = {"name": one.name, "tool": one.tool, "data_captured": one.data_captured, "failure_mode": one.failure_mode}
    return map_steps.change_step(step=one, by=runner.user, seen_version=one.version, **{**values, **changes})


def evidence(program):
    return examine(Look(Program.objects.get(pk=program.pk)), "audit.process_map")


def signed(lane):
    return Lane.objects.with_sign_off().get(pk=lane.pk).signed_at is not None


def test_map_is_met_when_drawn_and_signed_by_each_lane(runner, rep, marketer):
    """A1: at least one lane, a step in each, all connected, each lane signed on its present version."""
    program = runner.program
    assert evidence(program).summary == "No current-state process map is drawn yet."
    first, second = lane(runner, "Marketing", Function.MARKETING), lane(runner)
    assert evidence(program).summary == "Marketing and SDR have no step."
    one, other = step(runner, first, "Capture"), step(runner, second, "Call", after=[])
    assert evidence(program).summary == "1 of 2 steps is not connected to the rest."
    edit(runner, one, next_steps=[other])
    assert evidence(program).summary == "2 steps in 2 lanes; 0 of 2 lanes signed off."
    sign(second, rep)
    found = evidence(program)
    assert (found.verdict, found.value, found.threshold) == (NOT_MET, 1, 2)
    assert found.closing == "Sign-off by a representative of Marketing."
    sign(first, marketer)

    found = evidence(program)
    assert (found.verdict, found.value, found.threshold) == (MET, 2, 2)
    assert found.details == [
        {"lane": "Marketing", "steps": 1, "sign-off": "signed off"},
        {"lane": "SDR", "steps": 1, "sign-off": "signed off"},
    ]


def test_single_step_in_a_single_lane_is_a_map(runner, rep):
    only = lane(runner)
    step(runner, only)
    sign(only, rep)

    assert evidence(runner.program).verdict is MET


def test_sign_off_lapses_when_the_lane_changes(runner, rep):
    """A1: a sign-off holds for the lane's version."""
    only = lane(runner)
    one = step(runner, only)
    for act in (
        lambda: edit(runner, one, tool="Phone"),
        lambda: step(runner, only, "Book"),
        lambda: map_steps.move_step(step=Step.objects.get(pk=one.pk), by=runner.user, earlier=False),
        lambda: services.change_lane(
            lane=only,
            by=runner.user,
            seen_version=Lane.objects.get(pk=only.pk).version,
            name="Inside sales",
            function=Function.SALES,
        ),
    ):
        sign(only, rep)
        assert signed(only)
        act()
        assert not signed(only)
    assert "SDR" not in evidence(runner.program).summary
    assert evidence(runner.program).summary.endswith("Inside sales changed after the sign-off.")


def test_arrow_concerns_both_lanes_and_no_other(runner, rep, marketer):
    first, second, third = (lane(runner, name, Function.MARKETING) for name in ("A", "B", "C"))
    one, other = step(runner, first), step(runner, second, after=[])
    step(runner, third, after=[])
    for each in (first, second, third):
        sign(each, marketer)

    edit(runner, one, next_steps=[other])

    assert [signed(each) for each in (first, second, third)] == [False, False, True]


def test_moving_a_lane_keeps_the_sign_offs(runner, rep):
    first, second = lane(runner, "A"), lane(runner, "B")
    step(runner, first)
    sign(first, rep)

    services.move_lane(lane=second, by=runner.user, up=True)

    assert list(Lane.objects.values_list("name", flat=True)) == ["B", "A"]
    assert signed(first)


@pytest.mark.parametrize(
    ("role", "function", "allowed"),
    [
        (Role.PARTICIPANT, Function.SALES, True),
        (Role.TEAM_LEAD, Function.SALES, True),
        (Role.SALES_OPS, Function.OPERATIONS, False),
        (Role.PARTICIPANT, Function.MARKETING, False),
        (Role.VIEWER, Function.SALES, False),
    ],
)
def test_lane_is_signed_by_its_function(runner, role, function, allowed):
    only = lane(runner)
    step(runner, only)
    member = MembershipFactory(program=runner.program, role=role, function=function)

    if allowed:
        assert sign(only, member).function == Function.SALES
        return
    with pytest.raises(NotYours):
        sign(only, member)


def test_lane_changed_since_it_was_shown_is_not_signed(runner, rep):
    only = lane(runner)
    step(runner, only)

    with pytest.raises(Conflict):
        services.sign_lane(lane=only, by=rep.user, seen_version=1)


def test_lane_without_steps_is_not_signed(runner, rep):
    with pytest.raises(services.LaneEmpty):
        sign(lane(runner), rep)


def test_step_follows_the_last_of_its_lane(runner):
    only = lane(runner)
    one, other = step(runner, only), step(runner, only, "Book")

    assert [step.order for step in Step.objects.all()] == [1, 2]
    assert list(Arrow.objects.values_list("source_id", "target_id")) == [(one.pk, other.pk)]


def test_removed_step_leaves_no_hole_in_the_flow(runner):
    only = lane(runner)
    first, middle, last = (step(runner, only, name) for name in "abc")

    map_steps.remove_step(step=middle, by=runner.user, seen_version=1)

    assert list(Arrow.objects.values_list("source_id", "target_id")) == [(first.pk, last.pk)]
    assert ProcessMap.objects.get().loose_steps == 0


def test_removed_lane_takes_its_steps_and_tells_its_neighbours(runner, rep):
    first, second = lane(runner, "A"), lane(runner, "B")
    one = step(runner, first)
    step(runner, second, after=[one])
    sign(first, rep)

    services.remove_lane(lane=second, by=runner.user, seen_version=Lane.objects.get(pk=second.pk).version)

    assert Step.objects.count() == 1
    assert not signed(first)


def test_step_moves_to_another_lane_of_its_map_only(runner):
    first, second, future = lane(runner, "A"), lane(runner, "B"), lane(runner, "C", state=MapState.FUTURE)
    one = step(runner, first)

    assert edit(runner, one, lane=second).lane_id == second.pk
    with pytest.raises(Invalid):
        edit(runner, one, lane=future)
    with pytest.raises(Invalid, match="lead to itself"):
        edit(runner, one, next_steps=[one])


def test_step_changed_by_somebody_else_is_a_conflict(runner):
    one = step(runner, lane(runner))
    edit(runner, one, tool="Phone")

    with pytest.raises(Conflict):
        map_steps.change_step(step=one, by=runner.user, seen_version=1, name="Call", tool="Mail")


def test_lane_name_stands_once(runner):
    lane(runner)

    with pytest.raises(Invalid, match="There is a lane sdr already"):
        lane(runner, "sdr")


def test_typical_process_is_drawn_connected_and_once(runner):
    drawn = services.start_from_typical(program=runner.program, by=runner.user)

    assert drawn.loose_steps == 0
    assert Lane.objects.count() == len(TYPICAL_B2B)
    assert Step.objects.exclude(failure_mode="").count() >= 1
    with pytest.raises(services.MapNotEmpty):
        services.start_from_typical(program=runner.program, by=runner.user)


def test_typical_process_names_steps_that_exist():
    keys = [one.key for lane in TYPICAL_B2B for one in lane.steps]

    assert len(keys) == len(set(keys))
    assert {before for lane in TYPICAL_B2B for one in lane.steps for before in one.after} <= set(keys)


def test_future_map_begins_as_an_unsigned_copy(runner, rep):
    services.start_from_typical(program=runner.program, by=runner.user)

    services.copy_to_future(program=runner.program, by=runner.user)

    now = queries.content_of(runner.program)
    then = queries.content_of(runner.program, MapState.FUTURE)
    assert [step.name for step in then.steps] == [step.name for step in now.steps]
    assert len(then.arrows) == len(now.arrows)
    assert then.signed == []


@pytest.mark.parametrize("count", [1, 3, 60])
def test_map_costs_the_same_however_large(runner, count, django_assert_num_queries):
    only = lane(runner)
    Step.objects.bulk_create([Step(lane=only, order=n, name=f"Step {n}") for n in range(count)])

    with django_assert_num_queries(5):  # map, lanes, steps, sign-offs, arrows
        content = queries.content_of(runner.program)

    assert len(content.steps) == count


def test_participant_sees_the_map_and_signs_the_own_lane(client, runner, rep, marketer):
    mine, other = lane(runner), lane(runner, "Marketing", Function.MARKETING)
    step(runner, mine)
    step(runner, other, after=[])
    version = Lane.objects.get(pk=mine.pk).version
    client.force_login(rep.user)
    slug = runner.program.slug

    page = client.get(reverse("phases:map", args=[slug])).content.decode()
    assert reverse("phases:lane-sign", args=[slug, mine.pk]) in page
    assert reverse("phases:lane-sign", args=[slug, other.pk]) not in page
    assert client.get(reverse("phases:goal", args=[slug])).status_code == 403
    sign_url = reverse("phases:lane-sign", args=[slug, mine.pk])
    assert client.post(sign_url, {"seen_version": version - 1}).status_code == 409
    assert client.post(sign_url, {"seen_version": version}).status_code == 303
    assert client.post(reverse("phases:lane-sign", args=[slug, other.pk]), {"seen_version": 2}).status_code == 403
    assert signed(mine)


def test_map_is_drawn_on_its_pages(client, runner):
    client.force_login(runner.user)
    slug = runner.program.slug
    assert client.post(reverse("phases:lane-add", args=[slug]), {"name": "SDR", "function": "sales"}).status_code == 303
    only = Lane.objects.get()
    add = reverse("phases:step-add", args=[slug, only.pk])
    assert client.post(add, {"lane": only.pk, "name": "Call"}).status_code == 303
    first = Step.objects.get()
    assert client.post(add, {"lane": only.pk, "name": "Book", "others": [first.pk]}).status_code == 303
    assert client.post(add, {"lane": only.pk, "name": ""}).status_code == 422
    assert Arrow.objects.count() == 1
    stale = {"lane": only.pk, "name": "Ring", "seen_version": 0}
    answer = client.post(reverse("phases:step", args=[slug, first.pk]), stale)
    assert (answer.status_code, "Ring" in answer.content.decode()) == (409, True)
    assert client.post(reverse("phases:step-move", args=[slug, first.pk]), {"to": "later"}).status_code == 303
    assert [one.name for one in Step.objects.all()] == ["Book", "Call"]


@pytest.mark.parametrize("state", ["", "?state=future", "?state=both", "?state=odd"])
def test_empty_map_offers_the_first_act(client, runner, state):
    client.force_login(runner.user)

    page = client.get(reverse("phases:map", args=[runner.program.slug]) + state)

    assert page.status_code == 200


def test_stranger_does_not_see_the_map(client, runner):
    one = step(runner, lane(runner))
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("phases:map", args=[runner.program.slug])).status_code == 404
    assert client.get(reverse("phases:step", args=[runner.program.slug, one.pk])).status_code == 404


def test_step_of_another_program_is_not_there(client, runner):
    foreign = MembershipFactory(role=Role.SALES_OPS)
    one = step(foreign, lane(foreign))
    client.force_login(runner.user)

    assert client.get(reverse("phases:step", args=[runner.program.slug, one.pk])).status_code == 404
