"""Write down what the checks answer, when the answer changed; and what follows from it (G9, G11)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.program import clock
from crmprogram.program.models import Program
from phases import dossier, registry
from phases.criteria import Criterion
from phases.dossier import Standing
from phases.models import Reading
from phases.queries import gates as queries
from phases.registry import Look
from phases.services.rounds import is_drift_new, note_drift
from phases.services.waivers import close_lapsed, warn_of_ends

Found = list[tuple[Criterion, Standing]]


def take_readings(*, program: Program) -> list[Reading]:
    """Examine every criterion that has a check; write a row for each answer that is new.

    Stale counts as cannot tell. It looks before it locks: while nothing changed, nobody waits for
    it. Taken twice at once, the second waits for the first and finds nothing new.
    """
    close_lapsed(program=program)
    warn_of_ends(program=program)
    look = Look(program)
    found = list(queries.all_standings(look))
    if not _new_readings(program, found) and not is_drift_new(program, look, found):
        return []
    with transaction.atomic():
        Program.objects.lock(program.pk)
        look = Look(program)
        found = list(queries.all_standings(look))
        note_drift(program, look, found)
        return Reading.objects.bulk_create(_new_readings(program, found))


def _new_readings(program: Program, found: Found) -> list[Reading]:
    """A row for each answer that differs from the last one."""
    last, new = queries.last_readings(program), []
    for criterion, standing in found:
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
    return new
