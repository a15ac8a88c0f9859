from itertools import permutations

import pytest

from migration.hygiene.compare import Record
from migration.hygiene.merge import golden


def records(*values):
    return [Record(key, each) for key, each in zip("abcdef", values, strict=False)]


@pytest.mark.parametrize(
    ("field", "values", "value", "reason"),
    [
        ("city", ("Bonn", "Bonn", "Berlin"), "Bonn", "2 of 3 agree"),
        ("city", ("", "Bonn", ""), "Bonn", "only value"),
        ("city", ("Bonn", "Bonn", ""), "Bonn", "all 2 agree"),
        ("given_name", ("R.", "Robert", "Rob"), "Robert", "longest"),
        ("opted_out", ("false", "false", "true"), "true", "most restrictive consent"),
        ("do_not_call", ("true", "false", ""), "true", "most restrictive consent"),
        ("consent", ("explicit", "", "withdrawn"), "withdrawn", "most restrictive consent"),
        ("consent", ("explicit", "implied", ""), "implied", "most restrictive consent"),
        ("has_open_deal", ("false", "true", "false"), "true", "any record has one"),
        ("lifecycle_stage", ("lead", "Customer", "lead"), "Customer", "furthest stage"),
        ("last_activity_at", ("2026-01-02", "2026-03-01", "2025-12-31"), "2026-03-01", "latest"),
        ("created_at", ("2026-01-02", "2024-03-01", "2025-12-31"), "2024-03-01", "earliest"),
    ],
)
def test_value_comes_with_its_reason(field, values, value, reason):
    choice = golden(records(*({field: v} for v in values))).lineage[field]

    assert (choice.value, choice.reason) == (value, reason)


def test_lineage_names_the_records_behind_a_value():
    made = golden(records({"city": "Bonn"}, {"city": "Berlin"}, {"city": "Bonn"}))

    assert made.lineage["city"].keys == ("a", "c")


def test_latest_edit_breaks_a_tie():
    made = golden(records({"title": "CFO", "updated_at": "2025-01-01"}, {"city": "Bonn", "updated_at": "2026-01-01"},
                          {"city": "Berlin", "updated_at": "2024-01-01"}))  # fmt: skip

    assert (made.lineage["city"].value, made.lineage["city"].reason) == ("Bonn", "latest")


def test_value_with_an_issue_loses_to_a_sound_one():
    both = records({"phone": "12345 bad number"}, {"phone": "+12065550100"})

    assert golden(both, doubtful={("a", "phone")}).values["phone"] == "+12065550100"
    assert golden(both[:1], doubtful={("a", "phone")}).values["phone"] == "12345 bad number"


def test_survivor_is_the_fullest_and_gives_the_id():
    made = golden(records({"source_id": "1", "city": "Bonn"}, {"source_id": "2", "city": "Bonn", "title": "CFO"}))

    assert (made.survivor, made.values["source_id"]) == ("b", "2")


def test_person_chooses_the_survivor():
    both = records({"source_id": "1"}, {"source_id": "2", "city": "Bonn"})

    assert golden(both, chosen="a").values["source_id"] == "1"


@pytest.mark.parametrize("street", ["227 Main Street", "227 MAIN STREET", "227 Main St."])
def test_same_address_in_another_spelling_gives_what_the_other_lacks(street):
    made = golden(
        records(
            {"street": street, "state": "FL", "country": "US"},
            {"street": "227 Main Street", "city": "Miami", "state": "FL"},
        )
    )

    assert (made.values["city"], made.values["country"]) == ("Miami", "US")


def test_address_is_never_made_of_two():
    made = golden(
        records(
            {"street": "Am Markt 1", "city": "Bonn", "postcode": ""},
            {"street": "", "city": "Bonn", "postcode": "53111"},
            {"street": "Mill Road 9", "city": "Leeds", "postcode": "LS1 1AA"},
        )
    )

    assert (made.values["street"], made.values["city"], made.values["postcode"]) == ("Am Markt 1", "Bonn", "53111")
    assert made.lineage["street"].reason == "kept with its address"
    assert made.lineage["city"].reason == "2 of 3 agree"


def test_extension_stays_with_its_number():
    made = golden(records(*[{"phone": "+12065550100"}] * 2, {"phone": "+12065550199", "phone_ext": "7"}))

    assert made.values == {"phone": "+12065550100"}


def test_order_of_records_does_not_count():
    rows = records(
        {"city": "Bonn", "title": "CFO"}, {"city": "Berlin", "title": "CEO"}, {"city": "Köln", "title": "CIO"}
    )

    made = [golden(order) for order in permutations(rows)]

    assert all(each == made[0] for each in made)


def test_nothing_to_merge_is_an_error():
    with pytest.raises(ValueError, match="nothing to merge"):
        golden([])
