"""Inside the application: a program with a large run, and a walk over everything of it. A part of `bench.review`."""

from __future__ import annotations

import base64
import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.bench import answering
from crmprogram.bench.following import follow, working
from crmprogram.bench.processes import Watch, processor_seconds
from crmprogram.intake.services import store_upload
from crmprogram.jobs.models import JobState
from crmprogram.program.models import User
from crmprogram.program.services import create_program
from migration.models import Cluster, DryRun, Prediction, Record, Run, RunRow, SandboxRecord, Space, Stage, StageState
from migration.services import bands, dry_runs, loading, mapping, runs, sampling

BY = "sales-ops-manager"
TIMES, DECISIONS, FILE_PARTS = 2, 7, 100


# --- the program ------------------------------------------------------------------------


def prepare() -> None:
    """Bring the program to where a stage is loaded, from wherever it stands; worker processes do the work."""
    source, count = Path(sys.argv[1]), int(sys.argv[2])
    call_command("migrate", verbosity=0)
    by = User.objects.filter(username=BY).first() or User.objects.create_user(BY, password=None)
    with working(count) as workers:
        watch = Watch(workers, None)
        run = Run.objects.first() or _begun(by, source, watch)
        if run.state == "running":
            follow(run.job, watch, {})
        run = answering.fresh(run)
        if not run.merge_signatures.exists():
            answering.sign_merges(run, by, answering.SEED)
        if dry_runs.standing(answering.fresh(run)) is None:
            dry_run = dry_runs.start_dry_run(run=run, by=by, seed=answering.SEED)
            follow(dry_run.job, watch, {})
            answering.pass_spot_check(dry_run, by)
        load_smallest(answering.fresh(run), by, watch)
        if not run.bands.exists():
            bands.draw_band(run=run, by=by, low=0.9, high=0.99, seed=answering.SEED)
        watch.ended.set()


def _begun(by: User, source: Path, watch: Watch) -> Run:
    program = create_program(
        by=by, name="Benchmark", company="Benchmark", seats=25, industry="Software", starts_on=date(2026, 9, 1)
    )
    with source.open("rb") as stream:
        upload = store_upload(program=program, by=by, name=source.name, stream=stream, object="contact").upload
    follow(upload.job, watch, {})
    upload.refresh_from_db()
    run = runs.create_run(program=program, by=by, uploads=[upload], region="US")
    mapping.sign_mapping(run=run, by=by)
    return runs.start_run(run=run, by=by)


def load_smallest(run: Run, by: User, watch: Watch) -> None:
    """Load the first stage, which active customers are in, and draw its sample."""
    stage = loading.standings(run, Space.REHEARSAL)[0].stage
    if stage.state == StageState.WAITING:
        stage = loading.start_stage(stage=stage, by=by)
    if stage.job is not None and stage.job.state == JobState.RUNNING:
        follow(stage.job, watch, {})
    if not stage.audits.exists():
        sampling.draw_sample(stage=stage, by=by, seed=answering.SEED)


# --- the walk ---------------------------------------------------------------------------


class Asked(NamedTuple):
    """What is asked for: its name, its address, and the headers of a fragment."""

    name: str
    url: str
    headers: dict[str, str] = {}


def walk() -> None:
    """Ask for everything and print what it took as JSON; with a word, only what has it in its name."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.DEBUG = False
    by = User.objects.get(username=BY)
    run = answering.fresh(Run.objects.get())
    client = Client()
    client.force_login(by)
    client.get(reverse("migration:runs", args=[run.program.slug]))  # what a process does once
    lines = [_measured(client, one, tells=bool(only)) for one in everything(run) if only in one.name]
    if only in "Decision":
        lines.append(_decision(client, run, by))
    json.dump({**_sizes(run), "lines": lines}, sys.stdout)


def _sizes(run: Run) -> dict[str, int]:
    return {
        "rows": run.counts["read"],
        "records": Record.objects.filter(run=run).count(),
        "clusters": Cluster.objects.filter(run=run).count(),
        "open": run.clusters.open().count(),
        "predictions": Prediction.objects.count(),
        "loaded": SandboxRecord.objects.count(),
    }


def _measured(client: Client, asked: Asked, *, tells: bool) -> dict[str, Any]:
    """Queries, milliseconds of the first request and the least of those after it."""
    cache.clear()
    connection.close()  # what the database keeps for a connection goes with it
    took = []
    for _ in range(1 + TIMES):
        begun = _processor()
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(asked.url, headers=asked.headers)
            if answer.streaming:
                list(islice(answer, FILE_PARTS))
        took.append(1000 * (_processor() - begun))
    if answer.status_code not in {200, 286, 303}:
        raise SystemExit(f"{asked.name}: {asked.url} answers {answer.status_code}.")
    if tells:
        for one in captured.captured_queries:
            sys.stderr.write(f"{one['time']} s  {one['sql'][:1500]}\n")
    sys.stderr.write(f"{asked.name}: {len(captured)} queries, {took[0]:.0f} ms, then {min(took[1:]):.0f} ms\n")
    return {
        "name": asked.name, "queries": len(captured), "first": took[0], "again": min(took[1:]), "is_decision": False
    }  # fmt: skip


def _processor() -> float:
    """Processor seconds of this process, and of the database's behind its connection."""
    spent = time.process_time()
    if connection.vendor == "postgresql" and connection.connection is not None:
        spent += processor_seconds(connection.connection.info.backend_pid)
    return spent


