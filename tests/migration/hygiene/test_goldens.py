"""Golden records of all clusters at once are those that merging one by one gives (H2)."""

import random
from datetime import date

import numpy as np
import pytest

from crmprogram.demo.synthetic import contacts
from migration.hygiene import merge
from migration.hygiene.bulk import clean_columns
from migration.hygiene.features import Record
from migration.hygiene.goldens import Groups, merge_all
from tests.migration.hygiene.test_bulk import CONTEXT, columns_of


def doubts_of(clean):
    made = {}
    for row, at in zip(clean.issues.rows.tolist(), clean.issues.which.tolist(), strict=True):
        field = clean.issues.table[at].field
        made.setdefault(field, np.zeros(clean.size, dtype=bool))[row] = True
    return made


def merged_alike(clean, keys, cluster):
    """Assert that both roads agree on every group of equal `cluster`; returns how many there were."""
    rank = np.argsort(np.argsort(np.array(keys)))
    groups = Groups.of(cluster, rank)
    made = merge_all(clean.columns, groups, doubts_of(clean))
    for at in range(len(groups)):
        rows = groups.rows[groups.start[at] : groups.start[at + 1]].tolist()
        doubts = {(keys[row], one.field) for row in rows for one in clean.issues.of(row)}
        wanted = merge.golden([Record(keys[row], clean.values(row)) for row in rows], doubtful=doubts)
        values = {
            name: clean.columns[name].values[chosen.codes[at]]
            for name, chosen in made.fields.items()
            if chosen.codes[at] >= 0
        }
        lineage = {
            name: (tuple(keys[row] for row in carriers), reason)
            for name, (carriers, reason) in made.lineage(at).items()
        }
        assert values == wanted.values
        assert keys[made.rows[made.survivor[at]]] == wanted.survivor
        assert lineage == {name: (tuple(sorted(one.keys)), one.reason) for name, one in wanted.lineage.items()}
    return len(groups)


@pytest.fixture(scope="module")
def cleaned():
    rows = list(contacts(1_500, 21, date(2026, 11, 1)))
    bare = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
    return clean_columns(columns_of(bare), len(bare), context=CONTEXT), rows


def test_true_clusters_are_merged_alike(cleaned):
    clean, rows = cleaned
    person = np.array([int(row["_person"]) for row in rows])

    assert merged_alike(clean, [row["source_id"] for row in rows], person) > 300


@pytest.mark.parametrize("size", [2, 3, 7, 60])
def test_strangers_are_merged_alike(cleaned, size):
    clean, rows = cleaned
    draw = random.Random(size)
    cluster = np.array([draw.randrange(len(rows) // size) for _ in rows])

    assert merged_alike(clean, [row["source_id"] for row in rows], cluster) > 5


def test_groups_leave_single_rows_out():
    groups = Groups.of(np.array([5, 1, 5, 2, 1]), np.array([4, 0, 1, 2, 3]))

    assert (groups.rows.tolist(), groups.start.tolist()) == ([1, 4, 2, 0], [0, 2, 4])
    assert len(Groups.of(np.array([1, 2]), np.array([0, 1]))) == 0
