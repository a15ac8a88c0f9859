"""A number by month or quarter, drawn: the axis starts at zero, or below what is negative. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from adoption.charts import Chart, Mark, Scale, Values, line, xs


def periods(labels: Sequence[str], values: Values, target: float | None, *, partial: int | None = None) -> Chart | None:
    """One number over its periods, 300 by 120; None without any value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    low = min(0.0, *known)
    high = max([*known, *([target] if target is not None else []), 0.0]) * 1.1 or 1.0
    chart = Chart(300, 120, 8, 228, 10, 92)
    scale, places = Scale(low, high, chart.top, chart.bottom), xs(len(labels), 8, 228)
    chart.lines["value"] = line(places, values, scale, partial=partial)
    chart.grid = [Mark(scale.y(0), "0")]
    step = 1 if len(labels) <= 4 else 2
    ends = [n for n in range(len(labels)) if (len(labels) - 1 - n) % step == 0]
    chart.ticks = [Mark(places[n], labels[n][-2:]) for n in ends]
    if target is not None:
        chart.targets = [Mark(scale.y(target), "")]
    return chart
