"""How well records were put together, against a truth: over pairs, over records, and trap by trap. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Score(NamedTuple):
    """Shares from 0 to 1; 1.0 where there was nothing to get wrong or to find."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def _pairs(sizes: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def pairwise(found: Sequence[str], true: Sequence[str]) -> Score:
    """Of the pairs put together, how many are right; of the right ones, how many were put together.

    `found` and `true` name the cluster of each record.

    >>> pairwise("aabb", "aaab")
    Score(precision=0.5, recall=0.3333333333333333)
    """
    together = _pairs(Counter(found))
    wanted = _pairs(Counter(true))
    right = _pairs(Counter(zip(found, true, strict=True)))
    return Score(right / together if together else 1.0, right / wanted if wanted else 1.0)


def b_cubed(found: Sequence[str], true: Sequence[str]) -> Score:
    """The same from each record's view, averaged; far kinder, for most records are alone (Bagga and Baldwin, 1998)."""
    both, of_found, of_true = Counter(zip(found, true, strict=True)), Counter(found), Counter(true)
    precision = sum(size * size / of_found[one] for (one, _), size in both.items())
    recall = sum(size * size / of_true[other] for (_, other), size in both.items())
    return Score(precision / len(found), recall / len(found)) if found else Score(1.0, 1.0)


def wrong_by_trap(
    found: Sequence[str], true: Sequence[str], traps: Sequence[tuple[str, ...]]
) -> Mapping[str, tuple[int, int]]:
    """Trap -> (records wrongly put together with another person's, records of the trap).

    A record counts when its cluster holds somebody else and it belongs to the cluster's
    minority, or the cluster has none.
    """
    both, of_found = Counter(zip(found, true, strict=True)), Counter(found)
    most: dict[str, tuple[int, str]] = {}
    for (one, other), size in both.items():
        most[one] = max(most.get(one, (0, "")), (size, other))
    made: dict[str, list[int]] = {}
    for one, other, named in zip(found, true, traps, strict=True):
        is_wrong = of_found[one] != both[one, other] and most[one][1] != other
        for trap in named:
            told = made.setdefault(trap, [0, 0])
            told[0] += is_wrong
            told[1] += 1
    return {trap: (wrong, size) for trap, (wrong, size) in sorted(made.items())}
