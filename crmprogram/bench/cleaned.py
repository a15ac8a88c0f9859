"""Records after the same cleaning, for peers that only match: cleaned.py SOURCE.csv STANDARD.json OUT.csv."""

import csv
import gc
import sys
from pathlib import Path

from crmprogram.bench.splink_fields import FIELDS
from migration.preparing import Order, prepare, processes
from migration.standard import read_standard
from migration.steps import Steps


def main(source: Path, standard: Path, out: Path) -> None:
    """Read, clean and write; progress goes nowhere."""
    gc.disable()
    order = Order([source], read_standard(standard), {}, "", processes(0))
    clean = prepare(order, Steps(0.0, lambda _: None)).clean
    names = ["source_id", *FIELDS]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(zip(*(clean.columns[name].texts() for name in names), strict=True))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
