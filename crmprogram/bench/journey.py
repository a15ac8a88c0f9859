"""A generated export from upload to the last audited stage, answered from the truth: `./run bench journey`.

The review, the signatures, the spot-check and the samples are given through the services that people's
presses go through; the answers come from who is who in the export. Printed as Markdown: seconds of each step,
milliseconds of a decision at the begin and at the end of the queue, F1 over all pairs of rows, and the
account. The exit status is 1 when F1 is below 0.985, a row is lost, or a stage comes out otherwise than predicted.
DATABASE_URL names a database to use, which has to be empty; without it an SQLite file that is thrown away.

`--browser` goes the way of tests/browser/test_hygiene_journey.py instead, in Chromium against an installation of its
own, with this many rows: two people, their keys, every page from upload to next week's export. It takes the
development packages (`./run test` installs them).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from crmprogram.bench.hygiene import SEED, TODAY, size_of
from crmprogram.bench.processes import ROOT

F1 = 0.985


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through and print; how far the review is goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench journey", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=size_of, default=50_000, help="such as 1500 or 50k")
    parser.add_argument("--browser", action="store_true", help="in Chromium, page after page")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.pop("ROLLOUT_DATA_DIR", None)  # never the data of the installation
    if options.browser:
        return _in_browser(options.rows, as_json=options.json)
    os.environ["DJANGO_SETTINGS_MODULE"] = "crmprogram.settings.test"  # a folder of its own, work done at once
    django.setup()
    call_command("migrate", verbosity=0)
    write_export = import_module("crmprogram.demo.synthetic").write_export
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "export.csv"
        truth = write_export(source, options.rows, seed=SEED, today=TODAY)
        found = import_module("crmprogram.bench.answering").go_through(source, truth, told=_tell)
    sys.stderr.write("\n")
    sys.stdout.write((json.dumps(found) if options.json else table(found)) + "\n")
    wrong = failures(found)
    sys.stderr.write("".join(f"{one}\n" for one in wrong))
    return bool(wrong)


def _in_browser(rows: int, *, as_json: bool) -> int:
    """The browser test's own way with more rows; its exit status is the answer."""
    if find_spec("pytest_playwright") is None:
        sys.stderr.write("--browser takes the development packages: ./run test installs them.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        told = {**os.environ, "JOURNEY_ROWS": str(rows), "JOURNEY_FIGURES": str(figures)}
        command = [sys.executable, "-m", "pytest", "-q", "-m", "browser", "tests/browser/test_hygiene_journey.py"]
        ended = subprocess.run(command, cwd=ROOT, env=told, stdout=sys.stderr, check=False).returncode
        if figures.exists():
            found = figures.read_text()
            sys.stdout.write((found if as_json else browser_table(json.loads(found))) + "\n")
    return ended


def browser_table(found: dict[str, Any]) -> str:
    """What the browser's way came to, as Markdown."""
    return "\n".join(
        [
            f"{found['rows']:,} rows: F1 {found['before']:.4f} by rule alone, **{found['f1']:.4f}** after the review; "
            + ", ".join(f"{count:,} {name.lower()}" for name, count in found["account"].items())
            + ".",
            "",
            f"{found['decided']:,} clusters are decided, {found['keys']} of them by keys, {found['looked']:,} judged "
            f"twice. They answer {found['obeyed']:,} questions of next week's export; {found['waiting']:,} are new.",
            "",
            "| step | seconds |",
            "|---|---:|",
            *(f"| {name} | {seconds:.1f} |" for name, seconds in found["steps"].items()),
        ]
    )


def _tell(done: int) -> None:
    if done % 100 == 0:
        sys.stderr.write(f"\r{done:,} clusters are answered")
        sys.stderr.flush()


def failures(found: dict[str, Any]) -> list[str]:
    """What is not as it has to be, in sentences."""
    counts, stages = found["counts"], found["stages"]
    ends = sum(count for name, count in counts.items() if name != "read")
    said = []
    if found["f1"] < F1:
        said.append(f"F1 is {found['f1']:.4f}, below {F1}.")
    if not counts["read"] == ends == found["rows"]:
        said.append(f"{found['rows']:,} rows in the file, {counts['read']:,} read, {ends:,} accounted for.")
    said += [f"{one['name']} came out otherwise than predicted." for one in stages if one["differences"]]
    said += [f"{one['name']} is not validated: {one['wrong']}" for one in stages if one["state"] != "validated"]
    return said


def table(found: dict[str, Any]) -> str:
    """What was found, as Markdown."""
    counts, review = found["counts"], found["review"]
    lines = [
        f"{found['rows']:,} rows: F1 {found['before']:.4f} by rule alone, **{found['f1']:.4f}** after the review; "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items())
        + ".",
        "",
        "| step | seconds | of the processor |",
        "|---|---:|---:|",
        *(f"| {name} | {wall:.1f} | {cpu:.1f} |" for name, (wall, cpu) in found["steps"].items()),
        "",
        f"{review['merged']:,} clusters merged, {review['split']:,} split, {review['left']:,} left open; a decision "
        f"takes {review['first_ms']:.0f} ms of the processor at the begin of the queue, {review['last_ms']:.0f} ms "
        "at its end.",
        "",
        "| stage | created | rejected | otherwise than predicted | sample | state |",
        "|---|---:|---:|---:|---|---|",
        *(
            f"| {one['name']} | {one['create']:,} | {one['reject']:,} | {one['differences']:,} | {one['sample']} "
            f"| {one['state']} |"
            for one in found["stages"]
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
