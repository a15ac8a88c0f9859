"""What is cleaned all at once is what the rules make of each value (H4)."""

import random
import re

import numpy as np
import pytest

from migration.hygiene import alphabet, dialling, lanes, text
from migration.hygiene.alphabet import Packed, packed
from migration.hygiene.bulk import Task, clean_values
from migration.hygiene.phones import Phone
from migration.hygiene.standardise import Context, Field

CONTEXT = Context(region="US")
REGIONS = ("US", "CA", "JM", "GB", "DE", "FR", "IT", "ES", "NL", "AU", "IN", "CH", "PL", "BR", "AR", "MX", "SE", "")
NASTY = [
    "", " ", "x", " x", "x ", "a  b", "a b", "'=x", "-", "--", "N/A", "n/a", "NULL", "Unknown", "(none)", "a\tb", "é",
    "zoë b", ".", "tbd", "not available", "Not  available", "\x1f", "a\x01", "#REF!", "Nan", "undefined", "nil ",
]  # fmt: skip
ADDRESSES = [
    "ann.lee@acme.example", "Ann.Lee@ACME.example", ".ann@acme.example", "ann.@acme.example", "a..b@acme.example",
    "ann@acme", "ann@acme.test", "ann@gmial.com", "info@acme.example", "Sales@acme.example", "test@gmail.com",
    "none@acme.example", "x@test.com", "ann@@acme.example", "@acme.example", "ann@", "a+b@acme.example",
    "info+x@acme.example", "ann@ac--me.example", "a--b@acme.example", "ann_lee@acme-x.co.uk", "mailto:a@acme.example",
    "a@acme.example; b@acme.example", "ann@acme.example.", "ann@.acme.example", "ann@acme..example", "1@a.de",
    "ann@-acme.example", "ann@gmail.com", "user@gmail.com", "ann@localhost", "ann@acme.c", "a@b@c.de", "x@x.com",
]  # fmt: skip
INSTANTS = [
    "2026-02-23T20:55:00.000+0000", "2026-02-23 20:55:00", "2026-02-23", "2026-02-30", "2026-02-23T24:00:00Z",
    "2026-02-23T20:55:00Z", "2026-02-23T20:55:60Z", "2026-02-23T20:55:00.5Z", "2026-02-23T20:55:00+00:00",
    "2026-02-23T20:55:00+01:00", "2026-02-23T20:55:00.000", "2026-02-23 2:55", "23.02.2026", "0000-01-01",
    "2026-13-01 10:00:00", "2026-02-23T20:55:00.000Z", "2026-02-23T29:55:00Z", "2026-02-23T20:61:00Z", "2026-02-23 ",
]  # fmt: skip


