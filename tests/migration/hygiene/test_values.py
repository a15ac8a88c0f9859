"""Countries, companies, industries, dates and names: one value in, one standard form out."""

import pytest

from migration.hygiene import countries, dates, names
from migration.hygiene.company import company, display_names, key
from migration.hygiene.dates import Order
from migration.hygiene.industries import VOCABULARY, industry
from migration.hygiene.issues import Issue
from migration.hygiene.nicknames import related


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("U.S.A.", "US"), ("united states of america", "US"), ("Estados Unidos", "US"), ("England", "GB"),
        ("Deutschland", "DE"), ("The Netherlands", "NL"), ("DEU", "DE"), ("NA", "NA"), ("Côte d'Ivoire", "CI"),
        ("South Korea", "KR"), ("Österreich", "AT"), ("Georgia", "GE"), ("Cayman Islands", "KY"),
    ],
)  # fmt: skip
def test_country_is_iso_3166(raw, code):
    assert countries.country(raw) == code


def test_country_that_is_none_says_so():
    assert countries.country("Atlantis").rule == "country.unknown"


@pytest.mark.parametrize(
    ("domain", "code"),
    [("acme.de", "DE"), ("acme.co.uk", "GB"), ("acme.io", ""), ("acme.com", ""), ("acme.example", "")],
)
def test_domain_tells_a_country_only_where_it_is_one(domain, code):
    assert countries.from_domain(domain) == code


@pytest.mark.parametrize(
    ("raw", "code"), [("+49 89", "DE"), ("0033 1", "FR"), ("+1 206", ""), ("+44 20", ""), ("089 1", "")]
)
def test_dial_code_tells_a_country_only_where_it_is_alone(raw, code):
    assert countries.from_dial(raw) == code


@pytest.mark.parametrize(
    ("raw", "name", "form"),
    [
        ("Apple Inc", "Apple", "Inc"), ("Apple, Inc.", "Apple", "Inc."), ("Apple", "Apple", ""),
        ("Muster GmbH & Co. KG", "Muster", "GmbH & Co. KG"), ("Acme Pty Ltd", "Acme", "Pty Ltd"),
        ("Telefónica, S.A.", "Telefónica", "S.A."), ("Sunny Spa", "Sunny Spa", ""), ("Pasta S.p.A.", "Pasta", "S.p.A."),
        ("GMBH & Co. KG", "GMBH & Co. KG", ""), ("Stone & Path", "Stone & Path", ""),
    ],
)  # fmt: skip
def test_company_keeps_its_name_and_puts_the_form_apart(raw, name, form):
    assert company(raw)[:2] == (name, form)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Apple Inc", "Apple, Inc.", "Apple", "APPLE INC.", "The Apple Company"),
        ("A B C Logistics", "ABC Logistics", "ABC Logistics Ltd."),
        ("Stone & Path", "Stone and Path", "Stone Path LLC"),
    ],
)
def test_spellings_of_a_company_have_one_key(spellings):
    assert len({key(each) for each in spellings}) == 1


def test_display_name_is_the_most_frequent_then_the_best_written():
    assert display_names({"APPLE": 2, "Apple Inc": 2, "apple": 1, "Pear": 1}) == {"apple": "Apple", "pear": "Pear"}


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("computer software", "Technology"), ("OIL_ENERGY", "Energy & Utilities"), ("Retail", "Retail"),
        ("Hospitals & Clinics", "Health Care"), ("Rail, Bus & Taxi", "Logistics & Transport"),
    ],
)  # fmt: skip
def test_industry_is_of_the_vocabulary(raw, label):
    assert industry(raw) == label


@pytest.mark.parametrize("label", VOCABULARY)
def test_every_label_means_itself(label):
    assert industry(label) == label


def test_industry_of_the_program_wins():
    assert industry("Widgets & Sundries", mapping={"widgets sundries": "Manufacturing"}) == "Manufacturing"
    assert industry("Widgets & Sundries").rule == "industry.unknown"


