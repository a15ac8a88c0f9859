"""Quality, time and memory of hygiene on generated contacts with truth: `./run bench hygiene`.

The command line is run as a person runs it, from start to exit. Beside it, in the same
run: what a spreadsheet would do (equal e-mail, then equal phone, with pandas), and Splink
where SPLINK_PYTHON names a Python that has it. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from crmprogram.bench import linking
from crmprogram.bench.processes import ROOT, timed
from crmprogram.bench.profiled import profiled, table
from crmprogram.bench.scores import b_cubed, pairwise, wrong_by_trap
from crmprogram.demo.synthetic import Truth, write_export

TODAY = date(2026, 11, 1)
SEED = 7
STANDARD = {"today": TODAY.isoformat(), "date_orders": {"birth_date": "MDY", "last_activity_at": "MDY"}}
PEER = ROOT / "crmprogram" / "bench" / "splink_peer.py"
LINKED = 100_000  # contacts up to which records that point at each other are measured too
THRESHOLDS = ("0.5", "0.9", "0.99", "0.999", "0.9999")  # the best is chosen with the truth: the peer's best case


def clusters_of(path: Path) -> dict[str, str]:
    """source_id -> cluster_id."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["source_id"]: row["cluster_id"] for row in csv.DictReader(file)}


def spreadsheet(path: Path) -> dict[str, str]:
    """What a spreadsheet does: rows of one e-mail address are one, those without of one number."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, engine="c")
    mail = frame["Email"].str.strip().str.lower()
    phone = frame["Phone"].str.replace(r"\D", "", regex=True)
    key = mail.where(mail != "", phone.where(phone == "", "+" + phone))
    key = key.where(key != "", frame["Id"])
    return dict(zip(frame["Id"], key, strict=True))


def judge(found: dict[str, str], truth: Truth) -> dict[str, Any]:
    """Scores of a clustering."""
    ids = list(truth.person)
    ours, true = [found[one] for one in ids], [str(truth.person[one]) for one in ids]
    pairs = pairwise(ours, true)
    return {
        "precision": pairs.precision,
        "recall": pairs.recall,
        "f1": pairs.f1,
        "b_cubed": b_cubed(ours, true).f1,
        "traps": wrong_by_trap(ours, true, [truth.traps[one] for one in ids]),
    }


def _files(rows: int, folder: Path) -> tuple[Path, Path, Truth]:
    """Contacts with their truth, and the standard they are cleaned by."""
    source, standard = folder / "contacts.csv", folder / "standard.json"
    standard.write_text(json.dumps(STANDARD), encoding="utf-8")
    return source, standard, write_export(source, rows, seed=SEED, today=TODAY)


def measure(rows: int, folder: Path) -> dict[str, Any]:
    """Everything about one size."""
    source, standard, truth = _files(rows, folder)
    made: dict[str, Any] = {"rows": rows, "peers": {}}
    for name, review in (("automatic", "leave"), ("with proposals", "merge")):
        out = folder / review
        command = [sys.executable, "manage.py", "hygiene", str(source), "--out", str(out), "--review", review]
        made["run"] = timed([*command, "--standard", str(standard)])
        made[name] = judge(clusters_of(out / "clusters.csv"), truth)
        made["report"] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    begun = time.perf_counter()
    found = spreadsheet(source)
    made["peers"]["spreadsheet (pandas)"] = (time.perf_counter() - begun, judge(found, truth))
    if python := os.environ.get("SPLINK_PYTHON"):
        made["peers"]["Splink, same cleaning"] = splink(python, source, standard, folder, truth)
    return made


def splink(python: str, source: Path, standard: Path, folder: Path, truth: Truth) -> tuple[float, dict[str, Any]]:
    """Seconds of the same cleaning and Splink at one threshold, and its scores at its best threshold."""
    cleaned = folder / "cleaned.csv"
    first = timed([sys.executable, "-m", "crmprogram.bench.cleaned", str(source), str(standard), str(cleaned)])
    second = timed([python, str(PEER), str(cleaned), str(folder), "0.99"])
    timed([python, str(PEER), str(cleaned), str(folder), *THRESHOLDS])
    scores = [judge(clusters_of(folder / f"{float(one)}.csv"), truth) for one in THRESHOLDS]
    return first.seconds + second.seconds, max(scores, key=lambda one: one["f1"])


def tables(found: Sequence[dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = ["| rows | | precision | recall | F1 | B-cubed |", "|---|---|---|---|---|---|"]
    for one in found:
        peers = {name: scores for name, (_, scores) in one["peers"].items()}
        for name, scores in {"automatic": one["automatic"], "with proposals": one["with proposals"], **peers}.items():
            numbers = " | ".join(f"{scores[key]:.3f}" for key in ("precision", "recall", "f1", "b_cubed"))
            lines.append(f"| {one['rows']:,} | {name} | {numbers} |")
    lines += ["", "| rows | seconds | rows/s | peak MB | by step | against peers |", "|---|---|---|---|---|---|"]
    for one in found:
        steps = ", ".join(f"{name} {took:.1f}" for name, took in one["report"]["seconds"].items() if name != "total")
        run = one["run"]
        ratio = ", ".join(
            f"{name} {took:.1f} s ({took / run.seconds:.1f} x)" for name, (took, _) in one["peers"].items()
        )
        speed = f"{run.seconds:.1f} | {one['rows'] / run.seconds:,.0f} | {run.peak_mb:,.0f}"
        lines.append(f"| {one['rows']:,} | {speed} | {steps} | {ratio} |")
    lines += ["", "| rows | trap | records | wrong, automatic | wrong, with proposals |", "|---|---|---|---|---|"]
    for one in found:
        full = one["with proposals"]["traps"]
        for trap, (wrong, size) in one["automatic"]["traps"].items():
            lines.append(f"| {one['rows']:,} | {trap.replace('_', ' ')} | {size:,} | {wrong} | {full[trap][0]} |")
    if linked := [one["linked"] for one in found if "linked" in one]:
        lines += ["", linking.table(linked)]
    return "\n".join(lines)


def profile(rows: int, folder: Path) -> str:
    """Where the time of one size goes, as a table."""
    source, standard = _files(rows, folder)[:2]
    return table(rows, *profiled(source, standard, folder / "out"))


def size_of(text: str) -> int:
    """Rows in words: 10k, 100k, 1m."""
    scale = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(text.rstrip("kKmM")) * scale


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; one line per step goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench hygiene", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", default="10k,100k", help="sizes, such as 10k,100k,1m")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--profile", action="store_true", help="print where the time goes, function by function")
    options = parser.parse_args(arguments)
    found: list[dict[str, Any]] = []
    for rows in map(size_of, options.rows.split(",")):
        sys.stderr.write(f"{rows:,} rows …\n")
        with tempfile.TemporaryDirectory() as folder:
            if options.profile:
                sys.stdout.write(profile(rows, Path(folder)) + "\n\n")
            else:
                found.append(measure(rows, Path(folder)))
                if rows <= LINKED:
                    standard = Path(folder) / "standard.json"
                    found[-1]["linked"] = linking.measure(rows, Path(folder), seed=SEED, today=TODAY, standard=standard)
    if options.profile:
        return 0
    sys.stdout.write((json.dumps(found, default=list) if options.json else tables(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
