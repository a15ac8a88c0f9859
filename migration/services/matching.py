"""The second half of a run: match, cluster under people's decisions, account (H2, H0)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import SourceRow, Upload
from crmprogram.jobs.bulk import insert_missing
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from migration import companies, vocabulary
from migration.hygiene.cluster import Clustering, cluster
from migration.hygiene.compare import Matcher, Pair, Part, Thresholds
from migration.hygiene.features import Record as Cleaned
from migration.hygiene.text import fold
from migration.models import Cluster, ClusterState, Run, RunRow
from migration.services import decisions, runs
from migration.services.cleaning import CHUNK_ROWS, good_rows, require_balance, sum_totals
from migration.services.records import label_of
from migration.services.rows import Reader, overlay

WRITE_ROWS = 2_000
ACCOUNT_ROWS = 500
PART_RECORDS = 50_000  # blocks are compared in parts, so that the lease is renewed between them


def cut_of(run: Run) -> Thresholds:
    """The thresholds stored with the run."""
    return Thresholds(**{name: run.thresholds[name] for name in ("review", "linkage", "share")})


# --- match ----------------------------------------------------------------------------


def plan_match(run: Run) -> list[ShardPlan]:
    """One shard: how rare a value is can only be told over all rows. Raises AccountOpen."""
    totals = sum_totals(run, "standardise")
    require_balance("standardise", good_rows(run), totals["rows"])
    run.summary["before"] = dict(totals)
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    runs.note(run, f"standardise finished, {totals['values_changed']:,} values changed")
    return [ShardPlan({}, totals["rows"])]


def match_run(run: Run, work: Work) -> None:
    """Give every row its key, find the pairs, cluster them, store clusters. Starts over when told twice."""
    with work.commit(done=0):
        RunRow.objects.filter(run=run).delete()
        Cluster.objects.filter(run=run).delete()
    cleaned, rows, same_id = _load(run, work)
    cut = cut_of(run)
    pairs, differ = _propose(run, cleaned, cut, work)
    pairs += same_id
    made = make_clusters(run, cleaned, rows, pairs, differ)
    by_key = {cluster_.key: cluster_ for cluster_ in made}
    member_of = {key: one for one in made for group in one.groups for key in group}
    counts = Counter(pair.rule for pair in pairs)
    for start in range(0, len(made), ACCOUNT_ROWS):
        with work.commit():
            Cluster.objects.bulk_create(made[start : start + ACCOUNT_ROWS])
    keys = sorted(rows, key=rows.__getitem__)
    for start in range(0, len(keys), WRITE_ROWS):
        part = keys[start : start + WRITE_ROWS]
        with work.commit(done=start + len(part), result={"pairs": counts, "clusters": len(by_key)}):
            of = ((rows[key], run.pk, key, member_of[key].pk if key in member_of else None) for key in part)
            insert_missing(RunRow, ("id", "run", "key", "cluster"), of)


def _load(run: Run, work: Work) -> tuple[list[Cleaned], dict[str, int], list[Pair]]:
    """Standard forms by key, key -> row id, and the pairs that one record id makes."""
    reader = Reader(run.mapping)
    taken: Counter[str] = Counter()
    cleaned: list[Cleaned] = []
    rows: dict[str, int] = {}
    twins: dict[str, list[Cleaned]] = {}
    for upload in run.uploads.order_by("pk"):
        system = system_of(upload)
        found = SourceRow.objects.of_upload(upload.pk).good().values_list("pk", "cells", "clean")
        for no, (pk, cells, clean) in enumerate(found.iterator(chunk_size=CHUNK_ROWS)):
            values = overlay(reader.fields(upload.pk, json.loads(cells)), clean)
            base = key_of(system, upload, values, pk)
            taken[base] += 1
            key = base if taken[base] == 1 else f"{base}~{taken[base]}"
            one = Cleaned(key, values)
            if values.get("source_id"):
                twins.setdefault(base, []).append(one)
            rows[key] = pk
            cleaned.append(one)
            if no % 20_000 == 19_999:
                work.beat()
    pairs = [pair for group in twins.values() if len(group) > 1 for pair in _same_id(group)]
    return cleaned, rows, pairs


def system_of(upload: Upload) -> str:
    """Where a file comes from, for keys: vendor and object. Decisions of one never touch the other's."""
    try:
        vendor = by_slug(upload.format_slug).vendor
    except KeyError:
        vendor = ""
    return f"{fold(vendor).replace(' ', '-') or 'file'}/{upload.object or 'record'}"


