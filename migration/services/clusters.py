"""Who is one and who may be, as clusters: what the data say, then what people decided (H2, H0)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration import companies, vocabulary
from migration.hygiene.bulk import Cleaned
from migration.hygiene.cluster import Clustering, cluster
from migration.hygiene.compare import RULES, Links, Map, Pair, Part, Thresholds
from migration.hygiene.features import Table, compared
from migration.hygiene.match import match_table
from migration.hygiene.reading import Cells
from migration.hygiene.sheets import quoted
from migration.models import ClusterState, Run
from migration.pipeline import column_of
from migration.services import decisions
from migration.services.blocks import NO_ISSUES, Block
from migration.services.proofs import lay_by, told
from migration.services.rows import to_json
from migration.services.stored import labels_of

STORED = (
    "run", "number", "position", "key", "label", "size", "is_review", "state", "probability", "rules", "pairs",
    "groups", "undecided",
)  # fmt: skip


@dataclass(slots=True)
class Loaded:
    """All good rows of a run in standard form, file by file: `ids` of the source rows, their keys.

    `same` are pairs of rows that one record id makes one. `compared` are the columns as
    they are compared, where these are not those of `clean`; `shared` says how many people
    have records at both of two accounts.
    """

    ids: NDArray[np.int64]
    keys: list[str]
    clean: Cleaned
    same: tuple[NDArray[np.int64], NDArray[np.int64]]
    compared: Mapping[str, Cells] | None = None
    shared: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Told(NamedTuple):
    """Clusters as the database takes them, in the order of STORED, and of each of their rows what is decided.

    `of` is the place of its cluster, `head` the first row of its group, `waiting` whether
    a person has still to say what the group is one with.
    """

    clusters: list[tuple[Any, ...]]
    of: NDArray[np.int64]
    head: NDArray[np.int64]
    waiting: NDArray[np.bool_]


def cut_of(run: Run) -> Thresholds:
    """The thresholds stored with the run."""
    return Thresholds(
        **{one.name: run.thresholds[one.name] for one in fields(Thresholds) if one.name in run.thresholds}
    )


class Standing:
    """A clustering, asked by key: the merged cluster and the review a record is in."""

    def __init__(self, found: Clustering) -> None:
        self.merged = {key: one for one in found.merged for key in one.members}
        self.reviews = {key: one for one in found.reviews for key in one.members}


def arrange(members: Sequence[str], found: Standing) -> tuple[list[list[str]], list[int], float]:
    """Groups of keys (each one record), the indexes of those that wait for a person, and the score."""
    groups: dict[str, list[str]] = {}
    for key in members:
        merged = found.merged.get(key)
        groups.setdefault(merged.id if merged else key, []).append(key)
    names = sorted(groups)
    reviews = {one.id: one for key in members if (one := found.reviews.get(key)) is not None}
    waiting = {name for one in reviews.values() for name in one.clusters}
    undecided = [at for at, name in enumerate(names) if name in waiting]
    links = [pair.probability for name in names if name in found.merged for pair in found.merged[name].links]
    probability = max((one.probability for one in reviews.values()), default=min(links, default=1.0))
    return [groups[name] for name in names], undecided, probability


def as_json(pair: Pair) -> list:
    """A pair as it is stored with its cluster."""
    parts = [[one.field, round(one.points, 3), one.text] for one in pair.parts]
    return [pair.a, pair.b, pair.rule, pair.kind, round(pair.probability, 6), parts]


def from_json(stored: Sequence) -> Pair:
    """The pair that `as_json` stored."""
    a, b, rule, kind, probability, parts = stored
    return Pair(a, b, rule, kind, probability, tuple(Part(*one) for one in parts))


def by_record_id(a: str, b: str) -> Pair:
    """Two rows that one record id makes one."""
    one, two = sorted((a, b))
    return Pair(one, two, "record_id", "certain", 1.0, (Part("source_id", 20.0, "Record id equal"),))


class Components:
    """The clusters of a run of people, found in columns; people's earlier decisions are obeyed (H0).

    First what the data say alone, which fixes the components; then each component that a
    decision touches is clustered again under the decisions. `rules` counts the pairs by rule.
    `spread` is a `map` that may use several processes.
    """

    def __init__(self, run: Run, loaded: Loaded, spread: Map = map) -> None:
        self.run, self.loaded, self.cut = run, loaded, cut_of(run)
        rows = np.array(sorted(range(len(loaded.keys)), key=loaded.keys.__getitem__), dtype=np.int64)
        place = np.empty(len(rows), dtype=np.int64)
        place[rows] = np.arange(len(rows))
        cells = loaded.clean.columns if loaded.compared is None else loaded.compared
        columns = {name: column_of(one, rows) for name, one in cells.items() if compared(name)}
        table = Table.from_columns([loaded.keys[row] for row in rows.tolist()], columns)
        columns.clear()
        self.twins = np.stack([place[each] for each in loaded.same])
        found = match_table(table, self.cut, map=spread, same=(self.twins[0], self.twins[1]))
        self.matcher, self.keys, self.order = found.matcher, table.keys, rows
        self.merged = found.groups.merged
        self.told = decisions.for_keys(run.program, loaded.keys)
        label = self._joined(found.groups.proposed)
        self.links = _inside(label, found.links)
        self.rules = Counter({RULES[rule]: n for rule, n in enumerate(np.bincount(found.links.rule).tolist()) if n})
        if self.twins.shape[1]:
            self.rules["record_id"] = self.twins.shape[1]
        self._rank(label)

    def _joined(self, proposed: NDArray[np.int64]) -> NDArray[np.int64]:
        """The component of each row: proposals, and what people said is the same."""
        label = proposed.copy()
        if self.told.same:
            at = {key: row for row, key in enumerate(self.keys)}
            for a, b in self.told.same:
                one, two = sorted((int(label[at[a]]), int(label[at[b]])))
                if one != two:
                    label[label == two] = one
        return label

    def _rank(self, label: NDArray[np.int64]) -> None:
        """Find the components of two rows and more, what each is, and its number: questions first, the surest first."""
        size = len(label)
        rows = np.argsort(label, kind="stable")
        roots, start = np.unique(label[rows], return_index=True)
        ends = np.append(start[1:], size)
        many = np.flatnonzero(ends - start > 1)
        self.members = [rows[start[at] : ends[at]] for at in many.tolist()]
        self.roots = roots[many]
        heads = np.bincount(label[self.merged == np.arange(size)], minlength=size)
        chance = np.ones(size, dtype=np.float32)
        is_review = heads > 1
        links = self.links
        apart = self.merged[links.left] != self.merged[links.right]
        asked = is_review[label[links.left]]
        counts = np.where(asked, (links.rule == 0) & apart, links.rule > 0)
        np.minimum.at(chance, label[links.left[counts]], links.probability[counts])
        self.link_start = np.searchsorted(label[links.left], self.roots)
        self.link_end = np.searchsorted(label[links.left], self.roots, side="right")
        self.twins_of: dict[int, list[tuple[int, int]]] = {}
        for one, two in self.twins.T.tolist():
            self.twins_of.setdefault(int(label[one]), []).append((one, two))
        self.again: dict[int, tuple[list[list[str]], list[int], float]] = {}
        review, probability = is_review[self.roots], np.round(chance[self.roots].astype(float), 4)
        for at in self._touched(label):
            self.again[at] = self._decided(at)
            review[at], probability[at] = True, self.again[at][2]
        self.is_review, self.probability = review, probability
        self.ranked = np.lexsort((self.roots, -probability, ~review))

    @property
    def clusters(self) -> int:
        return len(self.members)

    def _touched(self, label: NDArray[np.int64]) -> list[int]:
        """Components in which a decision links or parts two rows."""
        if not self.told.named:
            return []
        named = [row for row, key in enumerate(self.keys) if key in self.told.named]
        asked = np.searchsorted(self.roots, np.unique(label[named])).tolist()
        return [
            at
            for at in asked
            if at < len(self.roots) and self.told.touches([self.keys[row] for row in self.members[at].tolist()])
        ]

    def _decided(self, at: int) -> tuple[list[list[str]], list[int], float]:
        """A component clustered again under people's decisions."""
        keys = [self.keys[row] for row in self.members[at].tolist()]
        same, different = self.told.same_of(keys), self.told.different_of(keys)
        inside = self._pairs([at])[0]
        found = cluster(inside, same=same, different=different, differ=self.matcher.differ, cut=self.cut)
        return arrange(keys, Standing(found))

    def _pairs(self, components: Sequence[int]) -> list[list[Pair]]:
        """The links inside some components, explained."""
        spans = [(int(self.link_start[at]), int(self.link_end[at])) for at in components]
        which = np.concatenate([np.arange(first, last) for first, last in spans])
        explained = iter(self.matcher.explained(self.links.take(which)))
        made = []
        for at, (first, last) in zip(components, spans, strict=True):
            pairs = [next(explained) for _ in range(first, last)]
            for one, two in self.twins_of.get(int(self.roots[at]), ()):
                pairs.append(by_record_id(self.keys[one], self.keys[two]))
            made.append(pairs)
        return made

    @property
    def waiting(self) -> int:
        """Clusters that a person is asked about."""
        undecided = {at: bool(again[1]) for at, again in self.again.items()}
        asked = int(self.is_review.sum()) - int(self.is_review[list(undecided)].sum())
        return asked + sum(undecided.values())

    def rows(self) -> list[NDArray[np.int64]]:
        """The rows of each cluster, as given, in the order of their numbers; the smallest key first."""
        return [self.order[self.members[at]] for at in self.ranked.tolist()]

    def proof(self, first: int, last: int) -> Block:
        """What there is to tell of the clusters from number `first` to `last`, both included; see `tell`."""
        chosen = self.ranked[first - 1 : last].tolist()
        rows = np.concatenate([self.members[at] for at in chosen])
        spans = [(int(self.link_start[at]), int(self.link_end[at])) for at in chosen]
        links = self.links.take(np.concatenate([np.arange(start, end) for start, end in spans]))
        place = np.empty(len(self.order), dtype=np.int64)  # the others are not asked for
        place[rows] = np.arange(len(rows))
        block = lay_by(self.matcher, rows, links._replace(left=place[links.left], right=place[links.right]))
        twins = [
            [nth, int(place[one]), int(place[two])]
            for nth, at in enumerate(chosen)
            for one, two in self.twins_of.get(int(self.roots[at]), ())
        ]
        block.rows |= {
            "root": self.merged[rows],
            "sizes": np.array([len(self.members[at]) for at in chosen]),
            "links": np.array([end - start for start, end in spans]),
            "asked": self.is_review[chosen],
            "probability": self.probability[chosen],
        }
        again = {nth: self.again[at] for nth, at in enumerate(chosen) if at in self.again}
        block.texts["told"] = [json.dumps({"twins": twins, "again": again})]
        return block


