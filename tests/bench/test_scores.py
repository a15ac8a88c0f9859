"""The benchmark's measures, worked out by hand and by counting all pairs."""

import random
from itertools import combinations

import pytest

from crmprogram.bench.hygiene import size_of
from crmprogram.bench.scores import Score, b_cubed, pairwise, wrong_by_trap


def test_pairwise_counts_pairs():
    assert pairwise("aab", "aab") == Score(1.0, 1.0)
    assert pairwise("abc", "aab") == Score(1.0, 0.0)
    assert pairwise("aaa", "aab") == Score(1 / 3, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_pairwise_equals_looking_at_every_pair(seed):
    draw = random.Random(seed)
    found = [draw.choice("abcd") for _ in range(40)]
    true = [draw.choice("wxyz") for _ in range(40)]
    ours = {pair for pair in combinations(range(40), 2) if found[pair[0]] == found[pair[1]]}
    theirs = {pair for pair in combinations(range(40), 2) if true[pair[0]] == true[pair[1]]}

    score = pairwise(found, true)

    assert score == Score(len(ours & theirs) / len(ours), len(ours & theirs) / len(theirs))
    assert score.f1 == pytest.approx(2 * len(ours & theirs) / (len(ours) + len(theirs)))


def test_b_cubed_averages_over_records():
    # the two of x see one stranger each in their own cluster, the stranger sees two
    assert b_cubed("aaa", "xxy") == Score(pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3), 1.0)
    assert b_cubed("abc", "xxy") == Score(1.0, pytest.approx((1 / 2 + 1 / 2 + 1) / 3))


def test_doing_nothing_is_precise_and_finds_nothing():
    assert pairwise("abc", "xxx") == Score(1.0, 0.0)
    assert Score(0.0, 0.0).f1 == 0.0


def test_a_trap_counts_the_records_that_landed_with_somebody_else():
    traps = [("household",), ("household",), ("household",), ("namesake",), ()]

    assert wrong_by_trap("aaabc", "xxyzz", traps) == {"household": (1, 3), "namesake": (0, 1)}


@pytest.mark.parametrize(("text", "rows"), [("10k", 10_000), ("1m", 1_000_000), ("500", 500), ("2M", 2_000_000)])
def test_sizes_are_read_as_people_write_them(text, rows):
    assert size_of(text) == rows
