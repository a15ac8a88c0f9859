"""What people have decided about records, read by key: obeyed by every run (H0)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
    """Links that people made or forbade between any two of `keys`. At most four queries."""
    keys = set(keys)
    told = Told()
    links = CannotLink.objects.filter(program=program)
    decided = Decision.objects.filter(program=program, kind=DecisionKind.SAME, superseded_by__isnull=True)
    if len(keys) <= MANY:
        links = links.filter(a__in=keys)
        ids = DecisionKey.objects.filter(program=program, key__in=keys).values("decision")
        decided = decided.filter(pk__in=ids)
    told.different = sorted((a, b) for a, b in links.values_list("a", "b") if a in keys and b in keys)
    for named in decided.order_by("pk").values_list("keys", flat=True):
        here = sorted(set(named) & keys)
        told.same += list(itertools.pairwise(here))
    told.named = {key for link in (*told.same, *told.different) for key in link}
    return told


class Choices:
    """What people chose per group: the newest choice that stands for records of it."""

    def __init__(self, decided: Iterable[Decision]) -> None:
        self._by_key: dict[str, list[Decision]] = {}
        for one in decided:
            for key in one.keys:
                self._by_key.setdefault(key, []).append(one)

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
    """Survivor decisions in force that name any of `keys`."""
    ids = DecisionKey.objects.filter(program=program, key__in=list(keys)).values("decision")
    found = Decision.objects.filter(pk__in=ids, kind=DecisionKind.SURVIVOR, superseded_by__isnull=True)
    return Choices(found.select_related("by").order_by("pk"))
