"""Speed of adoption on generated activity: `./run bench adoption`, 5 million events, 500 reps, 104 weeks.

Events go into the database through the service that counting uses, slice by slice, and beside it, in the
same run, the same number of rows by the database's own bulk path (one prepared statement on SQLite, COPY on
PostgreSQL) into the same table with the same indexes. Then: every week computed again, a new day's export
of 1,000 and of 10,000 rows from the file to fresh weeks, and the dashboard at 50,000 and at all events.
DATABASE_URL names a database to use, which has to be empty; without it an SQLite file that is thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import django
from django.core.management import call_command


def size_of(text: str) -> int:
    """A number in words: 200k, 5m."""
    scale = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(text.rstrip("kKmM")) * scale


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench adoption", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=size_of, default=5_000_000, help="such as 200k or 5m")
    parser.add_argument("--reps", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.pop("ROLLOUT_DATA_DIR", None)  # never the data of the installation
    os.environ["DJANGO_SETTINGS_MODULE"] = "crmprogram.settings.test"  # a folder of its own, work done at once
    django.setup()
    call_command("migrate", verbosity=0)
    adopting = import_module("crmprogram.bench.adopting")
    found = adopting.measure(adopting.plan_of(options.events, options.reps, options.weeks))
    sys.stdout.write((json.dumps(found, default=str) if options.json else adopting.table(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
