"""Workers killed in the middle of a large run: `./run bench kills --rows 100k`.

One export goes undisturbed through upload and cleaning, then once more while the only worker process is killed
(SIGKILL) twice in the middle of matching; then twice in the load of a stage, and twice in its rollback. After each
death another worker takes over when the lease is over. The exit status is 1 where anything is lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crmprogram.bench.hygiene import ROOT, SEED, TODAY, size_of
from crmprogram.bench.runs import SERVICES, own_database
from crmprogram.demo.synthetic import write_export

LEASE_SECONDS = 3


def measure(rows: int) -> dict[str, Any]:
    """What `killing.main` says of an export of `rows` rows, in a database and a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder, own_database(Path(folder)) as url:
        told = {
            **os.environ, "DATABASE_URL": url, "ROLLOUT_DATA_DIR": folder, "LOG_LEVEL": "ERROR", "LOOPBACK": "1",
            "DJANGO_SETTINGS_MODULE": "crmprogram.settings.dev", "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        }  # fmt: skip
        source = Path(folder) / "contacts.csv"
        write_export(source, rows, seed=SEED, today=TODAY)
        said = "import django; django.setup(); from crmprogram.bench import killing as k; k.main()"
        command = [sys.executable, "-c", said, str(source)]
        done = subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, and print what was found as JSON; what is wrong goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=size_of, default=100_000, help="such as 100k")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args(arguments)
    if options.database == "postgresql" and not os.environ.get("DATABASE_URL"):
        again = [sys.executable, "-m", "crmprogram.bench.kills", *(sys.argv[1:] if arguments is None else arguments)]
        return subprocess.run([sys.executable, str(SERVICES), "--", *again], cwd=ROOT, check=False).returncode
    if options.database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    found = measure(options.rows)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    wrong = [name for name, holds in found["holds"].items() if not holds]
    sys.stderr.write("".join(f"Does not hold: {one}.\n" for one in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
