"""The charts of the rule: an episode week by week, and what a rule would have done by team. Pure, as `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from adoption.charts import Chart, Mark, Scale, Values, line, week_marks, xs

LABEL_LEFT = 132  # pixels for the name of a team
PITCH = 17
ROW = 30


@dataclass
class EpisodeChart(Chart):
    """One metric by week: the target as it was in each week, the weeks of the episode on a band."""

    target_path: str = ""
    target_label: Mark | None = None
    band: tuple[float, float] | None = None  # from, width
    marks: list[Mark] = field(default_factory=list)


def axis_of(values: Sequence[float], *, is_share: bool) -> tuple[float, float, float]:
    """Low, high and step of an axis that holds the values; shares stay within 0 to 100.

    >>> axis_of([71.2, 90.0, 88.0], is_share=True)
    (60, 100, 10)
    >>> axis_of([3.2, 12.0], is_share=False)
    (0, 16, 4)
    """
    if is_share:
        low = max(0, int(min(values) // 10) * 10 - 10)
        high = min(100, int(max(values) // 10) * 10 + 10)
        step = 10 if high - low <= 50 else 20
        return low - low % step, high + -high % step, step
    step = max(1, -(-int(max(values) + 1) // 4))
    return 0, 4 * step, step


def episode(
    periods: Sequence[str],
    values: Values,
    targets: Values,
    *,
    bad: Sequence[bool],
    fired: int | None = None,
    back: int | None = None,
    partial: int | None = None,
    is_share: bool = True,
) -> EpisodeChart | None:
    """The chart of an episode; None when no week is measured.

    `bad` marks its weeks, `fired` is the index of the week it was escalated for, `back` of the
    week at target; a target of None is none in that week.
    """
    known = [one for one in values if one is not None]
    if not known:
        return None
    low, high, step = axis_of([*known, *(one for one in targets if one is not None)], is_share=is_share)
    chart = EpisodeChart(720, 250, 34, 646, 26, 214)
    scale = Scale(low, high, chart.top, chart.bottom)
    half = (chart.right - chart.left) / len(periods) / 2
    places = xs(len(periods), chart.left + half, chart.right - half)
    chart.grid = [Mark(scale.y(low + n * step), f"{low + n * step:g}") for n in range(int((high - low) / step) + 1)]
    chart.ticks = week_marks(places, periods, every=1 if len(periods) <= 16 else 2)
    chart.lines["value"] = line(places, values, scale, partial=partial, bad=bad)
    chart.target_path = _steps(places, [None if one is None else scale.y(one) for one in targets], half)
    last = next((one for one in reversed(targets) if one is not None), None)
    if last is not None:
        chart.target_label = Mark(scale.y(last), f"{last:g}{'%' if is_share else ''} target")
    weeks = [n for n, is_bad in enumerate(bad) if is_bad]
    if weeks:
        start = round(places[weeks[0]] - half, 1)
        chart.band = (start, round(places[weeks[-1]] + half - start, 1))
    chart.marks = [Mark(places[at], text) for at, text in ((fired, "escalated"), (back, "back")) if at is not None]
    return chart


def _steps(places: Sequence[float], heights: Values, half: float) -> str:
    """A line that stands over each week and jumps between two."""
    parts, gap = [], True
    for x, y in zip(places, heights, strict=True):
        if y is None:
            gap = True
            continue
        parts.append(f"{'M' if gap else 'L'}{round(x - half, 1)} {y}L{round(x + half, 1)} {y}")
        gap = False
    return "".join(parts)


@dataclass(frozen=True)
class StripWeek:
    """One week of one scope: "met", "worse" or "none" (not measured); `fires` where the rule would escalate."""

    x: float
    kind: str
    fires: bool
    title: str


@dataclass
class StripRow:
    """One scope; `spans` are from and to of the episodes."""

    y: float
    name: str
    weeks: list[StripWeek]
    spans: list[tuple[float, float]]
    said: str


@dataclass
class Strip:
    width: float
    height: float
    ticks: list[Mark]
    rows: list[StripRow]


def strip(periods: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[str, bool, bool, str]], str]]) -> Strip:
    """What a rule would have done: a row per scope, a square per week, a bar below each episode.

    `rows` are the name, (kind, fires, in an episode, title) of each of `periods`, and what is said at the end.
    """
    found = []
    for n, (name, weeks, said) in enumerate(rows):
        places = [LABEL_LEFT + PITCH * at for at in range(len(weeks))]
        drawn = [StripWeek(x, kind, fires, title) for x, (kind, fires, _, title) in zip(places, weeks, strict=True)]
        found.append(StripRow(26 + ROW * n, name, drawn, _spans([one[2] for one in weeks], places), said))
    ticks = [Mark(LABEL_LEFT + PITCH * n + 6, one[-2:]) for n, one in enumerate(periods) if n % 2 == 0]
    return Strip(LABEL_LEFT + PITCH * len(periods) + 70, 30 + ROW * len(rows), ticks, found)


def _spans(inside: Sequence[bool], places: Sequence[float]) -> list[tuple[float, float]]:
    """From and to of each run of weeks in an episode.

    >>> _spans([False, True, True, False, True], [0, 10, 20, 30, 40])
    [(10, 33), (40, 53)]
    """
    edges = [n for n, (one, after) in enumerate(pairwise([False, *inside, False])) if one != after]
    return [(places[start], places[end - 1] + 13) for start, end in zip(edges[::2], edges[1::2], strict=True)]
