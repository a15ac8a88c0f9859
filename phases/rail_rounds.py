"""What a signed gate asks of people: an answer to its drift, a look at its doubt, the quarter's review (G9, E1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from crmprogram.program import clock, policy
from crmprogram.program.models import Program
from crmprogram.web.shell import NextItem, next_item
from phases.method import LAST_GATE, PHASES
from phases.queries import rounds
from phases.services.gates import why_not_requestable

REMIND_DAYS = 21  # before a quarter ends


@next_item
def owed_after_signing(user: Any, program: Program, look: Any) -> Sequence[NextItem]:
    """Re-affirm or reopen what drifted or is in doubt; review the quarter before it ends."""
    items: list[NextItem] = []
    touched = [number for number in PHASES if look.gates.is_drifting(number) or rounds.doubt_of(look, number)]
    if touched and policy.can(user, "gate.decide", program):
        for number in touched:
            url = reverse("phases:gate", args=[program.slug, number])
            if look.gates.is_drifting(number):
                text = "It no longer holds as you signed it. The signature stands until you say."
            else:
                text = "An earlier gate was reopened after this signature."
            items.append(NextItem(f"Re-affirm or reopen Gate {number}", text, url, "watch", order=11))
    if look.gates.current == LAST_GATE and policy.can(user, "gate.request", program):
        today = clock.today(program)
        ends_on = quarter_end(today)
        if ends_on - today <= timedelta(days=REMIND_DAYS) and not why_not_requestable(look, LAST_GATE):
            url = reverse("phases:gate", args=[program.slug, LAST_GATE])
            title = f"Ask for the review of {rounds.quarter_of(today)}"
            items.append(NextItem(title, "Each quarter is reviewed once.", url, "watch", due_on=ends_on, order=25))
    return items


def quarter_end(day: date) -> date:
    """The last day of the quarter that `day` is in."""
    last = 3 * ((day.month + 2) // 3)
    return (date(day.year, last, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
