"""Hygiene from the command line: files in, clusters, golden records, rejects and a report out (H0-H10).

    ./run manage hygiene contacts.csv --out cleaned

The same code as the worker's, without server, broker or database: this module and all it
imports know no Django, and what is not needed is not imported, for starting is part of
the time. The exit code says whether the account balances: 0 it does, 1 it does not,
2 the files or the settings were refused.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crmprogram.intake.fields import OBJECTS
from crmprogram.intake.refusal import NeedsEncoding, Refusal
from migration import pipeline
from migration.preparing import processes
from migration.reports import write_report
from migration.standard import read_json, read_standard
from migration.steps import Steps

OUTPUTS = ("clusters.csv", "records.csv", "rejects.csv", "report.json")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(
        prog="hygiene", description="Clean and de-duplicate CRM exports; writes " + ", ".join(OUTPUTS) + "."
    )
    made.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="CSV exports or workbooks; of several objects, each gets a folder of its own",
    )
    made.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the results go; made if missing")
    made.add_argument("--region", default="", help="country (ISO 3166) of records that show none; US unless told")
    made.add_argument(
        "--map", type=Path, metavar="MAP.json",
        help='a run\'s mapping as JSON, or {"header": "field"}; "custom" keeps, null drops',
    )  # fmt: skip
    made.add_argument("--standard", type=Path, metavar="STANDARD.json", help="required fields, months, vocabulary …")
    made.add_argument("--encoding", default="", help="of files that are not UTF-8, such as cp1252")
    made.add_argument(
        "--review", choices=("merge", "split", "leave"), default="leave",
        help="proposals that need a person: merge them unreviewed, split them, or leave them to be decided (default)",
    )  # fmt: skip
    made.add_argument("--processes", type=int, default=0, metavar="N", help="as many as there are processors")
    made.add_argument("--json", action="store_true", help="print the report on standard output")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    begun = time.perf_counter() - time.process_time()  # what importing took counts
    options = parser().parse_args(arguments)
    try:
        standard = read_standard(options.standard, region=options.region)
        mapping = read_json(options.map) if options.map else {}
        for path in options.files:
            if not path.is_file():
                raise ValueError(f"{path} is no file.")
        options.out.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        return refuse(str(error))
    gc.disable()  # millions of rows without a cycle among them: looking for one would take a third of the time
    steps = Steps(begun, say)
    try:
        report = pipeline.clean_files(
            options.files, options.out, standard=standard, mapping=mapping, encoding=options.encoding,
            review=options.review, steps=steps, processes=processes(options.processes),
        )  # fmt: skip
    except NeedsEncoding as asks:
        return refuse(f"{asks} Say it with --encoding: {', '.join(one.encoding for one in asks.proposals)}.")
    except (Refusal, ValueError, OSError) as error:
        return refuse(str(error))
    finally:
        gc.enable()
    write_report(options.out, report)
    told = json.dumps(report, ensure_ascii=False) if options.json else summary(report, options.out)
    sys.stdout.write(told + "\n")
    return 0 if report["balanced"] else 1


def say(text: str) -> None:
    """Tell progress."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def refuse(sentence: str) -> int:
    """Say why nothing was done."""
    say(f"hygiene: {sentence}")
    return 2


def summary(report: dict[str, Any], out: Path) -> str:
    """What a person reads at the end."""
    counts, records = report["clusters"], report["records"]
    lines = [
        report["says"],
        f"{counts['automatic']:,} clusters merged by rule, {counts['proposals']:,} proposals "
        f"({report['review']['rows']:,} rows): {report['review']['says']}",
        "Records: " + ", ".join(f"{records[name]:,} {name}" for name in records) + ".",
        *(f"{OBJECTS[name]}: {one['says']}" for name, one in report.get("objects", {}).items()),
        *([f"Links: {report['links']['says']}"] if "links" in report else []),
        f"{report['seconds']['total']:.1f} s, {report['rows_per_second']:,} rows/s, "
        f"{report['peak_memory_mb']:,} MB at most. Written to {out}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
