"""Queries and server time of the main pages on a large program: `./run bench pages`.

The program has 500 members, 60 requirements, five gates and 100,000 lines of history. Each page is
asked for through the whole of Django, without a network, beside a page that does nothing in the same
process; once on SQLite, once on the embedded PostgreSQL where it is installed. The table is Markdown;
the exit status is 1 when the overview or the gate page breaks a bar.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
MOST_QUERIES, MOST_MS = 20, 100
BARRED = ("Overview", "Gate")
PAGES = {
    "A bare Django page": "/bare/",
    "Overview": "/p/{slug}/",
    "Gate": "/p/{slug}/gates/4/",
    "Gate, signed": "/p/{slug}/gates/1/",
    "Members": "/p/{slug}/members/",
    "History": "/p/{slug}/history/",
    "Process map": "/p/{slug}/audit/map/",
    "Map, side by side": "/p/{slug}/audit/map/?state=both",
    "Gaps": "/p/{slug}/audit/gaps/",
    "Must-haves": "/p/{slug}/audit/must-haves/",
    "Requirements": "/p/{slug}/audit/requirements/",
    "Configuration": "/p/{slug}/audit/configuration/",
    "RACI": "/p/{slug}/raci/",
    "Failure modes": "/p/{slug}/failure-modes/",
}
WARM, TIMES = 3, 15


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./run bench pages", description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--history", type=int, default=100_000, help="lines of the audit trail")
    parser.add_argument("--sql", metavar="PAGE", help="print what this page asks, on SQLite, and end")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # measure this database, print JSON
    asked = parser.parse_args(argv)
    if asked.here:
        say(json.dumps(measure(asked.members, asked.history, asked.sql)))
        return 0
    said = [f"--members={asked.members}", f"--history={asked.history}"]
    if asked.sql:
        with sqlite() as url:
            say("\n".join(measured(url, [*said, f"--sql={asked.sql}"])))
        return 0
    found: dict[str, dict[str, Any]] = {}
    for name, database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with database() as url:
            if url:
                found[name] = measured(url, said)
            else:
                say(f"{name} is not installed here (it comes with ./run test), so it is not measured.\n")
    say(table(found, asked.members, asked.history))
    broken = [
        f"{page} on {name}: {row['queries']} queries, {row['ms']:.0f} ms"
        for name, rows in found.items()
        for page, row in rows.items()
        if page in BARRED and (row["queries"] > MOST_QUERIES or row["ms"] > MOST_MS)
    ]
    held = f"Broken: {'; '.join(broken)}." if broken else "Held."
    say(f"\nBars: at most {MOST_QUERIES} queries and {MOST_MS} ms for {' and '.join(BARRED).lower()}. {held}")
    return bool(broken)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


@contextmanager
def postgresql() -> Iterator[str]:
    """The embedded server of the test tools, "" where it is not installed."""
    try:
        tools = importlib.import_module("tests.services")
        server = tools.postgres()
        url = server.__enter__()
    except (ImportError, RuntimeError):
        yield ""
        return
    try:
        yield url
    finally:
        server.__exit__(None, None, None)


def measured(url: str, said: list[str]) -> Any:
    """What a process of its own measures on the database at `url`."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "crmprogram.settings.test",
            "ROLLOUT_DATA_DIR": folder,
        }
        command = [sys.executable, "-m", "crmprogram.bench.pages", "--here", *said]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(members: int, history: int, sql: str | None = None) -> Any:
    """Queries, best and median milliseconds by page; with `sql` the statements of that page."""
    django.setup()
    tools = {name: importlib.import_module(name) for name in ("django.core.management", "django.test", "django.db")}
    tools["django.core.management"].call_command("migrate", verbosity=0)
    program, ops = importlib.import_module("crmprogram.bench.big_program").make(members=members, history=history)
    with tools["django.test"].override_settings(ROOT_URLCONF="crmprogram.bench.bare"):
        client = tools["django.test"].Client(headers={"host": "localhost"})
        client.force_login(ops)
        connection = tools["django.db"].connection
        if sql:
            return _asked(client, connection, PAGES[sql].format(slug=program.slug))
        return {name: _page(client, connection, path.format(slug=program.slug)) for name, path in PAGES.items()}


def _asked(client: Any, connection: Any, url: str) -> list[str]:
    capture = importlib.import_module("django.test.utils").CaptureQueriesContext
    for _ in range(2):  # the first request fills what is kept for good
        with capture(connection) as asked:
            answer = client.get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answers {answer.status_code}.")
    return [one["sql"] for one in asked.captured_queries]


def _page(client: Any, connection: Any, url: str) -> dict[str, float]:
    queries = len(_asked(client, connection, url))
    for _ in range(WARM):
        client.get(url)
    wall, processor = [], []
    for _ in range(TIMES):
        begun, worked = time.perf_counter(), time.process_time()
        client.get(url)
        wall.append(1000 * (time.perf_counter() - begun))
        processor.append(1000 * (time.process_time() - worked))
    return {"queries": queries, "ms": min(wall), "median": median(wall), "cpu": min(processor)}


def table(found: dict[str, dict[str, Any]], members: int, history: int) -> str:
    """One row a page; for each database queries, milliseconds and those above a bare page."""
    lines = [
        f"{members} members, 60 requirements, 5 gates, {history:,} lines of history; ms: the best of {TIMES} requests,",
        "which is what the page costs while the machine does nothing else; processor ms: the part spent in Python.",
        "",
        "| Page | " + " | ".join(f"{name} queries | ms | median ms | processor ms" for name in found) + " |",
        "|---|" + "---:|---:|---:|---:|" * len(found),
    ]
    for page in PAGES:
        cells = []
        for rows in found.values():
            row = rows[page]
            cells.append(f"{row['queries']} | {row['ms']:.1f} | {row['median']:.1f} | {row['cpu']:.1f}")
        lines.append(f"| {page} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
