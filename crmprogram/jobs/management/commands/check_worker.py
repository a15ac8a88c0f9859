"""Answer whether the worker of this machine does its work, for a health check: exit status 0 or 1."""

from argparse import ArgumentParser
from typing import Any

from celery.utils.nodenames import default_nodename
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from crmprogram.celery import app
from crmprogram.jobs import queries


class Command(BaseCommand):
    """Ask the worker through the broker, and the database whether work is left lying.

    Both are needed: a worker that has lost the broker still runs, and one that has come back
    to it may still take nothing. Without Redis a worker takes no questions, and the rows
    alone answer.
    """

    help = "Answer whether this machine's worker does its work; exit status 1 says that it does not, and why."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--node", default="", help="Name of the worker; this machine's when not given.")
        parser.add_argument("--timeout", type=float, default=5.0, help="Seconds to wait for its answer.")

    def handle(self, *args: Any, **options: Any) -> None:
        node = default_nodename(options["node"] or None)
        try:
            if settings.REDIS_URL and not app.control.inspect([node], timeout=options["timeout"]).ping():
                raise CommandError(f"{node} does not answer.")
            if queries.waits_too_long():
                raise CommandError("Work has waited for more than five minutes.")
        except (OperationalError, OSError) as exc:
            raise CommandError(f"The broker does not answer: {type(exc).__name__}.") from exc
        except DatabaseError as exc:
            raise CommandError(f"The database does not answer: {type(exc).__name__}.") from exc
        self.stdout.write(f"{node} is at work.")
