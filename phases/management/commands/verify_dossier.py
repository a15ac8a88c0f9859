"""Check dossiers against their SHA-256: an edited text shows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from phases.models import Dossier
from phases.queries.dossiers import faults


class Command(BaseCommand):
    help = "Check that every dossier still is what was signed: its text, its SHA-256, its decision."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sha256", nargs="*", help="Only these, by the beginning of their SHA-256.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Dossier.objects.select_related("review__gate", "program").order_by("pk")
        wanted = options["sha256"]
        checked, wrong = 0, []
        for one in found.iterator(chunk_size=100):
            if wanted and not any(one.sha256.startswith(start) for start in wanted):
                continue
            checked += 1
            wrong += [f"{one} of {one.program}: {said}" for said in faults(one)]
        for said in wrong:
            self.stderr.write(said)
        if wrong:
            raise CommandError(f"{len(wrong)} things do not hold in {checked} dossiers.")
        if wanted and not checked:
            raise CommandError("There is no such dossier.")
        self.stdout.write(f"{checked} dossiers hold.")
