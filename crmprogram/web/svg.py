"""Icons and small charts, drawn on the server as inline SVG.

Geometry is data: everything is said by SVG attributes and classes, never by a style, so
that a strict Content-Security-Policy holds. Colours come from the classes of `.ch`, `.dm`
and `.ic` in the stylesheets. A chart that carries meaning has a `label`, which is its
text for screen readers; without one it is decoration and hidden from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crmprogram.web.icons import ICONS

DIAMOND_STATES = {"ok": "passed", "now": "open", "no": "reviewed, not ready", "next": "ahead", "na": "not applicable"}


def icon(name: str, extra: str = "") -> SafeString:
    """A decorative icon; the word beside it says the same. Raises KeyError for an unknown name."""
    return format_html(
        '<svg class="ic{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', f" {extra}" if extra else "", ICONS[name]
    )


def diamond(number: int | str, state: str, size: int = 22) -> SafeString:
    """A gate: passed `ok`, open `now`, reviewed and not ready `no`, ahead `next`, not applicable `na`.

    Sizes in pixels: 22 in the rail, 34 or 38 in lists and the track, 44 in empty parts, 64 as verdict.
    """
    if state not in DIAMOND_STATES:
        raise KeyError(f"A gate is ok, now, no, next or na, not {state!r}.")
    return format_html(
        '<svg class="dm dm-{}" width="{}" height="{}" viewBox="0 0 22 22" aria-hidden="true">'
        '<path d="M11 1.2 20.8 11 11 20.8 1.2 11z"/><text x="11" y="14.6">{}</text></svg>',
        state,
        size,
        size,
        number,
    )


def mark(size: int = 18) -> SafeString:
    """The product's own sign: a diamond within a diamond."""
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="0 0 18 18" aria-hidden="true"><path d="M9 .8 17.2 9 9 17.2.8 9z" '
        'fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M9 5.2 12.8 9 9 12.8 5.2 9z" '
        'fill="currentColor"/></svg>',
        size,
    )


def bullet(
    value: Real | None, threshold: Real, *, ok: bool | None, top: Real | None = None, label: str, width: int = 120
) -> SafeString:
    """A bar of `value` with a tick at `threshold`, both in the unit of `top`, the full width.

    `ok` false draws the bar red, None (cannot tell) draws the track alone. `top` is by
    default a quarter above the larger of the two, but 100 for a percentage has to be said.
    """
    top = top or max(float(value or 0), float(threshold)) * 1.25 or 1
    bar = ""
    if value is not None and ok is not None:
        bar = format_html(
            '<rect class="{}" width="{}" height="6" y="6"/>',
            "bar2" if ok else "barx",
            _n(_along(value, top, width)),
        )
    return _chart(
        width,
        18,
        label,
        format_html(
            '<rect class="rng" width="{}" height="6" y="6"/>{}<path class="tick" d="M{} 2v14"/>',
            width,
            bar,
            _n(_along(threshold, top, width)),
        ),
        stretch=True,
    )


def dumbbell(
    before: Real | None, now: Real | None, *, gate: Real, ok: bool | None, label: str, width: int = 250
) -> SafeString:
    """From `before` (hollow) to `now` (filled; red when not ok) on 0 to 100 percent, tick at `gate`."""
    parts = [format_html('<path class="ax" d="M0 9h{}"/>', width)]
    if before is not None and now is not None:
        parts.append(
            format_html('<path class="l1" d="M{} 9H{}"/>', _n(_along(before, 100, width)), _n(_along(now, 100, width)))
        )
    if before is not None:
        parts.append(format_html('<circle class="hol" cx="{}" cy="9" r="4"/>', _n(_along(before, 100, width))))
    if now is not None:
        kind = "pt-u" if ok is False else "p1"
        parts.append(format_html('<circle class="{}" cx="{}" cy="9" r="5"/>', kind, _n(_along(now, 100, width))))
    parts.append(format_html('<path class="tick" d="M{} 1v16"/>', _n(_along(gate, 100, width))))
    return _chart(width, 18, label, _join(parts))