class Pairwise:
    """The clusters of a run of anything but people, pair by pair: companies, or one by their record id alone."""

    def __init__(self, run: Run, loaded: Loaded, spread: Map = map) -> None:
        self.run, self.loaded, self.cut = run, loaded, cut_of(run)
        self.at = {key: row for row, key in enumerate(loaded.keys)}
        pairs = [by_record_id(loaded.keys[a], loaded.keys[b]) for a, b in zip(*loaded.same, strict=True)]
        if run.object in vocabulary.COMPANY_OBJECTS:
            keys = sorted(self.at)
            rows = np.array([self.at[key] for key in keys], dtype=np.int64)
            texts = companies.texts_of(loaded.clean.columns, rows)
            pairs = [*companies.propose_rows(keys, texts, self.cut, shared=loaded.shared), *pairs]
        self.rules = Counter(pair.rule for pair in pairs)
        self.made = sorted(self._made(pairs), key=lambda one: (not one[2], -one[3][2], one[0][0]))

    @property
    def clusters(self) -> int:
        return len(self.made)

    def _made(self, pairs: Sequence[Pair]) -> Iterator[tuple[list[str], list[Pair], bool, Any, bool]]:
        """(members, pairs, whether a person is asked, their arrangement, whether one has decided) of each component."""
        plain = cluster(pairs, cut=self.cut)
        told = decisions.for_keys(self.run.program, self.at)
        for members, inside in _components(plain, pairs, told.same):
            found = Standing(plain)
            touched = told.touches(members)
            if touched:
                same, different = told.same_of(members), told.different_of(members)
                found = Standing(cluster(inside, same=same, different=different, cut=self.cut))
            arranged = arrange(members, found)
            yield members, inside, bool(arranged[1]) or touched, arranged, touched

    @property
    def waiting(self) -> int:
        """Clusters that a person is asked about."""
        return sum(bool(arranged[1]) for _, _, _, arranged, _ in self.made)

    def rows(self) -> list[NDArray[np.int64]]:
        """The rows of each cluster, as given, in the order of their numbers; the smallest key first."""
        return [np.array([self.at[key] for key in sorted(members)], dtype=np.int64) for members, *_ in self.made]

    def proof(self, first: int, last: int) -> Block:
        """What there is to tell of the clusters from number `first` to `last`, both included; see `tell`."""
        whole = [
            [arranged, touched, [as_json(pair) for pair in pairs]]
            for _, pairs, _, arranged, touched in self.made[first - 1 : last]
        ]
        sizes = np.array([len(members) for members, *_ in self.made[first - 1 : last]])
        texts: dict[str, Sequence[str]] = {"told": [json.dumps({"whole": whole})]}
        return Block(Cleaned(0, {}, {}, [""], NO_ISSUES), {"sizes": sizes}, texts)


