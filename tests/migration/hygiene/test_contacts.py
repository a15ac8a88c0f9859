"""Addresses and numbers told from their bytes mean what they mean one by one."""

import numpy as np
import pytest

from migration.hygiene import emails
from migration.hygiene.columns import encode
from migration.hygiene.contacts import among, as_bytes, email_key, mails_of, numbers_of, phone_key

MAILS = [
    "ann@acme.example", "Ann.Lee+news@gmail.com", "annlee@googlemail.com", "info@acme.example", "j.smith2@acme.example",
    "noemail@noemail.com", "none@none.com", "björn@müller.example", "bo@gmial.com", "lee.family3@gmail.com",
    "no address",    "two@at@acme.example", "x@gmail.com", "9@acme.example", "a" * 70 + "@acme.example",
]  # fmt: skip
NUMBERS = ["+12065550100", "206 555 0100", "+442079460123", "020 7946 0123", "0000000", "n/a", "~", "+4930123456"]


def value(column, row):
    code = int(column.codes[row])
    return column.values[code] if code >= 0 else ""


def test_addresses_in_bulk_are_those_of_one():
    columns, facts, local, domain, domains = mails_of([encode(MAILS), encode(reversed(MAILS))])

    assert [value(columns[0], row) for row in range(len(MAILS))] == [email_key(mail) for mail in MAILS]
    assert [value(columns[1], row) for row in range(len(MAILS))] == [email_key(mail) for mail in reversed(MAILS)]
    for code, mail in enumerate(columns[0].values):
        assert facts.private[code] == (mail.rpartition("@")[2] in emails.FREE_MAIL)
        assert facts.role[code] == emails.is_role(mail)  # each is there twice
        assert facts.household[code] == emails.is_household(mail)
        assert facts.numbered[code] == mail.startswith("j.smith2@")
    row = MAILS.index("info@acme.example")
    assert local.codes[row] == -1
    assert domains[domain[row]] == "acme.example"
    assert (facts.private[-1], facts.role[-1], facts.numbered[-1]) == (False, False, False)


def test_codes_do_not_depend_on_the_order_of_the_rows():
    one, two = mails_of([encode(MAILS)]).columns[0], mails_of([encode(MAILS[::-1])]).columns[0]

    assert one.values == two.values
    assert one.codes.tolist() == two.codes[::-1].tolist()


def test_numbers_in_bulk_are_those_of_one():
    columns, tails, partly = numbers_of([encode(NUMBERS)])
    made = [value(columns[0], row) for row in range(len(NUMBERS))]

    assert made[:2] == ["+12065550100", "+12065550100"]  # completed by the one that ends so
    assert made[2:4] == ["+442079460123", "+442079460123"]
    assert made[4:7] == ["", "", ""]
    assert made[7] == phone_key("+4930123456")
    full, part = (columns[0].values.index(text) for text in ("+12065550100", "~2065550100"))
    assert tails[full] == tails[part]
    assert (partly[full], partly[part], partly[-1]) == (False, True, True)


def test_nothing_at_all_is_taken():
    assert mails_of([encode(["", ""])]).columns[0].codes.tolist() == [-1, -1]
    assert numbers_of([encode([])]).columns[0].values == []


@pytest.mark.parametrize("known", [{"info"}, {"info", "a longer one"}])
def test_words_are_found_among_texts(known):
    assert among(as_bytes(["info", "inf", "infos", ""]), known).tolist() == [True, False, False, False]


def test_bytes_of_odd_texts_are_made():
    assert as_bytes(["ä", "\ud800"]).dtype == np.dtype("S8")
