"""What the future map does otherwise than the current one: pure, from plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

Key = Hashable
NEW, DROPPED, CHANGED, SAME = "new", "dropped", "changed", "same"
PARTS = (("name", "step"), ("lane", "lane"), ("tool", "tool"), ("data", "data captured"), ("failure", "how it fails"))


@dataclass(frozen=True)
class Side:
    """A step of one map. `ways` are the steps after it: key, name, condition; `origin` is what it was copied from."""

    key: Key
    lane: str
    name: str
    tool: str = ""
    data: str = ""
    failure: str = ""
    ways: tuple[tuple[Key, str, str], ...] = ()
    origin: Key | None = None


@dataclass(frozen=True)
class Part:
    """One thing said of a step, as it is and as it shall be ("": nothing)."""

    label: str
    was: str
    now: str


@dataclass(frozen=True)
class Pair:
    """A step as it is and as it shall be; None where there is no such step. `parts` are what differs."""

    was: Side | None
    now: Side | None
    parts: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        if self.was is None:
            return NEW
        if self.now is None:
            return DROPPED
        return CHANGED if self.parts else SAME

    @property
    def lane(self) -> str:
        """The lane it stands in from now on, or stood in."""
        side = self.now or self.was
        return side.lane if side else ""

    @property
    def is_repaired(self) -> bool:
        """Did it fail, and does it no longer?"""
        return bool(self.was and self.was.failure and not (self.now and self.now.failure))


def compare(current: Sequence[Side], future: Sequence[Side]) -> list[Pair]:
    """Pair the steps and say what differs; the future's order, dropped steps at the end of their lane.

    A step is known again by the one it was copied from, else by lane and name, else by a name that
    each map has once. Upper and lower case do not matter.

    >>> one, other = Side(1, "SDR", "Call", failure="Too late"), Side(2, "SDR", "Call", origin=1)
    >>> [(pair.kind, pair.parts) for pair in compare([one], [other])]
    [('changed', (Part(label='how it fails', was='Too late', now=''),))]
    """
    known = _partners(current, future)
    by_key = {side.key: side for side in current}
    becomes = {was: now for now, was in known.items()}
    pairs = []
    for side in future:
        was = by_key.get(known.get(side.key))
        pairs.append(Pair(was, side, _parts(was, side, becomes) if was else ()))
    lanes = list(dict.fromkeys([*(side.lane for side in future), *(side.lane for side in current)]))
    dropped = [Pair(side, None) for side in current if side.key not in becomes]
    return sorted([*pairs, *dropped], key=lambda pair: lanes.index(pair.lane))


def _partners(current: Sequence[Side], future: Sequence[Side]) -> dict[Key, Key]:
    """The current step of each future step that has one."""
    there = {side.key for side in current}
    known: dict[Key, Key] = {}
    taken: set[Key] = set()
    for side in future:
        if side.origin in there and side.origin not in taken:
            known[side.key] = side.origin
            taken.add(side.origin)
    for said in (lambda one: (one.lane.casefold(), one.name.casefold()), lambda one: one.name.casefold()):
        left, right = defaultdict(list), defaultdict(list)
        for side in current:
            if side.key not in taken:
                left[said(side)].append(side.key)
        for side in future:
            if side.key not in known:
                right[said(side)].append(side.key)
        for word, keys in right.items():
            if len(keys) == 1 and len(left[word]) == 1:
                known[keys[0]] = left[word][0]
                taken.add(left[word][0])
    return known


def _parts(was: Side, now: Side, becomes: dict[Key, Key]) -> tuple[Part, ...]:
    found = [Part(label, getattr(was, name), getattr(now, name)) for name, label in PARTS]
    found = [part for part in found if part.was != part.now]
    before = {(becomes.get(key, (DROPPED, key)), condition) for key, _, condition in was.ways}
    if before != {(key, condition) for key, _, condition in now.ways}:
        found.append(Part("leads to", _words(was), _words(now)))
    return tuple(found)


def _words(side: Side) -> str:
    return ", ".join(f"{condition}: {name}" if condition else name for _, name, condition in side.ways)
