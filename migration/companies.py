"""Which accounts are one: the same name with the same domain or number; the rest is for people. Pure (H2).

Company names alone do not decide: a chain's branches share one, and often its domain.
Points are bits, as in `hygiene.compare`: with the prior they sum to a probability,
p = 1 / (1 + 2 ** -sum). What is rarest of what two accounts share is worth the odds
against chance, everything beside it a fixed number of bits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from migration.hygiene.alphabet import take
from migration.hygiene.block import Pairs
from migration.hygiene.columns import Codes, Column, Mask
from migration.hygiene.compare import Pair, Part, Thresholds
from migration.hygiene.features import Record
from migration.hygiene.firms import FIELDS, KIN, Firms, all_rows, with_shared
from migration.hygiene.reading import Cells

Bits = NDArray[np.floating[Any]]
RULES = ("likely", "company_domain", "company_phone")  # by code; all but the first are certain


class Like(IntEnum):
    """How two values of a field stand to each other."""

    UNKNOWN = 0  # blank on one side at least
    SAME = 1
    SLIP = 2
    ALIKE = 3
    PART = 4  # one name is the beginning of the other
    KIN = 5  # and what follows says that it is another company of the family
    DIFFERENT = 6


# by Like: bits beside what is rarest; what is rarest counts instead of its own
BITS: Mapping[str, tuple[float, ...]] = {
    #           unknown same slip alike part  kin  different
    "company": (-3.0, 5.0, 2.0, -2.0, -2.0, -9.0, -8.0),
    "website": (0.0, 4.0, 0.0, -1.0, 0.0, 0.0, -4.0),
    "phone": (0.0, 4.0, 0.0, 0.0, 0.0, 0.0, -1.0),
    "street": (0.0, 3.5, 1.0, 0.0, 0.0, 0.0, -3.0),
    "postcode": (0.0, 1.5, 0.0, 0.0, 0.0, 0.0, -2.0),
    "city": (0.0, 1.0, 0.5, 0.0, 0.0, 0.0, -6.0),
    "state": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.0),
    "country": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -6.0),
    "company_form": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.5),
}
NAMED = (1.0, -4.0, -8.0, -10.0)  # a name as what is rarest: same, a slip, alike, a part
ABOVE, BESIDE = -5.0, -1.0  # one is the other's parent; both have one parent
CHAIN = -3.0  # another number, where each branch has its own
FEW = {"website": 1, "phone": 2, "street": 2}  # companies that may share a value before it says little
PEOPLE = (0.0, 4.0, 7.0, 9.0)  # by how many people have records at both
SAID = {
    "company": "name", "website": "domain", "phone": "phone", "street": "street", "postcode": "postcode",
    "city": "city", "state": "state", "country": "country", "company_form": "legal form",
}  # fmt: skip
NO_DIGITS = re.compile(r"\D+")
HOW = (
    "", "Same {}", "{} differs by a slip", "{} is alike", "{} begins alike", "{} is another of the family", "Other {}",
)  # fmt: skip

Shared = Mapping[tuple[str, str], int]


def propose(records: Iterable[Record], cut: Thresholds | None = None, *, shared: Shared | None = None) -> list[Pair]:
    """Pairs of accounts that are or may be one, sorted by key; see `propose_rows`."""
    rows = sorted(records, key=lambda one: one.key)
    texts = {name: [one.values.get(name, "") for one in rows] for name in FIELDS}
    return propose_rows([one.key for one in rows], texts, cut, shared=shared)


def texts_of(columns: Mapping[str, Cells], rows: NDArray[np.int64]) -> dict[str, list[str]]:
    """What `propose_rows` compares, of columns in standard form, for `rows` in their order."""
    return {name: take(columns[name].texts(), rows) for name in FIELDS if name in columns}


def propose_rows(
    keys: Sequence[str], texts: Mapping[str, Sequence[str]], cut: Thresholds | None = None, *,
    shared: Shared | None = None,
) -> list[Pair]:  # fmt: skip
    """Pairs of accounts that are or may be one, sorted by key. `keys` are in order, `texts` are values by field.

    Certain: equal name with equal domain or equal number, and nothing in the way: not
    another town, street, country, domain or legal form, not one above the other, no name
    of a chain without its town. Certain pairs never join, at any depth, two accounts with
    something in the way. `shared`: how many people have records at both of two accounts;
    that is evidence for a person, never a rule.
    """
    cut = cut or Thresholds()
    firms = Firms(len(keys), texts)
    at = {key: row for row, key in enumerate(keys)}
    told = {tuple(sorted((at[a], at[b]))): n for (a, b), n in (shared or {}).items() if a in at and b in at and a != b}
    packed = np.array([left * firms.size + right for left, right in told], dtype=np.int64)
    pairs = with_shared(firms.candidates(), packed, firms.size)
    people = np.array([told.get(pair, 0) for pair in zip(*(each.tolist() for each in pairs), strict=True)] if told
                      else np.zeros(len(pairs.left)), dtype=np.int64)  # fmt: skip
    seen = look(firms, pairs, people)
    prior = math.log2(2 * cut.share) - math.log2(max(firms.size, 2))
    total = seen.total + prior
    rule = certain(firms, seen)
    for name in cut.asked:
        if name in RULES:
            rule[rule == RULES.index(name)] = -1
    rule = _apart(firms, pairs, rule, total)
    chance = 1 / (1 + np.exp2(-np.clip(total, -60, 60)))
    kept = np.flatnonzero((rule != 0) | (chance >= cut.review))
    made = []
    for row in kept.tolist():
        left, right = int(pairs.left[row]), int(pairs.right[row])
        code, sure = int(rule[row]), float(chance[row])
        kind: Literal["certain", "review"] = "certain" if code > 0 else "review"
        parts = (*seen.parts(row), Part("prior", prior, f"Prior, 1 in {max(1, round(2**-prior)):,}"))
        # what a rule would have merged is asked, however little else speaks for it
        sure = max(sure, cut.review) if code < 0 else sure
        made.append(Pair(keys[left], keys[right], RULES[max(code, 0)], kind, sure, parts))
    return made


class Seen(NamedTuple):
    """What every field says of `pairs`: levels (Like) and points by field, and their total."""

    pairs: Pairs
    levels: dict[str, NDArray[np.int8]]
    points: dict[str, Bits]
    people: NDArray[np.int64]
    total: Bits
    kin: NDArray[np.int8]  # 1: one is the other's parent, 2: both have one parent

    def parts(self, row: int) -> tuple[Part, ...]:
        """What the fields said of one pair, in words."""
        made = []
        for name, points in self.points.items():
            if name == "contacts":
                n = int(self.people[row])
                text = f"{n} {'people have' if n > 1 else 'person has'} records at both"
            elif name == "parent_id":
                text = "One is the parent of the other" if self.kin[row] == 1 else "Both have one parent"
            else:
                said = HOW[self.levels[name][row]].format(SAID[name])
                text = said[:1].upper() + said[1:]
            if points[row]:
                made.append(Part(name, float(points[row]), text))
        return tuple(made)


def look(firms: Firms, pairs: Pairs, people: NDArray[np.int64]) -> Seen:
    """Compare `pairs` field by field."""
    levels = {"company": names_alike(firms, pairs)}
    columns = {
        "website": firms.domain, "phone": firms.phone, "street": firms.street, "postcode": firms.postcode,
        "city": firms.city, "state": firms.state, "country": firms.country, "company_form": firms.form,
    }  # fmt: skip
    for name, column in columns.items():
        levels[name] = equal(pairs, column)
    _soften(levels["website"], Like.ALIKE, equal(pairs, firms.label) == Like.SAME)
    for name, column, enough in (("street", firms.street, 0.9), ("city", firms.city, 0.92)):
        _soften(levels[name], Like.SLIP, _spelt_alike(pairs, column, levels[name], enough))
    kin = _kin(firms, pairs)
    points = {name: np.array(BITS[name])[each] for name, each in levels.items()}
    levels_of_state = levels["state"]
    levels_of_state[levels["city"] != Like.UNKNOWN] = Like.UNKNOWN  # the town has said it
    points["state"] = np.array(BITS["state"])[levels_of_state]
    # a house and a number are one piece of evidence of a place
    points["postcode"][(levels["street"] == Like.SAME) & (points["postcode"] > 0)] = 0.5
    chain = firms.places[firms.name.codes[pairs.left]] > 1
    points["phone"][chain & (levels["phone"] == Like.DIFFERENT)] = CHAIN
    _rarest(firms, pairs, levels, points)
    points["parent_id"] = np.array([0.0, ABOVE, BESIDE])[kin]
    points["contacts"] = np.array(PEOPLE)[np.minimum(people, len(PEOPLE) - 1)]
    total = np.sum(list(points.values()), axis=0) if len(pairs.left) else np.zeros(0)
    return Seen(pairs, levels, points, people, total, kin)


def _rarest(firms: Firms, pairs: Pairs, levels: Mapping[str, NDArray[np.int8]], points: dict[str, Bits]) -> None:
    """What is rarest of what is equal counts as much as chance speaks against it."""
    whole = math.log2(max(firms.size, 2))
    name = levels["company"]
    best = np.full(len(pairs.left), -np.inf)
    which = np.full(len(pairs.left), -1)
    towns = np.maximum(firms.sites, firms.towns)
    fields = {
        "company": (firms.name, firms.places, np.array([-99.0, *NAMED, -99.0, -99.0])[name]),
        "website": (firms.domain, towns, np.where(levels["website"] == Like.SAME, 0.0, -99.0)),
        "phone": (firms.phone, firms.lines, np.where(levels["phone"] == Like.SAME, 0.0, -99.0)),
        "street": (firms.street, firms.houses, np.where(levels["street"] == Like.SAME, -3.0, -99.0)),
    }
    anchors = {}
    for number, (field, (column, carried, start)) in enumerate(fields.items()):
        left, right = all_rows(pairs, column)
        many = np.maximum(carried[left], carried[right])
        alone = start + whole - 1.5 * np.log2(many)
        anchors[field] = np.where(start > -90, alone, -np.inf)
        gain = anchors[field] - points[field]
        which = np.where(gain > best, number, which)
        best = np.maximum(best, gain)
        if field in ("website", "phone", "street"):
            points[field] = np.where((points[field] > 0) & (many > FEW[field]), points[field] / 4, points[field])
    for number, field in enumerate(fields):
        points[field] = np.where((which == number) & (best > 0), anchors[field], points[field])


def equal(pairs: Pairs, column: Column) -> NDArray[np.int8]:
    """SAME, DIFFERENT or UNKNOWN."""
    left, right = all_rows(pairs, column)
    found = np.where(left == right, Like.SAME, Like.DIFFERENT)
    return np.where((left < 0) | (right < 0), Like.UNKNOWN, found).astype(np.int8)


def _soften(levels: NDArray[np.int8], level: Like, where: Mask) -> None:
    levels[where & (levels == Like.DIFFERENT)] = level


def _spelt_alike(pairs: Pairs, column: Column, levels: NDArray[np.int8], enough: float) -> Mask:
    """Which values that differ do so in spelling alone; numbers have to be the same."""
    found = np.zeros(len(levels), dtype=bool)
    asked = np.flatnonzero(levels == Like.DIFFERENT)
    if len(asked):
        left, right = (codes[asked].tolist() for codes in all_rows(pairs, column))
        ones, twos = [column.values[c] for c in left], [column.values[c] for c in right]
        close = np.flatnonzero(cpdist(ones, twos, scorer=JaroWinkler.normalized_similarity) >= enough)
        found[asked[close]] = [_digits(ones[at]) == _digits(twos[at]) for at in close.tolist()]
    return found


def _digits(text: str) -> str:
    return NO_DIGITS.sub("", text)


def names_alike(firms: Firms, pairs: Pairs) -> NDArray[np.int8]:
    """How the names of `pairs` stand to each other."""
    levels = equal(pairs, firms.name)
    asked = np.flatnonzero(levels == Like.DIFFERENT)
    if not len(asked):
        return levels
    left, right = (codes[asked].astype(np.int64) for codes in all_rows(pairs, firms.name))
    values = firms.name.values
    distinct, back = np.unique(left * len(values) + right, return_inverse=True)
    one, two = distinct // len(values), distinct % len(values)
    ones, twos = ([values[code] for code in each.tolist()] for each in (one, two))
    slips = cpdist(ones, twos, scorer=OSA.distance, score_cutoff=2)
    close = cpdist(ones, twos, scorer=JaroWinkler.normalized_similarity) >= 0.93
    found = np.full(len(distinct), Like.DIFFERENT, dtype=np.int8)
    related = close | (slips <= 2)
    for key in (firms.first, firms.sorted):
        related |= key[one] == key[two]
    for at in np.flatnonzero(related).tolist():
        found[at] = _named(ones[at], twos[at], int(slips[at]), bool(close[at]))
    levels[asked] = found[back]
    return levels


def _named(one: str, two: str, slips: int, close: bool) -> Like:
    a, b = one.split(), two.split()
    if set(a) ^ set(b) and (set(a) ^ set(b)) <= KIN:
        return Like.KIN
    if one.replace(" ", "") == two.replace(" ", "") or sorted(a) == sorted(b):
        return Like.SAME
    if _digits(one) != _digits(two):
        return Like.DIFFERENT
    if slips <= (1 if min(len(one), len(two)) < 8 else 2) and min(len(one), len(two)) > 3:
        return Like.SLIP
    few = min(len(a), len(b))
    if a[:few] == b[:few] and len(one.replace(" ", "")) > 3:
        more = set(a[few:]) | set(b[few:])
        return Like.KIN if more & KIN else Like.PART
    return Like.ALIKE if close else Like.DIFFERENT


def _kin(firms: Firms, pairs: Pairs) -> NDArray[np.int8]:
    """1 where one is the other's parent, 2 where both have one parent."""
    left, right = pairs
    own, parent = firms.own, firms.parent
    above = ((parent[left] >= 0) & (parent[left] == own[right])) | ((parent[right] >= 0) & (parent[right] == own[left]))
    beside = (parent[left] >= 0) & (parent[left] == parent[right])
    return np.where(above, 1, np.where(beside, 2, 0)).astype(np.int8)


