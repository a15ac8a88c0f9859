"""`manage.py adoption PROGRAM`: every adoption number, week by week and team by team."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adoption.metrics import Week
from adoption.queries.report import Line, report
from crmprogram.program.models import Program


def iso_week(text: str) -> Week:
    try:
        return Week.read(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"“{text}” is no ISO week; write 2026-W21.") from exc


class Command(BaseCommand):
    help = "Adoption by week and team: numerator, denominator, value or why it is not measured, target, state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("program", metavar="PROGRAM")
        parser.add_argument("--from", dest="first", type=iso_week, metavar="ISO-WEEK")
        parser.add_argument("--to", dest="last", type=iso_week, metavar="ISO-WEEK")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if program is None:
            raise CommandError(f"There is no program “{options['program']}”.")
        if options["first"] and options["last"] and options["last"] < options["first"]:
            raise CommandError("--to is before --from.")
        lines = report(program, options["first"], options["last"])
        if options["json"]:
            self.stdout.write(json.dumps([one.as_dict for one in lines], ensure_ascii=False, indent=2))
            return
        for one in lines:
            self.stdout.write(told(one))


def told(one: Line) -> str:
    share = f"{one.numerator:,}/{one.denominator:,}" if one.denominator else "–"
    value = "not measured" if one.value is None else f"{one.value}{'' if one.metric.endswith('rate') else ' %'}"
    target = f"target {one.target.normalize():f}" if one.target is not None else "no target"
    row = f"{one.week}  {one.team:<20.20}  {one.label:<24}  {share:>14}  {value:>12}  {target:<12}  {one.state}"
    return f"{row}  {one.reason}{'small' if one.is_small else ''}".rstrip()
