"""Packed texts are the texts, in their order (and in a third of the room)."""

import random

import numpy as np
import pytest

from migration.hygiene import alphabet, wordsort
from migration.hygiene.alphabet import (
    Packed,
    among,
    containing,
    distinct,
    lengths,
    packed,
    ranked,
    starting,
    take,
    visible,
    year_led,
)


@pytest.fixture
def texts():
    draw = random.Random(3)
    some = [
        "",
        "a",
        "ab",
        "zoë",
        "ÄÖ",
        "北京",
        "😀",
        "+49 89",
        "~",
        " x",
        "é",
        "e\u0301",
        " ",
        "\u00a0",
        "\u3000 ",
        "\x1f",
    ]
    return [draw.choice(some) + (str(draw.randrange(400)) if at % 3 else "") for at in range(3_000)]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(alphabet, "MANY", 10)
    monkeypatch.setattr(alphabet, "FEW", 1.0)


def test_packed_texts_read_as_they_were(texts, small):
    made = packed(texts)

    assert isinstance(made, Packed)
    assert list(made) == texts
    assert [made[at] for at in range(len(made))] == texts
    assert made[5:9] == texts[5:9]
    assert take(made, np.array([7, 7, 0])) == [texts[7], texts[7], texts[0]]
    assert made.take(np.array([3, -1])) == [texts[3], ""]
    assert lengths(made).tolist() == [len(text) for text in texts]
    assert containing(made, "a").tolist() == ["a" in text for text in texts]
    assert visible(made).tolist() == visible(texts).tolist() == [bool(text.strip()) for text in texts]
    year_first = [text[4:5] == "-" and text[:4].isdigit() for text in texts]
    assert year_led(made).tolist() == year_led(texts).tolist() == year_first
    assert starting(made, "+").tolist() == [text[:1] == "+" for text in texts]


@pytest.mark.parametrize("pack", [True, False])
def test_ranked_texts_stand_in_the_order_of_the_alphabet(texts, small, pack):
    codes, distinct = ranked(packed(texts) if pack else texts)

    assert list(distinct) == sorted(set(texts))
    assert [distinct[code] for code in codes.tolist()] == texts


def test_ranked_of_some_texts_knows_only_these(texts, small):
    codes, distinct = ranked(packed(texts), np.array([4, 2, 4]))

    assert list(distinct) == sorted({texts[4], texts[2]})
    assert [distinct[code] for code in codes.tolist()] == [texts[4], texts[2], texts[4]]


@pytest.mark.parametrize("odd", [["a\0", "a"] * 20, ["x" * 200] * 30, ["few"] * 3])
def test_texts_that_padding_would_change_or_that_save_nothing_stay(odd, small):
    assert packed(odd) is odd
    assert [ranked(odd)[1][code] for code in ranked(odd)[0].tolist()] == odd


def test_distinct_texts_are_told_apart(texts, small):
    for some in (texts, packed(texts)):
        codes, values = distinct(some)

        assert len(values) == len(set(texts))
        assert [values[code] for code in codes.tolist()] == texts


def test_texts_of_one_hash_are_not_taken_for_one(monkeypatch):
    data = np.array([b"b", b"a", b"b", b"c"], dtype="S8")
    monkeypatch.setattr(wordsort, "hashes", lambda told: np.zeros(len(told), dtype=np.uint64))

    first, kind = wordsort.grouped(data)

    assert data[first][kind].tolist() == data.tolist()
    assert len(first) == 3


def test_long_texts_stand_in_the_order_of_their_bytes():
    draw = random.Random(5)
    texts = list({"".join(draw.choices("ab", k=draw.randrange(1, 40))).encode() for _ in range(500)})
    data = np.array(texts)

    assert data[wordsort.alphabetical(data)].tolist() == sorted(texts)


def test_texts_are_found_among_known_ones(texts, small):
    known = {"a", "zoë", "+49 8912", "nobody", "x" * 90}
    wanted = [at for at, one in enumerate(texts) if one in known]

    assert among(texts, known) == among(packed(texts), known) == wanted
    assert among(packed(texts), set()) == []