def many(texts, least=600):
    """Enough of them, packed."""
    made = packed(list(texts) * (least // len(texts) + 1), many=1)
    assert isinstance(made, Packed)
    return made


def same(name, texts, region="", context=CONTEXT):
    """Assert that the lane says what the rules say; returns the share it has settled."""
    lane = lanes.lane_of(Field(name), texts, region, context)
    done = clean_values(Task(name, region, context, list(texts)))
    for at in np.flatnonzero(lane.settled).tolist():
        raw = texts[at]
        made = raw if done.made[at] is None else done.made[at]
        ours = raw if lane.data is None else lane.data[at].decode()
        rule = lane.rule if lane.changed is not None and lane.changed[at] else ""
        assert (ours, rule) == (made, done.names_of_rules[done.rules[at]]), raw
        assert at not in done.issues, raw
        assert at not in done.more, raw
    return lane.settled.mean()


def test_neat_texts_stay_as_they_are():
    texts = many(["Head of Sales", "x" * 40, *NASTY], 700)
    told = lanes.neat(texts).tolist()

    for raw, is_neat in zip(texts, told, strict=True):
        tidied = "" if text.is_blank(text.unguard(text.tidy(raw))) else text.unguard(text.tidy(raw))
        assert not is_neat or raw == tidied
    assert told[:2] == [True, True]
    assert same("title", texts) > 0.1


def test_addresses_are_cleaned_alike():
    draw = random.Random(2)
    letters = "abcdefgAB.@-_+ 9'"
    strange = ["".join(draw.choices(letters, k=draw.randrange(1, 20))) for _ in range(3_000)]

    assert same("email", many(ADDRESSES)) > 0.15
    same("email", many([*strange, *(f"{one}@acme.example" for one in strange), "zo\u00eb@acme.example"]))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_instants_are_cleaned_alike(zone):
    assert same("created_at", many(INSTANTS), context=Context(zone=zone)) > 0.2


def test_companies_are_cleaned_alike():
    names = [
        "Acme",
        "Acme Inc.",
        "Acme, Inc",
        "Sunny Spa",
        "ACME SPA",
        "Lee & Sons",
        "A, B",
        "Co",
        "Acme GmbH & Co. KG",
    ]

    assert same("company", many(names)) > 0.3


def numbers(region, count=1_500):
    """Numbers that look real in many countries, in many spellings."""
    draw = random.Random(f"numbers {region}")
    found = []
    for _ in range(count):
        style = draw.randrange(6)
        digits = "".join(draw.choices("0123456789", k=draw.randrange(6, 13)))
        if style == 0:
            made = f"+{draw.choice((1, 1876, 1246, 44, 49, 33, 39, 34, 7, 55, 54, 52, 86, 590, 61))}{digits[:10]}"
        elif style == 1:
            made = f"({draw.choice((212, 530, 876, 246, 416, 800, 900))}) {digits[:3]}-{digits[2:6]}"
        elif style == 2:
            made = f"0{digits[:3]} {digits[3:]}"
        elif style == 3:
            made = draw.choice(("(0", "+(49) 0", "0049", "011 44", "1-", "1 ", "+1.", "++1", "+ 49")) + digits
        elif style == 4:
            made = f"{draw.choice((876, 246, 658, 242, 416, 787))}{draw.choice((606, 521, 555))}{digits[:4]}"
        else:
            made = digits
        found.append(made)
    return [
        *found,
        "1234567",
        "'+1 641 555 4794",
        "'+16415554794",
        "5551234567",
        "0123456789",
        "+1 530 555 1111",
        "530 555 0160 x12",
        "call me",
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_are_cleaned_alike(region):
    same("phone", packed(numbers(region), many=1), region)


def test_most_numbers_are_settled_at_once():
    texts = [f"({area}) 555-{last:04}" for area in (212, 530, 416) for last in range(100, 300)]

    assert same("phone", packed(texts, many=1), "US") > 0.8


@pytest.mark.parametrize("region", REGIONS)
def test_last_digits_do_not_matter_where_it_is_said(region):
    draw = random.Random(f"steady {region}")
    told = 0
    for raw in numbers(region, 400):
        digits = re.sub(r"\D", "", raw)
        is_abroad = raw.startswith("+")
        if not dialling.FEWEST <= len(digits) <= dialling.MOST:
            continue
        if (found := dialling.steady(digits, region, is_abroad=is_abroad)) is None:
            continue
        told += 1
        for _ in range(6):
            other = digits[: -dialling.FREE] + "".join(draw.choices("0123456789", k=dialling.FREE))
            made = dialling.phone("+" * is_abroad + other, region=region)
            if isinstance(made, Phone):
                assert made.number == f"+{found[0]}{other[-found[1] :]}"
            else:
                assert made.rule == "phone.placeholder"
    assert told


def test_texts_that_grow_or_are_odd_keep_their_place():
    texts = packed(["a", "é", "b", "c"], many=1)
    made = texts.replaced(np.array([0, 1]), ["ö" * 9, "plain"])

    assert list(made) == ["ö" * 9, "plain", "b", "c"]
    assert list(texts.replaced(np.array([2]), ["x" * (alphabet.WIDEST + 1)])) == ["a", "é", "x" * 65, "c"]
