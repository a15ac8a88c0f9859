import csv
from collections import Counter
from datetime import date

import pytest

from crmprogram.demo.synthetic import HEADERS, TRAPS, contacts, write_export

TODAY = date(2026, 11, 1)


def test_same_seed_gives_the_same_rows():
    assert list(contacts(300, 4, TODAY)) == list(contacts(300, 4, TODAY))
    assert list(contacts(300, 4, TODAY)) != list(contacts(300, 5, TODAY))


@pytest.mark.parametrize("style", HEADERS)
def test_export_is_written_in_the_way_of_its_crm(tmp_path, style):
    truth = write_export(tmp_path / "x.csv", 400, seed=3, today=TODAY, style=style)

    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row[HEADERS[style]["source_id"]] for row in rows]
    assert len(set(ids)) == 400
    assert set(truth.person) == set(ids)
    assert list(rows[0]) == list(HEADERS[style].values())


def test_truth_knows_duplicates_and_traps(tmp_path):
    truth = write_export(tmp_path / "x.csv", 3_000, seed=3, today=TODAY)

    seen = Counter(trap for traps in truth.traps.values() for trap in traps)
    assert len(set(truth.person.values())) == 2_100
    assert set(seen) == set(TRAPS)
    assert all(truth.person[a] == truth.person[b] and a < b for a, b in truth.pairs)


def test_rows_are_dirty_in_every_way():
    rows = list(contacts(2_000, 3, TODAY))

    assert len({r["country"] for r in rows if r["country"].lower().startswith(("u", "a", "e"))}) >= 11
    assert any("\u200b" in r["website"] for r in rows)
    assert any(r["phone"].startswith("'+") for r in rows)
    assert any(not r["email"] for r in rows)
    assert sum(r["last_activity_at"][:4] < "2025" for r in rows if r["last_activity_at"][:2] == "20") > 100


def test_addresses_are_of_nobody():
    mails = [r["email"].lower() for r in contacts(1_000, 3, TODAY) if r["email"]]

    real = [
        m
        for m in mails
        if "example" not in m and not m.strip().endswith(("test.com", "none.com", "noemail.com", "na.com"))
    ]
    assert real == []
