"""The steps of a run over whole files: read, standardise, match, judge, account, write (H0). Pure."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration import companies, resultfiles, vocabulary
from migration.finishing import Ended, Finish
from migration.hygiene.account import Account
from migration.hygiene.alphabet import Packed, ranked
from migration.hygiene.bulk import Cleaned
from migration.hygiene.cluster import cluster
from migration.hygiene.compare import Pair, Thresholds
from migration.hygiene.explain import sentence
from migration.hygiene.features import Column, Table
from migration.hygiene.features import compared as is_compared
from migration.hygiene.forked import forked
from migration.hygiene.match import DECISIONS, Decision, Matched, match_table
from migration.hygiene.outcome import STATES, problems_by_rule
from migration.hygiene.reading import Cells
from migration.hygiene.wordsort import alphabetical, grouped
from migration.linking import Linking, in_order
from migration.preparing import Order, Prepared, inconsistent, look, prepare
from migration.reports import summed, write_report
from migration.resultfiles import Told
from migration.sources import Source, keys_of, same_id
from migration.standard import Standard
from migration.steps import Steps
from migration.writing import Bytes, Ready

SAID = {
    "merge": "merged here without review; their records cannot pass the hygiene gate.",
    "split": "kept apart here without review; their records wait for a person.",
    "leave": "they wait for a person.",
}


def clean_files(
    paths: Sequence[Path],
    out: Path,
    *,
    standard: Standard,
    mapping: Mapping[str, Any],
    encoding: str,
    review: str,
    steps: Steps,
    processes: int = 1,
) -> dict[str, Any]:
    """Clean `paths` into `out`; returns the report. Raises Refusal or ValueError when the files cannot be taken.

    Files of several objects are cleaned in the order in which they point at each other,
    each object into a folder of its own with a report of its own; the report returned sums
    them up.
    """
    steps.done("start")
    order = Order(paths, standard, dict(mapping), encoding, processes)
    outlines = look(order)
    objects = in_order(one.object for one in outlines)
    if len(objects) == 1:
        return Cleaning(prepare(order, steps, outlines), out, order, review, steps).clean(None)
    prepared = {}
    for obj in objects:
        own = [one for one in outlines if one.object == obj]
        prepared[obj] = prepare(replace(order, paths=[one.path for one in own]), steps, own)
    links = Linking(prepared)
    reports = {}
    for obj in objects:
        reports[obj] = Cleaning(prepared.pop(obj), out / obj, order, review, steps).clean(links)
        write_report(out / obj, reports[obj])
    return summed(reports, links, steps)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The records of one object, from where they are in standard form."""

    ready: Prepared
    out: Path
    order: Order
    review: str
    steps: Steps

    def clean(self, links: Linking | None) -> dict[str, Any]:
        """Match, merge and write the records, their pointers followed by `links`; returns the report."""
        ready, review, steps, processes = self.ready, self.review, self.steps, self.order.processes
        sources, clean, obj = ready.sources, ready.clean, ready.object
        begun = dict(steps.seconds) if links is not None else {}
        keys = _keys(clean, sources)
        compared: Mapping[str, Cells] = clean.columns
        shared: Mapping[tuple[int, int], int] | None = None
        if links is not None:
            known = inconsistent(clean)
            links.engage(obj)
            links.follow(obj)
            compared = links.compared(obj)
            shared = links.shared_people() if obj in vocabulary.COMPANY_OBJECTS else {}
        found = _match(clean, keys, obj, self.order.standard.cut(obj), processes, compared, shared)
        steps.done("match", f"{found.says}")
        together = found.proposed if review == "merge" else found.cluster
        if links is not None:
            links.settle(obj, together, found.rank, found.why)
            ready.before["inconsistent"] += int((inconsistent(clean) & ~known).sum())  # pointers were bad before
            steps.done("follow", links.says(obj))
        waiting = found.decision == Decision.REVIEW
        words = list(DECISIONS)
        if review != "leave":
            words[Decision.REVIEW] = f"review-{review}"
        self.out.mkdir(parents=True, exist_ok=True)
        told = Told(together, found.decision, words, found.probability, found.reason, found.reasons)
        notes = links.notes[obj] if links is not None else {}
        finish = Finish(
            self.out, sources, clean, told, _ids(clean, sources), together, found.rank, waiting, ready.rules,
            review == "merge", notes,
        )  # fmt: skip
        ended = finish.write(steps, processes)
        refused = resultfiles.write_rejects(self.out / "rejects.csv", sources, ended.rejects)
        steps.done("write", f"{refused:,} rejects")
        ready.before["duplicate"] = clean.size - _different(found.proposed)
        return _report(sources, ended, found, clean, ready.before, review, steps, int(waiting.sum()), begun)


