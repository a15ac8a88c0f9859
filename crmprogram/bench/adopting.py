"""What `bench adoption` measures: loading events, computing weeks, a new day, the dashboard."""

from __future__ import annotations

import csv
import io
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from adoption.events import Event
from adoption.metrics import Week
from adoption.models import Activity, Counting, Rep, RepState
from adoption.services import weeks
from adoption.services.importing import Answers, import_file
from adoption.services.storing import FIELDS, store_events
from crmprogram.intake.models import Upload
from crmprogram.program import clock
from crmprogram.program.models import Membership, Program, Role, Team

SLICE, CHUNK, PEER_MOST, SMALL = 50_000, 5_000, 1_000_000, 50_000
TEAMS, DAYS_A_WEEK, PAGES = 10, 5, 7
KINDS = ("call", "call", "email", "email", "meeting", "task")


class Plan(NamedTuple):
    """How much, for how many, over how long; `last` is the Monday of the newest whole week."""

    events: int
    reps: int
    weeks: int
    last: date

    @property
    def first(self) -> date:
        return self.last - timedelta(weeks=self.weeks - 1)


class Timed:
    """Seconds of a block: by the clock, and of this process alone."""

    def __enter__(self) -> Timed:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._wall
        self.cpu = time.process_time() - self._cpu


