"""The scorecard's acts: weights, blind ratings, lists, what counts (V1 to V7, B1 to B5, G6)."""

from datetime import date
from decimal import Decimal

import pytest

from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from phases.errors import GateNotPassed
from phases.models import Capability, Dossier, GateReview
from phases.registry import Look, Verdict, examine
from scorecard import queries
from scorecard.errors import RatingRefused, VendorRefused, WeightsRefused
from scorecard.models import Criterion, ListState, Rating, Vendor
from scorecard.services import card, evidence, vendors
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return UserFactory()


@pytest.fixture
def program(runner):
    return programs.create_program(
        by=runner, name="CRM rollout", company="Orrery Instruments", seats=60, starts_on="2026-01-05"
    )


@pytest.fixture
def board(program):
    return program.scorecard


def people(program, count, role=Role.PARTICIPANT):
    return [MembershipFactory(program=program, role=role, function="sales") for _ in range(count)]


def short_list(program, by, *names):
    made = [vendors.add_vendor(program=program, by=by, name=name) for name in names]
    return [vendors.move_vendor(vendor=one, by=by, to=ListState.SHORT) for one in made]


def raters(program, by, members):
    return [card.invite_rater(scorecard=program.scorecard, membership=one, by=by) for one in members]


def fill(rater, scores, default=4):
    """Rate every cell of the sheet, `scores` by (vendor name, criterion key), and submit."""
    user = rater.membership.user
    for vendor in Vendor.objects.of(rater.scorecard.program).short_listed():
        for criterion in rater.scorecard.criteria.all():
            score = scores.get((vendor.name, criterion.key), default)
            card.rate(rater=rater, vendor=vendor, criterion=criterion, by=user, score=score, note="Seen in the demo")
    return card.submit_sheet(rater=rater, by=user)


def sign_gate_1(program, by):
    """A signed Gate 1, as its own service leaves it; how it is signed is tested with the gates."""
    gate = program.gates.get(number=1)
    dossier = Dossier.objects.create(program=program, text="{}", sha256="0" * 64)
    GateReview.objects.create(
        gate=gate,
        round=1,
        requested_by=by,
        decided_by=UserFactory(),
        decided_at=clock.now(),
        decision="approved",
        dossier=dossier,
    )


def test_new_program_has_nine_criteria_that_sum_to_100(board):  # V2
    assert [board.criteria.count(), sum(one.weight for one in board.criteria.all())] == [9, 100]
    assert board.criteria.get(floor__isnull=False).key == "workflow-fit"  # V4


def test_weights_that_do_not_sum_to_100_are_not_saved(board, runner):  # V2
    weights = {one.pk: one.weight for one in board.criteria.all()}
    first = next(iter(weights))

    with pytest.raises(WeightsRefused):
        card.set_weights(scorecard=board, by=runner, weights={**weights, first: weights[first] + 1}, seen_version=1)

    assert sum(one.weight for one in board.criteria.all()) == 100


def test_stale_page_cannot_save_weights(board, runner):
    weights = {one.pk: one.weight for one in board.criteria.all()}

    with pytest.raises(Conflict):
        card.set_weights(scorecard=board, by=runner, weights=weights, seen_version=99)


def test_floor_of_workflow_fit_cannot_be_loosened(board, runner):  # G8
    fit = board.criteria.get(key="workflow-fit")

    for floor in (None, Decimal("3.99")):
        with pytest.raises(Invalid):
            card.save_criterion(scorecard=board, by=runner, seen_version=1, criterion=fit, floor=floor)


def test_ratings_are_hidden_until_the_own_sheet_is_submitted(program, runner):  # V3
    one, other = raters(program, runner, people(program, 2))
    short_list(program, runner, "A", "B", "C")
    fill(one, {})

    assert Rating.objects.visible_to(other.membership.user).count() == 0
    fill(other, {})
    assert Rating.objects.visible_to(other.membership.user).count() == 2 * 27


def test_unsubmitted_ratings_are_hidden_from_everyone_else(program, runner):  # V3, admins included
    (one,) = raters(program, runner, people(program, 1))
    (vendor,) = short_list(program, runner, "A")
    criterion = program.scorecard.criteria.first()
    card.rate(rater=one, vendor=vendor, criterion=criterion, by=one.membership.user, score=5, note="x")

    admin = UserFactory(is_superuser=True, is_staff=True)
    assert [Rating.objects.visible_to(user).count() for user in (one.membership.user, runner, admin)] == [1, 0, 0]


def test_mean_and_total_are_hidden_from_who_owes_ratings(client, program, runner):  # V3: a mean of one is a rating
    one, other = raters(program, runner, people(program, 2))
    short_list(program, runner, "A", "B", "C")
    fill(one, {}, default=5)
    base = f"/api/v1/programs/{program.slug}/scorecard/"

    client.force_login(other.membership.user)
    page = client.get(f"/p/{program.slug}/scorecard/")
    assert (page.status_code, b"5.00" in page.content) == (200, False)
    assert client.get(base).status_code == 409
    assert client.get(f"/p/{program.slug}/scorecard/matrix.csv").status_code == 409

    fill(other, {})
    assert client.get(base).json()["raters_submitted"] == 2


