"""When leads were created, and when somebody first called or wrote to them (M12: lead response)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from adoption.events import INCOMING, Event, Layout
from adoption.metrics import CONTACTING
from adoption.models import Counting, LeadAnswer
from adoption.services.records import source_of
from adoption.services.storing import reps_of

NAMING = ("contact_id", "related_to")  # columns by which an activity says whom it was with
SALESFORCE_LEAD = "00Q"


class Created(NamedTuple):
    """A lead as an export of leads shows it; `at` is None where the export gives a day alone."""

    record_id: str
    owner: str
    at: datetime | None


def lead_id(source: str, raw: str) -> str:
    """The id of a lead in one spelling, "" for what is none: Salesforce tells its leads by their ids."""
    text = raw.strip()[:100]
    if source != "salesforce":
        return text
    return text[:15] if text.startswith(SALESFORCE_LEAD) and len(text) in {15, 18} else ""


def names_of(layout: Layout) -> list[int]:
    """The columns of the file that name whom an activity was with."""
    return [layout.places[name] for name in NAMING if name in layout.places]


def outbound(cells: Sequence[str], event: Event, layout: Layout, columns: Sequence[int]) -> list[tuple[str, datetime]]:
    """(id, moment) of each record that a call or mail of a rep went to; [] for what came in, and for all else."""
    at = event.occurred_at or event.logged_at
    if event.why_not or event.kind not in CONTACTING or at is None:
        return []
    way = layout.places.get("direction")
    if way is not None and way < len(cells) and cells[way].strip().casefold() in INCOMING:
        return []
    return [(cells[column].strip(), at) for column in columns if column < len(cells) and cells[column].strip()]


def store_answers(counting: Counting, found: Iterable[tuple[str, datetime]]) -> None:
    """Keep the first call or mail to each record, whatever the order of files. Call it with the program locked."""
    source, first = source_of(counting), dict[str, datetime]()
    for raw, at in found:
        if (key := lead_id(source, raw)) and (key not in first or at < first[key]):
            first[key] = at
    if not first:
        return
    LeadAnswer.objects.bulk_create(
        [
            LeadAnswer(program_id=counting.program_id, source=source, record_id=key, answered_at=at)
            for key, at in sorted(first.items())
        ],
        ignore_conflicts=True,
    )
    changed = []
    for one in _there(counting, source, first):
        at = first[one.record_id]
        if one.answered_at is None or at < one.answered_at:
            one.answered_at = at
            changed.append(one)
    LeadAnswer.objects.bulk_update(changed, ["answered_at"], batch_size=500)


def store_created(counting: Counting, found: Sequence[Created]) -> None:
    """Keep when leads were created and whose they are, as this export shows them."""
    source, program = source_of(counting), counting.program
    leads = {key: one for one in found if one.at is not None and (key := lead_id(source, one.record_id))}
    if not leads:
        return
    reps = reps_of(program, {one.owner for one in leads.values() if one.owner})
    LeadAnswer.objects.bulk_create(
        [LeadAnswer(program=program, source=source, record_id=key) for key in sorted(leads)], ignore_conflicts=True
    )
    changed = []
    for one in _there(counting, source, leads):
        lead = leads[one.record_id]
        rep = reps.get(lead.owner)
        if (one.created_at, one.rep_id) != (lead.at, rep.pk if rep else None):
            one.created_at, one.rep = lead.at, rep
            changed.append(one)
    LeadAnswer.objects.bulk_update(changed, ["created_at", "rep"], batch_size=500)


def _there(counting: Counting, source: str, keys: Mapping[str, object]) -> list[LeadAnswer]:
    mine = Q(program_id=counting.program_id, source=source, record_id__in=list(keys))
    return list(LeadAnswer.objects.filter(mine).order_by())
