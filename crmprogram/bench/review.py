"""Every page and list of data work over a run of a million rows: `./run bench review --rows 1m`.

A generated export goes through upload, cleaning, the signature of its merges, a dry run and the load of
its smallest stage. Then each page, filter, order, search, file and API list is asked for through the whole of Django,
without a network: the first time with nothing kept from before, then again. A line tells its queries and the
processor milliseconds of Python and the database together, so that other work on the machine does not count.
The exit status is 1 when one breaks a bar. `--steps` takes the steps instead of the pages: dry run, stages with
their samples, hygiene audit, rollback, an erasure. `--keep FOLDER` keeps the program made on SQLite, and measures
the one that lies there; `--database postgresql` starts the server of the development packages.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crmprogram.bench.hygiene import SEED, TODAY, size_of
from crmprogram.bench.processes import ROOT
from crmprogram.bench.runs import SERVICES, own_database
from crmprogram.demo.synthetic import write_export

MOST_QUERIES, MOST_MS, DECISION_MS = 20, 300, 150
WORKERS = 2


def inside(what: str, where: str = "reviewing") -> list[str]:
    """The command of a process that does something of `reviewing` with the application set up."""
    said = f"import django; django.setup(); from crmprogram.bench import {where} as r; r.{what}()"
    return [sys.executable, "-c", said]


def measure(rows: int, keep: Path | None, only: str, *, steps: bool = False) -> Any:
    """What a process says that walks a program of `rows` rows, or takes its `steps`; it is made where none lies."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        with own_database(place) as url:
            told = {
                **os.environ, "DATABASE_URL": url, "ROLLOUT_DATA_DIR": str(place), "LOG_LEVEL": "WARNING",
                "LOOPBACK": "1", "DJANGO_SETTINGS_MODULE": "crmprogram.settings.dev",
            }  # fmt: skip
            source = place / "contacts.csv"
            if not source.exists():
                write_export(source, rows, seed=SEED, today=TODAY)
            subprocess.run([*inside("prepare"), str(source), str(WORKERS)], cwd=ROOT, env=told, check=True)
            command = [*inside("behind", "behind"), str(WORKERS)] if steps else [*inside("walk"), only]
            walked = subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, check=True)
    return json.loads(walked.stdout.splitlines()[-1])


def broken(found: dict[str, Any]) -> list[str]:
    """The lines above a bar, in sentences."""
    said = []
    for one in found["lines"]:
        most = DECISION_MS if one["is_decision"] else MOST_MS
        if one["again"] > most or (one["queries"] > MOST_QUERIES and not one["is_decision"]):
            said.append(f"{one['name']}: {one['again']:.0f} ms, {one['queries']} queries.")
    return said


def table(found: dict[str, Any], database: str) -> str:
    """What was found, as Markdown; the dearest first."""
    lines = [
        f"{database}: {found['rows']:,} rows, {found['records']:,} records, {found['clusters']:,} clusters, "
        f"{found['open']:,} of them open, {found['predictions']:,} predictions, {found['loaded']:,} records loaded.",
        "",
        "| page, file or list | queries | first ms | again ms |",
        "|---|---:|---:|---:|",
    ]
    for one in sorted(found["lines"], key=lambda one: -one["again"]):
        lines.append(f"| {one['name']} | {one['queries']} | {one['first']:.0f} | {one['again']:.0f} |")
    return "\n".join(lines)


def steps_table(found: list[dict[str, Any]]) -> str:
    """The steps behind the review, as Markdown, in their order."""
    lines = [
        "| step | records | seconds | processor s | records/s | peak MB a worker |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        pace = f"{one['records'] / one['seconds']:,.0f}" if one["records"] > 1 and one["seconds"] else ""
        peak = f"{one['peak_mb']:,.0f}" if one["peak_mb"] else ""
        told = f"{one['records']:,} | {one['seconds']:.1f} | {one['processor']:.1f} | {pace} | {peak}"
        lines.append(f"| {one['name']} | {told} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; what breaks a bar goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench review", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=size_of, default=1_000_000, help="such as 100k or 1m")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--keep", type=Path, help="a folder for the program, to be measured again")
    parser.add_argument("--only", default="", help="only lines with this in their names, with their statements")
    parser.add_argument("--steps", action="store_true", help="the steps behind the review instead of the pages")
    options = parser.parse_args(arguments)
    if options.database == "postgresql" and not os.environ.get("DATABASE_URL"):
        again = [sys.executable, "-m", "crmprogram.bench.review", *(sys.argv[1:] if arguments is None else arguments)]
        return subprocess.run([sys.executable, str(SERVICES), "--", *again], cwd=ROOT, check=False).returncode
    if options.database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    found = measure(options.rows, options.keep and options.keep.resolve(), options.only, steps=options.steps)
    if options.steps:
        sys.stdout.write(steps_table(found) + "\n")
        return 0
    sys.stdout.write(table(found, options.database) + "\n")
    wrong = broken(found)
    sys.stderr.write("".join(f"{one}\n" for one in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