class Found:
    """What matching said, one entry per row; `rank` is the place of the row's key in the order of keys."""

    def __init__(self, size: int, rank: NDArray) -> None:
        self.rank = rank
        self.cluster = np.arange(size)
        self.proposed = np.arange(size)
        self.decision = np.zeros(size, dtype=np.int8)
        self.probability = np.ones(size, dtype=np.float32)
        self.reason = np.zeros(size, dtype=np.int32)
        self.reasons = [""]
        self.merged_by: dict[int, str] = {}  # of rows that were merged and wait for a person all the same

    def why(self, row: int) -> str:
        """Why a row is one with the others of its cluster: "same name, same domain"."""
        reason = self.merged_by.get(row) or self.reasons[int(self.reason[row])]
        return (reason.partition(": ")[2] or reason).replace("; ", ", ").casefold()

    @property
    def says(self) -> str:
        """In a sentence: clusters and proposals."""
        return f"{self.automatic:,} clusters, {self.proposals:,} proposals"

    @cached_property
    def automatic(self) -> int:
        """Clusters of two rows and more that were merged without a person."""
        return int((np.bincount(self.cluster) > 1).sum()) if len(self.cluster) else 0

    @cached_property
    def proposals(self) -> int:
        """Groups about which a person has to decide."""
        return _different(self.proposed[self.decision == Decision.REVIEW])


def _different(numbers: NDArray[np.int64]) -> int:
    """How many different numbers there are."""
    ordered = np.sort(numbers)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + min(len(ordered), 1)


class Keys(NamedTuple):
    """`texts` are the keys of all rows in their order, `rows` the rows they belong to; `same` are rows of one id."""

    texts: Sequence[str]
    rows: NDArray[np.int64]
    same: tuple[NDArray[np.int64], NDArray[np.int64]]


def _keys(clean: Cleaned, sources: Sequence[Source]) -> Keys:
    """What tells rows apart (see `keys_of`); where each has an id of its own, ids are in the order of keys."""
    own = clean.columns.get("source_id")
    one_system = len({source.system for source in sources}) == 1
    if own is not None and one_system and isinstance(own.values, Packed) and (own.codes >= 0).all():
        ids = own.values.at(own.codes)
        if not ids.odd and not ids.longer_than(60) and len(grouped(ids.data[:-1])[0]) == clean.size:
            order = alphabetical(ids.data[:-1])
            nobody = np.zeros(0, dtype=np.int64)
            return Keys(ids.at(order), order, (nobody, nobody))
    keys: list[str] = []
    bases: list[str] = []
    taken: dict[str, int] = {}
    first = 0
    for source in sources:
        part = slice(first, first + source.read.size)
        told, alike = keys_of(
            source, {name: Cells(cells.codes[part], cells.values) for name, cells in clean.columns.items()}, taken
        )
        keys += told
        bases += alike
        first += source.read.size
    rows = sorted(range(len(keys)), key=keys.__getitem__)
    return Keys([keys[row] for row in rows], np.array(rows, dtype=np.int64), same_id(clean, bases))


def _match(
    clean: Cleaned, keys: Keys, obj: str, cut: Thresholds, processes: int, compared: Mapping[str, Cells],
    shared: Mapping[tuple[int, int], int] | None,
) -> Found:  # fmt: skip
    """Find who is one, as the worker does for this kind of record (H2).

    `compared` are the columns as they are compared; `shared` counts the people who have
    records at both of two rows, None where records do not point at each other.
    """
    rows, same = keys.rows, keys.same
    rank = np.empty(len(rows), dtype=np.int64)
    rank[rows] = np.arange(len(rows))
    found = Found(len(rows), rank)
    if obj in vocabulary.PERSON_OBJECTS:
        columns = {name: column_of(cells, rows) for name, cells in compared.items() if is_compared(name)}
        table = Table.from_columns(keys.texts, columns)
        columns.clear()
        told = match_table(table, cut, map=forked(processes), same=(rank[same[0]], rank[same[1]]))
        found.cluster[rows], found.proposed[rows] = rows[told.cluster], rows[told.proposed]
        for name in ("decision", "probability", "reason"):
            getattr(found, name)[rows] = getattr(told, name)
        found.reasons = told.reasons
        if shared is not None:  # else nobody asks
            found.merged_by = _merged_by(told, rows)
        return found
    at = dict(zip(keys.texts, rows.tolist(), strict=True))
    pairs = []
    if obj in vocabulary.COMPANY_OBJECTS:
        texts = companies.texts_of(clean.columns, rows)
        people = {(keys.texts[rank[a]], keys.texts[rank[b]]): n for (a, b), n in (shared or {}).items()}
        pairs = companies.propose_rows(keys.texts, texts, cut, shared=people)
    links = [(keys.texts[a], keys.texts[b]) for a, b in zip(rank[same[0]], rank[same[1]], strict=True)]
    told_ = cluster(pairs, same=links, cut=cut)
    for one in told_.merged:
        mine = [at[key] for key in one.members]
        found.cluster[mine] = mine[0]
        _explain(found, Decision.AUTOMATIC, mine, one.links, at)
    found.merged_by = {row: found.reasons[found.reason[row]] for row in np.flatnonzero(found.reason).tolist()}
    for asked in told_.reviews:
        _explain(found, Decision.REVIEW, [at[key] for key in asked.members], asked.pairs, at)
    return found


