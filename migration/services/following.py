"""Where the pointers of a run's records lead, by what is merged at this moment (H2, H7, H8).

A record keeps its pointers as they came. Whoever shows, predicts, loads or reconciles it asks
here: the row a pointer names says into which record it went (`RunRow.record`). So a merge, a
split or an undo takes effect for a million records at once, and changes none of them. Only
runs of one migration set point at each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models.fields.json import KT

from migration import vocabulary
from migration.hygiene import links
from migration.hygiene.issues import Issue
from migration.hygiene.links import Followed, Moved
from migration.models import Cluster, ClusterState, Record, RecordState, Run, RunRow, Stage
from migration.models.sets import place_of
from migration.services.matching import system_of
from migration.sources import key_of
from migration.targets import Item
from migration.words import MATCHES

PARENT = "parent_id"
PERSONS = "contact"  # leads and contacts are cleaned together, as people

Told = tuple[str, Mapping[str, str]]  # the key of a record or row, and its values


class Lives(NamedTuple):
    """A record that something points at; `id` is its own in its source system."""

    pk: int
    key: str
    label: str
    state: str
    stage: str
    cluster: int | None
    id: str


@dataclass(slots=True)
class End:
    """Where one pointer leads: `text` as it came, `key` of the row it names, `record` that this row is or went into.

    `record` is None where there is no such row; `moved`: the row was merged into another;
    `is_guess`: the field may point at records of other objects as well, or at none.
    """

    field: str
    target: str
    text: str
    key: str
    record: Lives | None = None
    moved: bool = False
    why: str = ""
    is_guess: bool = False


class Follower:
    """Follows the pointers of the records of one run; outside a migration set those to records of its own kind."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.systems: dict[str, list[str]] = {}
        self.runs: dict[str, Run] = {}
        if run.migration_set_id is None and run.object not in links.LINKS.get(run.object, {}).values():
            return
        alone = Run.objects.filter(pk=run.pk)
        within = alone if run.migration_set_id is None else Run.objects.filter(migration_set=run.migration_set_id)
        found = within.cleaned().prefetch_related("uploads")
        for one in found:
            self.runs[one.object] = one
            self.systems[one.object] = sorted({system_of(upload) for upload in one.uploads.all()})

    def knows(self, target: str) -> bool:
        """Are the records of an object there to be pointed at?"""
        return links.STANDS_FOR.get(target, target) in self.runs

    def ends(self, told: Sequence[Told], *, words: bool = False) -> list[list[End]]:
        """The ends of the pointers of some records, in their order; `words` tells why each was moved.

        Two queries for each object pointed at, one more for words.
        """
        made: list[list[End]] = []
        asked: dict[str, list[tuple[End, list[str]]]] = {}
        for key, values in told:
            mine: list[End] = []
            for name, target, one, is_guess in self._told(object_of(key), values):
                keys = self._keys(vendor_of(key), target, one)
                end = End(name, target, one, keys[0], is_guess=is_guess)
                mine.append(end)
                asked.setdefault(links.STANDS_FOR.get(target, target), []).append((end, keys))
            made.append(mine)
        for target, each in asked.items():
            self._find(target, each)
        made = [_settled(each) for each in made]
        if words:
            self._say([end for each in made for end in each if end.moved])
        return made

    def _told(self, obj: str, values: Mapping[str, str]) -> Iterator[tuple[str, str, str, bool]]:
        """(field, object, id, whether it may be of another object) of what the values of a record point at."""
        for name, target in links.LINKS.get(obj, {}).items():
            for part in values.get(name, "").split(links.BETWEEN) if self.knows(target) else ():
                if one := part.strip():
                    yield name, target, one, False
        for name, targets in links.EITHER.get(obj, {}).items():
            if one := values.get(name, "").strip():
                yield from ((name, target, one, True) for target in targets if self.knows(target))

    def _keys(self, vendor: str, target: str, text: str) -> list[str]:
        """The keys a row with this id may have: of the same system, else of the only one there is."""
        systems = self.systems[links.STANDS_FOR.get(target, target)]
        if len({vendor_of(one) for one in systems}) > 1:
            systems = [one for one in systems if vendor_of(one) == vendor]
        systems = sorted(systems, key=lambda one: object_of(f"{one}:") != target) or [f"{vendor}/{target}"]
        return [key_of(system, each) for system in systems for each in links.spellings(text)]

    def _find(self, target: str, asked: Sequence[tuple[End, list[str]]]) -> None:
        keys = {key for _, each in asked for key in each}
        rows = RunRow.objects.filter(run=self.runs[target], key__in=keys).values_list("key", "pk", "record")
        at = {key: (row, record) for key, row, record in rows}
        lives = living({record for _, record in at.values()})
        for end, each in asked:
            if key := next((one for one in each if one in at), ""):
                row, record = at[key]
                end.key, end.record, end.moved = key, lives.get(record), row != record

    def _say(self, moved: Sequence[End]) -> None:
        """Say which merge moved the pointers: by a rule, or by a person."""
        wanted = {end.record.cluster for end in moved if end.record is not None and end.record.cluster is not None}
        found = Cluster.objects.filter(pk__in=wanted).select_related("run", "decided_by").in_bulk()
        for end in moved:
            if end.record is not None and (cluster := found.get(end.record.cluster or 0)) is not None:
                end.why = why_of(cluster)

    def follow(self, told: Sequence[Told], *, words: bool = False, circles: bool = True) -> list[Followed]:
        """The values of some records with their pointers moved, told which are missing or cut (see `links.follow`)."""
        if not self.runs:
            return [Followed(dict(values), {}) for _, values in told]
        found = self.ends(told, words=words)
        into: dict[str, dict[tuple[str, str], Moved]] = {}
        known: dict[str, set[tuple[str, str]]] = {}
        for (key, _), ends in zip(told, found, strict=True):
            moved = into.setdefault(vendor_of(key), {})
            there = known.setdefault(vendor_of(key), set())
            for end in ends:
                at = links.pointed(end.target, end.text)
                if end.record is not None:
                    there.add(at)
                    if end.moved:
                        moved[at] = Moved(end.record.id, end.why)
        given = {target for each in links.LINKS.values() for target in each.values() if self.knows(target)}
        made = [
            links.follow(
                object_of(key), {**values, "source_id": id_of(key)}, into[vendor_of(key)], known[vendor_of(key)], given
            )
            for key, values in told
        ]
        made = [_own(one, values) for one, (_, values) in zip(made, told, strict=True)]
        return self._without_circles(told, found, made) if circles else made

    def items(self, records: Sequence[Record]) -> list[Item]:
        """Records on their way to a target, pointers followed."""
        made = self.follow([(one.key, one.fields) for one in records])
        return [Item(one.key, followed.values) for one, followed in zip(records, made, strict=True)]

    def _without_circles(
        self, told: Sequence[Told], found: Sequence[list[End]], made: list[Followed]
    ) -> list[Followed]:
        """Cut the pointers by which a record would be above itself: parents are walked up to their ends."""
        parents: dict[str, str] = {}
        moved: set[str] = set()
        since: dict[str, str] = {}
        ahead: set[int] = set()

        def step(key: str, values: Mapping[str, str], ends: Iterable[End]) -> None:
            since[key] = values.get("created_at") or ""
            end = next((one for one in ends if one.field == PARENT and one.record is not None), None)
            if end is None or end.record is None or end.record.key == key:
                return
            parents[key] = end.record.key
            ahead.add(end.record.pk)
            if end.moved:
                moved.add(key)

        for (key, values), ends in zip(told, found, strict=True):
            step(key, values, ends)
        seen: set[int] = set()
        while rest := ahead - seen:
            seen |= rest
            rows = Record.objects.filter(pk__in=rest).exclude(key__in=parents)
            above = [
                (key, {PARENT: parent or "", "created_at": created or ""})
                for key, parent, created in rows.values_list("key", KT("fields__parent_id"), KT("fields__created_at"))
            ]
            for (key, values), ends in zip(above, self.ends(above), strict=True):
                step(key, values, ends)
        cuts = {one.child: one for one in links.cycles(parents, doubtful=moved, since=since)}
        for at, (key, values) in enumerate(told):
            if (cut := cuts.get(key)) is not None:
                circle = " → ".join(map(id_of, (*cut.circle, cut.child)))
                said = Issue("relation.circle", PARENT, values[PARENT], f"Parents go round in a circle: {circle}.")
                made[at] = _cut(made[at], PARENT, said)
        return made


