"""Take hold of the map: steps to their place, arrows with their condition, what differs (Audit content, A1)."""

import pytest
from django.urls import reverse

from crmprogram.program import audit
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Function, Program, Role
from phases.models import Arrow, Lane, Step
from phases.queries import process_map as queries
from phases.services import map_steps
from phases.services import process_map as services
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return MembershipFactory(role=Role.SALES_OPS, function=Function.SALES)


@pytest.fixture
def drawn(runner):
    """SDR: Call → Book; AE: Propose, after Book."""
    sdr, ae = (
        services.add_lane(program=runner.program, by=runner.user, name=name, function=Function.SALES)
        for name in ("SDR", "AE")
    )
    _, book = (map_steps.add_step(lane=sdr, by=runner.user, name=name) for name in ("Call", "Book"))
    map_steps.add_step(lane=ae, by=runner.user, name="Propose", after=[book])
    return sdr, ae


def named(name):
    return Step.objects.select_related("lane__map__program").get(name=name)


def line(lane):
    return list(lane.steps.order_by("order").values_list("name", flat=True))


def version(lane):
    return Lane.objects.get(pk=lane.pk).version


def test_step_is_placed_before_another_in_its_lane(runner, drawn):
    sdr, ae = drawn
    before = version(sdr), version(ae)

    map_steps.place_step(step=named("Book"), by=runner.user, lane=sdr, before=named("Call"))

    assert line(sdr) == ["Book", "Call"]
    assert (version(sdr), version(ae)) == (before[0] + 1, before[1])
    entry = audit.history(named("Book")).first()
    assert (entry.verb, entry.before, entry.after) == (
        "step.placed",
        {"lane": "SDR", "place": 2},
        {"lane": "SDR", "place": 1},
    )


def test_step_placed_in_another_lane_asks_both_for_the_sign_off(runner, drawn):
    sdr, ae = drawn
    for lane in drawn:
        services.sign_lane(lane=lane, by=runner.user, seen_version=version(lane))

    map_steps.place_step(step=named("Book"), by=runner.user, lane=ae, before=named("Propose"))

    assert (line(sdr), line(ae)) == (["Call"], ["Book", "Propose"])
    assert [lane.signed_at for lane in Lane.objects.with_sign_off()] == [None, None]
    assert Arrow.objects.count() == 2  # as they were


def test_step_put_where_it_is_changes_nothing(runner, drawn):
    sdr, _ = drawn
    before = version(sdr)

    map_steps.place_step(step=named("Book"), by=runner.user, lane=sdr)
    map_steps.place_step(step=named("Call"), by=runner.user, lane=sdr, before=named("Call"))

    assert (line(sdr), version(sdr)) == (["Call", "Book"], before)


def test_step_is_not_placed_before_one_that_has_left_the_lane(runner, drawn):
    sdr, _ = drawn

    with pytest.raises(Conflict):
        map_steps.place_step(step=named("Call"), by=runner.user, lane=sdr, before=named("Propose"))


def test_arrow_says_when_and_again_otherwise(runner, drawn):
    ends = {"source": named("Call"), "target": named("Propose"), "by": runner.user}

    map_steps.connect_steps(**ends, label=" fits  the profile ")
    map_steps.connect_steps(**ends, label="urgent")

    assert Arrow.objects.get(source__name="Call", target__name="Propose").label == "urgent"
    verbs = [entry.verb for entry in audit.history(named("Call"))]
    assert verbs == ["arrow.labelled", "arrow.drawn", "step.added"]


def test_arrow_drawn_twice_the_same_changes_nothing(runner, drawn):
    sdr, _ = drawn
    before = version(sdr)

    map_steps.connect_steps(source=named("Call"), target=named("Book"), by=runner.user)

    assert (version(sdr), Arrow.objects.count()) == (before, 2)


def test_arrow_taken_away_asks_both_lanes_again(runner, drawn):
    sdr, ae = drawn
    before = version(sdr), version(ae)

    for _ in range(2):
        map_steps.disconnect_steps(source=named("Book"), target=named("Propose"), by=runner.user)

    assert (version(sdr), version(ae)) == (before[0] + 1, before[1] + 1)
    assert Program.objects.get().process_maps.get().loose_steps == 1


def test_arrow_stays_on_its_map_and_leads_elsewhere(runner, drawn):
    with pytest.raises(Invalid):
        map_steps.connect_steps(source=named("Call"), target=named("Call"), by=runner.user)
    other = services.add_lane(
        program=runner.program, by=runner.user, name="SDR", function=Function.SALES, state="future"
    )
    there = map_steps.add_step(lane=other, by=runner.user, name="Elsewhere")
    with pytest.raises(Invalid):
        map_steps.connect_steps(source=named("Call"), target=there, by=runner.user)


