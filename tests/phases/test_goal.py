from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from crmprogram.program import audit, clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Program, Role
from phases.models import GoalVersion
from phases.queries import goal as queries
from phases.registry import MET, NOT_MET, Look, examine
from phases.services import goal as services
from tests.factories import MembershipFactory

WHOLE = {
    "outcome": "Every rep works from one list. Managers see the forecast.",
    "metric": "Win rate",
    "unit": "%",
    "baseline_value": Decimal(18),
    "target_value": Decimal(25),
    "target_on": date(2027, 1, 31),
    "success_6_months": "All reps log every call.",
    "success_12_months": "Win rate 22 %.",
}


@pytest.fixture
def runner(db):
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def sponsor(runner):
    return MembershipFactory(program=runner.program, role=Role.SPONSOR)


def written(runner, seen=0, **changes):
    return services.write_goal(program=runner.program, by=runner.user, seen_number=seen, **{**WHOLE, **changes})


def evidence(program):
    return examine(Look(Program.objects.get(pk=program.pk)), "audit.goal")


@pytest.mark.parametrize(
    ("absent", "missing"),
    [
        ({"metric": ""}, ["metric"]),
        ({"outcome": "   "}, ["outcome"]),
        ({"target_value": None}, ["target"]),
        ({"target_on": None}, ["target date"]),
        ({"baseline_value": None}, ["baseline"]),
        ({"success_6_months": ""}, ["success at 6 months"]),
        ({"metric": "", "target_value": None, "target_on": None}, ["metric", "target", "target date"]),
    ],
)
def test_goal_without_a_part_is_refused_by_its_name(runner, absent, missing):
    """P6: refused with a message that says which is missing."""
    with pytest.raises(services.GoalIncomplete) as refused:
        written(runner, **absent)

    assert refused.value.details["missing"] == missing
    assert all(name in str(refused.value) for name in missing)
    assert GoalVersion.objects.count() == 0


def test_goal_quotes_the_vague_outcome(runner):
    """P6: "we want control" is no goal."""
    with pytest.raises(services.GoalIncomplete) as refused:
        services.write_goal(program=runner.program, by=runner.user, seen_number=0, outcome="We want control")

    assert str(refused.value) == (
        "“We want control” is no goal yet: metric, baseline, target, target date, success at 6 months "
        "and success at 12 months are missing."
    )


def test_goal_takes_a_baseline_to_be_measured(runner):
    """P6: the baseline is a value or "to be measured by DATE"."""
    goal = written(runner, baseline_value=None, baseline_due_on=date(2026, 3, 1))

    assert goal.baseline_text == "to be measured by 1 Mar 2026"
    assert goal.headline == "Win rate: to 25% by 31 Jan 2027"


@pytest.mark.parametrize(
    ("due", "field"),
    [(date(2026, 9, 1), "baseline_due_on"), (date(2026, 8, 31), None)],  # go-live is 1 Sep 2026
)
def test_baseline_is_measured_before_go_live(runner, due, field):
    """P6: before gate C, which comes before go-live."""
    if field is None:
        assert written(runner, baseline_value=None, baseline_due_on=due).baseline_due_on == due
        return
    with pytest.raises(Invalid) as refused:
        written(runner, baseline_value=None, baseline_due_on=due)
    assert refused.value.details["field"] == field


def test_goal_with_both_baselines_is_refused(runner):
    with pytest.raises(Invalid, match="not both"):
        written(runner, baseline_due_on=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("outcome", "count"), [("One.", 1), ("One. Two.", 2), ("A. B. C. D.", 4), ("A. B. C. D. E.", 5), ("No stop", 1)]
)
def test_length_of_the_goal_only_warns(runner, outcome, count):
    """P6: 2 to 4 sentences, length only warns."""
    goal = written(runner, outcome=outcome)

    assert queries.sentences(outcome) == count
    assert bool(queries.warnings(goal, date(2026, 1, 6))) is not (2 <= count <= 4)


