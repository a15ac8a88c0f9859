"""Write down what the checks answer, when the answer changed (G11)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.program import clock
from crmprogram.program.models import Program
from phases import dossier, registry
from phases.models import Reading
from phases.queries import gates as queries
from phases.registry import Look
from phases.services.waivers import close_lapsed


@transaction.atomic
def take_readings(*, program: Program) -> list[Reading]:
    """Examine every criterion that has a check; write a row for each answer that is new.

    Stale counts as cannot tell. Taken twice at once, the second waits for the first and finds
    nothing new.
    """
    Program.objects.lock(program.pk)
    close_lapsed(program=program)
    look, last, new = Look(program), queries.last_readings(program), []
    for criterion, standing in queries.all_standings(look):
        if criterion.check not in registry.CHECKS:
            continue
        value = "" if standing.value is None else str(dossier.plain(standing.value))[:80]
        before = last.get((criterion.gate, criterion.check))
        if before is not None and (before.verdict, before.value) == (standing.verdict, value):
            continue
        new.append(
            Reading(
                program=program,
                phase=criterion.gate,
                check_key=criterion.check,
                verdict=standing.verdict,
                value=value,
                summary=standing.summary,
                as_of=standing.as_of,
                read_at=clock.now(),
            )
        )
    return Reading.objects.bulk_create(new)