def test_nobody_fills_in_another_sheet(program, runner):
    (one,) = raters(program, runner, people(program, 1))
    (vendor,) = short_list(program, runner, "A")

    with pytest.raises(NotYours):
        card.rate(rater=one, vendor=vendor, criterion=Criterion.objects.first(), by=runner, score=5)


def test_sheet_without_evidence_cannot_be_submitted(program, runner):  # V3
    (one,) = raters(program, runner, people(program, 1))
    (vendor,) = short_list(program, runner, "A")
    for criterion in program.scorecard.criteria.all():
        card.rate(rater=one, vendor=vendor, criterion=criterion, by=one.membership.user, score=4)

    with pytest.raises(RatingRefused, match="no evidence"):
        card.submit_sheet(rater=one, by=one.membership.user)


def test_abstention_with_a_reason_completes_a_cell(program, runner):  # B1
    (one,) = raters(program, runner, people(program, 1))
    (vendor,) = short_list(program, runner, "A")
    for criterion in program.scorecard.criteria.all():
        card.rate(
            rater=one, vendor=vendor, criterion=criterion, by=one.membership.user, score=None, abstained="Not my field"
        )

    assert card.submit_sheet(rater=one, by=one.membership.user).submitted_at is not None


@pytest.mark.parametrize("score", [0, 6])
def test_rating_stays_on_the_scale(program, runner, score):
    (one,) = raters(program, runner, people(program, 1))
    (vendor,) = short_list(program, runner, "A")

    with pytest.raises(Invalid):
        card.rate(rater=one, vendor=vendor, criterion=Criterion.objects.first(), by=one.membership.user, score=score)


def test_highest_total_is_out_by_the_veto_whatever_the_consensus(program, runner):  # V4
    sheets = raters(program, runner, people(program, 2))
    highest, second, _ = short_list(program, runner, "Highest", "Second", "Third")
    for one in sheets:
        fill(one, {("Highest", "workflow-fit"): 3, ("Third", "data-model"): 2}, default=4)
    for criterion in program.scorecard.criteria.exclude(key="workflow-fit"):
        card.settle_cell(vendor=highest, criterion=criterion, by=runner, value=Decimal(5), reason="Agreed")
    fit = program.scorecard.criteria.get(key="workflow-fit")
    card.settle_cell(vendor=highest, criterion=fit, by=runner, value=Decimal(5), reason="Agreed")

    first = queries.load_matrix(program.scorecard).scores[0]

    assert (first.vendor, first.rank_by_total, first.rank) == (str(highest.pk), 1, None)
    with pytest.raises(VendorRefused, match="below its veto floor"):
        vendors.move_vendor(vendor=highest, by=runner, to=ListState.FINALIST)
    assert vendors.move_vendor(vendor=second, by=runner, to=ListState.FINALIST).state == ListState.FINALIST


def test_two_missing_must_haves_eliminate_and_a_roadmap_counts_as_missing(program, runner):  # V5
    (vendor,) = short_list(program, runner, "A")
    must = [
        Capability.objects.create(program=program, number=n, name=f"Must {n}", bucket="must_go_live") for n in (1, 2)
    ]
    evidence.set_coverage(vendor=vendor, capability=must[0], by=runner, state="missing")
    assert queries.load_matrix(program.scorecard).score_of(vendor).standing != "eliminated"

    evidence.set_coverage(vendor=vendor, capability=must[1], by=runner, state="roadmap")

    assert queries.load_matrix(program.scorecard).score_of(vendor).is_out_by_must_haves


def test_short_list_holds_four(program, runner):  # V1
    short_list(program, runner, "A", "B", "C", "D")
    fifth = vendors.add_vendor(program=program, by=runner, name="E")

    with pytest.raises(VendorRefused):
        vendors.move_vendor(vendor=fifth, by=runner, to=ListState.SHORT)


def test_move_back_needs_a_reason_and_is_on_record(program, runner):  # V1
    (vendor,) = short_list(program, runner, "A")
    with pytest.raises(VendorRefused):
        vendors.move_vendor(vendor=vendor, by=runner, to=ListState.DROPPED)

    vendors.move_vendor(vendor=vendor, by=runner, to=ListState.DROPPED, reason="No offline mode")

    assert list(vendor.moves.values_list("now", "reason")) == [
        ("dropped", "No offline mode"),
        ("short", ""),
        ("long", ""),
    ]


def a_demo(program, runner, vendor, **changes):
    reps, (manager,) = people(program, 2), people(program, 1, Role.TEAM_LEAD)
    parts = [{"membership": one, "side": "rep", "notes": "Three clicks"} for one in reps]
    parts.append({"membership": manager, "side": "manager"})
    values = {"own_data": True, "hands_on": True, "hours": Decimal(2), "parts": parts, **changes}
    return evidence.record_demo(vendor=vendor, by=runner, held_on=date(2026, 1, 6), **values)


