"""Files of several objects in one command: each balances, and what points at merged records follows (H0, H2, H8)."""

import csv
import json
from pathlib import Path

import pytest

from migration import commandline

ACCOUNTS = """Id,Name,Website,Phone,BillingCity,BillingStreet,ParentId,CreatedDate,LastModifiedDate
001000000000001,Acme Tools,www.acme.example,+49 89 99998123,Bonn,Am Markt 1,,2020-01-01,2026-01-01
001000000000002,"ACME Tools, Inc.",acme.example,,Bonn,,001000000000003,2021-01-01,2025-01-01
001000000000003,Northgate Group,northgate.example,,Köln,,001000000000009,2019-01-01,2025-01-01
001000000000009,Vista Capital,vista.example,,Köln,,001000000000003,2022-01-01,2025-01-01
001000000000004,Birchway Foods,birchway.example,+49 30 23125123,Mainz,,,2020-01-01,2025-01-01
001000000000005,Birchway Foods,birchway.example,,Mainz,,001000000000004,2020-01-01,2025-01-01
"""
CONTACTS = """Id,FirstName,LastName,Email,AccountId,Household__c,LastActivityDate
003000000000001,Ann,Lee,ann.lee@mail.example,001000000000002,H1,2026-10-01
003000000000002,Ann,Lee,ann.lee@mail.example,001000000000001,H2,2026-10-01
003000000000003,Bob,Ray,bob.ray@mail.example,001000000000077,H2,2026-10-01
"""
DEALS = """Id,Name,StageName,CloseDate,AccountId,ContactId,Amount
006000000000001,Ten seats,Proposal,2026-12-01,001000000000002,003000000000002,100
006000000000002,Two seats,Proposal,2026-12-01,,003000000000003,100
"""


@pytest.fixture
def files(tmp_path):
    """Three exports of one CRM and a map for one of them."""
    made = []
    for name, text in (("deals", DEALS), ("contacts", CONTACTS), ("accounts", ACCOUNTS)):
        made.append(tmp_path / f"{name}.csv")
        made[-1].write_text(text, encoding="utf-8")
    (tmp_path / "map.json").write_text(json.dumps({"contacts.csv": {"Household__c": "household_id"}}), encoding="utf-8")
    (tmp_path / "standard.json").write_text(json.dumps({"today": "2026-11-01"}), encoding="utf-8")
    return made


