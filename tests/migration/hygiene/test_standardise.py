import pytest

from migration.hygiene.dates import Order
from migration.hygiene.issues import Dirt, dirt
from migration.hygiene.standardise import Context, standardise_record, standardise_rows

CONTEXT = Context(region="US", date_orders={"birth_date": Order.MDY})


def clean(**values):
    return standardise_record(values, context=CONTEXT)


def test_record_keeps_the_source_and_names_each_rule():
    source = {"email": " Ann@ACME.example", "country": "U.S.A.", "company": "Acme, Inc."}

    made = standardise_record(source, context=CONTEXT)

    assert source == {"email": " Ann@ACME.example", "country": "U.S.A.", "company": "Acme, Inc."}
    assert made.changes == {
        "email": ("ann@acme.example", "email.lower"),
        "country": ("US", "country.iso3166"),
        "company": ("Acme", "company.legal_form"),
        "company_form": ("Inc.", "company.legal_form"),
    }
    assert made.issues == []


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"country": "Germany"}, "+498999998123"),
        ({"mobile": "+49 171 3920012"}, "+498999998123"),  # a number of one's own tells the country
        ({"email": "a@firm.de"}, "+498999998123"),
        ({"website": "www.firm.de/kontakt"}, "+498999998123"),
        ({"email": "a@firm.io"}, "089 99998123"),  # the program's default does not fit: left alone
    ],
)
def test_phone_takes_the_country_of_its_record(values, number):
    assert clean(phone="089 99998123", **values).values["phone"] == number


def test_country_field_wins_over_the_dial_code():
    made = clean(country="France", mobile="+49 171 3920012", phone="01 99 00 12 34")

    assert made.values["phone"] == "+33199001234"


def test_extension_is_kept_apart():
    made = clean(phone="206-555-0100 ext. 7")

    assert (made.values["phone"], made.values["phone_ext"]) == ("+12065550100", "7")


@pytest.mark.parametrize(
    ("postcode", "country", "made"),
    [
        ("6850", "US", "06850"), ("601", "US", "00601"), ("94104", "US", "94104"), ("941041234", "US", "94104-1234"),
        ("1067", "DE", "01067"), ("sw1a1aa", "GB", "SW1A 1AA"), ("m5v2t6", "CA", "M5V 2T6"), ("1015", "CH", "1015"),
    ],
)  # fmt: skip
def test_postcode_gets_its_zeros_back_where_the_country_has_them(postcode, country, made):
    assert clean(postcode=postcode, country=country).values["postcode"] == made


def test_postcode_unlike_its_country_is_left_alone():
    made = clean(postcode="SW1A 1AA", country="US")

    assert made.values["postcode"] == "SW1A 1AA"
    assert [i.rule for i in made.issues] == ["postcode.unlike_country"]


def test_blank_markers_and_guards_go():
    made = clean(title="--", city="#N/A", phone="'+1 206 555 0100", family_name="Null")

    assert (made.values["title"], made.values["city"]) == ("", "")
    assert made.values["phone"] == "+12065550100"
    assert made.values["family_name"] == "Null"


def test_full_name_fills_empty_parts_only():
    made = clean(full_name="Dr. Anna Maria Roe", given_name="Anne")

    assert (made.values["given_name"], made.values["family_name"]) == ("Anne", "Roe")
    assert made.changes["family_name"] == ("Roe", "name.from_full_name")


def test_single_word_name_is_not_guessed():
    assert [i.rule for i in clean(full_name="Madonna").issues] == ["name.single"]


def test_suffix_leaves_the_family_name():
    made = clean(given_name="John", family_name="SMITH JR.")

    assert (made.values["family_name"], made.values["suffix"]) == ("Smith", "Jr.")


def test_second_address_of_a_cell_is_not_lost():
    assert clean(email="a@x.example, b@x.example").values["email_2"] == "b@x.example"


@pytest.mark.parametrize("values", [{"phone": "vira@contoso.example"}, {"country": "614-555-0124"}])
def test_shifted_rows_are_seen_by_their_content(values):
    assert "row.shifted" in {i.rule for i in clean(**values).issues}


def test_dates_need_the_order_of_their_column():
    made = clean(birth_date="02/03/1990", created_at="02/03/1990")

    assert made.values["birth_date"] == "1990-02-03"
    assert made.values["created_at"] == "02/03/1990"
    assert [(i.rule, i.field) for i in made.issues] == [("date.ambiguous", "created_at")]


def test_rows_come_out_as_records_do():
    rows = [{"phone": "089 99998123", "country": c, "email": "X@y.example"} for c in ("DE", "US", "DE", "")]

    assert standardise_rows(rows, context=CONTEXT) == [standardise_record(r, context=CONTEXT) for r in rows]


def test_cleaning_twice_changes_nothing_more():
    once = clean(
        given_name="ANN", family_name="LEE JR.", email="Ann@x.example", phone="206-555-0100", country="usa",
        company="Acme Inc.", website="www.acme.example/", industry="software", postcode="2101", birth_date="2/23/1990",
    )  # fmt: skip

    again = standardise_record(once.values, context=CONTEXT)

    assert again.changes == {}
    assert again.values == once.values


def test_dirt_has_four_kinds():
    made = clean(phone="123")

    assert dirt(made.issues) == {Dirt.INCONSISTENT}
    assert dirt([], missing=["email"], has_open_duplicate=True, is_stale=True) == {
        Dirt.INCOMPLETE,
        Dirt.DUPLICATE,
        Dirt.STALE,
    }
    assert dirt(clean(email="info@acme.example").issues) == frozenset()
