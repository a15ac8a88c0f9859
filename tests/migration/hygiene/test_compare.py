import csv
from pathlib import Path

import numpy as np
import pytest

from crmprogram.demo.words import FAMILY, GIVEN
from migration.hygiene.block import Pairs
from migration.hygiene.compare import Matcher, Record, Thresholds, propose

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
ANN = {"given_name": "Ann", "family_name": "Weber", "email": "ann@acme.example", "company": "Acme"}
BULK = [
    Record(f"x{no:03}", {"given_name": given, "family_name": family, "email": f"p@{family}.example", "company": family})
    for no, (given, family) in enumerate(zip(GIVEN[:60], FAMILY[60:120], strict=True))
]


def judge(one, two, *others):
    """The pair of the two records among sixty strangers, or None."""
    records = [Record("a", one), Record("b", two), *others, *BULK]
    found = {(p.a, p.b): p for p in propose(records, Thresholds(review=0.5))}
    return found.get(("a", "b"))


def changed(**values):
    return {**ANN, **values}


@pytest.mark.parametrize(
    "other",
    [
        changed(),
        changed(given_name="Anna"),
        changed(given_name="A."),
        changed(given_name="", family_name="Weber"),
        changed(given_name="", family_name=""),
        changed(given_name="Weber", family_name="Ann"),
        changed(family_name="Wéber"),
        changed(email="Ann+news@acme.example"),
    ],
    ids=["same", "nickname", "initial", "no given name", "no name", "swapped", "accent", "plus tag"],
)
def test_same_email_is_certain_when_names_agree(other):
    pair = judge(ANN, other)

    assert (pair.kind, pair.rule) == ("certain", "email")


@pytest.mark.parametrize(
    "other",
    [
        changed(given_name="Joseph"),
        changed(family_name="Kowalski"),
        changed(family_name="Webber"),
        changed(birth_date="1990-01-01"),
        changed(suffix="Jr."),
    ],
    ids=["other person", "other family name", "slip", "birth date", "suffix"],
)
def test_same_email_is_never_certain_against_a_contradiction(other):
    pair = judge(changed(birth_date="1961-05-05", suffix="Sr."), other)

    assert pair is None or pair.kind == "review"


@pytest.mark.parametrize(("address", "kind"), [("team7@acme.example", "review"), ("ann.w@acme.example", "certain")])
def test_email_that_carries_two_names_is_certain_only_for_whom_it_names(address, kind):
    one, two = changed(email=address), changed(email=address, given_name="Anna")
    joe = Record("c", {**one, "given_name": "Joseph", "family_name": "Kowalski"})

    assert judge(one, two).kind == "certain"
    assert judge(one, two, joe).kind == kind


@pytest.mark.parametrize(
    ("address", "kind"),
    [("weberhome7@freemail.example", "review"), ("aweber7@freemail.example", "certain")],
)
def test_private_address_without_her_name_may_be_the_familys(address, kind):
    assert judge(changed(email=address), changed(email=address, given_name="A.")).kind == kind


def test_domain_of_many_companies_is_a_providers():
    pair = {"given_name": "", "family_name": "Weber", "email": "webers7@post.example", "company": "Acme"}
    others = [
        Record(
            f"o{no}",
            {"given_name": given, "family_name": family, "email": f"{given}.{no}@{domain}", "company": f"Firm {no}"},
        )
        for domain in ("post.example", "acme.example")
        for no, (given, family) in enumerate(zip(GIVEN[60:80], FAMILY[:20], strict=True))
        if domain == "post.example" or no < 2
    ]

    assert judge({**pair, "given_name": "Ann"}, pair, *others[:2]).kind == "certain"
    assert judge({**pair, "given_name": "Ann"}, pair, *others[:20]).kind == "review"


@pytest.mark.parametrize("address", ["info@acme.example", "test@test.com"])
def test_role_mailbox_and_filler_are_not_certain(address):
    pair = judge(changed(email=address), changed(email=address, given_name="Anna"))

    assert pair is None or pair.kind == "review"


