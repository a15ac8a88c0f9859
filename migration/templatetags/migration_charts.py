"""Charts of data work that take a row of `migration.queries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crmprogram.web import svg
from migration.queries import QualityRow
from migration.queue import score
from migration.vocabulary import label_of
from migration.words import MATCHES, sentence_of

register = template.Library()
register.filter("score", score)
register.filter("rule_sentence", sentence_of)
register.simple_tag(label_of, name="field_label")
KINDS = {"done": "bar2", "person": "h-none", "rejected": "barx", "accent": "bar1", "faint": "rng2"}


@register.filter
def rule_words(rules: list[str]) -> str:
    """The rules that hold a cluster together, in words."""
    return ", ".join(MATCHES.get(one, "earlier decision") for one in rules)


@register.simple_tag
def migration_dumbbell(row: QualityRow) -> SafeString:
    """Before and now of one measure against its gate."""
    said = f"{row.label} from {_said(row.before)} to {_said(row.now)}, gate {row.gate}"
    return svg.dumbbell(row.before, row.now, gate=row.gate, ok=row.ok, label=said)


@register.simple_tag
def migration_account(parts: list[dict[str, Any]], read: int) -> SafeString:
    """The account as one bar, as wide as all rows read (H0)."""
    said = ", ".join(f"{one['count']} {one['label'].lower()}" for one in parts)
    x, drawn = 0.0, []
    for one in parts:
        wide = 1000 * one["count"] / max(read, 1)
        if wide:
            wide = max(wide, 2)  # what is there is seen
            drawn.append((KINDS[one["kind"]], f"{x:.1f}", f"{wide:.1f}"))
            x += wide
    rects = format_html_join("", '<rect class="{}" x="{}" width="{}" height="12"/>', drawn)
    return format_html(
        '<svg class="ch" width="100%" height="12" viewBox="0 0 {} 12" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        f"{max(x, 1):.1f}",
        f"{read} read: {said}",
        rects,
    )


def _said(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f}"


@register.simple_tag
def facet(field: str, kind: str, value: str = "") -> str:
    """The query of the rows behind a number: `?{% facet field=one.name kind="empty" %}`."""
    return urlencode({"field": field, "kind": kind, **({"value": value} if value else {})})


@register.simple_tag
def audit_trend(points: Sequence[tuple[str, float | None]], name: str) -> SafeString:
    """A line of percents, 0 to 100, oldest first; what was not measured is left out. Its table stands below it."""
    width, height, left = 720, 140, 44
    step = (width - left - 12) / max(len(points) - 1, 1)

    def at(percent: float) -> str:
        return f"{12 + (height - 36) * (1 - percent / 100):.1f}"

    marks = [(f"{left + no * step:.1f}", at(value)) for no, (_, value) in enumerate(points) if value is not None]
    grid = ((left, at(one), width - left, at(one), f"{one}%") for one in (0, 50, 100))
    return format_html(
        '<svg class="ch" width="{}" height="{}" role="img" aria-label="{}">{}<path class="l1" d="M{}"/>{}{}</svg>',
        width,
        height,
        name,
        format_html_join("", '<path class="ax" d="M{} {}h{}"/><text class="m" x="0" y="{}">{}</text>', grid),
        " L".join(f"{x} {y}" for x, y in marks) or "0 0",
        format_html_join("", '<circle class="p1" cx="{}" cy="{}" r="3.5"/>', marks),
        format_html(
            '<text class="m" x="{}" y="{}">{}</text><text class="m" x="{}" y="{}" text-anchor="end">{}</text>',
            left, height - 4, points[0][0], width - 12, height - 4, points[-1][0] if len(points) > 1 else "",
        )
        if points
        else "",
    )  # fmt: skip