def scale(marks: Sequence[tuple[Real, str]], *, width: int = 250, top: Real = 100) -> SafeString:
    """The axis words above a column of charts: (value, text), the first and last held inside."""
    last = len(marks) - 1
    texts = format_html_join(
        "",
        '<text class="m" x="{}" y="11" text-anchor="{}">{}</text>',
        (
            (_n(_along(value, top, width)), "start" if i == 0 else "end" if i == last else "middle", text)
            for i, (value, text) in enumerate(marks)
        ),
    )
    return _chart(width, 14, "", texts)


def strip(ratings: Sequence[int], *, label: str = "", low: int = 1, high: int = 5) -> SafeString:
    """Single ratings as stacked dots on `low`..`high`, their mean as a small triangle."""
    step = 68 / (high - low)

    def at(value: float) -> float:
        return 5 + (value - low) * step

    parts = [format_html('<path class="ax0" d="M{} 23v2"/>', _n(at(value))) for value in range(low, high + 1)]
    parts.append(SafeString('<path class="ax0" d="M2 23.5h74"/>'))
    stack: dict[int, int] = {}
    for rating in sorted(ratings):
        level = stack.get(rating, 0)
        stack[rating] = level + 1
        parts.append(format_html('<circle class="p2" cx="{}" cy="{}" r="2.1"/>', _n(at(rating)), _n(20 - 4.3 * level)))
    if ratings:
        mean = at(sum(ratings) / len(ratings))
        parts.append(format_html('<path class="mean" d="M{} 23.5l-3 4.5h6z"/>', _n(mean)))
    said = label or "ratings " + ", ".join(str(rating) for rating in sorted(ratings))
    return _chart(80, 28, said, _join(parts), extra="strip")


def attendance(marks: Sequence[str], *, label: str = "", size: int = 13) -> SafeString:
    """One square per meeting, oldest first.

    `present` is filled, `delegate` half, `absent` hollow, `excused` hollow and struck, `""` a dash: not held,
    or not recorded.
    """
    parts = []
    for i, kind in enumerate(marks):
        x = i * (size + 4)
        if kind == "present":
            parts.append(format_html('<rect class="bar2" x="{}" width="{}" height="{}"/>', x, size, size))
            continue
        if kind not in {"delegate", "absent", "excused", ""}:
            raise ValueError(f"A meeting is present, delegate, absent, excused or empty, not {kind!r}.")
        if kind == "":
            half = _n(size / 2)
            parts.append(format_html('<path class="h-x" d="M{} {}h{}"/>', x + 3, half, size - 6))
            continue
        parts.append(
            format_html('<rect class="h-none" x="{}" y=".5" width="{}" height="{}"/>', _n(x + 0.5), size - 1, size - 1)
        )
        if kind == "excused":
            parts.append(format_html('<path class="h-x" d="M{} {}L{} 3"/>', x + 3, size - 3, x + size - 3))
        if kind == "delegate":
            parts.append(format_html('<path class="bar2" d="M{} {}V0l{} {}z"/>', x, size, size, size))
    held = [kind for kind in marks if kind]
    said = label or f"{held.count('present')} attended of {len(held)}"
    return _chart(max(len(marks) * (size + 4) - 4, 1), size, said, _join(parts))


