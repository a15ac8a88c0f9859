"""Write the goal in versions and share it with the sponsor (P6, A5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, DomainError, Invalid
from crmprogram.program.models import Membership, Program, User
from phases.models import GoalShare, GoalVersion
from phases.queries import goal as queries
from phases.services.saving import expect_version, save_checked


class GoalIncomplete(DomainError):
    """A goal without all its parts is refused; `details.missing` names them (P6)."""

    code = "goal_incomplete"


@transaction.atomic
def write_goal(
    *,
    program: Program,
    by: User,
    seen_number: int,
    outcome: str = "",
    metric: str = "",
    unit: str = "",
    baseline_value: Decimal | None = None,
    baseline_due_on: date | None = None,
    target_value: Decimal | None = None,
    target_on: date | None = None,
    success_6_months: str = "",
    success_12_months: str = "",
) -> GoalVersion:
    """Write the next version of the goal; `seen_number` is the one the writer started from (0: none).

    Raises GoalIncomplete with everything that is missing, Invalid for dates that cannot
    be, Conflict when another version came in between. The new version has to be shared anew.
    """
    policy.require(by, "audit.edit", program)
    Program.objects.lock(program.pk)
    last = GoalVersion.objects.of(program).newest_first().first()
    expect_version(last.number if last else 0, seen_number, "the goal")
    parts = {
        "outcome": outcome.strip(),
        "metric": metric.strip(),
        "baseline": baseline_value if baseline_value is not None else baseline_due_on,
        "target": target_value,
        "target date": target_on,
        "success at 6 months": success_6_months.strip(),
        "success at 12 months": success_12_months.strip(),
    }
    if missing := [name for name, value in parts.items() if value in ("", None)]:
        raise GoalIncomplete(_missing_sentence(outcome.strip(), missing), missing=missing)
    assert target_value is not None
    assert target_on is not None
    _check_dates(program, baseline_value, baseline_due_on, target_on)
    goal = GoalVersion(
        program=program,
        number=seen_number + 1,
        outcome=outcome.strip(),
        metric=metric.strip(),
        unit=unit.strip(),
        baseline_value=baseline_value,
        baseline_due_on=baseline_due_on,
        target_value=target_value,
        target_on=target_on,
        success_6_months=success_6_months.strip(),
        success_12_months=success_12_months.strip(),
        written_by=by,
        written_at=clock.now(),
    )
    changed = queries.changes_between(last, goal)
    if not changed:
        raise Invalid("Nothing differs from the version before.")
    save_checked(goal)
    audit.record(
        by=by,
        verb="goal.written",
        subject=goal,
        before={one.label: str(one.was) for one in changed if last},
        after={one.label: str(one.now) for one in changed},
    )
    outbox.put("goal.written", goal)
    return goal


@transaction.atomic
def share_goal(*, goal: GoalVersion, by: User, recipient: Membership, how: str = "") -> GoalShare:
    """Record that `goal` was put before the sponsor: to whom, when, how (A5).

    Only the newest version counts: an older one is a Conflict. Raises Invalid when the
    recipient is not the sponsor or has it already.
    """
    policy.require(by, "audit.share_goal", goal)
    last = GoalVersion.objects.of(goal.program).newest_first().first()
    if last != goal:
        raise Conflict("A newer version of the goal was written meanwhile. Share that one.")
    if not queries.sponsors(goal.program).filter(pk=recipient.pk).exists():
        raise Invalid(f"{recipient.user.display} is not the sponsor of this program.", field="recipient")
    if goal.shares.filter(recipient=recipient).exists():
        raise Invalid(f"{recipient.user.display} has this version already.", field="recipient")
    share = GoalShare(goal=goal, recipient=recipient, shared_by=by, shared_at=clock.now(), how=how.strip())
    save_checked(share)
    audit.record(by=by, verb="goal.shared", subject=goal, after={"recipient": str(recipient), "how": share.how})
    outbox.put("goal.shared", share)
    return share


def _missing_sentence(outcome: str, missing: list[str]) -> str:
    names = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    quoted = f"“{outcome[:60]}” is no goal yet" if outcome else "This is no goal yet"
    return f"{quoted}: {names} {'is' if len(missing) == 1 else 'are'} missing."


def _check_dates(
    program: Program, baseline_value: Decimal | None, baseline_due_on: date | None, target_on: date
) -> None:
    if baseline_value is not None and baseline_due_on is not None:
        raise Invalid("The baseline is either a value or a day by which it is measured, not both.", field="baseline")
    if target_on <= program.starts_on:
        raise Invalid("The target date lies before the program starts.", field="target_on")
    if baseline_due_on is None:
        return
    # gate C comes before go-live: after it nobody can measure how things were before
    if program.go_live_on and baseline_due_on >= program.go_live_on:
        raise Invalid("The baseline has to be measured before go-live.", field="baseline_due_on")
    if baseline_due_on >= target_on:
        raise Invalid("The baseline has to be measured before the target date.", field="baseline_due_on")
