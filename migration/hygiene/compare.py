"""Are two records one person? Certain rules, and an explained likelihood for the rest (H2).

Points are bits: +1 doubles the odds. They add up with the prior to a probability,
p = 1 / (1 + 2 ** -(prior + points)). The prior falls with the number of records, so
that one threshold holds at every size.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Indices, Pairs, candidates, unpacked
from migration.hygiene.carriers import Bits, Weights, carriers_of, namesakes_of
from migration.hygiene.explain import Part, explained, told_of
from migration.hygiene.features import Codes, Mask, Record, Table
from migration.hygiene.forked import Map
from migration.hygiene.homonyms import homonyms_of
from migration.hygiene.learn import learn, prior_of
from migration.hygiene.levels import contrary
from migration.hygiene.weigh import Known, Weighed, look, look_closer, points_of, weigh

__all__ = ["Links", "Map", "Matcher", "Pair", "Part", "Record", "Thresholds", "propose"]

RULES = ("likely", "email", "phone", "details")  # by Links.rule; all but the first are certain
CHUNK = 250_000  # pairs compared at a time: what they need stays in the processor's cache and out of the 2 GB
SAMPLE = 60_000  # pairs that weights are learnt from


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Stored with the run. Probabilities are 0 to 1.

    `review`: from here on a pair is proposed to a person. `linkage`: mean probability
    that holds two sides of a review together. `clash`: share of pairs between the sides
    that may clearly differ. `share`: usual duplicates per record; a file that has fewer says so
    itself. `asked`: certain rules that do not merge in this program; what they find is
    proposed to a person.
    """

    review: float = 0.5
    linkage: float = 0.35
    clash: float = 0.4
    share: float = 0.4
    asked: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Two records, `a` < `b` by key, that are one ("certain") or may be ("review").

    `rule` is "email", "phone", "details" (certain rules), "likely", or "decision.same".
    """

    a: Any
    b: Any
    rule: Any
    kind: Literal["certain", "review"]
    probability: float
    parts: tuple[Part, ...]


class Links(NamedTuple):
    """Pairs of rows that are or may be one, as arrays of one length, sorted by row.

    `rule` points into RULES, `told` holds what the fields said in the bits of `explain.told_of`.
    """

    left: Codes
    right: Codes
    probability: NDArray[np.float32]
    rule: NDArray[np.int8]
    told: NDArray[np.int32]

    def take(self, chosen: Mask | Codes | slice) -> "Links":
        """The links that `chosen` picks."""
        return Links(
            self.left[chosen], self.right[chosen], self.probability[chosen], self.rule[chosen], self.told[chosen]
        )


def propose(records: Iterable[Record], cut: Thresholds | None = None, *, shard: tuple[int, int] = (0, 1)) -> list[Pair]:
    """Pairs of `records` that are or may be one person, sorted by key.

    `shard=(k, n)` looks at the k-th of n parts of the candidates; the shards together
    give what one call gives. All records are needed in every shard, for how rare and how
    shared a value is. Raises ValueError when two records have one key.
    """
    return Matcher(records, cut).pairs(shard=shard)


class Matcher:
    """Compares the records of one run. Holds the columns; `differ` serves the clustering."""

    def __init__(self, records: Iterable[Record], cut: Thresholds | None = None) -> None:
        self._prepare(Table(records), cut, map)

    @classmethod
    def of(cls, table: Table, cut: Thresholds | None = None, *, map: Map = map) -> "Matcher":  # noqa: A002 - it is one
        """The matcher of a table that is there already; `map` may spread the work over processes."""
        made = cls.__new__(cls)
        made._prepare(table, cut, map)
        return made

    def _prepare(self, table: Table, cut: Thresholds | None, spread: Map) -> None:
        self.cut = cut or Thresholds()
        self.table = table
        self.spread = spread
        nobody = (table.given.codes < 0) & (table.family.codes < 0)
        named_by = np.where(nobody, table.company.codes, -1)
        # Records that look alike here differ from the same others.
        self.looks = (table.given.codes, table.family.codes, table.suffix.codes, table.birth.codes, named_by)
        self._at: dict[str, int] = {}
        self._differ: dict[tuple[Any, ...], bool] = {}
        self.known = self._know(Weights(), self.cut.share)
        self.packed: Indices = candidates(table, spread)
        if len(self.packed):
            sample = unpacked(self.packed[:: -(-len(self.packed) // SAMPLE)], table.size)
            weights, share = learn(table, look(table, sample, self.known), self.known, len(self.packed), self.cut.share)
            told = weights.births_part == self.known.weights.births_part
            prior = prior_of(share, table.size)
            self.known = replace(self.known, weights=weights, prior=prior) if told else self._know(weights, share)

    def _know(self, weights: Weights, share: float) -> Known:
        table = self.table
        assert table.facts, "they are remembered here, or each process makes its own"
        asks: tuple[Callable[[], Any], ...] = (
            lambda: carriers_of(table, table.emails, weights.births_part),
            lambda: carriers_of(table, table.phones, weights.births_part),
            lambda: namesakes_of(table),
            lambda: homonyms_of(table),
        )
        return Known(prior_of(share, table.size), weights, *self.spread(lambda ask: ask(), asks))

    def links(self, *, shard: tuple[int, int] = (0, 1)) -> Links:
        """Links of a shard of the candidates."""
        start, stop = (len(self.packed) * at // shard[1] for at in (shard[0], shard[0] + 1))
        parts = [slice(at, min(at + CHUNK, stop)) for at in range(start, stop, CHUNK)] or [slice(0, 0)]
        with shared(self) as token:
            found = list(self.spread(partial(_links_of, token), parts))
        return Links(*(np.concatenate(each) for each in zip(*found, strict=True)))

    def links_in(self, part: slice) -> Links:
        """Links among a slice of the candidates."""
        seen = look_closer(self.table, unpacked(self.packed[part], self.table.size), self.known)
        weighed = points_of(self.table, seen, self.known)
        chance = chance_of(weighed.total + self.known.prior)
        kept = np.flatnonzero((weighed.rule > 0) | (chance >= self.cut.review))
        left, right = (rows[kept] for rows in weighed.pairs)
        rule, chance = weighed.rule[kept], chance[kept]
        for name in self.cut.asked:
            mine = rule == RULES.index(name)
            chance = np.where(mine, np.maximum(chance, np.float32(self.cut.review)), chance)
            rule = np.where(mine, np.int8(0), rule)
        return Links(left, right, chance, rule, told_of(weighed, kept))

    def pairs(self, *, shard: tuple[int, int] = (0, 1)) -> list[Pair]:
        """Pairs that are or may be one person, explained; see `propose`."""
        return self.explained(self.links(shard=shard))

    def explained(self, links: Links) -> list[Pair]:
        """Links as pairs of keys, each with what every field said."""
        keys, found = self.table.keys, []
        for start in range(0, len(links.left), CHUNK):
            part = links.take(slice(start, start + CHUNK))
            said = explained(self.table, self.weigh(Pairs(part.left, part.right)), self.known.prior).each()
            for left, right, chance, rule, parts in zip(*(each.tolist() for each in part[:4]), said, strict=True):
                kind: Literal["certain", "review"] = "certain" if rule else "review"
                found.append(Pair(keys[left], keys[right], RULES[rule], kind, round(chance, 4), parts))
        return found

    def weigh(self, pairs: Pairs) -> Weighed:
        """Points of any pairs of rows, also those below every threshold."""
        return weigh(self.table, pairs, self.known)

    def likely_all(self, pairs: Pairs) -> NDArray[np.float32]:
        """Probability of each of `pairs`."""
        parts = [
            Pairs(pairs.left[at : at + CHUNK], pairs.right[at : at + CHUNK]) for at in range(0, len(pairs.left), CHUNK)
        ]
        found = [chance_of(self.weigh(part).total + self.known.prior) for part in parts]
        return np.concatenate([*found, np.empty(0, np.float32)])

    def differ_all(self, pairs: Pairs) -> Mask:
        """Which of `pairs` clearly name two persons (or two companies)?"""
        return contrary(self.table, pairs, self.known.weights.births_part)

    def differ(self, a: str, b: str) -> bool:
        """Do the records with keys `a` and `b` clearly name two persons? Unknown keys do not."""
        if not self._at:
            self._at = {key: row for row, key in enumerate(self.table.keys)}
        if a not in self._at or b not in self._at:
            return False
        one, two = sorted((self._at[a], self._at[b]))
        looks = [(int(codes[one]), int(codes[two])) for codes in self.looks]
        # Equal or blank all along, as nearly all that are asked: no closer look.
        if all(x == y or x < 0 or y < 0 for x, y in looks):
            return False
        known = self._differ.get(tuple(looks))
        if known is None:
            known = self._differ[tuple(looks)] = bool(self.differ_all(Pairs(np.array([one]), np.array([two])))[0])
        return known


def chance_of(odds: Bits) -> NDArray[np.float32]:
    """Probability of log odds in bits."""
    return (1 / (1 + np.exp2(-np.clip(odds, -60, 60)))).astype(np.float32)


_SHARED: dict[int, Matcher] = {}
_tokens = count()


class shared:  # noqa: N801 - used as a function
    """A number by which forked processes find a matcher in the memory they share; nothing big is sent to them."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher

    def __enter__(self) -> int:
        self.token = next(_tokens)
        _SHARED[self.token] = self.matcher
        return self.token

    def __exit__(self, *error: object) -> None:
        del _SHARED[self.token]


def _links_of(token: int, part: slice) -> Links:
    return _SHARED[token].links_in(part)
