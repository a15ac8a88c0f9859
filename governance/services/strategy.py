"""Draw three reps each quarter and note what they say (P8)."""

from __future__ import annotations

import random
import secrets
from datetime import date

from django.db import IntegrityError, transaction

from adoption.models import Rep
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Function, Membership, Program, Role, User
from governance.models import StrategyAnswer, StrategyTest
from phases.queries.rounds import quarter_of

DRAWN = 3


def pool_of(program: Program) -> list[tuple[str, str]]:
    """(key, how pages call them) of everybody who can be drawn, by key: counted reps, else members who sell."""
    reps = [(f"rep:{one.number}", one.code) for one in Rep.objects.of(program).counted().order_by("number")]
    if len(reps) >= DRAWN:
        return reps
    sellers = Membership.objects.of(program).active().filter(function=Function.SALES, role=Role.PARTICIPANT)
    members = [(f"member:{one.pk}", one.user.display) for one in sellers.select_related("user").order_by("pk")]
    return reps + members


@transaction.atomic
def draw_reps(*, program: Program, by: User, seed: str = "") -> StrategyTest:
    """Draw three at random for this quarter; `seed` repeats a draw from the same pool.

    Raises Conflict when the quarter is drawn already, Invalid when there is nobody to draw.
    """
    policy.require(by, "strategy.test", program)
    period = quarter_of(clock.today(program))
    pool = pool_of(program)
    if len(pool) < DRAWN:
        raise Invalid(
            f"There are {len(pool)} to draw from. Count reps from a CRM export, or invite members who sell, "
            f"until there are {DRAWN}."
        )
    seed = seed or secrets.token_hex(8)
    try:
        with transaction.atomic():
            test = StrategyTest.objects.create(
                program=program,
                period=period,
                seed=seed,
                pool=[key for key, _ in pool],
                drawn_by=by,
                drawn_at=clock.now(),
            )
    except IntegrityError as exc:
        raise Conflict(f"The reps of {period} are drawn already.") from exc
    StrategyAnswer.objects.bulk_create(
        StrategyAnswer(test=test, place=place, key=key, person=person)
        for place, (key, person) in enumerate(random.Random(seed).sample(pool, DRAWN), 1)  # noqa: S311 - to be repeated
    )
    audit.record(by=by, verb="strategy.drawn", subject=test, after={"period": period, "seed": seed, "of": len(pool)})
    return test


@transaction.atomic
def note_answer(
    *,
    answer: StrategyAnswer,
    by: User,
    purpose: str,
    measured_by: str,
    knows_purpose: bool,
    knows_measure: bool,
    asked_on: date,
) -> StrategyAnswer:
    """Note what a drawn rep said, in their words, and whether it is what goal and measures say. Once each."""
    policy.require(by, "strategy.test", answer)
    answer = StrategyAnswer.objects.select_related("test__program").lock(answer.pk)
    if answer.is_noted:
        raise Conflict(f"The answer of {answer.person} is noted already.")
    if not purpose.strip() or not measured_by.strip():
        raise Invalid("Note both answers in the rep's own words; “does not know” is one.", field="purpose")
    test = answer.test
    if not test.drawn_at.date() <= asked_on <= clock.today(test.program):
        raise Invalid("The day lies between the draw and today.", field="asked_on")
    answer.purpose, answer.measured_by = purpose.strip(), measured_by.strip()
    answer.knows_purpose, answer.knows_measure, answer.asked_on = knows_purpose, knows_measure, asked_on
    answer.noted_by, answer.noted_at = by, clock.now()
    answer.save()
    after = {"person": answer.person, "knows_purpose": knows_purpose, "knows_measure": knows_measure}
    audit.record(by=by, verb="strategy.answered", subject=answer, after=after)
    return answer