def _explain(found: Found, decision: Decision, rows: list[int], because: Sequence[Pair], at: Mapping[str, int]) -> None:
    """Say that rows are or may be one, and why; the strongest pair of a row is told."""
    found.proposed[rows] = rows[0]
    found.decision[rows] = decision
    for pair in reversed(because):
        both = [at[pair.a], at[pair.b]]
        found.probability[both] = pair.probability
        found.reason[both] = len(found.reasons)
        said = "; ".join(part.text for part in pair.parts if part.points > 0)
        found.reasons.append(f"{pair.rule}: {said}" if said else "record id equal")


def _merged_by(told: Matched, rows: NDArray[np.int64]) -> dict[int, str]:
    """Why rows were merged that wait for a person all the same: `told` gives the reason why they wait."""
    links, merged = told.links, told.groups.merged
    sure = links.take((links.rule > 0) & (merged[links.left] == merged[links.right]))
    order = told.matcher.table.order
    found: dict[int, str] = {}
    for ends in (sure.left, sure.right):
        own = order[ends]
        for at in np.flatnonzero(told.decision[own] == Decision.REVIEW).tolist():
            found.setdefault(int(rows[own[at]]), f": {sentence(int(sure.told[at]))}")
    return found


def column_of(cells: Cells, rows: NDArray[np.int64] | None = None) -> Column:
    """Distinct values in the order of the alphabet, as comparing needs them; of all `rows` in their order, if told."""
    used = np.flatnonzero(np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.values)))
    own, distinct = ranked(cells.values, used)
    table = np.full(len(cells.values) + 1, -1, dtype=np.int32)
    table[used] = own
    codes = table[cells.codes if rows is None else cells.codes[rows]]
    texts = distinct.data[:-1] if isinstance(distinct, Packed) else None
    return Column(codes, list(distinct), np.bincount(codes[codes >= 0], minlength=len(distinct)), texts)


def _ids(clean: Cleaned, sources: Sequence[Source]) -> Bytes:
    """What a row is called in the results: its own id, or where it stands. By row, with a blank one at the end."""
    own = clean.columns.get("source_id")
    if own is None or (own.codes < 0).any():
        texts = own.texts() if own else [""] * clean.size
        places = [f"{source.path.name}:{line}" for source in sources for line in source.read.lines.tolist()]
        return Ready([text or place for text, place in zip(texts, places, strict=True)]).data
    return Ready(own.values)[np.append(own.codes, np.int32(-1))]


def _rule_counts(clean: Cleaned) -> dict[str, int]:
    """Values changed, by rule."""
    found: Counter[str] = Counter()
    for rules in clean.rules.values():
        for at, times in enumerate(np.bincount(rules, minlength=len(clean.names_of_rules)).tolist()):
            if at and times:
                found[clean.names_of_rules[at]] += times
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _report(
    sources: Sequence[Source], ended: Ended, found: Found, clean: Cleaned, before: Counter[str], review: str,
    steps: Steps, waiting: int, begun: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """What is told of one object; `begun` are the seconds that had gone into others."""
    seconds = {name: one - begun.get(name, 0.0) for name, one in steps.seconds.items()}
    seconds = {name: one for name, one in seconds.items() if one or not begun}
    total = sum(seconds.values()) if begun else time.perf_counter() - steps.begun
    account = ended.account(sources)
    kinds = ("duplicate", "incomplete", "inconsistent", "stale")
    return {
        "rows": {name: getattr(account, name) for name in Account.__slots__},
        "balanced": account.balanced,
        "says": account.says(),
        "files": [_about(source) for source in sources],
        "clusters": {"automatic": found.automatic, "proposals": found.proposals},
        "review": {
            "mode": review,
            "reviewed": False,
            "rows": waiting,
            "records": ended.held,
            "says": SAID[review] if waiting else "nothing needs a person.",
        },
        "records": {name: ended.states[name] for name in STATES},
        "problems": {
            "before": {kind: int(before[kind]) for kind in kinds},
            "after": {kind: int(ended.dirt[kind]) for kind in kinds},
            "clean_after": int(ended.dirt["clean"]),
            "rules_before": problems_by_rule(clean),
            "rules_after": dict(sorted(ended.rules.items(), key=lambda item: (-item[1], item[0]))),
        },
        "values_changed": _rule_counts(clean),
        "seconds": {**{name: round(one, 3) for name, one in seconds.items()}, "total": round(total, 3)},
        "rows_per_second": round(account.read / total) if total else 0,
        "peak_memory_mb": steps.memory.megabytes(),
    }


def _about(source: Source) -> dict[str, Any]:
    labels, outline = source.read.headers.labels, source.outline
    return {
        "name": source.path.name,
        "rows": source.read.read + len(source.shifted),
        "object": outline.object,
        "recognised": outline.why,
        "columns": dict(zip(labels, outline.fields, strict=True)),
        "warnings": list(source.read.headers.warnings),
    }
