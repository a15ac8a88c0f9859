"""What each idea of the matcher earns on each set: `python -m tests.migration.hygiene.ablation [rows]`.

One line per idea that is taken away: pairwise F1 with every proposal merged, recall and
precision of what merges without a person. No set is tuned to; a line that changes nothing
anywhere would say that its idea can go.
"""

import sys
from collections import Counter
from contextlib import ExitStack
from datetime import date
from unittest.mock import patch

import numpy as np

from crmprogram.demo.synthetic import contacts
from migration.hygiene import block, carriers, compare, features, homonyms, levels, likeness, weigh
from migration.hygiene.compare import Thresholds
from migration.hygiene.features import Table
from migration.hygiene.match import match_table
from tests.migration.hygiene.conftest import cleaned
from tests.migration.hygiene.strangers import Strangers
from tests.migration.hygiene.test_quality import public


def _no_carriers(table, columns, births_part):
    none = np.zeros(len(columns[0].values), dtype=bool)
    return carriers.Carriers(np.ones(len(none), dtype=np.int64), none, none)


def _everywhere(column, region):
    return likeness.Regional(np.ones((len(column.values) + 1, 1), np.float32), np.ones(1, np.float32))


def _nowhere(table):
    none = np.zeros(table.size, dtype=bool)
    return homonyms.Places(none, none)


# Idea -> what takes its place, as (module, name, stand-in).
IDEAS = {
    "nothing": [],
    "weights learnt from the file": [(compare, "learn", lambda table, seen, known: carriers.Weights())],
    "shared values lose their weight": [(compare, "carriers_of", _no_carriers)],
    "persons, not records, make a date common": [
        (features, "seldom", lambda column, persons, usual, ceiling: likeness.rarity(column, ceiling))
    ],
    "nicknames": [
        (likeness, "GROUPS", {}),
        (likeness, "related", lambda one, two: one == two),
        (likeness, "is_given", lambda name: False),
    ],
    "swapped names": [
        (levels, "_swaps", lambda table, pairs, given, family: np.zeros(len(given), dtype=np.int8)),
    ],
    "two common names are two": [(likeness, "COMMON", 10**9)],
    "names and streets within longer ones": [(likeness, "_is_within", lambda one, two, letters: False)],
    "what somebody does": [(weigh, "_title_points", lambda table, seen, weights: np.zeros(len(seen.given)))],
    "one post in one company": [(weigh, "RARE_TITLE", 99.0)],
    "names and towns of one country": [(features, "regional", _everywhere)],
    "a shared place says less": [(weigh, "PLACE", 1.0)],
    "identifiers of no known kind": [(features, "_identifier", lambda column, initials: None)],
    "father and son may share a line": [(weigh, "one_person", lambda table, seen, known, asked: asked)],
    "one name on one line says no more": [
        (weigh, "_homonym_points", lambda table, seen, known, points: np.zeros(len(seen.given)))
    ],
    "who is at work, who at home": [(homonyms, "_places_of", _nowhere)],
    "a slip in an address": [(weigh, "is_slip", lambda column, pairs: np.zeros(len(pairs.left), dtype=bool))],
    "every pair of a small file": [(block, "FEW_ROWS", 0)],
    "weak bridges are cut": Thresholds(linkage=0.0, clash=1.1),
}


def score(found, true):
    """Precision, recall and F1 over pairs, from two labels per row."""

    def pairs(labels):
        return sum(n * (n - 1) // 2 for n in Counter(labels).values())

    hits, made, wanted = pairs(zip(found, true, strict=True)), pairs(found), pairs(true)
    precision, recall = hits / max(made, 1), hits / wanted
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def judged(records, true, idea):
    """(F1 with proposals, recall and precision without) when `idea` is taken away."""
    cut = idea if isinstance(idea, Thresholds) else Thresholds()
    with ExitStack() as stack:
        for module, name, instead in [] if isinstance(idea, Thresholds) else idea:
            stack.enter_context(patch.object(module, name, instead))
        found = match_table(Table(records), cut)
    precision, recall, _ = score(found.cluster.tolist(), true)
    return score(found.proposed.tolist(), true)[2], recall, precision


def sets(rows):
    """Name, records and the true label per record of every set."""
    for name in ("fake_1000", "restaurants", "senzing_truth"):
        records, pairs = public(name)
        label = {record.key: record.key for record in records}
        for one, two in sorted(pairs):
            label[two] = label[one]
        yield name, records, [label[record.key] for record in records]
    for name, made in (("demo", contacts(rows, 5, date(2026, 11, 1))), ("stranger", Strangers(3).rows(rows))):
        records, told = cleaned(list(made))
        yield name, records, [row["_person"] for row in told]


def main(rows):
    """Print the table."""
    known = list(sets(rows))
    sys.stdout.write(f"{'without':42}" + "".join(f"{name:>21}" for name, *_ in known) + "\n")
    for idea, instead in IDEAS.items():
        told = (judged(records, true, instead) for _, records, true in known)
        line = "".join(f"{full:9.3f}{recall:6.3f}{precision:6.3f}" for full, recall, precision in told)
        sys.stdout.write(f"{idea:42}{line}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
