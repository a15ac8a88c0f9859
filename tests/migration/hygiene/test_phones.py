import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from migration.hygiene.issues import Issue
from migration.hygiene.phones import Phone, phone


@pytest.mark.parametrize(
    ("raw", "region", "number", "extension"),
    [
        ("(089) 123 456", "DE", "+4989123456", ""),
        ("+44 (0)20 7946 0958", "US", "+442079460958", ""),
        ("0049 89 99998123", "US", "+498999998123", ""),
        ("415/776-5577", "US", "+14157765577", ""),
        ("1-614-555-0122", "US", "+16145550122", ""),
        ("+1 206 555 0100 ext. 12", "", "+12065550100", "12"),
        ("(206) 555-0100 x99", "US", "+12065550100", "99"),
    ],
)
def test_phone_is_e164_with_its_extension_apart(raw, region, number, extension):
    found = phone(raw, region=region)

    assert (found.number, found.extension) == (number, extension)


@pytest.mark.parametrize(
    ("raw", "region", "rule"),
    [
        ("1-572-069-1592", "US", "phone.unassigned"),
        ("call me", "US", "phone.unreadable"),
        ("000-000-0000", "US", "phone.placeholder"),
        ("1234567890", "US", "phone.placeholder"),
        ("555-555-5555", "US", "phone.placeholder"),
        ("030 23125123 / 030 23125124", "DE", "phone.several"),
        ("221-2412", "US", "phone.unassigned"),
    ],
)
def test_phone_left_alone_says_why(raw, region, rule):
    found = phone(raw, region=region)

    assert isinstance(found, Issue)
    assert (found.rule, found.raw) == (rule, raw)


@pytest.mark.parametrize("region", ["US", "CA", "GB", "JE", "DE", "FR", "IT", "RU", "KZ", "AU", "NO", "SJ"])
def test_phone_equals_the_reference_on_shared_calling_codes(region):
    example = phonenumbers.example_number(region)
    # One digit off in every place: valid ones and invalid ones of the neighbouring countries.
    national = str(example.national_number)
    for at in range(len(national)):
        for digit in "0379":
            raw = f"+{example.country_code}{national[:at]}{digit}{national[at + 1 :]}"
            number = phonenumbers.parse(raw)
            found = phone(raw, region=region)
            if isinstance(found, Phone):
                assert phonenumbers.format_number(number, PhoneNumberFormat.E164) == found.number
            if not (isinstance(found, Issue) and found.rule == "phone.placeholder"):
                assert phonenumbers.is_valid_number(number) is isinstance(found, Phone)
