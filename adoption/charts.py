"""Where the marks of the adoption charts stand, in pixels. Pure: templates draw them.

A value of None is "not measured": the line breaks there. The last point may be "to date":
it stands hollow at the end of a dashed line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Values = Sequence[float | None]


@dataclass(frozen=True)
class Scale:
    """Maps `low`..`high` to the pixels `bottom`..`top`; values outside are held at the edge."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Pixels from above.

        >>> Scale(0, 100, 20, 120).y(75)
        45.0
        """
        if self.high == self.low:
            return self.bottom
        ratio = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return round(self.bottom - ratio * (self.bottom - self.top), 1)


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    is_hollow: bool = False
    is_bad: bool = False
    title: str = ""


@dataclass
class Line:
    """One series: `path` through its whole weeks, `dashed` to the week to date."""

    path: str = ""
    dashed: str = ""
    dots: list[Dot] = field(default_factory=list)
    label_x: float = 0
    label_y: float = 0

    @property
    def last(self) -> Dot | None:
        return self.dots[-1] if self.dots else None


@dataclass
class Mark:
    """A line across with its text, or a text under a place."""

    at: float
    text: str


@dataclass
class Chart:
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    grid: list[Mark] = field(default_factory=list)
    ticks: list[Mark] = field(default_factory=list)
    targets: list[Mark] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    band_to: float | None = None


def xs(count: int, left: float, right: float) -> list[float]:
    """`count` places from `left` to `right`; one stands at the right.

    >>> xs(3, 0, 10)
    [0.0, 5.0, 10.0]
    """
    if count == 1:
        return [right]
    return [round(left + n * (right - left) / (count - 1), 1) for n in range(count)]


def line(
    places: Sequence[float], values: Values, scale: Scale, *, partial: int | None = None, bad: Sequence[bool] = ()
) -> Line:
    """A series over `places`; `partial` is the index of the week to date, `bad` marks weeks worse than target."""
    found, parts, gap = Line(), [], True
    for index, (x, value) in enumerate(zip(places, values, strict=True)):
        if value is None:
            gap = True
            continue
        y = scale.y(value)
        if index == partial:
            if not gap and found.dots:
                found.dashed = f"M{found.dots[-1].x} {found.dots[-1].y}L{x} {y}"
        else:
            parts.append(f"{'M' if gap else 'L'}{x} {y}")
        found.dots.append(Dot(x, y, index == partial, index < len(bad) and bool(bad[index])))
        gap = False
    found.path = "".join(parts)
    if found.dots:
        found.label_x, found.label_y = found.dots[-1].x, found.dots[-1].y
    return found


def week_marks(places: Sequence[float], periods: Sequence[str], *, every: int = 1) -> list[Mark]:
    """The number of each week under its place; the year is said by the table."""
    return [Mark(x, one[-2:]) for n, (x, one) in enumerate(zip(places, periods, strict=True)) if n % every == 0]


def activity(
    periods: Sequence[str],
    series: dict[str, Values],
    *,
    partial: int | None,
    targets: Sequence[tuple[float, str]],
    pilot_weeks: int = 0,
) -> Chart:
    """Daily and weekly active reps in percent, 0 to 100; the band marks the weeks of the pilot alone."""
    chart = Chart(760, 300, 30, 662, 20, 266)
    scale = Scale(0, 100, chart.top, chart.bottom)
    places = xs(len(periods), 38, 642)
    chart.grid = [Mark(scale.y(value), str(value)) for value in range(0, 101, 20)]
    chart.ticks = week_marks(places, periods, every=1 if len(periods) <= 14 else 2)
    chart.targets = apart([Mark(scale.y(value), text) for value, text in targets], 13)
    chart.lines = {name: line(places, values, scale, partial=partial) for name, values in series.items()}
    if 0 < pilot_weeks < len(places):
        chart.band_to = round((places[pilot_weeks - 1] + places[pilot_weeks]) / 2, 1)
    return chart


def apart(marks: list[Mark], least: float) -> list[Mark]:
    """The marks from above, of those closer than `least` the first only: two labels in one place say nothing."""
    kept: list[Mark] = []
    for one in sorted(marks, key=lambda mark: mark.at):
        if not kept or one.at - kept[-1].at >= least:
            kept.append(one)
    return kept


def joined(targets: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Lines across with their words; those at the same height become one.

    >>> joined([(80.0, "daily"), (80.0, "Gate 4"), (95.0, "weekly")])
    [(80.0, '80 daily, Gate 4'), (95.0, '95 weekly')]
    """
    found: dict[float, list[str]] = {}
    for value, text in targets:
        found.setdefault(value, []).append(text)
    return [(value, f"{value:g} {', '.join(words)}") for value, words in found.items()]


