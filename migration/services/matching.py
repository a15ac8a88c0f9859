"""The second half of a run: match, cluster under people's decisions, account (H2, H0)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.db.models import Count

from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import RowState, SourceRow, Upload
from crmprogram.jobs.bulk import insert_missing
from crmprogram.jobs.registry import ShardPlan
from crmprogram.jobs.runner import Work
from crmprogram.program import clock
from migration import companies, vocabulary
from migration.errors import AccountOpen
from migration.hygiene.account import Account
from migration.hygiene.cluster import Clustering, cluster
from migration.hygiene.compare import Matcher, Pair, Part, Thresholds
from migration.hygiene.features import Record as Cleaned
from migration.hygiene.text import fold
from migration.models import Cluster, ClusterState, Record, RecordState, Run, RunRow
from migration.services import decisions, runs
from migration.services.cleaning import CHUNK_ROWS, good_rows, require_balance, sum_totals
from migration.services.records import Group, label_of, make_record, store_records, tally
from migration.services.rows import Reader, Row, load_rows, overlay

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

    for one in plain.merged:
        for key in one.members[1:]:
            join(one.members[0], key)
    for one in plain.reviews:
        for key in one.members[1:]:
            join(one.members[0], key)
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
    reviews = {one.id: one for key in members if (one := found.reviews.get(key))}
    waiting = {name for one in reviews.values() for name in one.clusters}
    undecided = [at for at, name in enumerate(names) if name in waiting]
    links = [pair.probability for name in names if (one := found.merged.get(name)) for pair in one.links]
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


# --- account --------------------------------------------------------------------------


def plan_account(run: Run) -> list[ShardPlan]:
    """Shards over clusters, then over rows that stand alone. Raises AccountOpen."""
    keyed = RunRow.objects.filter(run=run).count()
    require_balance("match", good_rows(run), keyed)
    clustered = RunRow.objects.filter(run=run, cluster__isnull=False).count()
    sizes = sum(Cluster.objects.filter(run=run).values_list("size", flat=True))
    require_balance("cluster", sizes, clustered)
    result = run.job.shards.filter(step="match").values_list("result", flat=True).first() or {}
    run.summary["pairs"] = result.get("pairs", {})
    Run.objects.filter(pk=run.pk).update(summary=run.summary)
    waiting = Cluster.objects.filter(run=run).open().count()
    runs.note(run, f"{result.get('clusters', 0):,} clusters, {waiting:,} wait for a person")
    plans = []
    last = Cluster.objects.filter(run=run).order_by("-number").values_list("number", flat=True).first() or 0
    for first in range(1, last + 1, 2_000):
        to = min(first + 1_999, last)
        total = RunRow.objects.filter(run=run, cluster__number__gte=first, cluster__number__lte=to).count()
        plans.append(ShardPlan({"clusters": [first, to]}, total))
    for upload in run.uploads.order_by("pk"):
        alone = RunRow.objects.filter(
            run=run, cluster__isnull=True, pk__gte=upload.pk << 24, pk__lt=(upload.pk + 1) << 24
        )
        first_id = alone.order_by("pk").values_list("pk", flat=True).first()
        last_id = alone.order_by("-pk").values_list("pk", flat=True).first()
        if first_id is None:
            continue
        for start in range(first_id, last_id + 1, 10_000):
            to = min(start + 9_999, last_id)
            if total := alone.filter(pk__gte=start, pk__lte=to).count():
                plans.append(ShardPlan({"rows": [start, to]}, total))
    return plans


def account_chunk(run: Run, work: Work) -> None:
    """Make the records of the shard, chunk by chunk, and say where each row ended (H0)."""
    totals = Counter(work.result.get("totals", {}))
    ends = Counter(work.result.get("ends", {}))
    today = clock.today(run.program)
    done = work.done
    for groups, cursor in _groups(run, work):
        made = [(group, make_record(run, group, today=today)) for group in groups]
        for _, record in made:
            tally(totals, run, record)
        done += sum(len(group.rows) for group in groups)
        # doing a chunk twice stores the same records, so what it adds is known before it is written
        for group, record in made:
            for row in group.rows:
                ends["merged" if row.id != record.pk else str(record.state)] += 1
        with work.commit(done=done, cursor=cursor, result={"totals": totals, "ends": ends}):
            store_records(run, made)


def _groups(run: Run, work: Work):
    """Yield (groups, cursor) of at most about 500 rows."""
    if "clusters" in work.params:
        first, last = work.params["clusters"]
        first = work.cursor.get("next", first)
        while first <= last:
            part, size = [], 0
            for one in Cluster.objects.filter(run=run, number__gte=first, number__lte=last).order_by("number")[:200]:
                if part and size + one.size > ACCOUNT_ROWS:
                    break
                part.append(one)
                size += one.size
            if not part:
                return
            first = part[-1].number + 1
            yield groups_of(run, part), {"next": first}
        return
    start, end = work.params["rows"]
    start = work.cursor.get("next", start)
    while True:
        alone = RunRow.objects.filter(run=run, cluster__isnull=True, pk__gte=start, pk__lte=end).order_by("pk")
        keys = dict(alone.values_list("pk", "key")[:ACCOUNT_ROWS])
        if not keys:
            return
        start = max(keys) + 1
        yield [Group([row]) for row in load_rows(run, keys)], {"next": start}


def groups_of(run: Run, clusters: Sequence[Cluster]) -> list[Group]:
    """The groups of some clusters as they stand, with rows and people's choices."""
    found = RunRow.objects.filter(cluster__in=clusters).values_list("pk", "key")
    rows = {row.key: row for row in load_rows(run, dict(found))}
    told = decisions.choices_for(run.program, rows)
    groups = []
    for one in clusters:
        waiting = set(one.undecided)
        for at, keys in enumerate(one.groups):
            members: list[Row] = [rows[key] for key in keys]
            groups.append(Group(members, at in waiting, told.of(keys), one))
    return groups


def balance_run(run: Run, work: Work) -> None:
    """The account over the whole run: read = kept + merged + archived + quarantined + blank (H0)."""
    account = account_of(run)
    if not account.balanced:
        raise AccountOpen(f"The account of {run.code} does not balance: {account.says()}")
    reached = sum_totals(run, "account")
    living = Record.objects.filter(run=run).exclude(state=RecordState.ABSORBED).count()
    require_balance("account", living, reached["records"])
    run.counts = counts_of(account)
    run.summary["after"] = dict(reached)
    run.finished_at = clock.now()
    with work.commit(done=1):
        Run.objects.filter(pk=run.pk).update(counts=run.counts, summary=run.summary, finished_at=run.finished_at)
        runs.note(run, account.says())


def account_of(run: Run) -> Account:
    """The run's account, counted from its rows; `read` is what intake read."""
    read = sum(run.uploads.values_list("read_count", flat=True))
    states = Counter(dict(_state_counts(run)))
    return Account(
        read=read,
        kept=states[RowState.KEPT],
        merged=states[RowState.MERGED],
        archived=states[RowState.ARCHIVED],
        quarantined=states[RowState.QUARANTINED],
        blank=states[RowState.BLANK],
    )


def _state_counts(run: Run):
    return runs.source_rows(run).order_by().values_list("state").annotate(n=Count("pk"))


def counts_of(account: Account) -> dict[str, int]:
    """The account as numbers."""
    return {name: getattr(account, name) for name in ("read", "kept", "merged", "archived", "quarantined", "blank")}