def test_role_mailbox_adds_to_one_name_in_one_company():
    boss = changed(email="info@acme.example")

    assert judge(boss, boss).rule == "details"
    assert judge(boss, {**boss, "company": "Other"}).kind == "review"


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ({}, {}, "certain"),
        ({"company": ""}, {}, "review"),  # nothing but a landline speaks for it
        ({}, {"company": "Other"}, "review"),
        ({"email": "weber@acme.example"}, {"email": "a.weber@acme.example"}, "review"),
        ({"email": "weber@acme.example"}, {"email": "ann77@freemail.example"}, "review"),  # mother and daughter?
        (
            {"email": "weber@acme.example", "title": "Buyer"},
            {"email": "ann77@freemail.example", "title": "Buyer"},
            "certain",
        ),
        ({"title": "Buyer"}, {"title": "Director"}, "review"),
        ({"email": "ann5@freemail.example"}, {"email": "ann77@freemail.example"}, "review"),
        ({"company": "", "street": "1 Elm St"}, {"street": "1 Elm Street"}, "review"),  # a home
        ({}, {"suffix": "Jr."}, "review"),
        ({}, {"given_name": ""}, "review"),
        ({"mobile": "+12065550111"}, {"mobile": "+12065550122"}, None),
        ({}, {"given_name": "Joseph"}, None),
    ],
)
def test_same_landline_is_certain_only_without_any_conflict(one, two, kind):
    base = {"given_name": "Ann", "family_name": "Weber", "phone": "+12065550100", "company": "Acme"}

    pair = judge({**base, **one}, {**base, **two})

    assert (pair and pair.kind) == kind


@pytest.mark.parametrize("other", [{"company": "Other"}, {"email": "ann77@freemail.example"}, {"given_name": ""}])
def test_mobile_belongs_to_one_person(other):
    base = {"given_name": "Ann", "family_name": "Weber", "company": "Acme", "email": "weber@acme.example"}
    own = {"phone": "+12065550199", "mobile": "+12065550100"}
    two = {**base, "phone": "+12065550100", "email": "", **other}

    assert judge({**base, **own}, {**two, **own}).kind == "certain"
    assert judge({**base, **own}, {**two, "company": "Other"}).kind == "review"  # a line that slid among the mobiles?


def test_unreadable_numbers_are_not_certain():
    base = {"given_name": "Ann", "family_name": "Weber", "company": "Acme", "phone": "5550100 22"}

    assert judge(base, base).kind == "review"


def test_office_line_of_many_names_joins_nobody():
    office = [
        Record(f"o{no}", {"given_name": given, "family_name": family, "phone": "+12065550100", "company": "Acme"})
        for no, (given, family) in enumerate(zip(GIVEN[60:90], FAMILY[:30], strict=True))
    ]

    assert propose([*office, *BULK]) == []


def test_father_and_son_on_one_line_go_to_a_person():
    father = {"given_name": "John", "family_name": "Weber", "phone": "+12065550100", "company": "Acme"}
    records = [
        Record("a", {**father, "mobile": "+12065550111"}),
        Record("b", {**father, "mobile": "+12065550122"}),
        Record("c", father),
    ]

    assert {p.kind for p in propose([*records, *BULK])} <= {"review"}


def test_parts_add_up_to_the_probability():
    pair = judge(ANN, changed(email="ann.weber@home.example", phone="+12065550100", city="Berlin"))

    odds = sum(part.points for part in pair.parts)
    assert pair.probability == pytest.approx(1 / (1 + 2**-odds), abs=0.05)
    assert pair.parts[-1].field == "prior"
    assert "Company is the same: acme" in [part.text for part in pair.parts]


def test_parts_say_how_many_names_an_address_carries():
    joe = Record("c", changed(given_name="Joseph", family_name="Kowalski"))

    texts = [part.text for part in judge(ANN, changed(), joe).parts]

    assert "E-mail address is the same: ann@acme.example, which carries 2 different names" in texts


def test_result_does_not_depend_on_the_order_of_rows(contacts_of):
    records, _ = contacts_of(600)

    assert propose(records) == propose(records[::-1])


@pytest.mark.parametrize("parts", [2, 5])
def test_shards_together_give_what_one_run_gives(contacts_of, parts):
    records, _ = contacts_of(600)

    joined = {pair for no in range(parts) for pair in propose(records, shard=(no, parts))}

    assert sorted(joined) == sorted(propose(records))


