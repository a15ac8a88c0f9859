"""Pure parts: what differs in a value, which accounts are one, where a zone lies."""

import pytest

from migration import companies, defaults
from migration.differences import segments
from migration.hygiene.features import Record


@pytest.mark.parametrize(
    ("value", "against", "expected"),
    [
        ("Acme", "Acme", [("Acme", False)]),
        ("", "Acme", [("empty", True)]),
        ("", "", [("empty", False)]),
        ("14 Wharf Rd", "14 Wharf Road", [("14 Wharf R", False), ("d", True)]),
        ("Kestrel Limited", "Kestrel Ltd", [("Kestrel L", False), ("imited", True)]),
        ("Ann Le", "Ann Lee", [("Ann L", False), ("e", True)]),
    ],
)
def test_segments_mark_what_differs(value, against, expected):
    assert segments(value, against) == expected


def company(key, **values):
    return Record(key, values)


def test_same_name_and_domain_are_certainly_one_company():
    (pair,) = companies.propose(
        [
            company("a", company="Acme", website="https://acme.com"),
            company("b", company="ACME Inc.", website="https://acme.com"),
        ]
    )

    assert (pair.kind, pair.rule) == ("certain", "company_domain")


def test_same_name_with_another_domain_is_not_proposed():
    found = companies.propose(
        [
            company("a", company="Acme", website="https://acme.com", country="US"),
            company("b", company="Acme", website="https://acme.de", country="DE"),
        ]
    )

    assert found == []


def test_same_name_in_one_street_is_for_a_person():
    (pair,) = companies.propose(
        [
            company("a", company="Acme", city="Bonn", street="Am Markt 1", country="DE"),
            company("b", company="Acme", city="Bonn", street="Am Markt 1", country="DE"),
        ]
    )

    assert pair.kind == "review"
    assert 1 / (1 + 2 ** -sum(part.points for part in pair.parts)) == pytest.approx(pair.probability)


def test_certain_name_and_phone_in_two_countries_is_for_a_person():
    (pair,) = companies.propose(
        [
            company("a", company="Acme", phone="+4989123456", country="DE"),
            company("b", company="Acme", phone="+4989123456", country="AT"),
        ]
    )

    assert pair.kind == "review"


@pytest.mark.parametrize(
    ("zone", "country"), [("Europe/Berlin", "DE"), ("America/New_York", "US"), ("UTC", "US"), ("Asia/Tokyo", "JP")]
)
def test_region_is_the_country_of_the_zone(zone, country):
    assert defaults.region_of(zone) == country