def heat(
    rows: Sequence[tuple[str, Sequence[Real | None]]],
    columns: Sequence[str],
    *,
    top: Real,
    label: str,
    cell: int = 26,
    names: int = 90,
) -> SafeString:
    """Rows of (name, values): five steps of the accent up to `top`, a struck box for 0, a dash for None."""
    parts = [
        format_html(
            '<text class="m" x="{}" y="12" text-anchor="middle">{}</text>', names + i * (cell + 2) + cell // 2, c
        )
        for i, c in enumerate(columns)
    ]
    for j, (name, values) in enumerate(rows):
        y = 18 + j * (cell + 2)
        parts.append(format_html('<text x="0" y="{}">{}</text>', _n(y + cell / 2 + 4), name))
        for i, value in enumerate(values):
            x = names + i * (cell + 2)
            if value is None:
                parts.append(format_html('<path class="h-x" d="M{} {}h8"/>', x + cell // 2 - 4, y + cell // 2))
            elif value <= 0:
                parts.append(
                    format_html(
                        '<rect class="h-none" x="{}" y="{}" width="{}" height="{}"/>'
                        '<path class="h-x" d="M{} {}l{} {}"/>',
                        _n(x + 0.5),
                        _n(y + 0.5),
                        cell - 1,
                        cell - 1,
                        x + 3,
                        y + cell - 3,
                        cell - 6,
                        -(cell - 6),
                    )
                )
            else:
                step = min(5, 1 + int(float(value) / float(top) * 5 * 0.9999))
                parts.append(
                    format_html('<rect class="h{}" x="{}" y="{}" width="{}" height="{}"/>', step, x, y, cell, cell)
                )
    width = names + len(columns) * (cell + 2)
    return _chart(width, 18 + len(rows) * (cell + 2), label, _join(parts), fluid=True)


def duration(days: int | None, low: int, high: int, *, now: bool = False, scale: int = 112) -> SafeString:
    """Days in a phase against its typical band `low`..`high`, on one common scale in days (G10)."""
    width = 168
    a, b = _along(low, scale, width), _along(high, scale, width)
    parts = [
        format_html('<path class="ax0" d="M0 10h{}"/>', width),
        format_html('<path class="h-x" d="M{} 4v12M{} 4v12"/>', _n(a), _n(b)),
        format_html('<rect class="rng2" x="{}" y="7" width="{}" height="6"/>', _n(a), _n(b - a)),
    ]
    said = f"typical {low} to {high}"
    if days is not None:
        x = _along(days, scale, width)
        kind = "bar1" if now else "bar2"
        parts.append(format_html('<rect class="{}" y="8.5" width="{}" height="3"/>', kind, _n(x)))
        parts.append(format_html('<path class="tick" d="M{} 5v10"/>', _n(x)))
        said = f"{days} days; {said}"
    return _chart(width, 20, said, _join(parts), stretch=True, extra="dur", percent=True)


def stacked(parts: Sequence[tuple[Real, str]], *, top: Real, label: str, width: int = 262) -> SafeString:
    """Shares side by side, each (amount, kind); kinds are `done`, `person`, `rejected`, `accent`, `faint`.

    `top` is the amount that fills the width: the largest row of the table.
    """
    kinds = {"done": "bar2", "person": "h-none", "rejected": "barx", "accent": "bar1", "faint": "rng2"}
    x = 0.0
    drawn = []
    for amount, kind in parts:
        wide = _along(amount, top, width)
        if wide <= 0:
            continue
        wide = max(wide, 2)  # something that is there is seen
        inset = 0.5 if kind == "person" else 0
        drawn.append(
            format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
                kinds[kind],
                _n(x + inset),
                _n(inset),
                _n(max(wide - 2 * inset, 1)),
                _n(12 - 2 * inset),
            )
        )
        x += wide
    return _chart(width, 12, label, _join(drawn))


def share(value: Real, total: Real, *, label: str, height: int = 8) -> SafeString:
    """A plain bar: `value` of `total`, as wide as its cell."""
    return _chart(
        100,
        height,
        label,
        format_html(
            '<rect class="rng" width="100" height="{0}"/><rect class="bar2" width="{1}" height="{0}"/>',
            height,
            _n(_along(value, total, 100)),
        ),
        stretch=True,
        percent=True,
    )


def journey(baseline: str, now: str, target: str, *, ratio: float | None, label: str) -> SafeString:
    """A goal: from the baseline (left) to the target (right), the dot at `ratio` 0 to 1 (None: not measured)."""
    width = 285
    parts = [format_html('<path class="ax0" d="M0 18h{}"/>', width)]
    if ratio is not None:
        x = _along(min(max(ratio, 0), 1), 1, width)
        parts.append(format_html('<path class="l1" d="M0 18h{0}"/><circle class="p1" cx="{0}" cy="18" r="5"/>', _n(x)))
        spot = min(max(x, 120), 190)  # the word stays between the two at the ends
        parts.append(format_html('<text class="a" x="{}" y="42" text-anchor="middle">{}</text>', _n(spot), now))
    parts.append(format_html('<path class="tick" d="M0 12v12M{} 12v12"/>', width))
    parts.append(format_html('<text class="m" x="0" y="42">{}</text>', baseline))
    parts.append(format_html('<text class="b" x="{}" y="42" text-anchor="end">{}</text>', width, target))
    return _chart(width, 44, label, _join(parts), fluid=True)


def parts_of_score(rows: Sequence[tuple[str, float]], *, total: str, label: str) -> SafeString:
    """Evidence for and against, in bits: (name, weight) as bars from a common zero line, then the sum."""
    zero, room = 206, 52
    widest = max((abs(weight) for _, weight in rows), default=1) or 1
    drawn = []
    for i, (name, weight) in enumerate(rows):
        y = 8 + i * 25
        wide = max(abs(weight) / widest * room, 0.5)
        sign = "−" if weight < 0 else "+"
        drawn.append(
            format_html(
                '<text x="0" y="{}">{}</text><rect class="{}" x="{}" y="{}" width="{}" height="12"/>'
                '<text class="b" x="288" y="{}" text-anchor="end">{}{}</text>',
                y + 10,
                name,
                "bar2" if weight < 0 else "bar1",
                _n(zero - wide if weight < 0 else zero),
                y,
                _n(wide),
                y + 10,
                sign,
                f"{abs(weight):.1f}",
            )
        )
    end = 8 + len(rows) * 25
    drawn.append(format_html('<path class="ax0" d="M{} 4V{}M0 {}H288"/>', zero, end - 4, end - 2))
    drawn.append(format_html('<text class="b" x="0" y="{}">{}</text>', end + 17, total))
    return _chart(288, end + 26, label, _join(drawn), fluid=True)


def swatch(kind: str, size: int = 12) -> SafeString:
    """A key's little square: present, delegate, absent, excused, none (a dash), done, person, rejected, accent,
    before_now.
    """
    if kind == "before_now":
        line = '<path class="l1" d="M5 6h58"/><circle class="hol" cx="6" cy="6" r="4"/>'
        return _chart(70, 12, "", SafeString(line + '<circle class="p1" cx="62" cy="6" r="5"/>'), extra="il")
    names = {"done": "present", "person": "absent", "none": ""}
    if names.get(kind, kind) in {"present", "delegate", "absent", "excused", ""}:
        return _hidden(attendance([names.get(kind, kind)], label="-", size=size))
    filled = {"rejected": "barx", "accent": "bar1"}[kind]
    return _chart(size, size, "", format_html('<rect class="{}" width="{}" height="{}"/>', filled, size, size))


def _join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _hidden(drawing: SafeString) -> SafeString:
    return SafeString(drawing.replace('role="img" aria-label="-"', 'aria-hidden="true"'))


def _along(value: Real, top: Real, width: float) -> float:
    """Where `value` lies on 0..`top`, in pixels of `width`, held inside."""
    ratio = float(value) / float(top) if top else 0.0
    return min(max(ratio, 0.0), 1.0) * width


def _n(value: float) -> str:
    """A coordinate: at most one decimal, no trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def _chart(
    width: Real,
    height: Real,
    label: str,
    content: SafeString | Iterable[str],
    *,
    stretch: bool = False,
    fluid: bool = False,
    percent: bool = False,
    extra: str = "",
) -> SafeString:
    """The frame. `stretch` lets the cell decide the width of bars, `fluid` shrinks text and all where room is short."""
    said = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    box = format_html(' viewBox="0 0 {} {}"', width, height) if stretch or fluid or extra else ""
    classes = " ".join(filter(None, ["ch", extra, "fl" if fluid else ""]))
    return format_html(
        '<svg class="{}" width="{}" height="{}"{}{} {}>{}</svg>',
        classes,
        "100%" if percent else width,
        height,
        box,
        SafeString(' preserveAspectRatio="none"') if stretch else "",
        said,
        content,
    )
