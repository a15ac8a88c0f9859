"""Charts of data work that take a row of `migration.queries`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from crmprogram.web import svg
from migration.queries import QualityRow

register = template.Library()


@register.simple_tag
def migration_dumbbell(row: QualityRow) -> SafeString:
    """Before and now of one measure against its gate."""
    said = f"{row.label} from {_said(row.before)} to {_said(row.now)}, gate {row.gate}"
    return svg.dumbbell(row.before, row.now, gate=row.gate, ok=row.ok, label=said)


@register.simple_tag
def migration_account(parts: list[dict[str, Any]], read: int) -> SafeString:
    """The account as one bar, as wide as all rows read (H0)."""
    said = ", ".join(f"{one['count']} {one['label'].lower()}" for one in parts)
    drawn = [(one["count"], one["kind"]) for one in parts]
    return svg.stacked(drawn, top=max(read, 1), label=f"{read} read: {said}", width=1144)


def _said(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f}"