def spark(values: Values, target: float | None, *, low: float, high: float, partial: int | None = None) -> Chart:
    """The small trend of a leading figure, 150 by 34."""
    chart = Chart(150, 34, 3, 147, 3, 31)
    scale = Scale(low, high, chart.top, chart.bottom)
    chart.lines["value"] = line(xs(len(values), chart.left, chart.right), values, scale, partial=partial)
    if target is not None:
        chart.targets = [Mark(scale.y(target), "")]
    return chart


def spark_of(values: Values, target: float | None, *, partial: int | None = None) -> Chart | None:
    """The small trend on an axis that holds every value and the target; None without any value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    ends = [*known, *([target] if target is not None else [])]
    spare = (max(ends) - min(ends)) * 0.1 or 1
    return spark(values, target, low=min(ends) - spare, high=max(ends) + spare, partial=partial)


def small(
    values: Values, target: float | None, *, bad: Sequence[bool], low: float, partial: int | None = None
) -> Chart:
    """One team of the small multiples, 170 by 96; the axis starts at `low`, which the page says."""
    chart = Chart(170, 96, 6, 124, 8, 74)
    scale = Scale(low, 100, chart.top, chart.bottom)
    chart.lines["value"] = line(xs(len(values), chart.left, chart.right), values, scale, partial=partial, bad=bad)
    chart.grid = [Mark(scale.y(100), "100"), Mark(scale.y(low), f"{low:g}")]
    if target is not None:
        chart.targets = [Mark(scale.y(target), "")]
    return chart


def floor_of(series: Sequence[Values], target: float | None) -> float:
    """Where an axis of percent may start so that every value and the target are on it: a ten.

    >>> floor_of([[91.2, None], [84]], 95)
    80
    """
    known = [value for values in series for value in values if value is not None]
    if target is not None:
        known.append(target)
    return max(0, int(min(known, default=0) // 10) * 10)


@dataclass
class Block:
    """One team of the heat map: a column per rep, a row per week.

    `paths` are pairs of class and path: all cells of one step are one mark, for there are thousands.
    """

    name: str
    x: float
    paths: list[tuple[str, str]]
    said: str
    columns: int


@dataclass
class Heat:
    width: float
    height: float
    rows: list[Mark]
    blocks: list[Block]
    steps: list[tuple[int, int | None]]  # from, to


def heat_steps(most: int) -> list[tuple[int, int | None]]:
    """Five steps of counts up to `most`; the last is open.

    >>> heat_steps(40)
    [(1, 8), (9, 16), (17, 24), (25, 32), (33, None)]
    """
    size = max(1, -(-most // 5))
    return [(1 + n * size, (n + 1) * size if n < 4 else None) for n in range(5)]


SQUARE = "M{x} {y}h13v13h-13z"
CELLS = {  # of a step: classes and shapes; "none" logged is an empty square with a stroke, "off" a dash
    "off": [("h-x", "M{x} {y}m5 7h4")],
    "none": [("h-none", "M{x} {y}h12v12h-12z"), ("h-x", "M{x} {y}m3 10l7 -7")],
    **{str(step): [(f"h{step}", SQUARE)] for step in range(1, 6)},
}


def heat(periods: Sequence[str], teams: Sequence[tuple[str, str, Sequence[Sequence[int | None]]]]) -> Heat:
    """The heat map: `teams` are name, what is said below, and the counts of each rep by week."""
    pitch, left, gap = 15, 44, 26
    most = max((n for _, _, reps in teams for counts in reps for n in counts if n is not None), default=0)
    steps = heat_steps(most)
    rows = [Mark(24 + pitch * n + 11, f"W{one[-2:]}") for n, one in enumerate(periods)]
    blocks, x = [], left
    for name, said, reps in teams:
        marks: dict[str, list[str]] = {}
        for column, counts in enumerate(reps):
            for row, count in enumerate(counts):
                left_at, top = x + pitch * column, 24 + pitch * row
                for kind, shape in CELLS[step_of(count, steps)]:
                    marks.setdefault(kind, []).append(shape.format(x=left_at, y=top))
        blocks.append(Block(name, x, [(kind, "".join(shapes)) for kind, shapes in marks.items()], said, len(reps)))
        x += max(pitch * len(reps), 7 * len(name)) + gap
    return Heat(max(x - gap + 2, 200), 24 + pitch * len(periods) + 20, rows, blocks, steps)


def step_of(count: int | None, steps: Sequence[tuple[int, int | None]]) -> str:
    if count is None:
        return "off"
    if count == 0:
        return "none"
    return str(next(n for n, (_, last) in enumerate(steps, start=1) if last is None or count <= last))


@dataclass(frozen=True)
class TrendWeek:
    """One week of one line: percent or None (not measured), what it is of, and whether it is to date."""

    percent: float | None
    said: str = ""
    to_date: bool = False


INK, SOFT, FAINT, RULE, PAPER, SUNK = "--ink", "--ink-2", "--ink-3", "--rule", "--bg", "--sunk"
LINES = {  # line -> name, colour, width
    "weekly": ("Weekly active", FAINT, 2),
    "daily": ("Daily active", "--accent", 2.5),
    "pilot_weekly": ("Weekly active, pilot", FAINT, 2),
    "pilot_daily": ("Daily active, pilot", "--accent", 2.5),
}


def trend(
    periods: Sequence[str],
    lines: dict[str, Sequence[TrendWeek]],
    *,
    targets: Sequence[tuple[float, str]],
    pilot_weeks: int = 0,
    doubts: dict[str, str] | None = None,
) -> dict:
    """The same chart as a figure of Plotly: data and layout, colours as names of our tokens.

    The axis is 0 to 100 and cannot be moved; a week that is not measured is a gap, marked at the foot
    with the reason of `doubts` (period -> why). A week to date is hollow, its line dotted. The pilot's
    lines are their own and end where the live ones begin.
    """
    weeks = [f"W{one[-2:]}" for one in periods]
    drawn = {key: points for key, points in lines.items() if any(one.percent is not None for one in points)}
    data = [part for key, points in drawn.items() for part in _trend_line(weeks, key, points)]
    if doubts:
        data.append(
            {
                "type": "scatter", "mode": "markers", "name": "Not measured", "cliponaxis": False,
                "x": [f"W{one[-2:]}" for one in doubts], "y": [0] * len(doubts), "customdata": list(doubts.values()),
                "hovertemplate": "Not measured: %{customdata}<extra></extra>",
                "marker": {"symbol": "x-thin", "size": 9, "line": {"color": "--warn", "width": 2}},
            }
        )  # fmt: skip
    return {"data": data, "layout": _trend_layout(weeks, drawn, targets, pilot_weeks)}


def _trend_line(weeks: Sequence[str], key: str, points: Sequence[TrendWeek]) -> list[dict]:
    """The whole weeks, and, dotted, the last of them to the week to date."""
    name, colour, width = LINES[key]
    base = {"type": "scatter", "cliponaxis": False, "connectgaps": False, "x": list(weeks)}
    line = {"color": colour, "width": width}
    whole = [None if one.to_date else one.percent for one in points]
    found = [
        {
            **base, "mode": "lines+markers", "name": name, "y": whole, "customdata": [one.said for one in points],
            "hovertemplate": f"{name} %{{y:.1f}} %, %{{customdata}}<extra></extra>",
            "line": line, "marker": {"color": colour, "size": 6},
        }
    ]  # fmt: skip
    at = next((n for n, one in enumerate(points) if one.to_date and one.percent is not None), None)
    if at is not None:
        tail = [one.percent if n == at or (n == at - 1 and whole[n] is not None) else None
                for n, one in enumerate(points)]  # fmt: skip
        found.append(
            {
                **base, "mode": "lines", "name": name, "y": tail, "hoverinfo": "skip",
                "line": {**line, "dash": "dot"},
            }
        )  # fmt: skip
        found.append(
            {
                **base, "mode": "markers", "name": name, "x": [weeks[at]], "y": [points[at].percent],
                "customdata": [points[at].said],
                "hovertemplate": f"{name} to date %{{y:.1f}} %, %{{customdata}}<extra></extra>",
                "marker": {"color": PAPER, "size": 8, "line": {"color": colour, "width": 2}},
            }
        )  # fmt: skip
    return found


def _trend_layout(weeks: Sequence[str], drawn: dict, targets: Sequence[tuple[float, str]], pilot_weeks: int) -> dict:
    font = {"size": 12, "color": SOFT}
    has_pilot = 0 < pilot_weeks < len(weeks)
    live_from = pilot_weeks / len(weeks) if has_pilot else 0  # targets are of live weeks
    shapes: list[dict] = [
        {
            "type": "line", "xref": "paper", "x0": live_from, "x1": 1, "y0": value, "y1": value, "layer": "above",
            "line": {"color": INK, "width": 1.5, "dash": "5px,3px"},
        }
        for value, _ in targets
    ]  # fmt: skip
    notes: list[dict] = [
        {
            "name": "target", "text": text, "xref": "paper", "x": 1, "xanchor": "left", "xshift": 6, "y": value,
            "yanchor": "middle", "showarrow": False, "font": font,
        }
        for value, text in targets
    ]  # fmt: skip
    if has_pilot:
        edge = pilot_weeks - 0.5
        shapes.append(
            {
                "type": "rect", "x0": -0.5, "x1": edge, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
                "fillcolor": SUNK, "line": {"width": 0},
            }
        )  # fmt: skip
        for at, text in ((-0.5, "pilot"), (edge, "live")):
            notes.append({"text": text, "x": at, "xanchor": "left", "xshift": 4, "y": 0, "yanchor": "bottom",
                          "showarrow": False, "font": {**font, "color": FAINT}})  # fmt: skip
    axis = {"color": FAINT, "tickfont": {"size": 12}, "zeroline": False, "automargin": False}
    return {
        "autosize": True, "height": 300, "margin": {"l": 34, "r": 104, "t": 14, "b": 30, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "showlegend": False,
        "font": font, "hovermode": "x unified", "dragmode": False,
        "hoverlabel": {"bgcolor": "--surface", "bordercolor": "--rule-2", "font": {"size": 13, "color": INK}},
        "xaxis": {**axis, "type": "category", "categoryorder": "array", "categoryarray": list(weeks),
                  "range": [-0.5, len(weeks) - 0.5], "showgrid": False, "fixedrange": True, "tickangle": 0,
                  "showspikes": False},
        "yaxis": {**axis, "range": [0, 100], "fixedrange": True, "dtick": 20, "gridcolor": RULE},
        "shapes": shapes, "annotations": notes, "meta": {"lines": list(drawn)},
    }  # fmt: skip