def generated(plan: Plan, source: str) -> Iterator[Any]:
    """Yield events spread evenly over reps and working days, in no order of time; the same for the same plan."""

    rng = random.Random(f"{plan.events}:{plan.reps}:{plan.weeks}")  # noqa: S311, not a secret, must repeat
    days = [plan.first + timedelta(weeks=n // 5, days=n % 5) for n in range(plan.weeks * DAYS_A_WEEK)]
    for number in range(plan.events):
        day = days[rng.randrange(len(days))]
        at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC) + timedelta(seconds=rng.randrange(36_000))
        kind = KINDS[rng.randrange(len(KINDS))]
        rank = f"{at:%Y%m%d%H%M%S}1"
        yield Event(source, f"{number:09d}", f"rep {rng.randrange(plan.reps)}", kind, day, at, at, "", rank)


def slices(events: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while part := list(islice(events, size)):
        yield part


def prepare(plan: Plan) -> tuple[Any, Any]:
    """Make the program with its teams and reps, and the counting the events belong to."""

    user = get_user_model().objects.create_user("bench", password=None)
    begins = plan.first - timedelta(days=14)
    program = Program.objects.create(
        slug="bench", name="Bench", company="Bench", kind="rollout", seats=plan.reps, starts_on=begins,
        go_live_on=plan.first, time_zone="UTC", currency="EUR",
    )  # fmt: skip
    Membership.objects.create(program=program, user=user, role=Role.SALES_OPS, accepted_at=clock.now())
    teams = [
        Team.objects.create(program=program, name=f"Team {n + 1}", seats=plan.reps // TEAMS, go_live_on=plan.first)
        for n in range(TEAMS)
    ]
    Rep.objects.bulk_create(
        Rep(program=program, number=n + 1, key=f"rep {n}", state=RepState.COUNTED, team=teams[n % TEAMS])
        for n in range(plan.reps)
    )
    for _ in range(plan.reps):
        program.next_number("rep")
    upload = Upload.objects.create(
        program=program, number=program.next_number("upload"), name="bench.csv", key="0" * 32, size_bytes=0,
        sha256="0" * 64, state="reading", object="activity", uploaded_by=user,
    )  # fmt: skip
    counting = Counting.objects.create(
        program=program, upload=upload, object="activity", zone="UTC", as_of=plan.last, started_by=user
    )
    return program, counting


def peer_rows(program: Any, counting: Any, events: Sequence[Any]) -> list[list[Any]]:
    """The same events as rows ready for the database, prepared outside of the time that is taken."""

    reps, adapt = dict(Rep.objects.of(program).values_list("key", "pk")), connection.ops
    return [
        [
            program.pk, one.source, one.event_id, reps[one.owner], one.kind, one.why_not, one.rank,
            adapt.adapt_datefield_value(one.logged_on), adapt.adapt_datetimefield_value(one.logged_at),
            adapt.adapt_datetimefield_value(one.occurred_at), str(Week.of(one.logged_on)), counting.pk, False,
        ]
        for one in events
    ]  # fmt: skip


def load(plan: Plan, program: Any, counting: Any, *, skip: int, upto: int) -> dict[str, float]:
    """Store events `skip` to `upto` through the service, and beside them a slice by the bulk path for each."""

    ours = islice(generated(plan, "ours"), skip, upto)
    peers = islice(generated(plan, "peer"), skip, min(upto, PEER_MOST))
    spent = {"ours": 0.0, "ours_beside": 0.0, "peer": 0.0, "ours_rows": 0, "peer_rows": 0}
    of = {field.name: str(field.column) for field in Activity._meta.concrete_fields}
    columns = [of[name] for name in FIELDS]
    names = ", ".join(map(connection.ops.quote_name, columns))
    table = connection.ops.quote_name(Activity._meta.db_table)
    for part in slices(ours, SLICE):
        other = peer_rows(program, counting, list(islice(peers, SLICE)))
        if other:
            with Timed() as took, transaction.atomic(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                        for row in other:
                            copy.write_row(row)
                else:
                    marks = ", ".join(["%s"] * len(columns))
                    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", other)  # noqa: S608, names of our own
            spent["peer"] += took.seconds
            spent["peer_rows"] += len(other)
        with Timed() as took:
            for chunk in slices(iter(part), CHUNK):
                with transaction.atomic():
                    store_events(counting, chunk)
        spent["ours"] += took.seconds
        spent["ours_rows"] += len(part)
        if other:
            spent["ours_beside"] += took.seconds * len(other) / len(part)
    Activity.objects.filter(program=program, source="peer").delete()
    return spent


def dashboard(program: Any) -> dict[str, float]:
    """Queries, and the median milliseconds of this process, of the dashboard as Sales Ops sees it."""

    client = Client()
    client.force_login(get_user_model().objects.get(username="bench"))
    url = f"/p/{program.slug}/adoption/"
    client.get(url)  # templates are compiled once
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    took = [_of(lambda: client.get(url)) for _ in range(PAGES)]
    return {"queries": len(asked), "ms": statistics.median(took) * 1000}


def _of(do: Callable[[], object]) -> float:
    with Timed() as took:
        do()
    return took.cpu


def recompute(program: Any) -> tuple[float, float]:
    """Seconds and processor seconds of every week, from the events."""
    with Timed() as took, transaction.atomic():
        weeks.recompute(program)
    return took.seconds, took.cpu


def new_day(plan: Plan, program: Any, rows: int, day: date) -> tuple[float, float]:
    """Seconds, and processor seconds, from a file of one new day to fresh weeks, as the command line imports it."""

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Record ID", "Activity type", "Activity assigned to", "Activity date", "Create Date"])
    for n in range(rows):
        at = f"{day} {7 + n % 10:02d}:{n % 60:02d}:{n // 60 % 60:02d}"
        writer.writerow([f"{day:%y%m%d}{n}", "Call", f"rep {n % plan.reps}", at, at])
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        file.write(out.getvalue())
        file.flush()
        user = get_user_model().objects.get(username="bench")
        with Timed() as took:
            import_file(program=program, by=user, path=Path(file.name), answers=Answers(zone="UTC"))
    return took.seconds, took.cpu


def plan_of(events: int, reps: int, weeks: int) -> Plan:
    """The plan whose newest whole week is the one before last: the new days lie in the last."""
    today = clock.now().date()
    return Plan(events, reps, weeks, today - timedelta(days=today.weekday() + 14))


def measure(plan: Plan) -> dict[str, Any]:
    """Everything about one size; says what it does on standard error."""

    if Program.objects.exists():
        raise SystemExit("This database is in use; name an empty one.")
    program, counting = prepare(plan)
    small = min(SMALL, plan.events)
    tell(f"{small:,} events on {connection.vendor}")
    load(plan, program, counting, skip=0, upto=small)
    recompute(program)
    pages = {small: dashboard(program)}
    tell(f"up to {plan.events:,} events")
    spent = load(plan, program, counting, skip=small, upto=plan.events) if plan.events > small else {}
    tell("every week again")
    seconds = recompute(program)
    pages[plan.events] = dashboard(program)
    tell("a new day")
    monday = plan.last + timedelta(weeks=1)
    new_day(plan, program, 100, monday)  # what is loaded once is loaded
    sizes = (1_000, 10_000)
    days = {rows: new_day(plan, program, rows, monday + timedelta(days=n)) for n, rows in enumerate(sizes, start=1)}
    return {
        "plan": plan,
        "vendor": connection.vendor,
        "load": spent,
        "recompute": seconds,
        "pages": pages,
        "days": days,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def tell(text: str) -> None:
    sys.stderr.write(f"{text} …\n")


def table(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    plan, spent = found["plan"], found["load"]
    lines = [f"{plan.events:,} events, {plan.reps} reps, {plan.weeks} weeks, {found['vendor']}", ""]
    lines += ["| | |", "|---|---|"]
    if spent.get("peer_rows"):
        ratio = (spent["peer_rows"] / spent["ours_beside"]) / (spent["peer_rows"] / spent["peer"])
        lines += [
            f"| stored by the service | {spent['ours_rows'] / spent['ours']:,.0f} rows/s |",
            f"| the database's own bulk path | {spent['peer_rows'] / spent['peer']:,.0f} rows/s |",
            f"| ratio, same run, same table | {ratio:.2f} |",
        ]
    took = {"every week computed again": found["recompute"]}
    took |= {f"new day, {rows:,} rows, file to fresh weeks": one for rows, one in found["days"].items()}
    lines += [f"| {name} | {one[0]:.2f} s, {one[1]:.2f} s of this process |" for name, one in took.items()]
    lines += [
        f"| dashboard at {size:,} events | {page['queries']} queries, {page['ms']:.0f} ms |"
        for size, page in found["pages"].items()
    ]
    lines.append(f"| most memory of this process | {found['peak_mb']:,.0f} MB |")
    return "\n".join(lines)
