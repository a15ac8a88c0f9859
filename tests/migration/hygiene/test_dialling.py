"""The quick way to a number gives what the library gives, on everything people write (H4)."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from migration.hygiene import dialling, phones

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
SHARING = ("US", "CA", "GB", "JE", "DE", "FR", "IT", "RU", "KZ", "AU", "AR")
KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN)
TAILS = (
    " ext. 12", " x99", "x7", " ext 123456", "ext.1234567", "extension 4", ", x 5", " EXT. 3", "x12x", " #5", "/ x12",
    " x. 4", " (x12)", " or 0301234567", ";ext=7", "\u00a0", " (work)",
)  # fmt: skip


def shapes(rng, example):
    """One number of a country as people write it there, abroad, or wrongly."""
    code, own = str(example.country_code), phonenumbers.national_significant_number(example)
    return rng.choice((
        phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL),
        phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL),
        own, "0" + own, "1" + own, "8" + own, "00" + code + own, "011" + code + own, code + own,
        f"+{code} (0) {own}", f"+{code}0{own}", f"({own[:3]}) {own[3:]}", f"{own[:3]}/{own[3:]}", f"(+{code}) {own}",
    ))  # fmt: skip


def slipped(rng, text):
    """`text` with up to two slips of the fingers."""
    letters = list(text)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        at = rng.randrange(len(letters))
        draw = rng.random()
        if draw < 0.6:
            letters[at] = rng.choice("0123456789")
        elif draw < 0.8:
            letters.insert(at, rng.choice("0123456789 -./()+x#,"))
        elif len(letters) > 1:
            del letters[at]
    return "".join(letters)


def written(rng):
    """(number, country) as in exports: every country, every kind, right and wrong countries."""
    for region in REGIONS:
        for kind in KINDS:
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            for _ in range(14):
                tail = rng.choice(TAILS) if rng.random() < 0.2 else ""
                elsewhere = rng.choice((*REGIONS, "", "XX"))
                where = rng.choice((region, region, region, elsewhere, "US", "GB", "DE"))
                yield slipped(rng, shapes(rng, example)) + tail, where


def noise(rng, size):
    """Digits and signs by chance, mostly in the countries whose codes are shared."""
    for _ in range(size):
        start = rng.choice(("", "+", "(", "+ (", " ", "00", "+1", "+44", "+7"))
        text = "".join(rng.choice("0123456789" * 3 + " -.()/+") for _ in range(rng.randint(1, 16)))
        yield (
            start + text,
            rng.choice((*SHARING, rng.choice(REGIONS))),
        )


@pytest.mark.parametrize("seed", range(4))
def test_dialling_equals_the_library_on_ten_thousand_inputs(seed):
    rng = random.Random(seed)
    inputs = [*written(rng), *noise(rng, 34_000)][seed::4]

    wrong = [one for one in inputs if dialling.phone(one[0], region=one[1]) != phones.phone(one[0], region=one[1])]

    assert len(inputs) >= 10_000
    assert wrong == []


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("(415) 555-0100", "US", "+14155550100"),
        ("+44 (0)1534 444888", "US", "+441534444888"),
        ("0039 06 6982 1234", "US", "+390669821234"),  # the zero stays in Italy
        ("8 (495) 739-55-55", "RU", "+74957395555"),
        ("011 49 89 99998123", "US", "+498999998123"),
        ("0011 49 89 99998123", "AU", "+498999998123"),
    ],
)
def test_dialling_takes_prefixes_off_as_each_country_does(raw, region, number):
    assert dialling.phone(raw, region=region).number == number


def test_dialling_asks_the_library_only_for_what_is_rare(monkeypatch):
    asked = []
    monkeypatch.setattr(phones, "phone", lambda raw, *, region: asked.append(raw))

    for raw in ("(415) 555-0100", "+49 89 99998123", "020 7946 0958 ext. 4", "call me"):
        dialling.phone(raw, region="GB")

    assert asked == ["call me"]
