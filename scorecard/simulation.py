"""How often each vendor leads when weights and ratings are a little off (V10). Without Django; seeded.

One draw multiplies every weight by a factor drawn evenly from 1 ± `weight_noise` percent and moves
every rating one step up or down, each with half of `rating_noise` percent, held on the scale. A veto
is judged by the moved ratings, missing must-haves stay. Whole numbers only, so that a draw has the
same leader on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import lcm, sqrt
from random import Random
from typing import Any

from scorecard.robustness import Entry, Panel
from scorecard.scoring import HIGHEST, LOWEST, MUST_HAVES_MISSING_AT_MOST, Cell, Criterion

NOBODY = ""  # a draw, or every vendor eliminated


def simulate(panel: Panel, *, draws: int, seed: str, weight_noise: int, rating_noise: int) -> Counter[str]:
    """Count who leads in `draws` draws; NOBODY for a tie. The same seed gives the same counts.

    `panel` is complete. Raises ValueError when a noise is not a percent from 0 to 100.
    """
    if not (0 <= weight_noise <= 100 and 0 <= rating_noise <= 100):
        raise ValueError("Noise is a percent from 0 to 100.")
    random = Random(seed)  # noqa: S311 - a simulation wants a repeatable generator
    vendors = [_prepared(entry, panel) for entry in panel.entries]
    weights = [int(one.weight) for one in panel.criteria]
    found: Counter[str] = Counter()
    for _ in range(draws):
        moved = [weight * (100 + random.uniform(-weight_noise, weight_noise)) for weight in weights]
        whole = [round(weight * 1_000_000) for weight in moved]
        found[_one_draw(vendors, whole, random, rating_noise)] += 1
    return found


def _prepared(entry: Entry, panel: Panel) -> tuple[str, bool, list[tuple[list[int], int, int | None, int | None]]]:
    """Vendor, out by must-haves, and by criterion: ratings, factor to the common scale, settled value, least sum.

    All cells of the panel share one denominator, so that totals compare as whole numbers.
    """
    cells = [cell for one in panel.entries for cell in one.cells.values()]
    scale = lcm(
        *(len(cell.ratings) for cell in cells), *(cell.consensus.denominator for cell in cells if cell.consensus)
    )
    rows = []
    for one in panel.criteria:
        cell = entry.cells[one.key]
        least = None if one.floor is None else -(-one.floor * len(cell.ratings) // 1)
        settled = None if cell.consensus is None else int(cell.consensus * scale)
        rows.append((sorted(cell.ratings.values()), scale // len(cell.ratings), settled, least))
    return entry.vendor, entry.must_haves_missing > MUST_HAVES_MISSING_AT_MOST, rows


def _one_draw(vendors: list, weights: list[int], random: Random, noise: int) -> str:
    best, leader = -1, NOBODY
    half = noise / 200
    for vendor, is_out, rows in vendors:
        total = 0
        for weight, (ratings, factor, settled, least) in zip(weights, rows, strict=True):
            whole = 0
            for rating in ratings:
                chance = random.random()
                step = 1 if chance < half else -1 if chance >= 1 - half else 0
                whole += min(max(rating + step, LOWEST), HIGHEST)
            is_out = is_out or (least is not None and whole < least)
            total += weight * (whole * factor if settled is None else settled)
        if is_out or total < best:
            continue
        leader = NOBODY if total == best else vendor
        best = total
    return leader


def share(wins: int, draws: int) -> tuple[float, float]:
    """The share of wins in percent with its standard error, sqrt(p (1 - p) / n)."""
    ratio = wins / draws
    return 100 * ratio, 100 * sqrt(ratio * (1 - ratio) / draws)


def packed(panel: Panel) -> dict[str, Any]:
    """A panel as plain data for storing, fractions as text."""
    return {
        "criteria": [
            [one.key, int(one.weight), None if one.floor is None else str(one.floor)] for one in panel.criteria
        ],
        "entries": [
            [
                entry.vendor,
                entry.must_haves_missing,
                {
                    key: [dict(cell.ratings), None if cell.consensus is None else str(cell.consensus)]
                    for key, cell in entry.cells.items()
                },
            ]
            for entry in panel.entries
        ],
    }


def unpacked(data: Mapping[str, Any]) -> Panel:
    """The panel that `packed` made plain."""
    return Panel(
        [Criterion(key, weight, Fraction(floor) if floor else None) for key, weight, floor in data["criteria"]],
        [
            Entry(
                vendor,
                {
                    key: Cell(ratings, consensus=Fraction(settled) if settled else None)
                    for key, (ratings, settled) in cells.items()
                },
                missing,
            )
            for vendor, missing, cells in data["entries"]
        ],
    )
