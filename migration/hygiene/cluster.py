"""Which records are one: unions of pairs under decisions that are obeyed at any depth (H0, H2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from migration.hygiene.compare import Pair, Thresholds

Link = tuple[Any, Any]  # two keys, or two row numbers


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records merged without a person, or by a person's decision. `id` is the smallest key.

    `links` are the certain pairs that made it; a decision has the rule "decision.same".
    """

    id: Any
    members: tuple[Any, ...]
    links: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Clusters that may be one; a person decides. `clusters` are ids, sorted.

    A cluster of one record has that record's key as its id. `probability` is that of
    the weakest pair needed to hold the review together.
    """

    id: Any
    clusters: tuple[Any, ...]
    members: tuple[Any, ...]
    pairs: tuple[Pair, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Clustering:
    """What came of the pairs.

    `merged` are clusters of two records and more, `refused` pairs that a decision or a
    contradiction forbade, `weak` pairs cut from drifting chains.
    """

    merged: tuple[Cluster, ...]
    reviews: tuple[Review, ...]
    refused: tuple[Pair, ...]
    weak: tuple[Pair, ...]

    def cluster_of(self) -> dict[str, str]:
        """Key -> cluster id, for records of merged clusters only."""
        return {key: cluster.id for cluster in self.merged for key in cluster.members}


class _Unions:
    """Disjoint sets with forbidden unions; the smallest key names a set."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        self.forbidden: dict[str, set[str]] = {}

    def find(self, key: str) -> str:
        root = self.parent.setdefault(key, key)
        while root != self.parent[root]:
            root = self.parent[root]
        while self.parent[key] != root:
            self.parent[key], key = root, self.parent[key]
        return root

    def of(self, root: str) -> list[str]:
        return self.members.get(root) or [root]

    def forbid(self, a: str, b: str) -> None:
        one, two = self.find(a), self.find(b)
        self.forbidden.setdefault(one, set()).add(two)
        self.forbidden.setdefault(two, set()).add(one)

    def may(self, one: str, two: str) -> bool:
        return two not in self.forbidden.get(one, ())

    def join(self, one: str, two: str) -> str:
        root, gone = min(one, two), max(one, two)
        self.parent[gone] = root
        self.members[root] = self.of(root) + self.of(gone)
        self.members.pop(gone, None)
        for other in self.forbidden.pop(gone, set()):
            self.forbidden[other].discard(gone)
            self.forbidden[other].add(root)
            self.forbidden.setdefault(root, set()).add(other)
        return root


def cluster(
    pairs: Iterable[Pair],
    *,
    same: Iterable[Link] = (),
    different: Iterable[Link] = (),
    differ: Callable[[Any, Any], bool] | None = None,
    cut: Thresholds | None = None,
) -> Clustering:
    """Cluster records by `pairs` under people's decisions; order of the input never counts.

    `different` forbids a union at any depth: nothing may join two sets that hold such
    a pair, and it wins over `same`. `same` is then joined, then certain pairs, the
    strongest first. `differ(a, b)` says that two records clearly are two persons; it
    keeps chains of blank names from drifting. Review pairs join clusters to reviews
    while the mean probability between the two sides stays at `cut.linkage`.
    """
    cut = cut or Thresholds()
    ranked = sorted(set(pairs), key=lambda p: (p.kind != "certain", -p.probability, p.a, p.b, p.rule))
    unions = _Unions()
    for a, b in sorted({(min(link), max(link)) for link in different}):
        unions.forbid(a, b)
    refused: list[Pair] = []
    used: dict[str, list[Pair]] = {}
    decided = [
        Pair(a, b, "decision.same", "certain", 1.0, ()) for a, b in sorted({(min(link), max(link)) for link in same})
    ]
    for pair in [*decided, *(p for p in ranked if p.kind == "certain")]:
        one, two = unions.find(pair.a), unions.find(pair.b)
        if one != two:
            clash = (
                pair.rule != "decision.same"
                and differ
                and any(differ(x, y) for x in unions.of(one) for y in unions.of(two))
            )
            if not unions.may(one, two) or clash:
                refused.append(pair)
                continue
            root = unions.join(one, two)
            used[root] = used.pop(one, []) + used.pop(two, [])
        used.setdefault(unions.find(pair.a), []).append(pair)
    merged = tuple(
        Cluster(root, tuple(sorted(unions.members[root])), tuple(sorted(links, key=_order)))
        for root, links in sorted(used.items())
    )
    reviews, more, weak = _reviews(unions, [p for p in ranked if p.kind != "certain"], refused, differ, cut)
    return Clustering(merged, reviews, tuple(more), weak)


def _order(pair: Pair) -> tuple[float, str, str]:
    return -pair.probability, pair.a, pair.b


def _reviews(unions: _Unions, pairs: list[Pair], refused: list[Pair], differ, cut: Thresholds):
    """Join clusters by review pairs, average linkage; returns reviews, refused and weak pairs."""
    above = _Unions()  # of clusters, by their ids
    between: dict[Link, float] = {}
    size: dict[str, int] = {}
    kept: dict[str, list[Pair]] = {}
    weak: list[Pair] = []
    for root, others in unions.forbidden.items():
        for other in others:
            above.forbid(root, other)
    ids = [(p, unions.find(p.a), unions.find(p.b)) for p in pairs]
    neighbours: dict[str, set[str]] = {}
    for pair, one, two in ids:
        if one != two:
            link = (min(one, two), max(one, two))
            between[link] = between.get(link, 0.0) + pair.probability
            neighbours.setdefault(one, set()).add(two)
            neighbours.setdefault(two, set()).add(one)
            size[one], size[two] = len(unions.of(one)), len(unions.of(two))
    for pair, c1, c2 in ids:
        if c1 == c2 or pair.probability < cut.review:  # too unlikely to propose, yet it counts in the mean
            continue
        one, two = above.find(c1), above.find(c2)
        if one != two:
            if not above.may(one, two):
                refused.append(pair)
                continue
            small, large = sorted((above.of(one), above.of(two)), key=len)
            inside = set(large)
            total = sum(between[min(x, y), max(x, y)] for x in small for y in neighbours[x] & inside)
            count = sum(size[x] for x in small) * sum(size[y] for y in large)
            # Two clusters of the certain step are always shown to a person; only longer chains are cut.
            if len(small) > 1 or len(large) > 1:
                ones, twos = ([key for c in side for key in unions.of(c)] for side in (small, large))
                clash = sum(differ(x, y) for x in ones for y in twos) if differ and total / count < 0.5 else 0
                if clash > cut.clash * count or total / count < cut.linkage:
                    weak.append(pair)
                    continue
            root = above.join(one, two)
            kept[root] = kept.pop(one, []) + kept.pop(two, [])
        kept.setdefault(above.find(c1), []).append(pair)
    reviews = []
    for root, found in sorted(kept.items()):
        clusters = tuple(sorted(above.of(root)))
        members = tuple(sorted(key for c in clusters for key in unions.of(c)))
        reviews.append(
            Review(root, clusters, members, tuple(sorted(found, key=_order)), min(p.probability for p in found))
        )
    return tuple(reviews), refused, tuple(weak)


def certain_pairs(members: Sequence[str]) -> set[Link]:
    """All unordered pairs within a cluster, for counting pairwise quality."""
    ordered = sorted(members)
    return {(a, b) for at, a in enumerate(ordered) for b in ordered[at + 1 :]}
