"""`manage.py import_activity FILE… --program SLUG`: keep, read and count exports, as the pages do."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError

from adoption import events
from adoption.metrics import Week
from adoption.services.importing import Answers, account_of, import_file, importer_of
from crmprogram.intake.fields import OBJECTS
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Program, User


class Command(BaseCommand):
    help = "Count activity, login, deal and record exports of any CRM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--program", required=True, metavar="SLUG")
        parser.add_argument("--format", default="auto", help="whose export it is, as a slug; auto: by its headers")
        parser.add_argument("--object", default="", choices=list(OBJECTS), help="what the records are")
        parser.add_argument("--tz", default="", metavar="ZONE", help="of times without a zone: Europe/Berlin")
        parser.add_argument("--order", default="", choices=["day_first", "month_first"], help="of 3/4/2026")
        parser.add_argument("--encoding", default="", help="of letters that are not UTF-8: cp1252")
        parser.add_argument("--sheet", default="", help="of a workbook with several")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help="when the export was made")
        parser.add_argument("--map", action="append", default=[], metavar="HEADER=FIELD", help="may be repeated")
        parser.add_argument("--by", default="", metavar="USERNAME", help="the member who imports")
        parser.add_argument("--json", action="store_true", help="the accounts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if program is None:
            raise CommandError(f"There is no program “{options['program']}”.")
        if options["tz"] and options["tz"] not in available_timezones():
            raise CommandError(f"“{options['tz']}” is no time zone. Write it as Europe/Berlin.")
        try:
            by = importer_of(program, options["by"])
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        answers = _answers(options)
        found = [_counted(program, by, path, answers) for path in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            for one in found:
                self.stdout.write(told(one))
        if failed := [one for one in found if "error" in one]:
            raise CommandError(f"{len(failed)} of {len(found)} files could not be counted.")


def _answers(options: Mapping[str, Any]) -> Answers:
    columns = {}
    for one in options["map"]:
        header, is_said, name = one.rpartition("=")
        if not is_said:
            raise CommandError(f"--map {one}: write HEADER=FIELD.")
        columns[header] = name
    return Answers(
        format="" if options["format"] == "auto" else options["format"],
        object=options["object"], encoding=options["encoding"], sheet=options["sheet"], zone=options["tz"],
        order=options["order"], as_of=options["as_of"], columns=columns,
    )  # fmt: skip


def _counted(program: Program, by: User, path: Path, answers: Answers) -> dict[str, Any]:
    """The account of one file; of one that is not counted the reason."""
    if not path.is_file():
        return {"file": str(path), "error": "There is no such file.", "code": "no_file"}
    try:
        return account_of(import_file(program=program, by=by, path=path, answers=answers))
    except DomainError as refused:
        return {"file": path.name, "error": str(refused), "code": refused.code, **refused.details}
    except OSError as failed:
        return {"file": path.name, "error": f"It cannot be read: {failed.strerror}.", "code": "unreadable"}


def told(one: Mapping[str, Any]) -> str:
    """An account in words."""
    if "error" in one:
        return f"{one['file']}\n  not counted: {one['error']}"
    read, kept, aside, blank = (one["account"][name] for name in ("read", "kept", "quarantined", "blank"))
    lines = [
        f"{one['file']}: {one['format_label']} ({one['upload']})",
        f"  read {read:,} = kept {kept:,} + put aside {aside:,} + blank {blank:,}",
        *(f"    {one['file']}, line {row['line']}: {_issue(row)}" for row in one["put_aside"]),
        f"  zone {one['zone']}{_orders(one['date_orders'])}",
    ]
    if one["object"] == "activity":
        is_logged = one["clock"] == "logged"
        lines.append(f"  counted by when it {'was logged' if is_logged else 'took place: the file says no more'}")
        lines.append(f"  activity {sum(one['kinds'].values()):,}: {_list(one['kinds'])}")
        lines += [f"  not counted {n:,}: {events.WHY.get(why, why)}" for why, n in sorted(one["why"].items())]
        lines += [f"  not readable {n:,}: {rule}" for rule, n in sorted(one["refused"].items())]
        lines += [f"    {one['file']}, line {line}: {message}" for line, _, message in one["examples"]]
        lines += [f"  of the activity, {one['bulk']:,} logged by a load: counted for nobody"] if one["bulk"] else []
        lines.append(f"  {_list(one['stored'])}")
    else:
        lines.append(f"  {_list({name: n for name, n in one.items() if isinstance(n, int)})}")
    if unread := one["columns_not_read"]:
        lines.append(f"  columns not read: {', '.join(unread)}. --map HEADER=FIELD reads one of them")
    changed = one.get("changed", [])
    lines.append(f"  weeks changed: {_spans(changed)}")
    return "\n".join(lines)


def _spans(periods: Sequence[str]) -> str:
    """Weeks in words, those in a row by the first and the last.

    >>> _spans(["2026-W02", "2025-W52", "2026-W01", "2026-W05"])
    '2025-W52 to 2026-W02, 2026-W05'
    """
    spans: list[tuple[Week, Week]] = []
    for week in sorted(Week.read(one) for one in periods):
        if spans and spans[-1][1].next == week:
            spans[-1] = (spans[-1][0], week)
        else:
            spans.append((week, week))
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in spans) or "none"


def _issue(row: Mapping[str, Any]) -> str:
    """What is wrong with a row that was put aside: the column, what stands there, what to do."""
    where = f"“{row['column']}” holds “{row['value'][:60]}”. " if row["column"] else ""
    return f"{where}{row['message']}"


def _orders(orders: Mapping[str, str]) -> str:
    return "".join(f", {name}: {order.replace('_', ' ')}" for name, order in sorted(orders.items()))


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items(), key=lambda one: -one[1])) or "none"