def _settled(ends: Sequence[End]) -> list[End]:
    """Of guesses the first that found a record of its field; all of the others."""
    found = {one.field: one for one in reversed(ends) if one.is_guess and one.record is not None}
    return [one for one in ends if not one.is_guess or found.get(one.field) is one]


def _own(followed: Followed, values: Mapping[str, str]) -> Followed:
    """With the record's own id as it was: it was given to be compared."""
    if "source_id" not in values:
        followed.values.pop("source_id", None)
    else:
        followed.values["source_id"] = values["source_id"]
    return followed


def _cut(followed: Followed, name: str, said: Issue) -> Followed:
    values = {field: value for field, value in followed.values.items() if field != name}
    lineage = {field: why for field, why in followed.lineage.items() if field != name}
    return Followed(values, lineage, followed.missing, (*followed.cut, said))


def living(ids: Iterable[int]) -> dict[int, Lives]:
    """Records by id, as something points at them. One query."""
    found = Record.objects.filter(pk__in=set(ids)).values_list(
        "pk", "key", "label", "state", "stage", "cluster_id", KT("fields__source_id")
    )
    return {
        pk: Lives(pk, key, label, state, stage, cluster, own or id_of(key))
        for pk, key, label, state, stage, cluster, own in found
    }


def why_of(cluster: Cluster) -> str:
    """Which merge made the records of a cluster one: the rules, or the person."""
    where = f"cluster {cluster.number} of {cluster.run.code}"
    if cluster.state == ClusterState.BY_RULE or cluster.decided_by is None:
        rules = ", ".join(MATCHES.get(one, one).lower() for one in cluster.rules)
        return f"merged by rule, {rules} ({where})"
    return f"merged by {cluster.decided_by.display} ({where})"


