"""Golden records of all clusters at once: what `merge.golden` decides, field by field, in columns (H2, H0).

The rules, their order and their words are those of `merge`, which stays the reference;
here they are sorts and counts over codes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import merge
from migration.hygiene.alphabet import lengths, ranked, take
from migration.hygiene.reading import Cells, Codes

Rows = NDArray[np.int64]

REASONS = (
    "", "survivor", "only value", "all {n} agree", "most restrictive consent", "any record has one", "furthest stage",
    "latest", "earliest", "{k} of {n} agree", "longest", "first in the alphabet", "kept with its {unit}",
)  # fmt: skip
_AT = {reason: code for code, reason in enumerate(REASONS)}


@dataclass(slots=True)
class Chosen:
    """One field of all clusters: `codes` into the field's values (-1 for none), and why.

    `reason` indexes REASONS; `agree` and `of` are its numbers; `carriers` are the rows
    that carry the value, as a mask over the rows given.
    """

    codes: Codes
    reason: NDArray[np.int8]
    agree: Codes
    of: Codes
    carriers: NDArray[np.bool_]


@dataclass(slots=True)
class Goldens:
    """Clusters of two rows and more: cluster c has rows[start[c]:start[c + 1]], ordered by key.

    `survivor` is the place in `rows` of the record that lives on.
    """

    rows: Rows
    start: Rows
    survivor: Rows
    fields: dict[str, Chosen]

    def lineage(self, cluster: int) -> dict[str, tuple[list[int], str]]:
        """Field -> (rows that carry its value, reason) of one cluster."""
        first, last = int(self.start[cluster]), int(self.start[cluster + 1])
        said = {}
        for name, chosen in self.fields.items():
            if chosen.codes[cluster] >= 0:
                carriers = self.rows[first:last][chosen.carriers[first:last]].tolist()
                said[name] = (carriers, self.reason(name, cluster))
        return said

    def reason(self, name: str, cluster: int) -> str:
        """Why field `name` of a cluster has its value."""
        chosen = self.fields[name]
        text = REASONS[chosen.reason[cluster]]
        return text.format(n=chosen.of[cluster], k=chosen.agree[cluster], unit=merge.unit_of(name))


HUGE = 2**40


class _Groups:
    """Rows in groups, and the arithmetic over them."""

    def __init__(self, start: Rows) -> None:
        self.start = start
        self.count = len(start) - 1
        self.of = np.repeat(np.arange(self.count), np.diff(start))

    def total(self, mask: NDArray) -> Rows:
        """Rows of each group for which `mask` holds."""
        return np.bincount(self.of[mask], minlength=self.count)

    def any(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Groups with a row for which `mask` holds."""
        return self.total(mask) > 0

    def most(self, values: NDArray, mask: NDArray[np.bool_]) -> NDArray:
        """Largest value (from 0) of each group over the rows of `mask`; -1 where there is none."""
        made = np.full(self.count, -1, dtype=np.int64)
        np.maximum.at(made, self.of[mask], values[mask])
        return made

    def least(self, values: NDArray, mask: NDArray[np.bool_]) -> NDArray:
        """Smallest value of each group over the rows of `mask`; something huge where there is none."""
        made = np.full(self.count, HUGE, dtype=np.int64)
        np.minimum.at(made, self.of[mask], values[mask])
        return made

    def differ(self, values: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Groups in which the rows of `mask` have more than one value."""
        return self.any(mask) & (self.most(values, mask) != self.least(values, mask))


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that are one record each: group g has rows[start[g]:start[g + 1]], two or more, ordered by key."""

    rows: Rows
    start: Rows

    @classmethod
    def of(cls, cluster: NDArray, rank: NDArray) -> "Groups":
        """The groups of rows with equal `cluster`; `rank` is the place of each row's key in the order of keys."""
        order = np.lexsort((rank, cluster))
        sorted_ = cluster[order]
        first = np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]]) if len(order) else np.zeros(0, dtype=np.int64)
        size = np.diff(np.r_[first, len(order)])
        many = np.repeat(size > 1, size)
        return cls(order[many], np.r_[0, np.cumsum(size[size > 1])].astype(np.int64))

    def __len__(self) -> int:
        return len(self.start) - 1

    def part(self, chosen: NDArray[np.bool_], place: Rows) -> "Groups":
        """Some of the groups; `place` says where each row stands among the rows that are left."""
        size = np.diff(self.start)
        rows = self.rows[np.repeat(chosen, size)]
        return Groups(place[rows], np.r_[0, np.cumsum(size[chosen])].astype(np.int64))


def merge_all(columns: Mapping[str, Cells], groups: Groups, doubtful: Mapping[str, NDArray[np.bool_]]) -> Goldens:
    """Merge the rows of each group as `merge.golden` does.

    `doubtful[field]` marks rows whose value has an issue: it wins only where there is no other.
    """
    made = _Merge(columns, groups.rows, _Groups(groups.start), doubtful)
    return Goldens(groups.rows, groups.start, made.alive, {name: made.choose(name) for name in sorted(columns)})


