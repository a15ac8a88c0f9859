"""Charts of Pick: `{% load pick %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crmprogram.web import svg
from crmprogram.web.templatetags.rollout import money
from scorecard.tco import Cost

register = template.Library()
WIDTH = 300


@register.simple_tag
def hold_range(low: object, high: object, now: object, label: str) -> SafeString:
    """From 0 to 100 %: the weights at which the leader holds, those at which it does not, and the weight today."""
    left, right, here = (float(value) * WIDTH / 100 for value in (low, high, now))  # type: ignore[arg-type]
    return format_html(
        '<svg class="ch" width="{w}" height="18" viewBox="0 0 {w} 18" role="img" aria-label="{label}">'
        '<path class="flip" d="M0 5h{w}v8H0z"/><path class="hold" d="M{left} 5H{right}v8H{left}z"/>{ends}'
        '<circle class="p1" cx="{here}" cy="9" r="4.5"/></svg>',
        w=WIDTH,
        label=label,
        left=f"{left:.1f}",
        right=f"{right:.1f}",
        here=f"{here:.1f}",
        ends=format_html(
            '<path class="tick" d="{}{}"/>',
            f"M{left:.1f} 2v14" if left > 0 else "",
            f"M{right:.1f} 2v14" if right < WIDTH else "",
        )
        if left > 0 or right < WIDTH
        else "",
    )


@register.simple_tag
def hold_share(percent: float) -> SafeString:
    """A share of the draws as a bar; the number stands beside it."""
    return svg.stacked([(percent, "accent")], top=100, label="", width=WIDTH)


@register.simple_tag
def weight_bar(weight: int, top: int) -> SafeString:
    """A weight beside the largest one; the number stands above it."""
    wide = 48 * weight / (top or 1)
    return format_html(
        '<svg class="ch" width="48" height="4" viewBox="0 0 48 4" aria-hidden="true">'
        '<path class="rng" d="M0 0h48v4H0z"/><path class="bar2" d="M0 0h{}v4H0z"/></svg>',
        f"{wide:.1f}",
    )


@register.simple_tag
def percent_axis() -> SafeString:
    """The axis above the ranges."""
    return format_html(
        '<svg class="ch" width="{w}" height="14" viewBox="0 0 {w} 14" aria-hidden="true"><text class="m" x="0" y="11">'
        '0 %</text><text class="m" x="{half}" y="11" text-anchor="middle">50 %</text><text class="m" x="{w}" y="11" '
        'text-anchor="end">100 %</text></svg>',
        w=WIDTH,
        half=WIDTH // 2,
    )


@register.simple_tag
def cost_bar(cost: Cost, top: int, currency: str, width: int = 200) -> SafeString:
    """Licence, other running costs and what is paid once, as shares of the dearest vendor's total."""
    other = cost.running - cost.licence
    said = f"licence {money(cost.licence, currency)}, other running costs {money(other, currency)}, "
    parts = [(cost.licence, "done"), (other, "faint"), (cost.once, "person")]
    return svg.stacked(parts, top=top or 1, label=f"{said}once {money(cost.once, currency)}", width=width)


@register.simple_tag
def cost_key() -> SafeString:
    """What the parts of a cost bar are."""
    parts = (("done", "licence"), ("faint", "other running costs"), ("person", "once"))
    return format_html_join(
        " ", "{} {}", ((svg.stacked([(1, kind)], top=1, label="", width=12), word) for kind, word in parts)
    )
