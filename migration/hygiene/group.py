"""Rows that are one, over arrays: what `cluster` does for a few records, for a million.

Nearly all groups are plain: everybody in them agrees with everybody. They are accepted as
a whole; `cluster`, which looks at one link after the other, sees only the others.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from migration.hygiene.block import Pairs, crossed, packed_blocks, unpacked
from migration.hygiene.cluster import Clustering, cluster
from migration.hygiene.compare import Links, Matcher, Pair
from migration.hygiene.features import Codes

LARGE = 60  # rows of a proposal; in larger ones only the links that were found count
NOTHING = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


class Groups(NamedTuple):
    """By row: the first row of its cluster (`merged`), and of what its cluster may belong to (`proposed`)."""

    merged: Codes
    proposed: Codes


def group(matcher: Matcher, links: Links, *, same: Pairs = NOTHING, different: Pairs = NOTHING) -> Groups:
    """Group the rows of a matcher by its links, under people's decisions; see `cluster` for the rules."""
    certain = links.take(links.rule > 0)
    merged = _merge(matcher, certain, same, different)
    return Groups(merged, _propose(matcher, links.take(links.rule == 0), merged, different))


def components(size: int, left: Codes, right: Codes) -> Codes:
    """The smallest row that each row hangs together with."""
    label = np.arange(size)
    while True:
        one, two = label[left], label[right]
        apart = one != two
        if not apart.any():
            return label
        left, right, one, two = left[apart], right[apart], one[apart], two[apart]
        np.minimum.at(label, np.maximum(one, two), np.minimum(one, two))
        while not np.array_equal(further := label[label], label):
            label = further


def _within(label: Codes, rows: Codes) -> Pairs:
    """All pairs of `rows` with one label."""
    size = len(label)
    bits = np.uint64(max(int(size - 1).bit_length(), 1))
    keys = (label[rows].astype(np.uint64) + np.uint64(1)) << bits
    return unpacked(packed_blocks(keys, size, rows=rows, limit=size + 1), size)


def _merge(matcher: Matcher, certain: Links, same: Pairs, different: Pairs) -> Codes:
    """Clusters by certain links; a group in which two clearly differ is taken link by link."""
    size = matcher.table.size
    label = components(size, np.append(certain.left, same.left), np.append(certain.right, same.right))
    count = np.bincount(label, minlength=size)
    rows = np.flatnonzero(count[label] > 2)
    # Those who look alike differ from nobody in another way: one of each look is enough.
    look = crossed(label[rows], *(codes[rows] + 1 for codes in matcher.looks))
    _, first, inverse = np.unique(look, return_index=True, return_inverse=True)
    first_row = np.full(size, -1)
    first_row[rows] = rows[first][inverse]
    inside = _within(label, np.sort(rows[first]))
    bad = matcher.differ_all(inside)
    forbidden = label[different.left] == label[different.right]
    doubtful = np.zeros(size, dtype=bool)
    doubtful[label[inside.left[bad]]] = True
    doubtful[label[different.left[forbidden]]] = True
    if not doubtful.any():
        return label
    clashes = set(zip(inside.left[bad].tolist(), inside.right[bad].tolist(), strict=True))

    def differ(a: int, b: int) -> bool:
        one, two = int(first_row[a]), int(first_row[b])
        return (min(one, two), max(one, two)) in clashes

    chosen = certain.take(doubtful[label[certain.left]])
    where = np.argsort(label[chosen.left], kind="stable")
    decided = [
        _by_label(label, Pairs(p.left[doubtful[label[p.left]]], p.right[doubtful[label[p.left]]]))
        for p in (same, different)
    ]
    made = label.copy()
    made[doubtful[label]] = np.flatnonzero(doubtful[label])
    for root, pairs in _runs(label, chosen.take(where), "certain"):
        found = cluster(
            pairs, same=decided[0].pop(root, ()), different=decided[1].get(root, ()), differ=differ, cut=matcher.cut
        )
        _settle(made, found)
    for root, rest in decided[0].items():  # decisions without a link of their own
        _settle(made, cluster((), same=rest, different=decided[1].get(root, ()), cut=matcher.cut))
    return made