class _Plain:
    """Codes that are equal where values differ in spelling alone; only of values that are asked for."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values
        self.at: dict[str, int] = {}
        self.table = np.full(len(values) + 1, -2, dtype=np.int64)
        self.table[-1] = -1

    def of(self, codes: Codes) -> Rows:
        """The plain codes of `codes`."""
        new = np.zeros(len(self.table), dtype=bool)
        new[codes] = True
        asked = np.flatnonzero(new & (self.table == -2))
        for code, text in zip(asked.tolist(), take(self.values, asked), strict=True):
            self.table[code] = self.at.setdefault(merge.plain(text), len(self.at))
        return self.table[codes]


def heads_of(columns: Mapping[str, Cells], groups: Groups) -> Rows:
    """Row of each group that lives on."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    codes = {name: cells.codes[groups.rows] for name, cells in columns.items()}
    updated = np.full(len(groups.rows), -1, dtype=np.int32)
    if "updated_at" in codes:
        updated, _ = _ranked(columns["updated_at"], codes["updated_at"])
    return groups.rows[_survivors(_Groups(groups.start), codes.values(), updated)]


def _survivors(groups: _Groups, codes: Iterable[Codes], updated: Codes) -> Rows:
    """Place of the row that lives on in each group: most fields filled, latest edit, smallest key."""
    filled = np.zeros(len(groups.of), dtype=np.int64)
    for one in codes:
        filled += one >= 0
    full = filled == groups.most(filled, np.ones(len(filled), bool))[groups.of]
    latest = groups.most(updated, full)
    best = np.flatnonzero(full & (updated == latest[groups.of]))
    found, first = np.unique(groups.of[best], return_index=True)
    assert len(found) == groups.count, "each group has a survivor"
    return best[first]