def test_goal_change_is_a_new_version_with_its_difference(runner):
    """P5: versions are kept."""
    first = written(runner)
    second = written(runner, seen=1, target_value=Decimal(26))

    assert [goal.number for goal in GoalVersion.objects.newest_first()] == [2, 1]
    changed = queries.changes_between(first, second)
    assert [(one.label, one.was, one.now) for one in changed] == [("Target", "25%", "26%")]
    entry = audit.history(second).get()
    assert (entry.verb, entry.before, entry.after) == ("goal.written", {"Target": "25%"}, {"Target": "26%"})


def test_goal_written_over_an_unseen_version_is_a_conflict(runner):
    written(runner)

    with pytest.raises(Conflict):
        written(runner, seen=0, target_value=Decimal(30))


def test_goal_without_a_change_is_refused(runner):
    written(runner)

    with pytest.raises(Invalid, match="Nothing differs"):
        written(runner, seen=1)


def test_sharing_meets_a5(runner, sponsor):
    """A5: written and shared with the sponsor; a new version has to be shared again."""
    assert evidence(runner.program).value == "none"
    goal = written(runner)
    assert (evidence(runner.program).verdict, evidence(runner.program).value) == (NOT_MET, "written")

    with clock.at(datetime(2026, 2, 2, 9, tzinfo=UTC)):
        services.share_goal(goal=goal, by=runner.user, recipient=sponsor, how="In the stand-up")
        found = evidence(runner.program)
        assert (found.verdict, found.value, found.watch) == (MET, "shared", False)
        assert found.as_of == datetime(2026, 2, 2, 9, tzinfo=UTC)

    written(runner, seen=1, target_value=Decimal(26))
    assert evidence(runner.program).verdict is NOT_MET


def test_overdue_baseline_asks_for_attention(runner, sponsor):
    goal = written(runner, baseline_value=None, baseline_due_on=date(2026, 3, 1))
    services.share_goal(goal=goal, by=runner.user, recipient=sponsor)

    with clock.at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        assert evidence(runner.program).watch is False
    with clock.at(datetime(2026, 3, 2, 12, tzinfo=UTC)):
        assert evidence(runner.program).watch is True


def test_only_the_newest_version_can_be_shared(runner, sponsor):
    first = written(runner)
    written(runner, seen=1, target_value=Decimal(26))

    with pytest.raises(Conflict):
        services.share_goal(goal=first, by=runner.user, recipient=sponsor)


def test_goal_is_shared_with_the_sponsor_alone(runner):
    goal = written(runner)
    other = MembershipFactory(program=runner.program, role=Role.TEAM_LEAD)

    with pytest.raises(Invalid, match="is not the sponsor"):
        services.share_goal(goal=goal, by=runner.user, recipient=other)


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.VIEWER, Role.PARTICIPANT, Role.IT])
def test_goal_is_written_by_the_authors_alone(runner, role):
    other = MembershipFactory(program=runner.program, role=role)

    with pytest.raises(NotYours):
        services.write_goal(program=runner.program, by=other.user, seen_number=0, **WHOLE)


def test_goal_page_keeps_what_was_typed_when_it_refuses(client, runner):
    client.force_login(runner.user)
    typed = {"seen_number": 0, "outcome": "We want control", "unit": "%"}

    answer = client.post(reverse("phases:goal-edit", args=[runner.program.slug]), typed)

    assert answer.status_code == 409
    assert answer.content.decode().count("We want control") >= 2  # in the sentence and in the field
    assert "metric, baseline, target" in answer.content.decode()


def test_goal_is_written_and_shared_on_its_pages(client, runner, sponsor):
    client.force_login(runner.user)
    typed = {**{name: str(value) for name, value in WHOLE.items()}, "seen_number": 0}

    assert client.post(reverse("phases:goal-edit", args=[runner.program.slug]), typed).status_code == 303
    share = reverse("phases:goal-share", args=[runner.program.slug, 1])
    assert client.post(share, {"recipient": sponsor.pk, "how": "By hand"}).status_code == 303
    page = client.get(reverse("phases:goal", args=[runner.program.slug])).content.decode()
    assert "Win rate: from 18% to 25% by 31 Jan 2027" in page
    assert "By hand" in page


def test_stranger_does_not_see_the_goal(client, runner):
    written(runner)
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("phases:goal", args=[runner.program.slug])).status_code == 404