def key_of(system: str, upload: Upload, values: dict[str, str], pk: int) -> str:
    """How a record is known for ever: its id in its system, else a hash of mail, phone and name.

    A row with none of these is known by its place in its file, which is kept by SHA-256.
    """
    if own := values.get("source_id", ""):
        return f"{system}:{own}" if len(own) <= 60 else f"{system}:{_hash(own)}"
    names = ("given_name", "family_name", "full_name", "company", "name", "subject")
    told = [values.get("email", "").casefold(), values.get("phone", ""), *(fold(values.get(one, "")) for one in names)]
    if not any(told):
        told = [upload.sha256, str(pk & 0xFFFFFF)]
    return f"{system}#{_hash(json.dumps(told))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _same_id(group: Sequence[Cleaned]) -> Iterable[Pair]:
    """Rows of one record id are one record, unless their names speak against it (H2)."""
    first = group[0]
    for one in group[1:]:
        if _names_agree(first, one):
            a, b = sorted((first.key, one.key))
            yield Pair(a, b, "record_id", "certain", 1.0, (Part("source_id", 20.0, "Record id equal"),))


def _names_agree(one: Cleaned, two: Cleaned) -> bool:
    for name in ("given_name", "family_name", "company"):
        left, right = fold(one.values.get(name, "")), fold(two.values.get(name, ""))
        if left and right and left != right:
            return False
    return True


def _propose(run: Run, cleaned: list[Cleaned], cut: Thresholds, work: Work):
    """Pairs, and the function that says that two records clearly differ (None: nothing says so)."""
    if run.object in vocabulary.PERSON_OBJECTS:
        matcher = Matcher(cleaned, cut)
        parts = max(1, -(-len(cleaned) // PART_RECORDS))
        found: dict[tuple[str, str, str], Pair] = {}
        for part in range(parts):
            for pair in matcher.pairs(shard=(part, parts)):
                found[pair.a, pair.b, pair.rule] = pair
            work.beat()
        return list(found.values()), matcher.differ
    if run.object in vocabulary.COMPANY_OBJECTS:
        return companies.propose(cleaned, cut), None
    return [], None  # deals, activities, users and logins are one only by their record id


# --- cluster --------------------------------------------------------------------------


class Standing:
    """A clustering, asked by key: the merged cluster and the review a record is in."""

    def __init__(self, found: Clustering) -> None:
        self.merged = {key: one for one in found.merged for key in one.members}
        self.reviews = {key: one for one in found.reviews for key in one.members}


def make_clusters(
    run: Run,
    cleaned: Sequence[Cleaned],
    rows: dict[str, int],
    pairs: Sequence[Pair],
    differ: Callable[[str, str], bool] | None,
) -> list[Cluster]:
    """Clusters of the run, unsaved, numbered; people's earlier decisions are obeyed (H0).

    First what the data say alone, which fixes the components; then each component that a
    decision touches is clustered again under the decisions.
    """
    cut = cut_of(run)
    plain = cluster(pairs, differ=differ, cut=cut)
    standing = Standing(plain)
    told = decisions.for_keys(run.program, rows)
    values = {one.key: one.values for one in cleaned}
    made = []
    for members, inside in _components(plain, pairs, told.same):
        touched = told.touches(members)
        found = standing
        if touched:
            same, different = told.same_of(members), told.different_of(members)
            found = Standing(cluster(inside, same=same, different=different, differ=differ, cut=cut))
        groups, undecided, probability = arrange(members, found)
        is_review = bool(undecided) or touched
        state = ClusterState.OPEN if undecided else ClusterState.DECIDED if touched else ClusterState.BY_RULE
        made.append(
            Cluster(
                run=run,
                key=members[0],
                label=label_of(run.object, values[members[0]])[:200],
                size=len(members),
                is_review=is_review,
                state=state,
                probability=min(max(probability, 0.0), 1.0),
                rules=sorted({pair.rule for pair in inside}),
                pairs=[as_json(pair) for pair in inside],
                groups=groups,
                undecided=undecided,
            )
        )
    made.sort(key=lambda one: (not one.is_review, -one.probability, one.key))
    for number, one in enumerate(made, start=1):
        one.number = number
        one.position = number if one.is_review else 0
    return made


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