def test_contacts_sharing_one_demo_mailbox_stay_apart():
    with (SAMPLES / "salesforce/native/Contact.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    records = [
        Record(
            r["Id"],
            {"given_name": r["FirstName"], "family_name": r["LastName"], "email": r["Email"], "phone": r["Phone"],
             "mobile": r["MobilePhone"], "city": r["MailingCity"], "title": r["Title"]},
        )
        for r in rows
    ]  # fmt: skip

    assert len(records) == 133
    assert [p for p in propose(records) if p.kind == "certain"] == []


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_to_compare_gives_nothing(size):
    assert propose(BULK[:size]) == []


def test_two_records_of_one_key_are_refused():
    with pytest.raises(ValueError, match="same key"):
        propose([Record("a", ANN), Record("a", ANN)])


def test_accounts_are_compared_by_company():
    one = {
        "company": "Xerox Corporation",
        "phone": "+12039683000",
        "city": "Stamford",
        "website": "https://xerox.example",
    }
    records = [
        Record("a", one),
        Record("b", {**one, "company": "XEROX"}),
        Record("c", {**one, "company": "Pitney"}),
    ]

    pairs = {(p.a, p.b): p.kind for p in propose([*records, *BULK])}

    assert ("a", "c") not in pairs
    assert pairs[("a", "b")] == "review"  # the number carries two companies


@pytest.mark.parametrize(
    ("title", "sign", "words"), [("Buyer", 1, "Title is the same"), ("Nurse", -1, "Title differs")]
)
def test_title_speaks_for_one_person_or_against(title, sign, words):
    bare = {"given_name": "Ann", "family_name": "Weber", "company": "Acme"}
    pair = judge({**bare, "title": "Buyer"}, {**bare, "title": title})

    part = next(part for part in pair.parts if part.field == "title")
    assert part.points * sign > 0
    assert words in part.text


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({}, "certain"),
        ({"city": "Berlin"}, "review"),
        ({"email": "ann.weber2@acme.example"}, "review"),
        ({"email": "annweber@gmail.com"}, "review"),
    ],
    ids=["nothing differs", "other town", "second of the name", "private address"],
)
def test_one_name_in_one_post_is_certain_unless_something_may_part_it(other, kind):
    post = {"given_name": "Ann", "family_name": "Weber", "company": "Acme", "title": "Head of Procurement"}

    titled = [Record(f"y{no}", {**one.values, "title": f"Office {no}"}) for no, one in enumerate(BULK[:30])]
    pair = judge({**post, "city": "Bonn"}, {**post, **other}, *titled)

    assert pair.kind == kind


def test_names_of_one_country_meet_by_chance_more_often():
    def points(countries):
        people = [
            ("Giulia", "Rossi", "IT"),
            ("Sofia", "Ricci", "IT"),
            ("Emma", "Dupont", "FR"),
            ("Lea", "Moreau", "FR"),
        ]
        records = [
            Record(f"{no:03}", {"given_name": given, "family_name": family, "country": country if countries else "IT"})
            for no, (given, family, country) in enumerate(people * 20)
        ]
        weighed = Matcher(records).weigh(Pairs(np.array([0]), np.array([4])))
        return weighed.points["family_name"][0]

    assert points(countries=True) < points(countries=False) - 0.5


def test_differ_knows_clear_contradictions_only():
    others = {"b": changed(given_name="Anna"), "c": changed(given_name="Joseph"), "d": {}}
    matcher = Matcher([Record("a", ANN), *(Record(key, values) for key, values in others.items())])

    assert matcher.differ("a", "c")
    assert not matcher.differ("a", "b")
    assert not matcher.differ("a", "d")
    assert not matcher.differ("a", "nobody")


def test_address_that_counts_people_is_no_slip():
    one = changed(email="annw@acme.example", phone="+12065550100")

    pair = judge(one, {**one, "email": "ann2@acme.example"})

    assert pair is None or pair.kind == "review"
    assert judge(one, {**one, "email": "annq@acme.example"}).kind == "certain"


def test_initial_beside_a_name_is_no_slip_of_an_address():
    pair = judge(changed(email="a.weber@acme.example"), changed(email="ann.weber@acme.example"))

    assert pair.kind == "review"
