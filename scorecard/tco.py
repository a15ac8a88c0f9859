"""What a vendor costs over three years, and the scores that follow from it (V8, V12). Without Django.

Money is whole minor units of one currency throughout. Seats grow at the start of the second
and of the third year and are rounded up: nobody buys half a seat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from scorecard.scoring import HIGHEST, LOWEST

YEARS = 3
MONTHS = 12
INTEGRATION_PERCENT = (15, 30)  # V8: of the licence, in years 2 and 3
RFP_SEATS = 20  # V9
REVENUE_PERCENT = (2, 5)  # V8: the band of sales-led SaaS and services


@dataclass(frozen=True)
class Tier:
    """A licence tier: price of one seat and month, and its seats in the first year."""

    name: str
    price_month: int
    seats: int


@dataclass(frozen=True)
class Offer:
    """What a vendor and its partners quote.

    `growth_percent` is the yearly growth of seats; `integration_percent` the share of the
    licence that integration and customisation take in years 2 and 3. `implementation` and
    `data_cleaning` are paid once; `administration` and `training` every year.
    """

    tiers: Sequence[Tier]
    growth_percent: Fraction = Fraction(0)
    integration_percent: Fraction = Fraction(0)
    implementation: int = 0
    data_cleaning: int = 0
    administration: int = 0
    training: int = 0


@dataclass(frozen=True)
class Year:
    """One year's seats and costs."""

    number: int
    seats: int
    licence: int
    integration: int
    administration: int
    training: int
    once: int

    @property
    def total(self) -> int:
        return self.licence + self.integration + self.administration + self.training + self.once


@dataclass(frozen=True)
class Cost:
    """Three years of one offer."""

    years: Sequence[Year]

    @property
    def total(self) -> int:
        return sum(year.total for year in self.years)

    @property
    def licence(self) -> int:
        return sum(year.licence for year in self.years)

    @property
    def once(self) -> int:
        """Paid once: what "implementation cost" is scored from."""
        return sum(year.once for year in self.years)

    @property
    def running(self) -> int:
        """Paid again and again: what "run-rate cost" is scored from."""
        return self.total - self.once

    @property
    def per_seat(self) -> int:
        """Three years for one seat, by the mean number of seats; 0 without seats."""
        seats = sum(year.seats for year in self.years)
        return rounded(Fraction(self.total * len(self.years), seats)) if seats else 0

    def share_of_revenue(self, yearly_revenue: int | None) -> Fraction | None:
        """The mean yearly cost in percent of the yearly revenue; None where the revenue is not known."""
        if not yearly_revenue:
            return None
        return Fraction(100 * self.total, YEARS * yearly_revenue)


def cost_of(offer: Offer) -> Cost:
    """Add an offer up, year by year. Each yearly amount is rounded once, half up.

    >>> cost_of(Offer([Tier("Professional", 10_000, 10)], growth_percent=Fraction(10))).years[2].seats
    13
    """
    years = []
    for number in range(1, YEARS + 1):
        growth = (1 + offer.growth_percent / 100) ** (number - 1)
        seats = [(tier, ceil(tier.seats * growth)) for tier in offer.tiers]
        licence = sum(tier.price_month * MONTHS * count for tier, count in seats)
        years.append(
            Year(
                number,
                sum(count for _, count in seats),
                licence,
                rounded(licence * offer.integration_percent / 100) if number > 1 else 0,
                offer.administration,
                offer.training,
                offer.implementation + offer.data_cleaning if number == 1 else 0,
            )
        )
    return Cost(years)


def formula_scores(costs: Mapping[str, int]) -> dict[str, Fraction]:
    """Scores from costs: 5 for the cheapest, max(1, 5 - 4 × (cost ÷ cheapest - 1)) for the others (V8, ours).

    Where the cheapest costs nothing, it has 5 and whatever costs anything has 1.

    >>> formula_scores({"a": 100, "b": 125, "c": 400})["b"]
    Fraction(4, 1)
    """
    if not costs:
        return {}
    cheapest = min(costs.values())
    if not cheapest:
        return {key: Fraction(LOWEST if cost else HIGHEST) for key, cost in costs.items()}
    return {
        key: max(Fraction(LOWEST), HIGHEST - (HIGHEST - LOWEST) * (Fraction(cost, cheapest) - 1))
        for key, cost in costs.items()
    }


def revenue_said(share: Fraction | None) -> str:
    """What a share of revenue says, in words; "" within the band or where it is not known."""
    low, high = REVENUE_PERCENT
    if share is None or low <= share <= high:
        return ""
    return f"below {low} %: under-invested?" if share < low else f"above {high} %: over-engineered?"


def is_rfp_advised(seats: int, costs: Sequence[Cost], advised_from: int) -> bool:
    """Is a request for proposals advised (V9)? With 20 seats or more, once the dearest offer costs that much a year."""
    yearly = max((Fraction(cost.total, YEARS) for cost in costs), default=Fraction(0))
    return seats >= RFP_SEATS and yearly >= advised_from


def warnings(offer: Offer, currency: str) -> list[str]:
    """What is worth a second look in an offer: never a price, only the order of magnitude (V12)."""
    found = []
    low, high = INTEGRATION_PERCENT
    if not low <= offer.integration_percent <= high:
        found.append(f"Integration and customisation usually take {low} to {high} % of the licence a year.")
    seats = sum(tier.seats for tier in offer.tiers)
    band = next((one for one in _USUAL if one.seats[0] <= seats <= one.seats[1]), None)
    if currency != "USD" or band is None:
        return found
    month = sum(tier.price_month * tier.seats for tier in offer.tiers) // 100
    once = (offer.implementation + offer.data_cleaning) // 100
    if not band.month[0] <= month <= band.month[1]:
        found.append(f"For {seats} seats a licence of USD {band.month[0]:,} to {band.month[1]:,} a month is usual.")
    if not band.once[0] <= once <= band.once[1]:
        found.append(f"For {seats} seats USD {band.once[0]:,} to {band.once[1]:,} once is usual.")
    return found


def rounded(value: Fraction) -> int:
    """The nearest whole unit, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@dataclass(frozen=True)
class _Usual:
    """What is usual for a number of seats, in whole USD: a month, and once (V12)."""

    seats: tuple[int, int]
    month: tuple[int, int]
    once: tuple[int, int]


_USUAL = (_Usual((5, 15), (500, 3_000), (5_000, 30_000)), _Usual((25, 200), (5_000, 50_000), (50_000, 500_000)))