def tell(run: Run, clean: Cleaned, keys: Sequence[str], proof: Block, first: int) -> Told:
    """The clusters from number `first` on, of whose rows `clean` and `keys` are the values and the keys."""
    sizes = proof.rows["sizes"]
    count, starts = len(sizes), np.concatenate([[0], np.cumsum(sizes)])
    of = np.repeat(np.arange(count), sizes)
    more = json.loads(proof.texts["told"][0])
    if whole := more.get("whole"):
        pairs, rules = (
            [[to_json(pair) for pair in one[2]] for one in whole],
            [{pair[2] for pair in one[2]} for one in whole],
        )
        head, waiting, probability = np.arange(len(keys)), np.zeros(len(keys), dtype=bool), np.ones(count)
        arranged = {nth: one[0] for nth, one in enumerate(whole)}
        touched = [bool(one[1]) for one in whole]
    else:
        pairs, rules = _linked(proof, keys, more["twins"])
        _, heads, which = np.unique(proof.rows["root"], return_index=True, return_inverse=True)
        head, waiting, probability = heads[which], proof.rows["asked"][of], proof.rows["probability"].copy()
        arranged = {int(nth): one for nth, one in more["again"].items()}
        touched = [nth in arranged for nth in range(count)]
    place = {key: at for at, key in enumerate(keys)} if arranged else {}
    for nth, (groups, undecided, sure) in arranged.items():
        probability[nth] = sure
        for at, group in enumerate(groups):
            rows = [place[key] for key in group]
            head[rows], waiting[rows] = min(rows), at in undecided
    asked = np.bincount(of[waiting], minlength=count) > 0
    review = (asked | np.array(touched, dtype=bool)).tolist()
    states = [
        ClusterState.OPEN if open_ else ClusterState.DECIDED if is_touched else ClusterState.BY_RULE
        for open_, is_touched in zip(asked.tolist(), touched, strict=True)
    ]
    columns: dict[str, Sequence[Any]] = {
        "run": [run.pk] * count,
        "number": range(first, first + count),
        "position": [number if is_review else 0 for number, is_review in enumerate(review, first)],
        "key": [keys[row] for row in starts[:-1].tolist()],
        "label": _labels(run, clean, starts[:-1]),
        "size": sizes.tolist(),
        "is_review": review,
        "state": [state.value for state in states],
        "probability": np.clip(probability, 0.0, 1.0).tolist(),
        "rules": _each_once(frozenset(names) for names in rules),
        "pairs": [f"[{','.join(texts)}]" for texts in pairs],
        **_as_groups(keys, starts, head, waiting),
    }
    return Told(list(zip(*(columns[name] for name in STORED), strict=True)), of, head, waiting)


