"""Father and son, and two of one name in a company, share more than strangers do (H2)."""

import pytest

from crmprogram.demo.words import FAMILY, GIVEN
from migration.hygiene.compare import Matcher, Record, Thresholds
from migration.hygiene.explain import sentence
from migration.hygiene.homonyms import homonyms_of

ROBERT = {
    "given_name": "Robert", "family_name": "Weber", "phone": "+12065550100", "company": "Acme", "title": "Buyer",
    "street": "9 Mill Road", "postcode": "10001",
}  # fmt: skip
AT_HOME = {"street": "1 Elm Street", "postcode": "20002"}
STAFF = [
    Record(
        f"s{no:02}",
        {"given_name": given, "family_name": family, "phone": f"+120655502{no:02}", "company": "Acme",
         "street": "9 Mill Road", "postcode": "10001"},
    )
    for no, (given, family) in enumerate(zip(GIVEN[:20], FAMILY[:20], strict=True))
]  # fmt: skip


def matcher(*records):
    named = [Record(f"a{no}", values) for no, values in enumerate(records)]
    return Matcher([*named, *STAFF], Thresholds())


def judged(one, two, *others):
    """Kind of the pair of the first two records among twenty colleagues, or None."""
    found = {(pair.a, pair.b): pair for pair in matcher({**ROBERT, **one}, {**ROBERT, **two}, *others).pairs()}
    pair = found.get(("a0", "a1"))
    return pair and pair.kind


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ({}, {}, "certain"),
        ({"title": ""}, {}, "certain"),  # both at their desks
        ({"title": ""}, {"title": "", **AT_HOME}, "review"),
        ({"title": "Director"}, AT_HOME, "review"),
        ({**AT_HOME, "title": ""}, {**AT_HOME, "title": ""}, "review"),
        ({"company": ""}, AT_HOME, "review"),
        ({"family_name": "Webber"}, {}, "certain"),  # a slip takes nothing away
        ({"birth_date": "1950-01-02"}, {"birth_date": "1977-11-20"}, None),
    ],
)
def test_one_name_on_one_line_needs_something_of_its_own(one, two, kind):
    assert judged(one, two) == kind


def test_a_junior_on_the_line_makes_everybody_on_it_doubtful():
    junior = {**ROBERT, **AT_HOME, "suffix": "Jr.", "title": "", "company": ""}

    assert judged({"title": ""}, {"title": ""}) == "certain"
    assert judged({"title": ""}, {"title": ""}, junior) == "review"


def test_what_father_and_son_share_is_taken_off_in_words():
    one, two = ({**ROBERT, **AT_HOME, "title": title} for title in ("Director", "Buyer"))

    pair = next(p for p in matcher(one, two).pairs() if (p.a, p.b) == ("a0", "a1"))

    part = next(part for part in pair.parts if part.field == "homonym")
    assert part.points < 0
    assert "share" in part.text
    assert sum(part.points for part in pair.parts) < 8


def test_a_place_that_other_families_share_is_at_work():
    rows = [Record("h1", {**ROBERT, **AT_HOME}), Record("h2", ROBERT), *STAFF]
    made = Matcher(rows, Thresholds())

    places = homonyms_of(made.table).places
    row = {key: no for no, key in enumerate(made.table.keys)}
    assert (places.at_work[row["h1"]], places.away[row["h1"]]) == (False, True)
    assert (places.at_work[row["h2"]], places.away[row["h2"]]) == (True, False)


def test_two_of_one_name_on_the_office_line_are_shown_to_a_person():
    office = [
        {"given_name": given, "family_name": family, "phone": "+12065550100", "company": "Acme"}
        for given, family in zip(GIVEN[40:43], FAMILY[40:43], strict=True)
    ]
    named = {**ROBERT, "title": ""}

    found = {(p.a, p.b): p for p in matcher(named, named, *office).pairs()}

    assert found["a0", "a1"].kind == "review"
    assert "same telephone number" in sentence(int(matcher(named, named, *office).links().told[0]))
