"""How well the matcher tells persons apart, on generated contacts with truth and on public sets (matching.md)."""

import csv
import gzip
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from crmprogram.demo.synthetic import TRAPS
from migration.hygiene.dates import Order
from migration.hygiene.features import Record, Table
from migration.hygiene.match import match_table
from migration.hygiene.standardise import Context, standardise_rows

DEDUPE = Path(__file__).parents[2] / "data" / "samples" / "dedupe"


def pairs_of(groups):
    return {pair for keys in groups for pair in combinations(sorted(keys), 2)}


def grouped(keyed):
    groups = {}
    for key, group in keyed:
        groups.setdefault(group, []).append(key)
    return groups.values()


def quality(found, true):
    """Precision, recall and F1 over pairs."""
    hits = len(found & true)
    precision, recall = hits / max(len(found), 1), hits / len(true)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def matched(records):
    """Pairs merged by rule, and pairs when every review is answered with yes."""
    table = Table(records)
    found = match_table(table)
    keys = [table.keys[row] for row in np.argsort(table.order).tolist()]
    return tuple(pairs_of(grouped(zip(keys, of.tolist(), strict=True))) for of in (found.cluster, found.proposed))


@pytest.fixture(scope="module")
def judged(contacts_of):
    records, rows = contacts_of(5_000)
    true = pairs_of(grouped((row["source_id"], row["_person"]) for row in rows))
    return rows, true, *matched(records)


def test_certain_merges_are_precise(judged):
    _, true, auto, _ = judged

    precision, recall, _ = quality(auto, true)

    assert precision >= 0.995
    assert recall >= 0.65


def test_certain_merges_find_more_than_equal_addresses(judged, contacts_of):
    _, true, auto, _ = judged
    records, _ = contacts_of(5_000)
    by_email = pairs_of(grouped((r.key, r.values["email"].lower()) for r in records if r.values["email"]))

    assert quality(auto, true)[1] > quality(by_email, true)[1]


def fallen(rows, wrong, trap):
    """Rows of a trap, and how many wrong pairs one of them is in."""
    trapped = {row["source_id"] for row in rows if trap in row["_traps"].split()}
    return len(trapped), sum(1 for pair in wrong if trapped & set(pair))


@pytest.mark.parametrize("trap", TRAPS)
def test_no_trap_is_merged_without_a_person(judged, trap):
    rows, true, auto, _ = judged

    trapped, wrong = fallen(rows, auto - true, trap)

    assert trapped > 10
    assert wrong == 0


def test_with_review_nearly_all_are_found(judged):
    _, true, _, full = judged

    assert quality(full, true)[2] >= 0.95


def test_a_share_of_the_rows_are_duplicates(judged):
    rows, *_ = judged

    assert len({row["_person"] for row in rows}) == pytest.approx(3_500, rel=0.02)


def public(name):
    """Records of a public set, cleaned, and its true pairs."""
    ours = {"first_name": "given_name", "last_name": "family_name", "dob": "birth_date"}
    with gzip.open(DEDUPE / name / "records.csv.gz", "rt") as file:
        rows = [{ours.get(k, k): v for k, v in row.items()} for row in csv.DictReader(file)]
    with gzip.open(DEDUPE / name / "truth.csv.gz", "rt") as file:
        truth = {row["source_id"]: row["entity_id"] for row in csv.DictReader(file)}
    clean = standardise_rows(rows, context=Context(date_orders={"birth_date": Order.MDY}))
    return [Record(c.values["source_id"], c.values) for c in clean], pairs_of(grouped(truth.items()))


# The best that a peer reached without labels, or with them where none did without (matching.md).
@pytest.mark.parametrize(("name", "peer"), [("fake_1000", 0.945), ("restaurants", 0.951), ("senzing_truth", 0.712)])
def test_public_sets_are_matched_better_than_by_any_peer(name, peer):
    records, true = public(name)

    auto, full = matched(records)

    assert quality(auto, true)[0] >= 0.995
    assert quality(full, true)[2] >= peer


def test_an_independent_hand_is_read_as_well(stranger_contacts):
    records, rows = stranger_contacts(5_000)
    true = pairs_of(grouped((row["source_id"], row["_person"]) for row in rows))

    auto, full = matched(records)

    assert quality(auto, true)[0] >= 0.995
    assert quality(full, true)[2] >= 0.93
    assert {trap: fallen(rows, auto - true, trap)[1] for trap in TRAPS} == dict.fromkeys(TRAPS, 0)


def test_a_file_with_few_duplicates_is_not_searched_for_many(contacts_of):
    records, rows = contacts_of(5_000)
    seen, kept = set(), []
    for record, row in zip(records, rows, strict=True):
        twice = int(row["_person"]) % 16 == 0
        if twice or row["_person"] not in seen:
            kept.append((record, row))
        seen.add(row["_person"])
    true = pairs_of(grouped((row["source_id"], row["_person"]) for _, row in kept))
    assert 0.01 < len(true) / len(kept) < 0.06

    _, full = matched([record for record, _ in kept])

    assert quality(full, true)[2] >= 0.8