def _linked(
    proof: Block, keys: Sequence[str], twins: Sequence[Sequence[int]]
) -> tuple[list[list[str]], list[set[str]]]:
    """The links of each cluster as JSON, and their rules; `twins` are two rows of one id, behind their cluster."""
    texts, counts = told(proof, keys), proof.rows["links"]
    ends = np.concatenate([[0], np.cumsum(counts)]).tolist()
    pairs = [texts[start:end] for start, end in pairwise(ends)]
    kinds = np.zeros(len(counts), dtype=np.int64)
    np.bitwise_or.at(kinds, np.repeat(np.arange(len(counts)), counts), 1 << proof.rows["rule"].astype(np.int64))
    named = [{rule for at, rule in enumerate(RULES) if kind >> at & 1} for kind in range(1 << len(RULES))]
    rules = [named[kind] for kind in kinds.tolist()]
    for nth, one, two in twins:
        pair = by_record_id(keys[one], keys[two])
        pairs[nth].append(to_json(as_json(pair)))
        rules[nth] = rules[nth] | {pair.rule}
    return pairs, rules


def _as_groups(
    keys: Sequence[str], starts: NDArray[np.int64], head: NDArray[np.int64], waiting: NDArray[np.bool_]
) -> dict[str, list[str]]:
    """Of each cluster, as JSON: the keys of its groups, and which of these wait for a person."""
    order = np.argsort(head, kind="stable")  # group by group; clusters stay where they are
    begins = head[order] == order
    leads = np.where(begins, 1, 2)
    leads[starts[:-1]] = 0
    flat = [
        ("[[", "],[", ",")[lead] + quoted(keys[row]) for lead, row in zip(leads.tolist(), order.tolist(), strict=True)
    ]
    spans = list(pairwise(starts.tolist()))
    nth = np.cumsum(begins)
    nth -= np.repeat(nth[starts[:-1]], np.diff(starts))
    numbers = np.where(begins & waiting[order], nth, -1).tolist()
    return {
        "groups": [f"{''.join(flat[start:end])}]]" for start, end in spans],
        "undecided": _each_once(tuple([at for at in numbers[start:end] if at >= 0]) for start, end in spans),
    }


