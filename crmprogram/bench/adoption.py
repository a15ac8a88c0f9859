"""Speed of adoption on generated activity: `./run bench adoption`, 5 million events, 500 reps, 104 weeks.

Events go into the database through the service that counting uses, slice by slice, and beside it, in the
same run, the same number of rows by the database's own bulk path (one prepared statement on SQLite, COPY on
PostgreSQL) into the same table with the same indexes. Then: every week computed again, a new day's export
of 1,000 and of 10,000 rows from the file to fresh weeks, and the dashboard at 50,000 and at all events.
`--database postgresql` starts the server of the development packages, without durability; a DATABASE_URL of
one's own names an empty database to use. Without either it is an SQLite file that is thrown away.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


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
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.database == "postgresql" and not os.environ.get("DATABASE_URL"):
        again = [sys.executable, "-m", "crmprogram.bench.adoption", *(sys.argv[1:] if arguments is None else arguments)]
        services = [sys.executable, str(ROOT / "tests" / "services.py"), "--"]
        return subprocess.run([*services, *again], cwd=ROOT, check=False).returncode
    os.environ.pop("ROLLOUT_DATA_DIR", None)  # never the data of the installation
    os.environ["DJANGO_SETTINGS_MODULE"] = "crmprogram.settings.test"  # a folder of its own, work done at once
    django.setup()
    logging.disable(logging.INFO)  # each turn of a job says what it did
    call_command("migrate", verbosity=0)
    adopting = import_module("crmprogram.bench.adopting")
    found = adopting.measure(adopting.plan_of(options.events, options.reps, options.weeks))
    sys.stdout.write((json.dumps(found, default=str) if options.json else adopting.table(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
