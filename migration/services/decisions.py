"""What people have decided about records, read by key: obeyed by every run (H0)."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from crmprogram.program.models import Program
from migration.models import CannotLink, Decision, DecisionKey, DecisionKind
from migration.services.records import Choice

Link = tuple[str, str]
MANY = 5_000  # from here on it is quicker to read every decision of the program


@dataclass
class Told:
    """The decisions in force among some keys."""

    same: list[Link] = field(default_factory=list)
    different: list[Link] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def touches(self, members: Sequence[str]) -> bool:
        """Does a decision link or part two of these?"""
        if not self.named.intersection(members):
            return False
        return bool(self.same_of(members) or self.different_of(members))

    def same_of(self, members: Sequence[str]) -> list[Link]:
        inside = set(members)
        return [link for link in self.same if link[0] in inside and link[1] in inside]

    def different_of(self, members: Sequence[str]) -> list[Link]:
        inside = set(members)
        return [link for link in self.different if link[0] in inside and link[1] in inside]


def for_keys(program: Program, keys: Iterable[str]) -> Told:
    """Links that people made or forbade between any two of `keys`, at any depth (H0).

    A decision about records that are not among `keys` counts as well: A = B and A ≠ C part
    B and C where A is missing. Few queries: one more for each step along such a path.
    """
    keys = set(keys)
    told = Told()
    groups = _said_same(program, keys)
    known = keys | groups.keys()
    links = CannotLink.objects.filter(program=program)
    if len(known) <= MANY:
        links = links.filter(a__in=known)
    present = {id(group): sorted(group & keys) for group in groups.values()}
    for here in sorted(present.values()):
        told.same += list(itertools.pairwise(here))
    different: set[Link] = set()
    for a, b in links.values_list("a", "b"):
        if a in keys and b in keys:
            different.add((a, b))
        elif a in known and b in known and not (a in groups and groups[a] is groups.get(b)):
            ones = [a] if a in keys else present[id(groups[a])]
            twos = [b] if b in keys else present[id(groups[b])]
            different |= {(min(one, two), max(one, two)) for one in ones for two in twos}
    told.different = sorted(different)
    told.named = {key for link in (*told.same, *told.different) for key in link}
    return told


def _said_same(program: Program, keys: set[str]) -> dict[str, set[str]]:
    """Key -> everything people said is one with it, along paths of decisions in force."""
    decided = Decision.objects.filter(program=program, kind=DecisionKind.SAME, superseded_by__isnull=True)
    groups: dict[str, set[str]] = {}
    if len(keys) > MANY:
        for named in decided.values_list("keys", flat=True):
            _join(groups, named)
        return groups
    ahead, seen = keys, set(keys)
    while ahead:
        ids = DecisionKey.objects.filter(program=program, key__in=ahead).values("decision")
        found = list(decided.filter(pk__in=ids).values_list("keys", flat=True))
        for named in found:
            _join(groups, named)
        ahead = {key for named in found for key in named} - seen
        seen |= ahead
    return groups


def _join(groups: dict[str, set[str]], named: Sequence[str]) -> None:
    together = set(named).union(*(groups[key] for key in named if key in groups))
    for key in together:
        groups[key] = together


class Choices:
    """What people chose per group: the newest choice that stands for records of it."""

    def __init__(self, decided: Iterable[Decision]) -> None:
        self._by_key: dict[str, list[Decision]] = {}
        for one in decided:
            for key in one.keys:
                self._by_key.setdefault(key, []).append(one)

    @property
    def named(self) -> Collection[str]:
        """The keys of which a choice speaks."""
        return self._by_key.keys()

    def of(self, keys: Sequence[str]) -> Choice | None:
        """The choice for a group: one that speaks of no record outside it; None when there is none."""
        group = set(keys)
        found = {one.pk: one for key in keys for one in self._by_key.get(key, ()) if len(group & set(one.keys)) > 1}
        if not found:
            return None
        last = found[max(found)]
        fields = {name: key for name, key in last.choices.get("fields", {}).items() if key in group}
        survivor = last.choices.get("survivor", "")
        return Choice(survivor if survivor in group else "", fields, last.by.display if last.by else "")


def choices_for(program: Program, keys: Iterable[str]) -> Choices:
    """What people chose for groups of `keys`."""
    return Choices(choosing(program, keys))


def choosing(program: Program, keys: Iterable[str]) -> QuerySet[Decision]:
    """Survivor decisions in force that name any of `keys`, the oldest first."""
    named = list(keys)
    found = Decision.objects.filter(program=program, kind=DecisionKind.SURVIVOR, superseded_by__isnull=True)
    if len(named) <= MANY:
        found = found.filter(pk__in=DecisionKey.objects.filter(program=program, key__in=named).values("decision"))
    return found.select_related("by").order_by("pk")