@pytest.mark.parametrize(("changes", "lacks"), [
    ({"own_data": False}, "it ran on the company's own data"),
    ({"hands_on": False}, "the reps worked in it themselves"),
    ({"hours": Decimal("1.75")}, "it lasted 2 hours"),
    ({"parts": []}, "2 reps took part (here 0), a sales manager took part"),
])  # fmt: skip
def test_demo_that_lacks_something_does_not_count(program, runner, changes, lacks):  # V6
    (vendor,) = short_list(program, runner, "A")
    demo = a_demo(program, runner, vendor, **changes)

    assert queries.why_demo_does_not_count(demo, list(demo.parts.all())) == f"It counts once {lacks}."


def test_counted_demo_is_refused_before_gate_1(program, runner):  # G6
    (vendor,) = short_list(program, runner, "A")

    with pytest.raises(GateNotPassed, match="A counted demo needs Gate 1"):
        a_demo(program, runner, vendor)

    assert vendor.demos.count() == 0


def test_first_counted_demo_locks_the_weights(program, runner):  # V3
    sign_gate_1(program, runner)
    (vendor,) = short_list(program, runner, "A")
    a_demo(program, runner, vendor)
    board = program.scorecard
    board.refresh_from_db()
    weights = {one.pk: one.weight for one in board.criteria.all()}
    first, second = list(weights)[:2]
    changed = {**weights, first: weights[first] - 5, second: weights[second] + 5}

    with pytest.raises(WeightsRefused, match="locked"):
        card.set_weights(scorecard=board, by=runner, weights=changed, seen_version=board.version)
    card.set_weights(scorecard=board, by=runner, weights=changed, seen_version=board.version, reason="Field sales grew")

    change = board.weight_changes.get()
    assert (change.reason, change.ranking_before[0]["vendor"]) == ("Field sales grew", "A")


@pytest.mark.parametrize("lacking", ["similar_size", "similar_industry", "past_first_year", "would_do_differently"])
def test_reference_counts_only_with_all_of_v7(program, runner, lacking):  # V7
    (vendor,) = short_list(program, runner, "A")
    values = {
        "similar_size": True,
        "similar_industry": True,
        "past_first_year": True,
        "would_do_differently": "Train earlier",
    }
    values[lacking] = "" if lacking == "would_do_differently" else False

    one = evidence.record_reference(
        vendor=vendor, by=runner, customer="Optics maker, 80 seats", called_on=date(2026, 1, 6), **values
    )

    assert queries.why_reference_does_not_count(one).startswith("It counts once ")


def test_selection_needs_gate_1_a_finalist_and_a_rationale(program, runner):  # B4, G6
    (vendor,) = short_list(program, runner, "A")
    with pytest.raises(GateNotPassed):
        vendors.select_vendor(vendor=vendor, by=runner, rationale="Best fit")
    sign_gate_1(program, runner)
    with pytest.raises(VendorRefused):
        vendors.select_vendor(vendor=vendor, by=runner, rationale="Best fit")
    vendors.move_vendor(vendor=vendor, by=runner, to=ListState.FINALIST)
    with pytest.raises(Invalid):
        vendors.select_vendor(vendor=vendor, by=runner, rationale=" ")

    selection = vendors.select_vendor(vendor=vendor, by=runner, rationale="Best fit")

    assert (selection.vendor, examine(Look(program), "scorecard.selected").verdict) == (vendor, Verdict.MET)


def test_b1_names_what_is_open_and_is_met_when_nothing_is(program, runner):  # B1
    sign_gate_1(program, runner)
    look = Look(program)
    assert examine(look, "scorecard.complete").verdict is Verdict.UNKNOWN
    listed = short_list(program, runner, "A", "B", "C")
    demos = [a_demo(program, runner, one) for one in listed]
    reps = {part.membership for demo in demos for part in demo.parts.filter(side="rep")}
    sheets = raters(program, runner, sorted(reps, key=lambda one: one.pk))
    for one in sheets[:-1]:
        fill(one, {})

    open_still = examine(Look(program), "scorecard.complete")
    assert open_still.verdict is Verdict.NOT_MET
    assert "1 of 6 raters have not submitted" in open_still.summary

    fill(sheets[-1], {})
    assert examine(Look(program), "scorecard.complete").verdict is Verdict.MET
    assert examine(Look(program), "scorecard.demos").verdict is Verdict.MET  # B2


@pytest.mark.parametrize("count", [1, 3, 4])
def test_matrix_costs_the_same_number_of_queries(program, runner, count, django_assert_num_queries):
    short_list(program, runner, *"ABCD"[:count])
    for one in raters(program, runner, people(program, count)):
        fill(one, {})
    board = program.scorecard

    with django_assert_num_queries(1):
        queries.load_matrix(board)
