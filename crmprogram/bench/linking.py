"""Accounts, contacts and deals cleaned together, against their truth: what links earn, and whether pointers follow."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from crmprogram.bench.processes import timed
from crmprogram.bench.scores import Score, pairwise
from crmprogram.demo.linked import Linked, write_linked

FILES = ("accounts.csv", "contacts.csv", "deals.csv")
Records = Mapping[str, Mapping[str, str]]


class Pointers(NamedTuple):
    """Deals whose record pointed at holds one company, or one person, alone; and how many of them lead there."""

    right: int
    of: int


def measure(rows: int, folder: Path, *, seed: int, today: date, standard: Path) -> dict[str, Any]:
    """Quality of each object, of contacts with and without their accounts, and the pointers of deals."""
    source = folder / "linked"
    truth = write_linked(source, rows, seed=seed, today=today)
    files = [str(source / name) for name in FILES]
    made: dict[str, Any] = {"rows": rows, "scores": {}}
    company = {one: str(number) for one, number in truth.company.items()}
    person = {one: str(number) for one, number in truth.contacts.person.items()}
    for said, review in (("automatic", "leave"), ("with proposals", "merge")):
        alone, together = folder / f"alone-{review}", folder / f"together-{review}"
        options = ["--review", review, "--standard", str(standard)]
        command = [sys.executable, "manage.py", "hygiene"]
        timed([*command, files[1], "--out", str(alone), *options])
        made["run"] = timed([*command, *files, "--out", str(together), *options])
        made["scores"][f"accounts, {said}"] = score(together / "account", company)
        made["scores"][f"contacts by themselves, {said}"] = score(alone, person)
        made["scores"][f"contacts and their accounts, {said}"] = score(together / "contact", person)
        made[said] = pointers(together, truth)
        made["links"] = json.loads((together / "report.json").read_text(encoding="utf-8"))["links"]
    return made


def score(folder: Path, truth: Mapping[str, str]) -> Score:
    """The clusters in a folder against the truth by record."""
    with (folder / "clusters.csv").open(encoding="utf-8", newline="") as file:
        found = {row["source_id"]: row["cluster_id"] for row in csv.DictReader(file)}
    return pairwise([found[one] for one in truth], list(truth.values()))


def records_of(folder: Path) -> Records:
    """The records in a folder by their id."""
    with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
        return {row["record_id"]: row for row in csv.DictReader(file)}


def pointers(folder: Path, truth: Linked) -> Pointers:
    """Where the pointers of deals lead; those to records that hold several of the truth are left out."""
    right = of = 0
    deals = records_of(folder / "deal")
    for obj, name, place, known in (
        ("account", "account_id", 0, truth.company),
        ("contact", "contact_id", 1, truth.contacts.person),
    ):
        records = records_of(folder / obj)
        holds = {one: {known[member] for member in row["members"].split()} for one, row in records.items()}
        pure = {next(iter(told)) for told in holds.values() if len(told) == 1}
        mixed = {number for told in holds.values() if len(told) > 1 for number in told}
        for deal, wanted in truth.deals.items():
            if wanted[place] and wanted[place] in pure - mixed:
                of += 1
                right += holds.get(deals[deal][name]) == {wanted[place]}
    return Pointers(right, of)


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """The results as Markdown."""
    lines = ["| contacts | | precision | recall | F1 |", "|---|---|---|---|---|"]
    for one in found:
        for said, each in one["scores"].items():
            lines.append(f"| {one['rows']:,} | {said} | {each.precision:.3f} | {each.recall:.3f} | {each.f1:.3f} |")
    lines += [
        "",
        "| contacts | seconds | pointers | moved | to nothing | deals' pointers right |",
        "|---|" + "---|" * 5,
    ]
    for one in found:
        links, deals = one["links"], one["with proposals"]
        share = f"{deals.right:,} of {deals.of:,}"
        lines.append(
            f"| {one['rows']:,} | {one['run'].seconds:.1f} | {links['pointers']:,} | {links['moved']:,} "
            f"| {links['missing']:,} | {share} |"
        )
    return "\n".join(lines)
