"""Draw some of very many rows at random, so that the same seed draws the same ones (H2, H8)."""

from __future__ import annotations

import random

from django.db.models import Max, Min, QuerySet

FEW = 10_000  # that are read to draw from
ROUNDS, EACH = 3, 2_000


def draw(found: QuerySet, column: str, *, of: int, size: int, seed: str) -> list[int]:
    """`size` values of a column of whole numbers, each of one of the `of` rows of `found`, in their order.

    Of many rows, numbers between the first and the last are drawn, and those that a row has are taken: each row
    is as likely as any other, and a handful is read of a million. Where such numbers are rare, all are read.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample that is drawn again the same, no secret
    found = found.order_by().values_list(column, flat=True)
    if of > FEW and (drawn := _probed(found, column, size, chance)):
        return sorted(drawn)
    every = sorted(found)
    return sorted(random.Random(seed).sample(every, min(size, len(every))))  # noqa: S311


def _probed(found: QuerySet, column: str, size: int, chance: random.Random) -> list[int]:
    """Those of the drawn numbers that are there, the first `size`; none when too few of them are."""
    ends = found.aggregate(first=Min(column), last=Max(column))
    taken: list[int] = []
    for _ in range(ROUNDS):
        numbers = list(dict.fromkeys(chance.randint(ends["first"], ends["last"]) for _ in range(EACH)))
        there = set(found.filter(**{f"{column}__in": numbers})) - set(taken)
        taken += [one for one in numbers if one in there]
        if len(taken) >= size:
            return taken[:size]
    return []
