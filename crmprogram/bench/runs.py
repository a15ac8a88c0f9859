"""Runs of the application against the command line, in one go: `./run bench runs`.

A generated export is uploaded through the service, read and cleaned by worker processes
that take their work from the database as everywhere; beside it the command line cleans
the same file. `--database postgresql` starts the server of the development packages,
without durability; a DATABASE_URL of one's own is used as it is. The table is Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from crmprogram.bench.hygiene import SEED, TODAY, size_of
from crmprogram.bench.processes import ROOT, inside, timed
from crmprogram.demo.synthetic import write_export

SERVICES = ROOT / "tests" / "services.py"
STEPS = ("upload", "read", "profile", "standardise", "match", "account")


# --- measuring -----------------------------------------------------------------------------


def command_line(source: Path, folder: Path) -> dict[str, float]:
    """Seconds, processor seconds and memory of the command line from start to exit."""
    used = _children()
    command = [sys.executable, "manage.py", "hygiene", str(source), "--out", str(folder / "out"), "--review", "leave"]
    run = timed(command)
    return {"seconds": run.seconds, "processor": _children() - used, "peak_mb": run.peak_mb}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def application(source: Path, count: int) -> dict[str, Any]:
    """What `put_through` says, in a process, a data folder and a database of its own."""
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder)) as url:
        told = {
            **os.environ, "DATABASE_URL": url, "ROLLOUT_DATA_DIR": folder, "LOG_LEVEL": "WARNING", "LOOPBACK": "1",
            "JOB_WORKERS": str(count), "DJANGO_SETTINGS_MODULE": "crmprogram.settings.dev",
        }  # fmt: skip
        command = [*inside("put_through"), str(source), str(count)]
        said = subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, check=True).stdout
    made: dict[str, Any] = json.loads(said)
    return made


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """A database that nobody else uses: a file, or one of the server that DATABASE_URL names."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder / 'rollout.sqlite3'}"
        return
    name = f"rollout_bench_{os.getpid()}"
    address, _, query = url.partition("?")
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{address.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def measure(rows: int, workers: Sequence[int], database: str) -> dict[str, Any]:
    """Everything about one size; the command line first, then each number of workers."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "contacts.csv"
        write_export(source, rows, seed=SEED, today=TODAY)
        made: dict[str, Any] = {"rows": rows, "database": database, "command line": command_line(source, Path(name))}
        made["application"] = {count: _said(rows, count, application(source, count)) for count in workers}
    return made


def _said(rows: int, count: int, made: dict[str, Any]) -> dict[str, Any]:
    sys.stderr.write(f"{rows:,} rows, {count} workers: {total(made['steps']):.1f} s\n")
    return made


def total(steps: dict[str, list[float]], what: int = 0) -> float:
    """Seconds (0) or processor seconds (1) of all steps."""
    return sum(one[what] for one in steps.values())


def table(found: Sequence[dict[str, Any]]) -> str:
    """The results as Markdown: seconds, and processor seconds in brackets."""
    names = [*STEPS, *dict.fromkeys(
        step for one in found for app in one["application"].values() for step in app["steps"]
        if step not in STEPS and step != "balance"
    )]  # fmt: skip
    names = [name for name in names if any(name in a["steps"] for one in found for a in one["application"].values())]
    lines = [
        f"| rows | database | workers | {' | '.join(names)} | all | rows/s | command line | ratio | peak MB a worker |",
        "|---" * (len(names) + 8) + "|",
    ]
    for one in found:
        line = one["command line"]
        for count, app in one["application"].items():
            steps = app["steps"]
            parts = " | ".join("{:.1f} ({:.1f})".format(*steps.get(name, (0, 0))) for name in names)
            everything = total(steps)
            lines.append(
                f"| {one['rows']:,} | {one['database']} | {count} | {parts} | {everything:.1f} ({total(steps, 1):.1f}) "
                f"| {one['rows'] / everything:,.0f} | {line['seconds']:.1f} ({line['processor']:.1f}) "
                f"| {everything / line['seconds']:.1f} | {app['peak_mb']:,.0f} |"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; how far it is goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench runs", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", default="20k,100k", help="sizes, such as 20k,100k,1m")
    parser.add_argument("--workers", default="1,2", help="numbers of worker processes")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    options = parser.parse_args(arguments)
    if options.database == "postgresql" and not os.environ.get("DATABASE_URL"):
        again = [sys.executable, "-m", "crmprogram.bench.runs", *(sys.argv[1:] if arguments is None else arguments)]
        return subprocess.run([sys.executable, str(SERVICES), "--", *again], cwd=ROOT, check=False).returncode
    if options.database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    workers = list(map(int, options.workers.split(",")))
    found = [measure(rows, workers, options.database) for rows in map(size_of, options.rows.split(","))]
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")
    before = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    sys.stderr.write(f"Load average of the last minute: {before:.1f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