class _Merge:
    def __init__(
        self,
        columns: Mapping[str, Cells],
        rows: Rows,
        groups: _Groups,
        doubtful: Mapping[str, NDArray[np.bool_]],
    ) -> None:
        self.rows, self.groups = rows, groups
        self.codes: dict[str, Codes] = {}  # per row, in the order of the alphabet
        self.values: dict[str, Sequence[str]] = {}
        self.own: dict[str, Codes] = {}  # per row, as in the columns
        for name, cells in columns.items():
            self.own[name] = cells.codes[rows]
            self.codes[name], self.values[name] = _ranked(cells, self.own[name])
        self.doubtful = {name: mask[rows] for name, mask in doubtful.items()}
        none = np.full(len(rows), -1, dtype=np.int32)
        self.updated = self.codes.get("updated_at", none)
        self.alive = _survivors(groups, self.codes.values(), self.updated)
        self.kept: dict[str, NDArray[np.bool_]] = {}
        for group in merge.TOGETHER:
            if mask := self._kept(group):
                self.kept.update(dict.fromkeys(group, mask[0]))

    def sound(self, name: str) -> NDArray[np.bool_]:
        """Rows whose value of the field is there and not doubtful."""
        filled = self.codes[name] >= 0
        return filled & ~self.doubtful[name] if name in self.doubtful else filled

    def _kept(self, group: Sequence[str]) -> list[NDArray[np.bool_]]:
        """Rows that may give the fields of `group`, as one mask in a list; no mask when all may.

        As `merge.kept_from`: where records contradict each other, those that go with the
        one whose values most others share.
        """
        names = [name for name in group if name in self.codes]
        if len(names) < 2:
            return []
        groups = self.groups
        told = np.logical_or.reduce([self.sound(name) for name in names])
        filled = np.add.reduce([(self.codes[name] >= 0).astype(np.int64) for name in names])
        plain = {name: _Plain(self.values[name]) for name in names}
        contrary = np.zeros(groups.count, dtype=bool)
        for name in names:
            mask = told & (self.codes[name] >= 0)
            mask &= groups.differ(self.codes[name], mask)[groups.of]
            codes = np.full(len(mask), -1, dtype=np.int64)
            codes[mask] = plain[name].of(self.codes[name][mask])
            contrary |= groups.differ(codes, mask)
        contrary &= groups.any(told & (filled >= 2))
        if not contrary.any():
            return []
        asked = np.flatnonzero(told & contrary[groups.of])
        of = groups.of[asked]
        votes = np.zeros(len(asked), dtype=np.int64)
        for name in names:
            codes = self.codes[name][asked].astype(np.int64)
            _, back, times = np.unique(
                of * (len(self.values[name]) + 1) + codes + 1, return_inverse=True, return_counts=True
            )
            votes += np.where(codes >= 0, times[back] - 1, 0)
        order = np.lexsort((asked, -self.updated[asked], -filled[asked], -votes, of))
        found, first = np.unique(of[order], return_index=True)
        lead = np.zeros(groups.count, dtype=np.int64)
        lead[found] = asked[order[first]]
        goes = np.ones(len(asked), dtype=bool)
        for name in names:
            mine, leading = (plain[name].of(self.codes[name][rows]) for rows in (asked, lead[of]))
            goes &= (mine < 0) | (leading < 0) | (mine == leading)
        mask = ~contrary[groups.of]
        mask[asked] = goes
        return [mask]

    def choose(self, name: str) -> Chosen:
        """The value of one field in every group."""
        groups, codes = self.groups, self.codes[name].astype(np.int64)
        filled = codes >= 0
        carriers = filled & self.kept[name] if name in self.kept else filled
        sound = carriers & self.sound(name)
        use = np.where(groups.any(sound)[groups.of], sound, carriers)
        number, everyone = groups.total(use), groups.total(filled)
        highest = groups.most(codes, use)
        lowest = groups.least(codes, use)
        agreed = (number > 0) & (highest == lowest)
        value = np.where(number > 0, highest, -1)
        reason = np.zeros(groups.count, dtype=np.int8)
        reason[agreed] = _AT["all {n} agree"]
        reason[number == 1] = _AT["only value"]
        open_ = (number > 0) & ~agreed
        if name == "source_id":
            mine = codes[self.alive]
            first = np.full(groups.count, -1, dtype=np.int64)
            places = np.flatnonzero(use)[::-1]
            first[groups.of[places]] = codes[places]
            value = np.where(use[self.alive], mine, first)
            reason[number > 0] = _AT["survivor"]
        elif open_.any():
            self._contest(name, open_, use, codes, value, reason)
        carried = use & (codes == value[groups.of])
        agree, of = groups.total(carried), number.copy()
        narrowed = (groups.total(carriers) < everyone) & (number > 0)
        reason[narrowed] = np.where(agree[narrowed] > 1, _AT["{k} of {n} agree"], _AT["kept with its {unit}"])
        of[narrowed] = everyone[narrowed]
        own = np.full(groups.count, -1, dtype=np.int32)
        own[groups.of[carried]] = self.own[name][carried]
        return Chosen(own, reason, agree.astype(np.int32), of.astype(np.int32), carried)

    def _contest(
        self, name: str, open_: NDArray[np.bool_], use: NDArray[np.bool_], codes: Rows, value: Rows, reason: NDArray
    ) -> None:
        """Settle the groups in which values differ; fills in `value` and `reason`."""
        groups, texts = self.groups, self.values[name]
        mask = use & open_[groups.of]
        if name in merge.LATEST:
            reason[open_] = _AT["latest"]
            return
        if name in merge.EARLIEST:
            value[open_] = groups.least(codes, mask)[open_]
            reason[open_] = _AT["earliest"]
            return
        if (ranking := merge.ranking(name)) is not None:
            rank, said = ranking
            order = np.array(sorted(range(len(texts)), key=lambda code: rank(texts[code])), dtype=np.int64)
            place = np.empty(len(texts), dtype=np.int64)
            place[order] = np.arange(len(texts))
            best = groups.least(place[codes], mask)
            value[open_] = order[best[open_]]
            reason[open_] = _AT[said]
            return
        self._vote(name, mask, codes, value, reason)

    def _vote(self, name: str, mask: NDArray[np.bool_], codes: Rows, value: Rows, reason: NDArray) -> None:
        """Majority, else the fullest, else the latest edit, else the longest, else the alphabet: as `merge` votes."""
        groups, texts = self.groups, self.values[name]
        pair = groups.of[mask] * len(texts) + codes[mask]
        ballots, at, votes = np.unique(pair, return_inverse=True, return_counts=True)
        edited = np.full(len(ballots), -1, dtype=np.int64)
        np.maximum.at(edited, at, self.updated[mask])
        of, code = ballots // len(texts), ballots % len(texts)
        length = lengths(texts)[code]

        def only_best(stand: NDArray[np.bool_], score: Rows) -> NDArray[np.bool_]:
            best = np.full(groups.count, -1, dtype=np.int64)
            np.maximum.at(best, of[stand], score[stand])
            return stand & (score == best[of])

        def settle(stand: NDArray[np.bool_], said: str, *, where: NDArray[np.bool_] | None = None) -> None:
            alone = np.bincount(of[stand], minlength=groups.count) == 1
            won = stand & alone[of] & ~done[of]
            if where is not None:
                won &= where[of]
            value[of[won]] = code[won]
            reason[of[won]] = _AT[said]
            done[of[won]] = True

        done = np.zeros(groups.count, dtype=bool)
        tied = only_best(np.ones(len(ballots), bool), votes)
        settle(tied, "{k} of {n} agree")
        if name in merge.FULLEST:
            settle(only_best(tied, length), "longest")
        newest = only_best(tied, edited)
        has_edit = np.zeros(groups.count, dtype=bool)
        has_edit[of[newest]] = edited[newest] >= 0
        settle(newest, "latest", where=has_edit)
        longest = only_best(newest, length)
        settle(longest, "longest")
        settle(only_best(longest, -code), "first in the alphabet")


def _ranked(cells: Cells, own: Codes) -> tuple[Codes, Sequence[str]]:
    """Codes into the sorted distinct values that the rows have."""
    seen = np.zeros(len(cells.values) + 1, dtype=bool)
    seen[own] = True
    used = np.flatnonzero(seen[:-1])
    codes, distinct = ranked(cells.values, used)
    table = np.full(len(cells.values) + 1, -1, dtype=np.int32)
    table[used] = codes
    return table[own], distinct
