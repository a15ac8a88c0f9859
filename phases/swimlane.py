"""Lay out and draw a process map: pure, from plain data to the parts of an SVG.

Lanes are rows, time runs to the right. A step stands one column after the steps before it
in its lane, and no further left than a step of another lane that leads to it: a hand-off
goes straight down or up. An arrow that would close a circle goes back and is dashed.
Geometry is attributes, colours come from classes, so a strict Content-Security-Policy and dark mode hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NAMES, BOX, TALL, LANE, TOP = 112, 148, 108, 138, 8  # pixels
GAP, WORDS = 28, 64  # between two columns; how much wider where the condition of an arrow is written
CONDITION = 13  # letters of a condition that fit there

Key = Hashable


@dataclass(frozen=True)
class StepBox:
    """A step to draw.

    `failure` is how it goes wrong ("": it does not), `url` where a press leads ("": nowhere),
    `mark` the word under it that tells a difference ("new", "changed", "dropped").
    """

    key: Key
    name: str
    tool: str = ""
    data: str = ""
    failure: str = ""
    url: str = ""
    mark: str = ""


@dataclass(frozen=True)
class LaneRow:
    """A lane with its steps in order. `note` is the small line under its name."""

    name: str
    steps: Sequence[StepBox] = ()
    note: str = ""
    key: Key = None


@dataclass(frozen=True)
class Line:
    """A piece of text at a place; `kind` is its class."""

    x: float
    y: float
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Box:
    """A drawn step: its outline as a path, its lines, and the whole of it in words.

    `edge` and `middle` are the point where its arrows leave, `x` and `y` its corner.
    """

    outline: str
    lines: list[Line]
    said: str
    is_failing: bool
    flag: str
    url: str
    key: Key
    mark: str
    x: float
    y: float

    @property
    def edge(self) -> float:
        return self.x + BOX

    @property
    def middle(self) -> float:
        return self.y + TALL / 2

    @property
    def below(self) -> float:
        """Where the mark stands."""
        return self.y + TALL + 12


@dataclass(frozen=True)
class ArrowLine:
    """A drawn arrow: the line, its head, whether it goes back, and its condition beside the head."""

    path: str
    head: str
    is_back: bool
    condition: Line | None = None


@dataclass(frozen=True)
class Row:
    """A drawn lane: its top, its height, its name."""

    y: float
    tall: float
    lines: list[Line]
    is_odd: bool
    key: Key = None


@dataclass(frozen=True)
class Picture:
    """Everything the template needs to write the SVG; sizes in pixels."""

    width: float
    height: float
    rows: list[Row]
    boxes: list[Box]
    arrows: list[ArrowLine]
    label: str


def columns(lanes: Sequence[LaneRow], arrows: Sequence[tuple[Key, Key]]) -> tuple[dict[Key, int], set[tuple[Key, Key]]]:
    """The column of each step, from 0, and the arrows that go back.

    >>> lanes = [LaneRow("Marketing", [StepBox("a", "Capture")]), LaneRow("SDR", [StepBox("b", "Call")])]
    >>> columns(lanes, [("a", "b"), ("b", "a")])
    ({'a': 0, 'b': 0}, {('b', 'a')})
    """
    after: dict[Key, list[Key]] = defaultdict(list)
    row = {step.key: i for i, lane in enumerate(lanes) for step in lane.steps}
    keys = list(row)
    for lane in lanes:
        for one, other in zip(lane.steps, lane.steps[1:], strict=False):
            after[one.key].append(other.key)
    back = set()
    for source, target in arrows:
        if source not in row or target not in row:
            continue
        if _leads(after, target, source):
            back.add((source, target))
        else:
            after[source].append(target)
    found: dict[Key, int] = {}
    waits = dict.fromkeys(keys, 0)
    for targets in after.values():
        for target in targets:
            waits[target] += 1
    ready = [key for key in keys if not waits[key]]
    found.update(dict.fromkeys(ready, 0))
    while ready:
        key = ready.pop(0)
        for target in after[key]:
            found[target] = max(found.get(target, 0), found[key] + (row[key] == row[target]))
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return {key: found[key] for key in keys}, back


def connected_parts(keys: Sequence[Key], arrows: Sequence[tuple[Key, Key]]) -> list[list[Key]]:
    """The steps that hang together by arrows of either direction, the largest part first.

    >>> connected_parts(["a", "b", "c"], [("a", "b")])
    [['a', 'b'], ['c']]
    """
    near: dict[Key, set[Key]] = {key: set() for key in keys}
    for source, target in arrows:
        if source in near and target in near:
            near[source].add(target)
            near[target].add(source)
    parts, seen = [], set()
    for key in keys:
        if key in seen:
            continue
        seen.add(key)
        part, edge = [key], [key]
        while edge:
            for other in near[edge.pop()] - seen:
                seen.add(other)
                part.append(other)
                edge.append(other)
        parts.append(sorted(part, key=list(keys).index))
    return sorted(parts, key=len, reverse=True)


def draw(
    lanes: Sequence[LaneRow],
    arrows: Sequence[tuple[Key, Key]],
    *,
    title: str,
    conditions: Mapping[Any, str] | None = None,
) -> Picture:
    """Place every step and arrow; `title` opens the picture's text for screen readers.

    `conditions` say of an arrow when that way is taken; where one is written, the columns stand further apart.
    """
    at, back = columns(lanes, arrows)
    words = {pair: text for pair, text in (conditions or {}).items() if text}
    said = [pair for pair in words if pair[0] in at and pair[1] in at]
    place = _Placing(lanes, at, {at[target] for source, target in said if at[target] and at[source] != at[target]})
    wide = place.left(max(at.values(), default=0)) + BOX + GAP
    rows = [
        Row(
            TOP + i * LANE,
            LANE,
            [Line(12, TOP + i * LANE + 28 + j * 16, text, "b") for j, text in enumerate(wrap(lane.name, 14, 3))]
            + ([Line(12, TOP + i * LANE + LANE - 16, lane.note, "m")] if lane.note else []),
            bool(i % 2),
            lane.key,
        )
        for i, lane in enumerate(lanes)
    ]
    boxes = [_box(step, lane.name, *place.corner(step.key)) for lane in lanes for step in lane.steps]
    drawn = [place.arrow(*pair, pair in back, words.get(pair, "")) for pair in place.inner_first(arrows)]
    failing = sum(box.is_failing for box in boxes)
    label = (
        f"{title}: {_many(len(boxes), 'step')} in {_many(len(lanes), 'lane')}, {_many(len(drawn), 'arrow')}; "
        f"{_many(failing, 'step')} with a failure mode."
    )
    return Picture(wide, 2 * TOP + len(lanes) * LANE, rows, boxes, drawn, label)


@dataclass
class _Placing:
    """Where things go, and how many lines run in each channel already."""

    lanes: Sequence[LaneRow]
    at: dict[Key, int]
    wide: set[int] = field(default_factory=set)  # the columns that have words before them
    used: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.row = {step.key: i for i, lane in enumerate(self.lanes) for step in lane.steps}
        self.taken = {(self.row[key], column) for key, column in self.at.items()}

    def left(self, column: int) -> float:
        """Where a column begins."""
        return NAMES + column * (BOX + GAP) + WORDS * sum(one <= column for one in self.wide)

    def corner(self, key: Key) -> tuple[float, float]:
        return self.left(self.at[key]) + GAP / 4, TOP + self.row[key] * LANE + (LANE - TALL) / 2

    def inner_first(self, arrows: Sequence[tuple[Key, Key]]) -> list[tuple[Key, Key]]:
        """The arrows between known steps; straight ones first, so that others go around them."""
        known = [(source, target) for source, target in arrows if source in self.at and target in self.at]
        return sorted(known, key=lambda pair: (self.row[pair[0]] != self.row[pair[1]], self.at[pair[0]]))

    def arrow(self, source: Key, target: Key, is_back: bool, condition: str = "") -> ArrowLine:
        """One arrow with its condition."""
        points = self.way(source, target, is_back)
        return _arrow(points, is_back, _beside(points, condition) if condition else None)

    def way(self, source: Key, target: Key, is_back: bool) -> list[tuple[float, float]]:
        """The corners of an arrow: straight where nothing stands between, else through gaps and lane borders."""
        (left1, top1), (left2, top2) = self.corner(source), self.corner(target)
        right, middle1, middle2, centre = left1 + BOX, top1 + TALL / 2, top2 + TALL / 2, left2 + BOX / 2
        (row1, column1), (row2, column2) = (self.row[source], self.at[source]), (self.row[target], self.at[target])
        down = row2 > row1
        if not is_back and row1 == row2 and not self._stands_in_row(row1, column1, column2):
            return [(right, middle1), (left2, middle2)]
        if not is_back and row1 != row2 and column1 == column2:
            end = (centre, top2 if down else top2 + TALL)
            if not self._stands_in_column(column1, row1, row2):
                return [(centre, top1 + TALL if down else top1), end]
            out, along = self._gap(column1 + 1), self._channel(row2 if down else row2 + 1)
            return [(right, middle1), (out, middle1), (out, along), (centre, along), end]
        if not is_back and column2 == column1 + 1:
            bend = self._gap(column2)
            return [(right, middle1), (bend, middle1), (bend, middle2), (left2, middle2)]
        # along the border of the target's lane that faces the source; in one lane, below it
        out, into, along = self._gap(column1 + 1), self._gap(column2), self._channel(row2 if down else row2 + 1)
        return [(right, middle1), (out, middle1), (out, along), (into, along), (into, middle2), (left2, middle2)]

    def _stands_in_row(self, row: int, start: int, end: int) -> bool:
        return any((row, column) in self.taken for column in range(start + 1, end))

    def _stands_in_column(self, column: int, start: int, end: int) -> bool:
        return any((row, column) in self.taken for row in range(min(start, end) + 1, max(start, end)))

    def _gap(self, column: int) -> float:
        """An x in the gap before `column`, near the column before it, each line beside the last."""
        nth = self._take("gap", column)
        middle = self.left(column) + GAP / 4 - GAP / 2 - WORDS * (column in self.wide)
        return middle + (nth % 5 - 2) * 4 if column else NAMES + 2 - nth % 3

    def _channel(self, border: int) -> float:
        """A y on the border above lane number `border`, each line beside the last."""
        nth = self._take("channel", border)
        return TOP + border * LANE + (nth % 5 - 2) * 4

    def _take(self, kind: str, number: int) -> int:
        nth = self.used[kind, number]
        self.used[kind, number] += 1
        return (nth + 2) % 5  # the first line runs in the middle


def _beside(points: list[tuple[float, float]], condition: str) -> Line:
    """Where a condition is written: before the head, above a level line and beside an upright one."""
    (x1, y1), (x2, y2) = points[-2:]
    text = shorten(condition, CONDITION)
    if x1 == x2:
        return Line(x2 + 6, y2 - 9 if y2 > y1 else y2 + 15, text)
    return Line(x2 - 9, y2 - 5, text, "e")


def _arrow(points: list[tuple[float, float]], is_back: bool, condition: Line | None = None) -> ArrowLine:
    """The line through `points` and a head at the last, in the direction it comes from."""
    (x1, y1), (x2, y2) = points[-2:]
    if x1 == x2:
        up = -1 if y2 > y1 else 1
        head, stop = f"M{_n(x2)} {_n(y2)}l-4 {7 * up}h8z", (x2, y2 + 5 * up)
    else:
        head, stop = f"M{_n(x2)} {_n(y2)}l-7 -4v8z", (x2 - 5, y2)
    path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in [*points[:-1], stop])
    return ArrowLine(path, head, is_back, condition)


def _box(step: StepBox, lane: str, x: float, y: float) -> Box:
    """A plain step is a rectangle; one with a failure mode has a cut corner and says so."""
    failing = bool(step.failure)
    cut = 16 if failing else 0
    outline = f"M{_n(x)} {_n(y)}h{BOX - cut}" + (f"l{cut} {cut}" if cut else "") + f"v{TALL - cut}h-{BOX}z"
    lines = [Line(x + 9, y + 19 + i * 15, text, "b") for i, text in enumerate(wrap(step.name, 19, 2))]
    below = y + 21 + 15 * len(lines)
    lines.append(Line(x + 9, below, shorten(step.tool or "no tool", 22), "m" if step.tool else "i"))
    lines.append(Line(x + 9, below + 15, shorten(step.data or "no data captured", 22), "" if step.data else "i"))
    why = wrap(step.failure, 19, 2)
    first = y + TALL - 10 - 14 * (len(why) - 1)
    lines += [Line(x + 24, first + i * 14, text, "u") for i, text in enumerate(why)]
    flag = f"M{_n(x + 9)} {_n(first + 1)}h11l-5.5 -10z" if failing else ""
    parts = [
        f"{lane}: {step.name}",
        f"tool {step.tool}" if step.tool else "no tool",
        f"data {step.data}" if step.data else "no data captured",
    ]
    if failing:
        parts.append(f"fails: {step.failure}")
    if step.mark:
        parts.append(step.mark)
    return Box(outline, lines, "; ".join(parts), failing, flag, step.url, step.key, step.mark, x, y)


def wrap(text: str, letters: int, lines: int) -> list[str]:
    """Break at words; what does not fit into `lines` ends in an ellipsis.

    >>> wrap("Qualify the inbound lead by phone", 12, 2)
    ['Qualify the', 'inbound…']
    """
    out: list[str] = []
    line = ""
    words = text.split()
    for i, word in enumerate(words):
        joined = f"{line} {word}".strip()
        if len(joined) <= letters or not line:
            line = joined
            continue
        out.append(line)
        line = word
        if len(out) == lines:
            return [*out[:-1], shorten(f"{out[-1]} {' '.join(words[i:])}", letters)]
    return [shorten(one, letters) for one in [*out, line] if one]


def shorten(text: str, letters: int) -> str:
    """`text`, cut at a word where one ends late enough, with an ellipsis.

    >>> shorten("Nobody knows who called last", 20)
    'Nobody knows who…'
    """
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > letters * 0.5 else cut).rstrip(" ,;") + "…"


def _leads(after: dict[Key, list[Key]], start: Key, end: Key) -> bool:
    """Does a way lead from `start` to `end`?"""
    edge, seen = [start], {start}
    while edge:
        key = edge.pop()
        if key == end:
            return True
        for other in after.get(key, ()):
            if other not in seen:
                seen.add(other)
                edge.append(other)
    return False


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
