"""Are two records one person? Certain rules, and an explained likelihood for the rest (H2).

Points are bits: +1 doubles the odds. They add up with the prior to a probability,
p = 1 / (1 + 2 ** -(prior + points)). The prior falls with the number of records, so
that one threshold holds at every size.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from migration.hygiene.block import Pairs, candidates
from migration.hygiene.carriers import carriers_of, learn
from migration.hygiene.explain import Part, parts_of
from migration.hygiene.features import Record, Table
from migration.hygiene.levels import contrary
from migration.hygiene.weigh import Weighed, weigh

__all__ = ["Matcher", "Pair", "Part", "Record", "Thresholds", "propose"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Stored with the run. Probabilities are 0 to 1.

    `review`: from here on a pair is proposed to a person. `linkage`: mean probability
    that holds two sides of a review together. `clash`: share of pairs between the sides
    that may clearly differ. `share`: expected duplicates per record.
    """

    review: float = 0.5
    linkage: float = 0.15
    clash: float = 0.4
    share: float = 0.4


class Pair(NamedTuple):
    """Two records, `a` < `b` by key, that are one ("certain") or may be ("review").

    `rule` is "email", "phone" (certain rules), "likely", or "decision.same".
    """

    a: str
    b: str
    rule: str
    kind: Literal["certain", "review"]
    probability: float
    parts: tuple[Part, ...]


def propose(records: Iterable[Record], cut: Thresholds | None = None, *, shard: tuple[int, int] = (0, 1)) -> list[Pair]:
    """Pairs of `records` that are or may be one person, sorted by key.

    `shard=(k, n)` looks at the k-th of n parts of the blocks; a pair found in two
    shards comes out equal, so joining the shards means dropping equal pairs. All
    records are needed in every shard, for how rare and how shared a value is.
    Raises ValueError when two records have one key.
    """
    return Matcher(records, cut).pairs(shard=shard)


class Matcher:
    """Compares the records of one run. Holds the columns; `differ` serves the clustering."""

    def __init__(self, records: Iterable[Record], cut: Thresholds | None = None) -> None:
        self._prepare(Table(records), cut)

    @classmethod
    def of(cls, table: Table, cut: Thresholds | None = None) -> "Matcher":
        """The matcher of a table that is there already."""
        made = cls.__new__(cls)
        made._prepare(table, cut)
        return made

    def _prepare(self, table: Table, cut: Thresholds | None) -> None:
        self.cut = cut or Thresholds()
        self.table = table
        self.at = {key: row for row, key in enumerate(self.table.keys)}
        self.prior = float(np.log2(2 * self.cut.share) - np.log2(max(self.table.size, 2)))
        nobody = (table.given.codes < 0) & (table.family.codes < 0)
        named_by = np.where(nobody, table.company.codes, -1)
        columns = (table.given.codes, table.family.codes, table.suffix.codes, table.birth.codes, named_by)
        self._looks: list[tuple[int, ...]] = list(zip(*(codes.tolist() for codes in columns), strict=True))
        self._differ: dict[tuple[tuple[int, ...], tuple[int, ...]], bool] = {}
        self.weights = learn(self.table)
        self.mails = carriers_of(self.table, self.table.emails, self.weights)
        self.lines = carriers_of(self.table, self.table.phones, self.weights)

    def pairs(self, *, shard: tuple[int, int] = (0, 1)) -> list[Pair]:
        """Pairs that are or may be one person; see `propose`."""
        if self.table.size < 2:
            return []
        weighed = self.weigh(candidates(self.table, shard=shard))
        found = []
        probability = 1 / (1 + np.exp2(-np.clip(weighed.total + self.prior, -60, 60)))
        certain = weighed.certain_email | weighed.certain_phone
        for at in np.flatnonzero(certain | (probability >= self.cut.review)).tolist():
            left, right = int(weighed.pairs.left[at]), int(weighed.pairs.right[at])
            rule = "email" if weighed.certain_email[at] else "phone" if weighed.certain_phone[at] else "likely"
            kind: Literal["certain", "review"] = "certain" if certain[at] else "review"
            parts = parts_of(self.table, weighed, at, self.prior)
            found.append(
                Pair(self.table.keys[left], self.table.keys[right], rule, kind, round(float(probability[at]), 4), parts)
            )
        return found

    def weigh(self, pairs: Pairs) -> Weighed:
        """Points of any pairs of rows, also those below every threshold."""
        return weigh(self.table, pairs, prior=self.prior, mails=self.mails, lines=self.lines, weights=self.weights)

    def differ(self, a: str, b: str) -> bool:
        """Do the records with keys `a` and `b` clearly name two persons? Unknown keys do not."""
        if a not in self.at or b not in self.at:
            return False
        one, two = sorted((self.at[a], self.at[b]))
        looks = self._looks[one], self._looks[two]
        # Equal or blank all along, as nearly all that are asked: no closer look.
        if all(x == y or x < 0 or y < 0 for x, y in zip(*looks, strict=True)):
            return False
        known = self._differ.get(looks)
        if known is None:
            pair = Pairs(np.array([one]), np.array([two]))
            known = self._differ[looks] = bool(contrary(self.table, pair, self.weights.births_part)[0])
        return known