def _each_once(lists: Iterable[Collection[Any]]) -> list[str]:
    """JSON of lists that are sorted, or are to be; most are the same few."""
    made: dict[Collection[Any], str] = {}
    return [made.get(one) or made.setdefault(one, to_json(sorted(one))) for one in lists]


def _labels(run: Run, clean: Cleaned, rows: NDArray[np.int64]) -> list[str]:
    """What people call some rows."""
    columns = {name: (cells.codes[rows], cells.values) for name, cells in clean.columns.items()}
    return labels_of(run.object, columns, len(rows))


def _inside(label: NDArray[np.int64], links: Links) -> Links:
    """The links whose ends are in one component, sorted by component."""
    inside = links.take(label[links.left] == label[links.right])
    return inside.take(np.argsort(label[inside.left], kind="stable"))


def _components(plain: Clustering, pairs: Sequence[Pair], same: Iterable[tuple[str, str]]):
    """(members, pairs) of what hangs together by certain links, reviews and earlier decisions; sorted by first key."""
    root: dict[str, str] = {}

    def find(key: str) -> str:
        root.setdefault(key, key)
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    def join(a: str, b: str) -> None:
        one, two = find(a), find(b)
        if one != two:
            root[max(one, two)] = min(one, two)

    for together in (*(one.members for one in plain.merged), *(one.members for one in plain.reviews)):
        for key in together[1:]:
            join(together[0], key)
    for a, b in same:
        join(a, b)
    members: dict[str, list[str]] = {}
    for key in sorted(root):
        members.setdefault(find(key), []).append(key)
    inside: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.a in root and pair.b in root and find(pair.a) == find(pair.b):
            inside.setdefault(find(pair.a), []).append(pair)
    return [(keys, inside.get(top, [])) for top, keys in sorted(members.items())]
