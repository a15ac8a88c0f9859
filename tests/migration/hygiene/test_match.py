"""The whole table in one call: the same groups whatever the order, the shards and the processes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration.hygiene.columns import encode
from migration.hygiene.compare import Matcher, Thresholds
from migration.hygiene.features import Record, Table
from migration.hygiene.forked import forked
from migration.hygiene.group import components
from migration.hygiene.match import Decision, match_table

PERSON = {"given_name": "Ann", "family_name": "Weber", "company": "Acme"}


def groups_of(found, keys, proposed=True):
    """Sets of keys, each one record."""
    made = {}
    for key, root in zip(keys, (found.proposed if proposed else found.cluster).tolist(), strict=True):
        made.setdefault(root, set()).add(key)
    return {frozenset(group) for group in made.values()}


@pytest.fixture(scope="module")
def records(contacts_of):
    return contacts_of(1_600)[0]


@pytest.fixture(scope="module")
def plain(records):
    found = match_table(Table(records))
    keys = [record.key for record in records]
    return [groups_of(found, keys, proposed) for proposed in (True, False)]


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_does_not_count(records, plain, seed):
    mixed = [records[at] for at in np.random.default_rng(seed).permutation(len(records))]

    found = match_table(Table(mixed))

    keys = [record.key for record in mixed]
    assert [groups_of(found, keys, proposed) for proposed in (True, False)] == plain


def test_chunks_do_not_count(records, plain, monkeypatch):
    monkeypatch.setattr("migration.hygiene.compare.CHUNK", 997)

    found = match_table(Table(records))

    assert groups_of(found, [record.key for record in records]) == plain[0]


def test_processes_do_not_count(records, plain, monkeypatch):
    monkeypatch.setattr("migration.hygiene.compare.CHUNK", 2_000)

    found = match_table(Table(records), map=forked(2))

    assert groups_of(found, [record.key for record in records]) == plain[0]


@given(parts=st.integers(1, 9))
@settings(max_examples=5, deadline=None)
def test_shards_together_are_the_whole(parts):
    records = [Record(f"r{no:02}", {**PERSON, "email": f"p{no % 7}@acme.example"}) for no in range(40)]
    matcher = Matcher(records)

    shards = [matcher.links(shard=(no, parts)) for no in range(parts)]

    whole = matcher.links()
    assert np.array_equal(np.concatenate([each.left for each in shards]), whole.left)
    assert np.array_equal(np.concatenate([each.probability for each in shards]), whole.probability)


def test_columns_and_records_give_one_table(records):
    fields = sorted({name for record in records for name in record.values})
    columns = {name: encode(record.values.get(name) or "" for record in records) for name in fields}

    found = match_table(Table.from_columns([record.key for record in records], columns))

    told = match_table(Table(records))
    for name in ("cluster", "proposed", "decision", "probability", "reason"):
        assert np.array_equal(getattr(found, name), getattr(told, name))
    assert found.reasons == told.reasons


def people(*values):
    return Table([Record(f"r{no}", {**PERSON, **one}) for no, one in enumerate(values)])


def test_each_row_is_told_what_happened_to_it_and_why():
    found = match_table(
        people(
            {"email": "ann@acme.example"},
            {"email": "ann@acme.example", "given_name": "Anna"},
            {"email": "", "phone": ""},
            {"given_name": "Joseph", "family_name": "Kowalski", "company": "Other"},
        ),
        Thresholds(share=400),
    )

    assert found.cluster.tolist() == [0, 0, 2, 3]
    assert found.proposed.tolist() == [0, 0, 0, 3]
    assert found.decision.tolist() == [Decision.REVIEW, Decision.REVIEW, Decision.REVIEW, Decision.NONE]
    assert found.reasons[found.reason[0]] == "likely: same family name, same given name, same company"
    assert found.reasons[found.reason[3]] == ""


def test_said_to_be_different_is_obeyed():
    table = people({"email": "ann@acme.example"}, {"email": "ann@acme.example"}, {"email": "ann@acme.example"})

    found = match_table(table, different=(np.array([2]), np.array([0])))

    assert found.cluster[0] != found.cluster[2]
    assert found.proposed[0] != found.proposed[2]


def test_said_to_be_the_same_joins_what_no_rule_does():
    table = people(
        {"email": "ann@acme.example"}, {"given_name": "Joseph", "family_name": "Kowalski", "company": "Other"}
    )

    found = match_table(table, same=(np.array([1]), np.array([0])))

    assert found.cluster.tolist() == [0, 0]
    assert found.reasons[found.reason[1]] == "decision.same"


def test_a_number_of_no_known_kind_tells_persons():
    strangers = [{"given_name": f"G{no}", "family_name": f"F{no}", "tax_no": f"{no:05}"} for no in range(30)]
    twins = [
        {"given_name": "", "family_name": "Weber", "company": "", "tax_no": "99-1"},
        {"company": "", "tax_no": "991"},
    ]

    table = people(*strangers, *twins)

    assert len(table.others) == 1
    assert match_table(table).proposed[-1] == 30


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_components_hang_together_by_their_links(links):
    left, right = (np.array([link[side] for link in links], dtype=np.int64) for side in (0, 1))

    label = components(20, left, right)

    reached = {no: {no} for no in range(20)}
    for _ in range(20):
        for a, b in links:
            reached[a] = reached[b] = reached[a] | reached[b]
            for other in reached[a]:
                reached[other] = reached[a]
    assert label.tolist() == [min(reached[no]) for no in range(20)]


def test_a_record_that_was_exported_a_hundred_times_is_one():
    found = match_table(people(*[{"email": "ann@acme.example"}] * 120))

    assert set(found.cluster.tolist()) == {0}


def test_colleagues_whose_names_were_left_out_are_not_one():
    office = {"given_name": "", "family_name": "", "phone": "+12065550100", "street": "1 Main St"}
    table = people(*({**office, "email": email} for email in ("ann@acme.example", "bob@home.example")))

    assert match_table(table).proposed.tolist() == [0, 1]


@pytest.mark.parametrize(
    "parts", [{"given_name": "Ann Weber", "family_name": ""}, {"given_name": "", "family_name": "Ann Weber"}]
)
def test_full_name_in_the_column_of_one_part_is_taken_apart(parts):
    others = [
        {"given_name": given, "family_name": family} for given in ("Ann", "Joe") for family in ("Weber", "Okafor")
    ]

    table = people(parts, {"given_name": "Joe Frank", "family_name": ""}, *others)

    names = [
        (column.codes[row] >= 0) and column.values[column.codes[row]]
        for row in (0, 1)
        for column in (table.given, table.family)
    ]
    assert names == ["ann", "weber", "joe frank", False]  # nobody is called Frank by the family