def certain(firms: Firms, seen: Seen) -> Codes:
    """The certain rule of each pair, 0 for none; less than 0 where only a chain's missing town forbids it."""
    levels, pairs = seen.levels, seen.pairs
    same = {name: each == Like.SAME for name, each in levels.items()}
    near = same["street"] | (levels["street"] == Like.SLIP)
    name, domain = firms.name.codes[pairs.left], firms.domain.codes[pairs.left]
    is_chain = (firms.places[name] > 1) | (firms.towns[domain] > 1) | (firms.doors[name] > 1)
    # two branches may be in one town
    placed = np.where(is_chain, same["phone"] | near | same["postcode"], True)
    free = same["company"] & ~in_the_way(seen)
    by_domain = free & same["website"]
    by_phone = free & same["phone"] & (firms.lines[firms.phone.codes[pairs.left]] < 3)
    by_phone &= levels["website"] != Like.ALIKE
    found = np.where(by_domain, np.where(placed, 1, -1), 0)
    return np.where(by_phone & (found <= 0), 2, found)


def in_the_way(seen: Seen) -> Mask:
    """Where something says that two accounts are two companies, or two branches."""
    levels = seen.levels
    differ = ("website", "street", "city", "country", "postcode", "company_form")
    found: Mask = np.logical_or.reduce([levels[name] == Like.DIFFERENT for name in differ])
    # a slip of a postcode in one street is a slip
    lost = (levels["postcode"] == Like.DIFFERENT) & (levels["street"] == Like.SAME) & (levels["city"] == Like.SAME)
    others = [levels[name] == Like.DIFFERENT for name in differ if name != "postcode"]
    found = np.where(lost, np.logical_or.reduce(others), found)
    return found | (seen.kin > 0)


def _apart(firms: Firms, pairs: Pairs, rule: Codes, total: Bits) -> Codes:
    """`rule`, less than 0 for pairs that would join, through others, two accounts with something in the way."""
    rule = rule.copy()
    sure = np.flatnonzero(rule > 0)
    order = sure[np.lexsort((pairs.right[sure], pairs.left[sure], -total[sure]))]
    root: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for at in order.tolist():
        ends = int(pairs.left[at]), int(pairs.right[at])
        one, two = (root.setdefault(end, end) for end in ends)
        if one == two:
            continue
        ones, twos = members.get(one, [one]), members.get(two, [two])
        if len(ones) + len(twos) > 2:
            left, right = np.repeat(ones, len(twos)), np.tile(twos, len(ones))
            across = Pairs(np.minimum(left, right), np.maximum(left, right))
            if in_the_way(look(firms, across, np.zeros(len(left), dtype=np.int64))).any():
                rule[at] = -rule[at]
                continue
        low, high = min(one, two), max(one, two)
        members[low] = ones + twos
        members.pop(high, None)
        for end in members[low]:
            root[end] = low
    return rule
