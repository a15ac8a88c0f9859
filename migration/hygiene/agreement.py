"""How far two people agree, and what a sample says about the rest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cases judged by two people, and in how many they agree.

    `kappa` is Cohen's: 1 is full agreement, 0 what chance alone gives; None where one of the
    two said one word of every case, which makes it 0 however far they agree.
    """

    cases: int
    agreed: int
    kappa: float | None

    @property
    def percent(self) -> float | None:
        """Share of agreement, 0 to 100; None before the first case."""
        return 100 * self.agreed / self.cases if self.cases else None


def agreement(judged: Iterable[tuple[str, str]]) -> Agreement:
    """Cohen's kappa over pairs of verdicts (J. Cohen, 1960).

    >>> agreement([("same", "same")] * 3 + [("same", "different"), ("different", "different")])
    Agreement(cases=5, agreed=4, kappa=0.5454545454545454)
    """
    pairs = list(judged)
    cases, agreed = len(pairs), sum(one == two for one, two in pairs)
    if not cases:
        return Agreement(0, 0, None)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    if len(first) == 1 or len(second) == 1:
        return Agreement(cases, agreed, None)
    by_chance = sum(first[word] * second[word] for word in first)
    return Agreement(cases, agreed, (agreed * cases - by_chance) / (cases * cases - by_chance))


def upper_bound(errors: int, size: int, confidence: float = 0.95) -> float:
    """The error rate (0 to 1) that `errors` in a random sample of `size` still allows; exact binomial, one-sided.

    >>> round(upper_bound(0, 100), 4), round(upper_bound(1, 100), 4)
    (0.0295, 0.0466)
    """
    if errors >= size:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        at_most = sum(comb(size, k) * rate**k * (1 - rate) ** (size - k) for k in range(errors + 1))
        low, high = (rate, high) if at_most > 1 - confidence else (low, rate)
    return high
