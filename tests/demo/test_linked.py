"""Linked exports repeat, keep their truth, and hold the traps they promise."""

import csv
from datetime import date

from crmprogram.demo.linked import NOWHERE, TRAPS, write_linked

TODAY = date(2026, 11, 1)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_linked_exports_repeat_to_the_byte_and_point_at_each_other(tmp_path):
    truth = write_linked(tmp_path / "one", 1_500, seed=3, today=TODAY)
    assert write_linked(tmp_path / "two", 1_500, seed=3, today=TODAY) == truth
    for name in ("accounts.csv", "contacts.csv", "deals.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()

    accounts, contacts, deals = (rows_of(tmp_path / "one" / f"{one}.csv") for one in ("accounts", "contacts", "deals"))
    assert {row["Id"] for row in accounts} == truth.company.keys()
    assert {trap for traps in truth.traps.values() for trap in traps} == set(TRAPS)
    assert len(set(truth.company.values())) < len(accounts)
    known = truth.company.keys() | {"", NOWHERE}
    assert {row["AccountId"] for row in contacts} <= known
    assert {row["ParentId"] for row in accounts} <= known
    people = truth.contacts.person
    for row in deals:
        assert truth.deals[row["Id"]][1] == people[row["ContactId"]]
        assert truth.deals[row["Id"]][0] == truth.company.get(row["AccountId"], 0)