def _decision(client: Client, run: Run, by: User) -> dict[str, Any]:
    """Merge cluster after cluster as the page does, and take each back: the next page comes with the answer."""
    took, asked = [], 0
    for cluster in islice(Cluster.objects.filter(run=run).queue().open(), DECISIONS):
        url = reverse("migration:cluster", args=[run.program.slug, run.number, cluster.number])
        page = client.get(url).text
        found = re.search(r'name="seen" value="(\d+)"', page)
        if found is None:
            raise SystemExit(f"{url} has no form.")
        told = {"seen": found[1], "include": list(RunRow.objects.filter(cluster=cluster).values_list("key", flat=True))}
        told |= dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked', page))
        begun = _processor()
        with CaptureQueriesContext(connection) as captured:
            said = client.post(url, {"do": "merge", **told}, headers={"hx-request": "true"})
        took.append(1000 * (_processor() - begun))
        asked = len(captured)
        if said.status_code != 200:
            raise SystemExit(f"A decision answers {said.status_code}.")
        client.post(reverse("migration:undo-last", args=[run.program.slug, run.number]))
    took.sort()
    return {
        "name": f"Decision, the median of {len(took)}", "queries": asked, "first": took[-1],
        "again": took[len(took) // 2], "is_decision": True,
    }  # fmt: skip


def everything(run: Run) -> Iterator[Asked]:
    """Every page, partial, filter, order, search, file and API list over the run."""
    yield from _pages(run)
    yield from _lists(run)


HTMX = {"hx-request": "true"}


def _pages(run: Run) -> Iterator[Asked]:
    program = run.program

    def page(name: str, view: str, *args: Any, headers: dict[str, str] | None = None, **query: Any) -> Asked:
        url = reverse(f"migration:{view}", args=[program.slug, *args])
        return Asked(name, f"{url}?{urlencode(query)}" if query else url, headers or {})

    no = run.number
    rows = RunRow.objects.filter(run=run)
    middle = _middle(rows)
    record = _merged(run, middle)
    yield from (page(name, view) for name, view in (
        ("Runs", "runs"), ("New run", "run-new"), ("Data sources", "inventory"), ("Quality standard", "standard"),
        ("Hygiene audits", "audits"), ("Decisions", "decisions"), ("Duplicates", "duplicates"),
        ("Erasures", "erasures"), ("Sandbox", "sandbox"),
    ))  # fmt: skip
    yield from (page(name, view, no) for name, view in (
        ("Run", "run"), ("Profile", "profile"), ("Mapping", "mapping"), ("Records", "records"), ("Rejects", "rejects"),
        ("Rejects, file", "rejects-file"), ("Clusters", "clusters"), ("Bands", "bands"),
        ("Second looks", "second-looks"), ("Taken back", "reverts"), ("Merges", "merges"), ("Dry runs", "dry-runs"),
    ))  # fmt: skip
    yield page("Run, partial", "run", no, headers=HTMX)
    yield page("Records, deep", "records", no, after=middle)
    for state in ("ready", "held", "rejected", "archived", "absorbed"):
        yield page(f"Records, {state}", "records", no, state=state)
        yield page(f"Records, {state}, deep", "records", no, state=state, after=middle)
    for problem in ("phone", "email", "identity", "company", "date", "required", "duplicate", "stale"):
        yield page(f"Records, problem {problem}", "records", no, problem=problem)
        yield page(
            f"Records, problem {problem}, held, deep", "records", no, problem=problem, state="held", after=middle
        )
    for name, text in _searches(record):
        yield page(f"Records, search by {name}", "records", no, q=text)
        yield page(f"Records, search by {name}, rejected", "records", no, q=text, state="rejected")
        yield page(f"Search by {name}", "search", q=text)
        yield page(f"Sandbox, search by {name}", "sandbox", q=text)
        yield page(f"Erasures, search by {name}", "erasures", q=text)
    yield page("Rejects, deep", "rejects", no, after=middle)
    yield from _clusters(run, page)
    yield from _loads(run, page, middle)
    for name, query in _facets(run):
        yield page(f"Rows, {name}", "facet", no, headers=None, **query)
        yield page(f"Rows, {name}, deep", "facet", no, headers=None, **query, after=middle)
    yield page("Row", "row", record.pk)
    yield page("Record", "record", record.pk)
    yield page("Record of most rows", "record", Record.objects.filter(run=run).order_by("-rows")[:1].get().pk)
    yield page("Decisions, by key", "decisions", key=record.key)
    yield page("Decisions, by kind", "decisions", kind="different", force="yes")


def _searches(record: Record) -> Iterator[tuple[str, str]]:
    """What people type: what finds one, what finds many, what finds none."""
    yield "name", record.label
    yield "first name", record.label.split()[0]
    yield "e-mail", record.fields.get("email") or record.label
    yield "key", record.key
    yield "id", record.key.rpartition(":")[2]
    yield "part of a word", record.label.casefold()[1:4]
    yield "nothing there", "qqqqzzzz"
    yield "two words of nobody", f"{record.label.split()[0]} qqqqzzzz"


def _clusters(run: Run, page: Any) -> Iterator[Asked]:
    no = run.number
    found = Cluster.objects.filter(run=run)
    for query in (
        {"state": "open"}, {"state": "by_rule"}, {"state": "decided"}, {"score": "high"}, {"score": "low"},
        {"rule": "email"}, {"rule": "likely"}, {"rule": "details", "state": "by_rule"}, {"sort": "unsure"},
        {"sort": "size"}, {"sort": "size", "state": "by_rule"},
    ):  # fmt: skip
        yield page(f"Clusters, {', '.join(query.values())}", "clusters", no, **query)
    middle = found.count() // 2
    for deep in (
        {"after": middle}, {"before": middle}, {"after": middle, "state": "by_rule"},
        {"after": f"3.{middle}", "sort": "size"}, {"before": f"2.{middle}", "sort": "size"},
    ):  # fmt: skip
        yield page(f"Clusters, deep, {', '.join(map(str, deep.values()))}", "clusters", no, **deep)
    first, last = found.queue().open().first(), found.queue().open().last()
    for name, one in (
        ("open", first), ("open, the last", last), ("by rule", found.filter(state="by_rule").first()),
        ("of most records", found.order_by("-size")[:1].get()),
    ):  # fmt: skip
        if one is not None:
            yield page(f"Cluster, {name}", "cluster", no, one.number)
            yield page(f"Cluster, {name}, partial", "cluster", no, one.number, headers=HTMX)
    if band := run.bands.first():
        yield page("Band", "band", no, band.number)


def _loads(run: Run, page: Any, middle: int) -> Iterator[Asked]:
    no = run.number
    for stage in Stage.objects.filter(run=run, space=Space.REHEARSAL):
        yield page(f"Stage {stage.order}", "stage", no, stage.order)
        yield page(f"Stage {stage.order}, partial", "stage", no, stage.order, headers=HTMX)
        if stage.audits.exists():
            yield page("Sample", "sample", no, stage.order)
    if made := DryRun.objects.filter(run=run).first():
        yield page("Dry run", "dry-run", no, made.number)
        yield page("Spot-check", "spot-check", no, made.number)
        for outcome in ("create", "update", "unchanged", "reject"):
            yield page(f"Dry run, {outcome}", "dry-run", no, made.number, outcome=outcome)
            yield page(f"Dry run, {outcome}, deep", "dry-run", no, made.number, outcome=outcome, after=middle)
    stored = SandboxRecord.objects.all()
    if there := stored.first():
        yield page("Sandbox record", "sandbox-record", there.pk)
        yield page("Sandbox, deep", "sandbox", after=_middle(stored))


def _facets(run: Run) -> Iterator[tuple[str, dict[str, str]]]:
    """Numbers of the profile that rows stand behind: common and rare ones, and a rule."""
    for name in ("email", "phone"):
        column = next((one for one in run.summary.get("columns", []) if one["name"] == name), None)
        if column is not None:
            yield f"{name} empty", {"field": name, "kind": "empty"}
            for kind, key in (("value", "top"), ("pattern", "patterns")):
                if told := column.get(key):
                    yield f"{name}, a {kind}", {"field": name, "kind": kind, "value": told[-1][0]}
    yield "a value nobody has", {"field": "city", "kind": "value", "value": "Qqqqzzzz"}
    yield "a rule", {"field": "phone", "kind": "rule", "value": "phone.invalid"}
    yield "a rule nobody broke", {"field": "city", "kind": "rule", "value": "phone.invalid"}


def _lists(run: Run) -> Iterator[Asked]:
    base = f"/api/v1/programs/{run.program.slug}"
    no = run.number

    def one(name: str, path: str, **query: Any) -> Asked:
        return Asked(f"API {name}", f"{base}/{path}?{urlencode(query)}")

    for name in ("runs", "hygiene-audits", "source-systems", "quality-standards", "record-decisions", "samples",
                 "sandbox-records", "erasures"):  # fmt: skip
        yield one(name, f"{name}/")
    yield from (one(f"run, {name or 'one'}", f"runs/{no}/{name}") for name in (
        "", "progress/", "profile/", "mapping/", "account/", "rejects/", "rejects.csv/", "merges/", "clusters/",
        "bands/", "second-looks/", "second-looks/agreement/", "reverts/", "dry-runs/", "stages/", "stages/1/",
        "records/",
    ))  # fmt: skip
    middle, number = _middle(RunRow.objects.filter(run=run)), run.clusters.count() // 2
    record = _merged(run, middle)
    yield one("record", f"runs/{no}/records/{record.pk}/")
    yield one("records, deep", f"runs/{no}/records/", cursor=_cursor(middle))
    yield one("records, rejected, deep", f"runs/{no}/records/", state="rejected", cursor=_cursor(middle))
    yield one("records, problem phone", f"runs/{no}/records/", problem="phone")
    yield one("rejects, deep", f"runs/{no}/rejects/", cursor=_cursor(middle))
    yield one("cluster", f"runs/{no}/clusters/{number}/")
    for state in ("open", "by_rule", "decided"):
        yield one(f"clusters, {state}", f"runs/{no}/clusters/", state=state)
        yield one(f"clusters, {state}, deep", f"runs/{no}/clusters/", state=state, cursor=_cursor(number))
    for name, text in _searches(record):
        yield one(f"records, search by {name}", f"runs/{no}/records/", q=text)
        yield one(f"lineage, search by {name}", "lineage/", q=text)
        yield one(f"sandbox, search by {name}", "sandbox-records/", q=text)
    yield one("row", f"lineage/{record.pk}/")
    if made := DryRun.objects.filter(run=run).first():
        yield one("predictions", f"runs/{no}/dry-runs/{made.number}/predictions/")
        yield one("predictions, reject", f"runs/{no}/dry-runs/{made.number}/predictions/", outcome="reject")
        deep = _cursor(_middle(made.predictions))
        yield one("predictions, deep", f"runs/{no}/dry-runs/{made.number}/predictions/", cursor=deep)
        yield one("spot-check", f"runs/{no}/dry-runs/{made.number}/items/")


def _merged(run: Run, middle: int) -> Record:
    """A record of several rows, from the middle of the run on where there is one."""
    merged = Record.objects.filter(run=run, rows__gt=1).living().order_by("pk")
    return merged.filter(pk__gte=middle).first() or merged[:1].get()


def _middle(found: Any) -> int:
    """An id in the middle of what was found: the ends are read from the index."""
    first, last = found.order_by("pk").first(), found.order_by("-pk").first()
    return (first.pk + last.pk) // 2 if first else 0


def _cursor(position: int) -> str:
    """The cursor of the page behind a position."""
    return base64.b64encode(urlencode({"p": position}).encode()).decode()
