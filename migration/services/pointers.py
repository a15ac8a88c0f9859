"""What a record points at and how it came to, and what points at it (H0, H2)."""

from __future__ import annotations

from dataclasses import dataclass

from migration import vocabulary
from migration.models import Record, RecordLink, RunRow
from migration.services.following import Follower, Lives, id_of
from migration.services.linking import pointing_at
from migration.services.reconciling import relations_of

SHOWN = 50


@dataclass(frozen=True)
class Pointer:
    """One pointer of a record: `text` as it came, the `record` it leads to now, and `why` it was moved or cut.

    `record` is None where it leads to none.
    """

    field: str
    label: str
    text: str
    record: Lives | None
    moved: bool
    why: str


@dataclass(frozen=True)
class Pointing:
    """A record that points here; `by_way` is the merged record it names, "" when it names this one."""

    label: str
    record: Record
    by_way: str


def pointers_of(record: Record) -> list[Pointer]:
    """Where the pointers of a record lead by what is merged now; none outside a migration set."""
    follower = Follower(record.run)
    told = [(record.key, record.fields)]
    (ends,), (followed,) = follower.ends(told, words=True), follower.follow(told, words=True)
    cut = {one.field: one.message for one in followed.cut}
    made = []
    for end in ends:
        label = vocabulary.label_of(record.object, end.field)
        if end.field in cut:
            made.append(Pointer(end.field, label, end.text, None, False, f"not loaded: {cut[end.field]}"))
        elif end.record is None:
            made.append(Pointer(end.field, label, end.text, None, False, "there is no such record in the set"))
        else:
            why = followed.lineage.get(end.field, "") if end.moved else ""
            made.append(Pointer(end.field, label, end.text, end.record, end.moved, why))
    return made


def pointing_of(record: Record) -> tuple[list[Pointing], int]:
    """Up to 50 records that point at this one or at a row merged into it, and how many do."""
    keys = [record.key]
    if record.cluster_id:
        inside = RunRow.objects.filter(cluster=record.cluster_id, record=record.pk)
        keys = list(inside.values_list("key", flat=True))
    found = pointing_at(keys, record.run)
    shown: list[RecordLink] = list(found.select_related("record__program", "run").order_by("pk")[:SHOWN])
    made = [
        Pointing(
            relations_of(one.record.object).get(one.field, one.field),
            one.record,
            "" if one.key == record.key else id_of(one.key),
        )
        for one in shown
    ]
    return made, found.count() if len(shown) == SHOWN else len(shown)