def test_form_opened_before_an_arrow_was_drawn_does_not_undo_it(runner, drawn):
    call = named("Call")
    map_steps.connect_steps(source=call, target=named("Propose"), by=runner.user)

    with pytest.raises(Conflict):
        map_steps.change_step(step=call, by=runner.user, seen_version=call.version, name="Call", next_steps=[])


def test_participant_draws_nothing(runner, drawn):
    rep = MembershipFactory(program=runner.program, role=Role.PARTICIPANT)

    with pytest.raises(NotYours):
        map_steps.place_step(step=named("Call"), by=rep.user, lane=drawn[1])
    with pytest.raises(NotYours):
        map_steps.connect_steps(source=named("Call"), target=named("Propose"), by=rep.user)


def test_future_copy_differs_only_in_what_is_changed(runner, drawn):
    map_steps.connect_steps(source=named("Call"), target=named("Propose"), by=runner.user, label="urgent")
    services.copy_to_future(program=runner.program, by=runner.user)
    contents = [queries.content_of(runner.program, state) for state in ("current", "future")]
    assert {pair.kind for pair in queries.differences(*contents)} == {"same"}

    copied = Step.objects.get(lane__map__state="future", name="Call")
    map_steps.change_step(step=copied, by=runner.user, seen_version=copied.version, name="Call back", tool="CRM")

    pairs = queries.differences(contents[0], queries.content_of(runner.program, "future"))
    assert [(pair.kind, [part.label for part in pair.parts]) for pair in pairs] == [
        ("changed", ["step", "tool"]),
        ("same", []),
        ("same", []),
    ]


def test_drawing_answers_htmx_with_its_part_and_others_with_the_page(client, runner, drawn):
    client.force_login(runner.user)
    sdr, ae = drawn
    url = reverse("phases:step-place", args=[runner.program.slug, named("Book").pk])

    part = client.post(url, {"lane": ae.pk, "before": named("Propose").pk}, headers={"HX-Request": "true"})
    page = client.post(url, {"lane": sdr.pk})

    assert (part.status_code, page.status_code, page["Location"]) == (
        200,
        303,
        f"/p/{runner.program.slug}/audit/map/",
    )
    assert part.content.decode().lstrip().startswith('<div id="map-drawn"')
    assert 'data-say="Book is number 1 of AE."' in part.content.decode()


def test_second_press_takes_the_arrow_away(client, runner, drawn):
    client.force_login(runner.user)
    url = reverse("phases:map-connect", args=[runner.program.slug, "current"])
    ends = {"source": named("Call").pk, "target": named("Propose").pk}

    for count in (3, 2):
        assert client.post(url, {**ends, "act": "turn"}).status_code == 303
        assert Arrow.objects.count() == count


@pytest.mark.parametrize(("target", "status"), [("Call", 422), ("", 422)])
def test_arrow_that_cannot_be_is_said_on_the_page(client, runner, drawn, target, status):
    client.force_login(runner.user)
    url = reverse("phases:map-connect", args=[runner.program.slug, "current"])

    answer = client.post(url, {"source": named("Call").pk, "target": named(target).pk if target else "", "act": "draw"})

    assert answer.status_code == status


def test_side_by_side_says_what_differs(client, runner, drawn):
    client.force_login(runner.user)
    url = reverse("phases:map", args=[runner.program.slug]) + "?state=both"
    assert client.get(url).context["pairs"] == []
    services.copy_to_future(program=runner.program, by=runner.user)
    assert "The future map is the same as the current one" in client.get(url).content.decode()
    map_steps.add_step(lane=Lane.objects.get(name="AE", map__state="future"), by=runner.user, name="Close")

    page = client.get(url)

    assert page.context["counts"] == {"same": 2, "changed": 1, "new": 1}
    assert '<text class="sw-mark e"' in page.content.decode()


def test_api_places_and_connects(client, runner, drawn):
    client.force_login(runner.user)
    _, ae = drawn
    base = f"/api/v1/programs/{runner.program.slug}/steps/{named('Book').pk}/"

    placed = client.post(f"{base}place/", {"lane": ae.pk}, "application/json")
    joined = client.post(f"{base}connect/", {"target": named("Call").pk, "label": "no answer"}, "application/json")
    parted = client.post(f"{base}disconnect/", {"target": named("Propose").pk}, "application/json")

    assert (placed.status_code, placed.json()["lane"], placed.json()["order"]) == (200, ae.pk, 2)
    assert {"target": named("Call").pk, "label": "no answer"} in joined.json()["arrows"]
    assert parted.json()["leads_to"] == [named("Call").pk]