def _settle(label: Codes, found: Clustering) -> None:
    for one in found.merged:
        label[list(one.members)] = one.id


def _by_label(label: Codes, pairs: Pairs) -> dict[int, list[tuple[int, int]]]:
    made: dict[int, list[tuple[int, int]]] = {}
    for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        made.setdefault(int(label[a]), []).append((a, b))
    return made


def _runs(label: Codes, links: Links, kind: Literal["certain", "review"]) -> Iterator[tuple[int, list[Pair]]]:
    """Links by label, as pairs of row numbers; `links` are sorted by label."""
    roots = label[links.left]
    starts = np.flatnonzero(np.append(True, roots[1:] != roots[:-1])).tolist() if len(roots) else []
    ends = [*starts[1:], len(roots)][: len(starts)]
    left, right = links.left.tolist(), links.right.tolist()
    chance, rule = links.probability.tolist(), links.rule.tolist()
    for start, stop in zip(starts, ends, strict=True):
        yield (
            int(roots[start]),
            [Pair(left[at], right[at], rule[at], kind, chance[at], ()) for at in range(start, stop)],
        )


def _propose(matcher: Matcher, review: Links, merged: Codes, different: Pairs) -> Codes:
    """Proposals join clusters while those on both sides are likely one on average (`Thresholds.linkage`)."""
    size = matcher.table.size
    apart = merged[review.left] != merged[review.right]
    review = review.take(apart)
    above = components(size, merged[review.left], merged[review.right])
    label = above[merged]
    roots = np.flatnonzero(merged == np.arange(size))
    clusters = np.bincount(label[roots], minlength=size)
    count = np.bincount(label, minlength=size)
    forbidden = np.zeros(size, dtype=bool)
    forbidden[label[different.left[label[different.left] == label[different.right]]]] = True
    asked = ((clusters > 2) | forbidden) & (count <= LARGE)
    inside = _within(label, np.flatnonzero(asked[label]))
    chance, clash = matcher.likely_all(inside), matcher.differ_all(inside)
    cross = merged[inside.left] != merged[inside.right]
    inside, chance, clash = Pairs(inside.left[cross], inside.right[cross]), chance[cross], clash[cross]
    one, two = merged[inside.left], merged[inside.right]
    sides, at = np.unique(np.minimum(one, two) * size + np.maximum(one, two), return_inverse=True)
    number = np.bincount(at, minlength=len(sides))
    mean = np.bincount(at, chance, len(sides)) / number
    share = np.bincount(at, clash, len(sides)) / number
    weak = (mean < matcher.cut.linkage) | (share > matcher.cut.clash)
    doubtful = forbidden.copy()
    doubtful[label[sides[weak] // size]] = True
    doubtful |= count > LARGE
    if not doubtful.any():
        return label
    chosen = doubtful[label[inside.left]] & (chance > 0.001)
    large = (count > LARGE)[label[review.left]]
    links = Links(
        np.append(inside.left[chosen], review.left[large]),
        np.append(inside.right[chosen], review.right[large]),
        np.append(chance[chosen], review.probability[large]),
        np.zeros(int(chosen.sum() + large.sum()), dtype=np.int8),
        np.zeros(int(chosen.sum() + large.sum()), dtype=np.int32),
    )
    clashes = set(zip(inside.left[clash].tolist(), inside.right[clash].tolist(), strict=True))
    held = np.flatnonzero(doubtful[label] & (merged != np.arange(size)))
    same = _by_label(label, Pairs(merged[held], held))
    apart_by = _by_label(label, Pairs(different.left, different.right))
    made = label.copy()
    made[doubtful[label]] = merged[doubtful[label]]
    for root, pairs in _runs(label, links.take(np.argsort(label[links.left], kind="stable")), "review"):
        found = cluster(
            pairs,
            same=same.get(root, ()),
            different=apart_by.get(root, ()),
            differ=lambda a, b: (min(a, b), max(a, b)) in clashes,
            cut=matcher.cut,
        )
        for each in found.reviews:
            made[list(each.members)] = each.members[0]
    return made
