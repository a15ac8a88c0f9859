"""People of a measurement: they answer reviews from the truth, tick samples and sign. A part of `bench.journey`.

Every answer goes through the service that a person's press goes through, with its rights, claims and history.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from crmprogram.demo.synthetic import Truth
from crmprogram.intake.services import store_upload
from crmprogram.jobs import services as jobs
from crmprogram.program.models import User
from crmprogram.program.services import create_program
from migration.models import Cluster, DryRun, Run, RunRow, SampleAudit, Space, Stage, StageState
from migration.services import claims, dry_runs, loading, mapping, merges, review, runs, sampling

SEED = 7
ENDS = 100  # decisions at the begin and at the end of the queue, whose time is told


# --- the whole way ----------------------------------------------------------------------


def go_through(source: Path, truth: Truth, told: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
    """Upload, clean, review, sign, try dry, load and audit an export, each step timed; the results by name."""
    by = User.objects.create_user("sales-ops-manager", password=None)
    program = create_program(
        by=by, name="Benchmark", company="Benchmark", seats=25, industry="Software", starts_on=date(2026, 9, 1)
    )
    steps: dict[str, tuple[float, float]] = {}
    with timed(steps, "upload and read"), source.open("rb") as stream:
        upload = store_upload(program=program, by=by, name=source.name, stream=stream, object="contact").upload
        jobs.work_off()
        upload.refresh_from_db()
    with timed(steps, "map and clean"):
        run = runs.create_run(program=program, by=by, uploads=[upload], region="US")
        mapping.sign_mapping(run=run, by=by)
        runs.start_run(run=run, by=by)
        jobs.work_off()
    true, run = truth.pairs, fresh(run)
    before = pairwise_f1(pairs_of(run), true)
    at = [time.process_time()]

    def tell(done: int) -> None:
        at.append(time.process_time())
        told(done)

    with timed(steps, "review"):
        answered = answer_from_truth(run, by, truth.person, tell)
    took = [1000 * (later - earlier) for earlier, later in pairwise(at)] or [0.0]
    with timed(steps, "sign the merges"):
        sign_merges(fresh(run), by, SEED)
    with timed(steps, "dry run and spot-check"):
        dry_run = dry_runs.start_dry_run(run=run, by=by, seed=SEED)
        jobs.work_off()
        pass_spot_check(dry_run, by)
    with timed(steps, "load and audit the stages"):
        stages = load_stages(fresh(run), by, SEED, jobs.work_off)
    run = fresh(run)
    return {
        "rows": len(truth.person),
        "steps": steps,
        "review": {
            **answered._asdict(),
            "decisions": len(took),
            "first_ms": mean(took[:ENDS]),
            "last_ms": mean(took[-ENDS:]),
        },
        "before": before,
        "f1": pairwise_f1(pairs_of(run), true),
        "counts": run.counts,
        "stages": [_said(one) for one in stages],
    }


def _said(stage: Stage) -> dict[str, Any]:
    audit = stage.audits.order_by("-pk").first()
    return {
        "name": stage.label,
        "state": stage.state,
        **{name: stage.counts.get(name, 0) for name in ("create", "reject", "differences")},
        "sample": f"{audit.errors} of {audit.size}" if audit else "none",
        "wrong": [line for item in audit.items.filter(matches=False) for line in item.comparison if not line["ok"]]
        if audit
        else [],
    }


@contextmanager
def timed(steps: dict[str, tuple[float, float]], name: str) -> Iterator[None]:
    """Keep seconds, and processor seconds of this process, of a block under its name."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    steps[name] = time.perf_counter() - wall, time.process_time() - cpu


def fresh(run: Run) -> Run:
    """The run as it is in the database now."""
    return Run.objects.select_related("program", "job", "mapping").get(pk=run.pk)


# --- the review --------------------------------------------------------------------------


class Answered(NamedTuple):
    """What the review came to."""

    merged: int
    split: int
    left: int  # clusters that no answer settles


def answer_from_truth(
    run: Run, by: User, person: Mapping[str, int], told: Callable[[int], None] = lambda done: None
) -> Answered:
    """Work the queue off: merge what the truth says is one person, keep apart who is nobody else.

    `person` is who a row is, by its own id. `told` hears after each cluster how many are done.
    """
    counted, after = [0, 0, 0], 0
    while True:
        cluster = claims.claim_next(run=run, by=by, after=after)
        if cluster is None or cluster.position <= after:
            return Answered(*counted)  # the queue begins again: the rest was seen and left
        after = cluster.position
        counted[settle(cluster, by, person)] += 1
        told(sum(counted))