def run(tmp_path, *files, options=()):
    """Run the command; returns the exit code, the report, and the records by object and id."""
    out = tmp_path / "out"
    known = ["--map", tmp_path / "map.json"] if len(files) > 1 else []
    told = [*known, "--standard", tmp_path / "standard.json", "--processes", "1", *options]
    code = commandline.main([*map(str, files), "--out", str(out), *map(str, told)])
    found = {}
    for path in out.glob("*/records.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.parent.name] = {row["record_id"]: row for row in csv.DictReader(file)}
    return code, json.loads((out / "report.json").read_text(encoding="utf-8")), found


def test_each_object_gets_a_folder_and_all_balances(tmp_path, files):
    code, report, _ = run(tmp_path, *files)
    assert code == 0
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["account", "contact", "deal", "report.json"]
    for obj in ("account", "contact", "deal"):
        assert sorted(one.name for one in (tmp_path / "out" / obj).iterdir()) == sorted(commandline.OUTPUTS)
    assert list(report["objects"]) == ["account", "contact", "deal"]
    assert report["rows"]["read"] == 11 == sum(one["rows"]["read"] for one in report["objects"].values())
    assert report["rows"]["merged"] == 2
    assert {one["name"] for one in report["files"]} == {"accounts.csv", "contacts.csv", "deals.csv"}


def test_what_points_at_a_merged_record_follows_with_words(tmp_path, files):
    _, report, found = run(tmp_path, *files)
    deal = found["deal"]["006000000000001"]
    ann = next(row for row in found["contact"].values() if row["given_name"] == "Ann")
    assert deal["account_id"] == ann["account_id"] == "001000000000001"
    assert deal["contact_id"] == ann["record_id"]
    assert (
        "account_id=moved with account 001000000000002 into 001000000000001: same name, same domain"
        in (deal["lineage"])
    )
    assert report["links"]["moved"] >= 2
    assert report["links"]["pointers"] == report["links"]["followed"] + report["links"]["missing"]


def test_a_pointer_to_nothing_stays_and_is_a_problem(tmp_path, files):
    _, report, found = run(tmp_path, *files)
    bob = found["contact"]["003000000000003"]
    assert (bob["account_id"], bob["outcome"]) == ("001000000000077", "ready")
    assert "account_id: 001000000000077 (There is no record with this id" in bob["problems"]
    assert report["links"]["fields"]["contact.account_id"]["missing"] == report["links"]["missing"] == 1
    assert report["problems"]["rules_after"]["relation.missing"] == 1
    assert report["problems"]["before"]["inconsistent"] >= report["problems"]["after"]["inconsistent"] >= 1


def test_hierarchy_survives_merging_and_circles_are_cut(tmp_path, files):
    _, report, found = run(tmp_path, *files)
    accounts = found["account"]
    assert accounts["001000000000001"]["parent_id"] == "001000000000003"  # from the one that was merged into it
    assert accounts["001000000000009"]["parent_id"] == ""  # the youngest of the circle
    assert "(Parents go round in a circle: " in accounts["001000000000009"]["problems"]
    assert accounts["001000000000003"]["parent_id"] == "001000000000009"
    assert report["links"]["circles"] == 1
    # a parent and its child are merged by a person alone, and then nobody is above themselves
    assert accounts["001000000000005"]["parent_id"] == "001000000000004"
    _, report, found = run(tmp_path, *files, options=["--review", "merge"])
    (merged,) = [row for row in found["account"].values() if "001000000000005" in row["members"].split()]
    assert (merged["rows"], merged["parent_id"]) == ("2", "")
    assert "(A record cannot be its own parent.)" in merged["problems"]
    assert report["links"]["own"] == 1


def test_both_households_of_a_merged_person_are_told(tmp_path, files):
    _, _, found = run(tmp_path, *files)
    (ann,) = [row for row in found["contact"].values() if row["rows"] == "2"]
    other = {"H1": "H2 goes on with 1 other", "H2": "H1 has nobody else"}[ann["household_id"]]
    assert f"{ann['household_id']} is kept; {other}" in ann["lineage"]


def test_neither_the_order_of_files_nor_of_rows_counts(tmp_path, files):
    _, report, found = run(tmp_path, *files)
    for path in files:
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    _, again, told = run(tmp_path, *reversed(files))
    assert told == found
    assert again["links"] == report["links"]


def test_one_object_alone_is_written_as_ever(tmp_path, files):
    code, report, found = run(tmp_path, files[2])
    assert code == 0
    assert found == {}
    assert "links" not in report
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == sorted(commandline.OUTPUTS)


def test_activities_follow_people_and_what_they_are_about(tmp_path, files):
    tasks = tmp_path / "tasks.csv"
    tasks.write_text(
        "Id,Subject,ActivityDate,WhoId,WhatId,Status\n"
        "00T000000000001,Call,2026-10-01,003000000000002,001000000000002,Completed\n"
        "00T000000000002,Call,2026-10-01,003000000000001,006000000000001,Completed\n"
        "00T000000000003,Call,2026-10-01,003000000000001,a0X000000000001,Completed\n",
        encoding="utf-8",
    )
    _, report, found = run(tmp_path, tasks, *files)
    ann = next(row["record_id"] for row in found["contact"].values() if row["given_name"] == "Ann")
    told = list(found["activity"].values())
    assert [row["contact_id"] for row in told] == [ann] * 3
    assert [row["related_to"] for row in told] == ["001000000000001", "006000000000001", "a0X000000000001"]
    assert report["links"]["fields"]["activity.related_to"]["missing"] == 0
    assert list(report["objects"]) == ["account", "contact", "deal", "activity"]


def test_who_names_an_account_in_words_goes_where_it_goes(tmp_path, files):
    accounts = files[2].read_text(encoding="utf-8").replace("ACME Tools, Inc.", "Acme Toolz")
    files[2].write_text(accounts, encoding="utf-8")
    contacts = tmp_path / "people.csv"
    contacts.write_text(
        "Id,FirstName,LastName,Email,MailingCity,Account.Name,LastActivityDate\n"
        "003000000000011,Cem,Oz,cem.oz@mail.example,Bonn,ACME TOOLZ Ltd,2026-10-01\n"
        "003000000000012,Eva,Ek,eva.ek@mail.example,Bonn,Somewhere else,2026-10-01\n",
        encoding="utf-8",
    )
    (tmp_path / "map.json").write_text("{}", encoding="utf-8")
    _, report, found = run(tmp_path, files[2], contacts, options=["--review", "merge"])
    cem, eva = (found["contact"][f"00300000000001{n}"] for n in (1, 2))
    assert cem["company"] == "Acme Tools"
    assert (
        "company=moved with account ACME TOOLZ into Acme Tools: name differs by a slip, same domain" in cem["lineage"]
    )
    assert (eva["company"], eva["problems"]) == ("Somewhere else", "")
    assert report["links"]["fields"]["contact.company"] == {
        "pointers": 1, "followed": 1, "moved": 1, "missing": 0, "own": 0, "circles": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "followed", "missing"),
    [
        (("dynamics365/Account.csv", "dynamics365/Contact.csv"), 192, 0),
        (("salesforce/native/Account.csv", "salesforce/native/Contact.csv"), 133, 0),
        (("salesforce/warehouse/sf_account_data.csv", "salesforce/warehouse/sf_task_data.csv"), 0, 9),
    ],
)
def test_real_exports_hold_together(tmp_path, names, followed, missing):
    folder = Path(__file__).resolve().parents[1] / "data" / "samples"
    out = tmp_path / "out"
    code = commandline.main([*(str(folder / name) for name in names), "--out", str(out), "--processes", "1"])
    links = json.loads((out / "report.json").read_text(encoding="utf-8"))["links"]
    assert (code, links["followed"], links["missing"]) == (0, followed, missing)
