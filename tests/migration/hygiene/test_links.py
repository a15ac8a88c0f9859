"""Pointers between records follow merges; nothing is dropped, nobody becomes their own parent (H2, H8)."""

import random

import pytest

from migration.hygiene.links import LINKS, ORDER, Moved, cycles, follow, households, moves, plain_id

INTO = {
    **moves("account", {"0012": Moved("0007", "same name, same domain"), "0007": Moved("0003", "same phone")}),
    **moves("contact", {"c2": Moved("c1", "same e-mail")}),
}


def test_pointers_move_to_where_their_records_have_gone_in_the_end():
    told = follow("deal", {"account_id": "0012", "contact_id": "c2", "name": "Ten seats"}, INTO)
    assert told.values == {"account_id": "0003", "contact_id": "c1", "name": "Ten seats"}
    assert told.lineage == {
        "account_id": "moved with account 0012 into 0003: same name, same domain, then same phone",
        "contact_id": "moved with contact c2 into c1: same e-mail",
    }


def test_a_pointer_to_nothing_stays_and_is_told():
    known = {("account", "0003"), ("account", "0007"), ("account", "0012")}
    told = follow("contact", {"account_id": "9999"}, INTO, known)
    assert told.values == {"account_id": "9999"}
    assert [(one.rule, one.field, one.raw) for one in told.missing] == [("relation.missing", "account_id", "9999")]
    assert not follow("contact", {"account_id": "0003"}, INTO, known).missing
    # accounts alone were given: nobody can tell whether the contact is missing
    assert not follow("deal", {"contact_id": "c9"}, INTO, known, given={"account"}).missing


def test_what_an_activity_is_about_follows_whichever_record_it_is():
    told = follow("activity", {"related_to": "0007", "subject": "Call"}, INTO, known=set())
    assert told.values == {"related_to": "0003", "subject": "Call"}
    assert told.lineage == {"related_to": "moved with account 0007 into 0003: same phone"}
    assert follow("activity", {"related_to": "Lunch"}, INTO, known=set()).missing == ()


def test_a_cell_that_names_several_names_each_once():
    assert follow("deal", {"account_id": "0012; 0003;5"}, INTO).values == {"account_id": "0003;5"}


def test_a_child_merged_with_its_parent_does_not_become_its_own_parent():
    told = follow("account", {"source_id": "0012", "parent_id": "0007"}, INTO)
    assert "parent_id" not in told.values
    assert [(one.rule, one.raw) for one in told.cut] == [("relation.self", "0007")]
    assert follow("account", {"source_id": "5", "parent_id": "0007"}, INTO).values["parent_id"] == "0003"


def test_an_id_of_15_letters_and_of_18_is_one():
    assert plain_id("001f4000003NkdRAAS") == plain_id(" 001f4000003NkdR ") == "001f4000003NkdR"
    assert plain_id("001F4000003NKDRAAS") == "001F4000003NKDRAAS"  # its case is not what the end says
    into = moves("account", {"001f4000003NkdRAAS": Moved("001x", "same name")})
    assert follow("contact", {"account_id": "001f4000003NkdR"}, into).values == {"account_id": "001x"}


def test_a_circle_is_cut_once_at_the_most_doubtful_then_the_youngest():
    parents = {"a": "b", "b": "c", "c": "a", "d": "a", "e": "e", "x": "y", "y": "x"}
    since = {"a": "2020", "b": "2024", "c": "2021"}
    told = cycles(parents, since=since)
    assert [(one.child, one.parent) for one in told] == [("b", "c"), ("e", "e"), ("y", "x")]
    assert [one.says.rule for one in told] == ["relation.circle", "relation.self", "relation.circle"]
    assert told[0].says.message == "Parents go round in a circle: b → c → a → b."
    assert [one.child for one in cycles(parents, doubtful={"c"}, since=since)] == ["c", "e", "y"]


@pytest.mark.parametrize("seed", range(5))
def test_after_the_cuts_no_record_is_above_itself(seed):
    draw = random.Random(seed)
    parents = {str(n): str(draw.randrange(60)) for n in range(50)}
    told = cycles(parents)
    assert told == cycles(dict(sorted(parents.items(), key=lambda _: draw.random())))
    for one in told:
        del parents[one.child]
    assert cycles(parents) == []
    assert len(parents) + len(told) == 50


def test_both_households_of_a_merged_person_are_told():
    said = [one.message for one in households("H1", ["H1", "H2", "H3", ""], {"H2": 2})]
    assert said == [
        "The records of this person name two households: H1 is kept; H2 goes on with 2 others.",
        "The records of this person name two households: H1 is kept; H3 has nobody else.",
    ]


def test_what_is_pointed_at_comes_first():
    for obj, fields in LINKS.items():
        assert all(target == obj or ORDER.index(target) < ORDER.index(obj) for target in fields.values())