@pytest.mark.parametrize(
    ("raw", "order", "instant"),
    [
        ("2017-08-04T09:09:50.000+0000", None, "2017-08-04T09:09:50Z"),
        ("2019-11-11 17:23:34", None, "2019-11-11T17:23:34Z"),
        ("3/11/2025 13:00", Order.MDY, "2025-03-11T13:00:00Z"),
        ("3/11/2025 13:00", Order.DMY, "2025-11-03T13:00:00Z"),
        ("02/23/26 08:55 PM", Order.MDY, "2026-02-23T20:55:00Z"),
        ("20231218054831.655", None, "2023-12-18T05:48:31Z"),
        ("2026-03-01T10:00:00+02:00", None, "2026-03-01T08:00:00Z"),
        ("45992.5", None, "2025-12-01T12:00:00Z"),
        ("March 3, 2024", None, "2024-03-03"),
        ("2/2/2024", None, "2024-02-02"),  # the same either way round
    ],
)
def test_datetime_is_iso_in_utc(raw, order, instant):
    assert dates.datetime_of(raw, order=order) == instant


def test_datetime_without_zone_is_read_in_the_zone_of_the_file():
    assert dates.datetime_of("2026-01-05 09:00", zone="Europe/Berlin") == "2026-01-05T08:00:00Z"


@pytest.mark.parametrize(
    ("raw", "order", "rule"),
    [
        ("1/2/2025", None, "date.ambiguous"),
        ("31/02/2024", Order.DMY, "date.impossible"),
        ("23/02/2024", Order.MDY, "date.impossible"),  # the column's order holds for every cell
        ("soon", None, "date.unreadable"),
    ],
)
def test_date_left_alone_says_why(raw, order, rule):
    assert dates.date_of(raw, order=order).rule == rule


def test_date_does_not_move_with_the_zone():
    assert dates.date_of("2026-01-05T00:00:00.000+0000") == "2026-01-05"


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["1/2/2025", "13/2/2025"], Order.DMY),
        (["1/2/2025", "2/13/2025"], Order.MDY),
        (["1/2/2025", "3/4/2025"], None),
        (["13/2/2025", "2/13/2025"], None),  # a column that contradicts itself
        (["2025-01-02"], Order.YMD),
        (["2025-01-02", "2/13/2025"], Order.MDY),
        ([], None),
    ],
)
def test_order_is_told_by_the_column(values, order):
    assert dates.infer_order(values) is order


@pytest.mark.parametrize(
    ("full", "given", "middle", "family", "suffix"),
    [
        ("John F. Smith Jr.", "John", "F.", "Smith", "Jr."), ("Charney, Peggie", "Peggie", "", "Charney", ""),
        ("Dr. van der Berg, Anna Maria", "Anna", "Maria", "van der Berg", ""),
        ("Maria de la Cruz", "Maria", "", "de la Cruz", ""), ("Smith, John Jr.", "John", "", "Smith", "Jr."),
        ("Madonna", "", "", "", ""), ("Jane Roe, PhD", "Jane", "", "Roe", ""),
        ("李小龙", "小龙", "", "李", ""), ("欧阳娜娜", "娜娜", "", "欧阳", ""), ("김 민수", "민수", "", "김", ""),
    ],
)  # fmt: skip
def test_full_name_is_taken_apart(full, given, middle, family, suffix):
    found = names.parse(full)

    assert (found.given, found.middle, found.family, found.suffix) == (given, middle, family, suffix)


@pytest.mark.parametrize(
    ("raw", "is_family", "cased"),
    [
        ("MCDONALD", True, "McDonald"), ("o'brien", True, "O'Brien"), ("VAN DER BERG", True, "van der Berg"),
        ("ANNA-MARIA", False, "Anna-Maria"), ("DeShawn", False, "DeShawn"), ("JP", False, "JP"),
        ("élodie", False, "Élodie"),
    ],
)  # fmt: skip
def test_name_case_changes_only_what_has_none(raw, is_family, cased):
    assert names.cased(raw, is_family=is_family) == cased


@pytest.mark.parametrize(
    ("one", "two", "yes"),
    [("bob", "robert", True), ("alex", "alexandra", True), ("alexander", "alexandra", False), ("mark", "mary", False)],
)
def test_nicknames_share_a_family_of_names(one, two, yes):
    assert related(one, two) is yes


def test_swapped_names_are_seen_but_common_doubles_are_not():
    assert names.swapped("Smith", "John")
    assert not names.swapped("Thomas", "James")


def test_issue_keeps_the_raw_value():
    found = industry("Widgets")

    assert isinstance(found, Issue)
    assert found.raw == "Widgets"
