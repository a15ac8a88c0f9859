"""The report over several objects: what each tells, summed, and what became of the pointers between them (H0, H8)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from migration.hygiene.account import Account
from migration.linking import Linking, Tally
from migration.steps import Steps

SUMMED = ("rows", "clusters", "records", "problems", "values_changed")


def write_report(folder: Path, report: Mapping[str, Any]) -> None:
    """Write report.json into a folder."""
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")


def summed(reports: Mapping[str, Mapping[str, Any]], links: Linking, steps: Steps) -> dict[str, Any]:
    """One report of all objects, `objects` telling them apart."""
    account = sum((Account(**one["rows"]) for one in reports.values()), Account())
    total = time.perf_counter() - steps.begun
    reviews = [one["review"] for one in reports.values()]
    waiting = sum(one["rows"] for one in reviews)
    return {
        "rows": _sum(one["rows"] for one in reports.values()),
        "balanced": account.balanced and all(one["balanced"] for one in reports.values()),
        "says": account.says(),
        "files": [file for one in reports.values() for file in one["files"]],
        "objects": {
            obj: {name: one[name] for name in ("rows", "balanced", "says", "clusters", "records")}
            for obj, one in reports.items()
        },
        "links": told(links),
        **{name: _sum(one[name] for one in reports.values()) for name in SUMMED[1:]},
        "review": {
            **reviews[0],
            "rows": waiting,
            "records": sum(one["records"] for one in reviews),
            "says": next((one["says"] for one in reviews if one["rows"]), reviews[0]["says"]),
        },
        "seconds": {**{name: round(one, 3) for name, one in steps.seconds.items()}, "total": round(total, 3)},
        "rows_per_second": round(account.read / total) if total else 0,
        "peak_memory_mb": max(one["peak_memory_mb"] for one in reports.values()),
    }


def told(links: Linking) -> dict[str, Any]:
    """The pointers between the objects, counted: all, and by field."""
    whole = sum(links.tallies.values(), Tally())
    return {
        **asdict(whole),
        "says": f"{whole.pointers:,} pointers = {whole.followed:,} followed + {whole.missing:,} to nothing; "
        f"{whole.moved:,} moved, {whole.own + whole.circles:,} cut.",
        "fields": {name: asdict(one) for name, one in links.tallies.items()},
    }


def _sum(tables: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tables of counts, added name by name."""
    made: dict[str, Any] = {}
    for table in tables:
        for name, one in table.items():
            if isinstance(one, Mapping):
                made[name] = _sum([made.get(name, {}), one])
            else:
                made[name] = made.get(name, 0) + one
    return made