WHERE_NOT = {
    RecordState.HELD: "is held for review",
    RecordState.REJECTED: "is rejected",
    RecordState.ARCHIVED: "is archived",
}


def open_ends(ends: Iterable[End], stage: str, orders: Mapping[str, int]) -> list[str]:
    """What is told of pointers whose record will not be in the target when a stage is loaded, in sentences.

    `orders` are the places of the stages by name.
    """
    said = []
    for end in ends:
        label = f"{vocabulary.label_of('', end.target)} {end.text}"
        if end.record is None:
            said.append(f"{label} is not among the records of the set.")
        elif (why := WHERE_NOT.get(RecordState(end.record.state))) is not None:
            said.append(f"{label} {why}: this pointer has no other end yet.")
        elif orders.get(end.record.stage, 0) > orders.get(stage, 0):
            words = Stage.LABELS[end.record.stage].lower()
            said.append(f"{label} is loaded in a later stage, {words}.")
    return said


def object_of(key: str) -> str:
    """The object in a key.

    >>> object_of("salesforce/account:0012")
    'account'
    """
    return key.split("/", 1)[-1].split(":", 1)[0].split("#", 1)[0]


def vendor_of(key: str) -> str:
    """The system in a key."""
    return key.split("/", 1)[0]


def id_of(key: str) -> str:
    """The id in a key, without the number of equal ones; the key itself where it has none.

    >>> id_of("salesforce/account:0012~2")
    '0012'
    """
    return re.sub(r"~\d+$", "", key.split(":", 1)[1]) if ":" in key else key


def beside(run: Run) -> list[Run]:
    """The other runs of its set in their order; asked once per run object."""
    if run.migration_set_id is None:
        return []
    if "_beside" not in run.__dict__:
        found = Run.objects.current().filter(migration_set=run.migration_set_id).exclude(pk=run.pk)
        run.__dict__["_beside"] = sorted(found.select_related("job"), key=lambda one: place_of(one.object))
    return run.__dict__["_beside"]


def earlier(run: Run) -> list[Run]:
    """The runs of its set that its records point at: they are cleaned and loaded first."""
    return [one for one in beside(run) if place_of(one.object) < place_of(run.object)]


def later(run: Run) -> list[Run]:
    """The runs of its set whose records point at its records: they are taken back first."""
    return [one for one in beside(run) if place_of(one.object) > place_of(run.object)]