def settle(cluster: Cluster, by: User, person: Mapping[str, int]) -> int:
    """Answer one open cluster until nothing in it waits: 0 something was merged, 1 all were parted, 2 still open."""
    merged = False
    for _ in range(2 * len(cluster.groups)):
        if not cluster.undecided:
            break
        same = same_person(cluster.groups, cluster.undecided, person)
        if not same:
            cluster = review.split_cluster(cluster=cluster, by=by)
            return 0 if merged else 1
        cluster, merged = review.merge_cluster(cluster=cluster, by=by, include=same), True
    return 2 if cluster.undecided else 0


def same_person(groups: Sequence[Sequence[str]], undecided: Iterable[int], person: Mapping[str, int]) -> list[str]:
    """The keys to merge next in a cluster; none when all that waits in it is to be parted.

    One person in several groups comes first, most keys first; then rows that a rule merged, which others beside
    them are not.
    """
    keys: dict[int, list[str]] = defaultdict(list)
    where: dict[int, set[int]] = defaultdict(set)
    for at, group in enumerate(groups):
        for key in group:
            who = person[source_id(key)]
            keys[who].append(key)
            where[who].add(at)
    several = [keys[who] for who in keys if len(where[who]) > 1]
    if several:
        return min(several, key=lambda one: (-len(one), one[0]))
    return next((list(groups[at]) for at in undecided if len(groups[at]) > 1), [])


def source_id(key: str) -> str:
    """The id a row has in its own system."""
    return key.rpartition(":")[2]


# --- signatures and stages ---------------------------------------------------------------


def sign_merges(run: Run, by: User, seed: int) -> None:
    """Look at every sampled merge and sign the summary (H2)."""
    merges.sign_merges(
        run=run, by=by, seed=seed, looked_at=merges.merge_sample(run, seed), seen_digest=merges.merge_digest(run)
    )


def pass_spot_check(dry_run: DryRun, by: User) -> None:
    """Tick every field of the spot-check and sign it (H6)."""
    answers = [
        {"no": one.no, "right": [line["field"] for line in one.comparison], "note": ""} for one in dry_run.items.all()
    ]
    dry_runs.answer_spot_check(dry_run=dry_run, by=by, answers=answers)
    dry_runs.sign_spot_check(dry_run=dry_run, by=by)


def load_stages(run: Run, by: User, seed: int, finish: Callable[[], object]) -> list[Stage]:
    """Load stage after stage, compare the sample of each with its source, sign it (H7, H8); the stages as they end.

    A record differs where the comparison says so; nothing is loaded after a stage with one. `finish` works the
    jobs off.
    """
    for one in loading.standings(run, Space.REHEARSAL):
        if not one.ready:
            continue
        loading.start_stage(stage=one.stage, by=by)
        finish()
        made = sampling.draw_sample(stage=one.stage, by=by, seed=seed)
        sampling.answer_sample(audit=made, by=by, answers=list(_answers(made)))
        if sampling.sign_sample(audit=made, by=by).errors:
            break
        run = fresh(run)
    return list(run.stages.filter(space=Space.REHEARSAL).exclude(state=StageState.WAITING).order_by("order"))


def _answers(made: SampleAudit) -> Iterable[dict[str, object]]:
    for item in made.items.all():
        yield {"no": item.no, "matches": not item.differences, "note": "A field differs." if item.differences else ""}


# --- against the truth -------------------------------------------------------------------


def pairs_of(run: Run) -> set[tuple[str, str]]:
    """Every pair of source rows that became one record, by their own ids."""
    groups = defaultdict(list)
    for key, record in RunRow.objects.filter(run=run).values_list("key", "record").iterator():
        groups[record].append(source_id(key))
    return {pair for keys in groups.values() for pair in combinations(sorted(keys), 2)}


def pairwise_f1(found: set[tuple[str, str]], true: set[tuple[str, str]]) -> float:
    """Harmonic mean of precision and recall over pairs; 1 where there is nothing to find and nothing was found.

    >>> pairwise_f1({("a", "b"), ("a", "c")}, {("a", "b")})
    0.6666666666666666
    """
    if not found and not true:
        return 1.0
    return 2 * len(found & true) / (len(found) + len(true))
