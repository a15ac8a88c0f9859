import pytest
from email_validator import EmailNotValidError, validate_email

from migration.hygiene import emails
from migration.hygiene.issues import Issue


@pytest.mark.parametrize(
    ("raw", "address", "others"),
    [
        ("Ann.Lee@ACME.example", "ann.lee@acme.example", ()),
        ("mailto:ann@acme.example?subject=x", "ann@acme.example", ()),
        ("Ann Lee <ann@acme.example>", "ann@acme.example", ()),
        ("ann@acme.example; lee@acme.example", "ann@acme.example", ("lee@acme.example",)),
        ("ann at acme.example", "ann@acme.example", ()),
        ("ann@ acme.example", "ann@acme.example", ()),
        ("ann@acme.example.", "ann@acme.example", ()),
        ("o'neil@acme.example", "o'neil@acme.example", ()),
    ],
)
def test_email_has_one_written_form(raw, address, others):
    found = emails.email(raw)

    assert (found.address, found.others) == (address, others)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("Viggo", "email.invalid"),
        ("a..b@acme.example", "email.invalid"),
        ("ann@acme", "email.invalid"),
        ("ann@host.local", "email.invalid"),
        ("test@test.com", "email.placeholder"),
        ("noemail@noemail.com", "email.placeholder"),
        ("none@gmail.com", "email.placeholder"),
    ],
)
def test_email_left_alone_says_why(raw, rule):
    found = emails.email(raw)

    assert isinstance(found, Issue)
    assert (found.rule, found.raw) == (rule, raw)


@pytest.mark.parametrize(
    "raw",
    [
        "a@b.co", "a.b@c-d.example", ".a@b.example", "a.@b.example", "a@-b.example", "a@b-.example", "a@b..example",
        "a_b@c.example", "a@b.test", "a+b@c.example", "x" * 64 + "@b.example", "x" * 65 + "@b.example",
        "a@b.c1", "a@b.c",
        "a@" + "b" * 63 + ".example", "a@" + "b" * 64 + ".example", "a b@c.example", "a@b_c.example", "ä@b.example",
        "a@bücher.example", "a@xn--bcher-kva.example", "a@b.invalid", "a@1.2.3.4", "a'b@c.example", "a@b@c.example",
    ],
)  # fmt: skip
def test_the_short_way_agrees_with_the_validator(raw):
    try:
        known = validate_email(raw, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        known = None

    assert emails._address(raw) == known


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a.lee+news@googlemail.com", "alee@gmail.com"),
        ("ann+x@acme.example", "ann@acme.example"),
        ("ann@gmial.com", "ann@gmail.com"),
        ("ann@hotmial.com", "ann@hotmail.com"),
    ],
)
def test_keys_of_one_mailbox_are_equal(one, two):
    assert emails.key(one) == emails.key(two)


@pytest.mark.parametrize("domain", ["aon.com", "ymail.com", "web.com", "mail.com", "yahoo.de", "gmail.example.com"])
def test_domains_of_their_own_are_no_slips(domain):
    assert emails.domain_meant(domain) == domain


def test_dots_count_outside_gmail():
    assert emails.key("a.lee@acme.example") != emails.key("alee@acme.example")


@pytest.mark.parametrize(("address", "role"), [("info@acme.example", True), ("informa@acme.example", False)])
def test_role_mailboxes_are_known(address, role):
    assert emails.is_role(address) is role
