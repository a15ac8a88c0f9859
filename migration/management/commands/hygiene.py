"""`manage.py hygiene`: hand over to the command line that knows no Django."""

import sys
from argparse import REMAINDER, ArgumentParser

from django.core.management.base import BaseCommand

from migration import commandline


class Command(BaseCommand):
    help = "Clean and de-duplicate CRM exports without server, broker or database."
    requires_system_checks = []
    requires_migrations_checks = False

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(commandline.main(argv[2:]))

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER)

    def handle(self, *args, **options) -> None:
        if code := commandline.main(options["arguments"]):
            sys.exit(code)
