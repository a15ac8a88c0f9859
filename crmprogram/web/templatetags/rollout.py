"""Tags and filters of every page: status, gates, small charts, numbers, dates.

Dates and times are written in the zone that is active for the request (the program's,
or the person's own), 24 hours, with the ISO form in `datetime`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from numbers import Real
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString

from crmprogram.program import clock, policy
from crmprogram.web import svg

register = template.Library()

# state: its word, its colour class. The shape has the state's name.
STATUSES = {
    "met": ("Met", "c-met"),
    "unmet": ("Not met", "c-unmet"),
    "watch": ("Watch", "c-warn"),
    "waived": ("Waived", "c-wait"),
    "none": ("Cannot tell", "c-wait"),
    "stale": ("Stale", "c-warn"),
    "running": ("Running", "c-run"),
    "eliminated": ("Eliminated", "c-unmet"),
}
# the words other floors use for the same states
ALIASES = {"not_met": "unmet", "unknown": "none", "cannot_tell": "none", "": "none"}
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d))?")
# currencies without minor units (ISO 4217)
WHOLE_CURRENCIES = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"} | {
    "XAF",
    "XOF",
    "XPF",
}


def state_of(status: Any) -> str:
    """The design's name of a state; None is "cannot tell". Raises KeyError for a word nobody knows."""
    name = str(getattr(status, "value", status) or "").lower()
    name = ALIASES.get(name, name)
    if name not in STATUSES:
        raise KeyError(f"{status!r} is no status; there are {', '.join(STATUSES)}.")
    return name


@register.simple_tag
def status(state: Any, text: str = "") -> SafeString:
    """Shape, word and colour of a state; `text` replaces the word."""
    name = state_of(state)
    word, colour = STATUSES[name]
    return format_html('<span class="st {}">{}{}</span>', colour, svg.icon(name), text or word)


@register.simple_tag
def shape(state: Any, text: str = "") -> SafeString:
    """The shape alone in its colour; its word is there for screen readers (`text` replaces it, "-" hides it)."""
    name = state_of(state)
    word, colour = STATUSES[name]
    said = "" if text == "-" else format_html('<span class="vh">{}</span>', text or word)
    return format_html('<span class="{}">{}{}</span>', colour, svg.icon(name), said)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    return svg.icon(name, extra)


@register.simple_tag
def diamond(number: int | str, state: str, size: int = 22, spoken: bool = False) -> SafeString:
    """A gate's diamond; with `spoken` its state follows as hidden text."""
    drawing = svg.diamond(number, state, size)
    return format_html('{}<span class="vh">{}</span>', drawing, svg.DIAMOND_STATES[state]) if spoken else drawing


@register.filter
def gate_word(state: str) -> str:
    """A gate's state in words, for screen readers."""
    return svg.DIAMOND_STATES[state]


register.simple_tag(svg.mark)
register.simple_tag(svg.bullet)
register.simple_tag(svg.dumbbell)
register.simple_tag(svg.scale)
register.simple_tag(svg.strip)
register.simple_tag(svg.attendance)
register.simple_tag(svg.heat)
register.simple_tag(svg.duration, name="duration_band")
register.simple_tag(svg.share)
register.simple_tag(svg.swatch)
register.simple_tag(svg.journey)
register.simple_tag(svg.parts_of_score)


@register.simple_tag
def stacked(
    done: Real = 0, person: Real = 0, rejected: Real = 0, *, top: Real, label: str = "", width: int = 262
) -> SafeString:
    """Fixed by rule, needs a person, rejected: one bar, `top` fills the width."""
    said = label or f"{number(done)} fixed, {number(person)} need a person, {number(rejected)} rejected"
    parts = [(done, "done"), (person, "person"), (rejected, "rejected")]
    return svg.stacked(parts, top=top, label=said, width=width)


# --- wrappers -----------------------------------------------------------------------


@register.simple_block_tag
def scroll(content: str, name: str) -> SafeString:
    """A named region that scrolls sideways when its table is too wide."""
    return format_html('<div class="scroll" role="region" aria-label="{}" data-scroll>{}</div>', name, content)


@register.simple_block_tag
def section(
    content: str, title: str, anchor: str, note: Any = "", link: str = "", link_text: str = "", extra: str = ""
) -> SafeString:
    """A ruled section with its heading, a note beside it and a link at the end of the line."""
    return format_html(
        '<section class="sect{}" aria-labelledby="{}"><header><h2 id="{}">{}</h2>{}{}</header>{}</section>',
        f" {extra}" if extra else "",
        anchor,
        anchor,
        title,
        format_html('<span class="sec">{}</span>', note) if note != "" else "",
        format_html('<a href="{}">{}</a>', link, link_text) if link else "",
        content,
    )


@register.simple_block_tag
def banner(content: str, kind: str, title: str, live: bool = False) -> SafeString:
    """A banner of kind unmet, warn, met or info, its title and what stands between the tags."""
    return SafeString(
        render_to_string("components/banner.html", {"kind": kind, "title": title, "body": content, "live": live})
    )


# --- numbers ------------------------------------------------------------------------


@register.filter
def number(value: Any, digits: int = 0) -> str:
    """21386 → 21,386; None → an en dash."""
    if value is None or value == "":
        return "–"
    step = Decimal(1).scaleb(-digits)
    return f"{Decimal(str(value)).quantize(step, ROUND_HALF_UP):,}"


@register.filter
def percent(value: Any, digits: int = 1) -> str:
    """A number from 0 to 100 as 85.0%; None → an en dash."""
    return "–" if value is None or value == "" else f"{number(value, digits)}%"


@register.filter
def ratio(value: Any, digits: int = 1) -> str:
    """A number from 0 to 1 as percent."""
    return "–" if value is None or value == "" else percent(Decimal(str(value)) * 100, digits)


def minor_units(currency: str) -> int:
    """How many minor units make one of the currency: 1 for the yen or the won, else 100."""
    return 1 if currency in WHOLE_CURRENCIES else 100


@register.filter
def money(minor: Any, currency: str = "") -> str:
    """Integer minor units as `EUR 1,250` or `EUR 12.50`: whole amounts without the zeros."""
    if minor is None or minor == "":
        return "–"
    if minor_units(currency) == 1:
        said = number(minor)
    else:
        whole, rest = divmod(abs(int(minor)), 100)
        said = f"{'−' if int(minor) < 0 else ''}{whole:,}" + (f".{rest:02d}" if rest else "")
    return f"{currency} {said}".strip()


@register.filter
def filesize(count: Any) -> str:
    """Bytes as 61 kB, 4.2 MB."""
    size = float(count or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


@register.filter
def span(seconds: Any) -> str:
    """A stretch of time in its two largest units: 40 s, 3 min, 2 h 10 min, 3 d."""
    if seconds is None or seconds == "":
        return "–"
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    total = round(float(seconds))
    if total < 90:
        return f"{total} s"
    if total < 5400:
        return f"{round(total / 60)} min"
    if total < 172_800:
        hours, minutes = divmod(round(total / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(total / 86_400)} d"


@register.filter
def plural(count: int, words: str) -> str:
    """`{{ 3|plural:"row,rows" }}` → 3 rows."""
    one, many = words.split(",")
    return f"{number(count)} {one if count == 1 else many}"


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """The value of a key that is itself a variable; None when it is not there."""
    return mapping.get(key) if mapping else None


# --- dates --------------------------------------------------------------------------


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """Mon 20 Jul; the year only when it is not this one."""
    return _time(value, lambda at: _date(at, weekday=True))


@register.filter
def shortday(value: date | datetime | None) -> SafeString | str:
    """20 Jul."""
    return _time(value, lambda at: _date(at, weekday=False))


@register.filter
def daytime(value: datetime | None) -> SafeString | str:
    """Mon 20 Jul 09:30."""
    return _time(value, lambda at: f"{_date(at, weekday=True)} {at:%H:%M}")


@register.filter
def clocktime(value: datetime | None) -> SafeString | str:
    """09:30."""
    return _time(value, lambda at: f"{at:%H:%M}")


@register.filter
def read_at(value: datetime | None) -> SafeString | str:
    """When a reading was taken, as short as it stays clear: 09:30 today, Mon this week, else 30 Jun."""
    return _time(value, _short)


@register.filter
def ago(value: date | datetime | None) -> SafeString | str:
    """How long ago: just now, 5 min ago, 3 h ago, 12 d ago; for what is to come: in 3 d."""
    return _time(value, _ago)


def _time(value: date | datetime | None, say: Any) -> SafeString | str:
    if not value:
        return "–"
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    iso = local.isoformat(timespec="minutes") if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}">{}</time>', iso, say(local))


def _today() -> date:
    return timezone.localtime(clock.now()).date()


def _date(at: date | datetime, *, weekday: bool) -> str:
    said = f"{at:%a} {at.day} {at:%b}" if weekday else f"{at.day} {at:%b}"
    return said if at.year == _today().year else f"{said} {at.year}"


def _short(at: date | datetime) -> str:
    on = at.date() if isinstance(at, datetime) else at
    days = (_today() - on).days
    if days == 0 and isinstance(at, datetime):
        return f"{at:%H:%M}"
    return f"{at:%a}" if 0 <= days < 7 else _date(at, weekday=False)


def _ago(at: date | datetime) -> str:
    if isinstance(at, datetime):
        seconds = (timezone.localtime(clock.now()) - at).total_seconds()
        if 0 <= seconds < 60:
            return "just now"
        if 0 <= seconds < 86_400:
            return f"{int(seconds // 60)} min ago" if seconds < 3600 else f"{int(seconds // 3600)} h ago"
        at = at.date()
    days = (_today() - at).days
    if days == 0:
        return "today"
    return f"{days} d ago" if days > 0 else f"in {-days} d"


# --- forms --------------------------------------------------------------------------


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """One tick box: its label stands behind it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.filter
def error_count(form: BaseForm) -> int:
    """How many sentences tell what to correct."""
    return sum(len(errors) for errors in form.errors.values())


# --- the trail ----------------------------------------------------------------------


@register.filter
def verb_words(verb: str) -> str:
    """A verb of the audit trail in words: gate.decided → Gate decided."""
    return verb.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def changed(entry: Any) -> list[tuple[str, str, str]]:
    """(field, was, is) of an audit entry, fields in words; "" where nothing was said, none where neither was."""
    names = sorted({*entry.before, *entry.after})
    told = [(name.replace("_", " "), _said(entry.before.get(name)), _said(entry.after.get(name))) for name in names]
    return [one for one in told if one[1] or one[2]]


def _said(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, str) and _ISO.fullmatch(value):
        return strip_tags(daytime(value) if "T" in value else day(value))
    return str(value)


# --- addresses ----------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The present query string with some parameters changed; None or "" drops one."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}" if params else "?"


@register.inclusion_tag("components/pager.html", takes_context=True)
def pages(context: Any, part: Any, label: str) -> dict[str, str]:
    """Links to the pages before and behind a `Part`; the filters stay: `{% pages part "Pages of records" %}`."""
    return {
        "label": label,
        "newer_url": query(context, before=part.newer, after="") if part.newer else "",
        "older_url": query(context, after=part.older, before="") if part.older else "",
    }


@register.simple_tag(takes_context=True)
def can(context: Any, action: str, obj: Any = None) -> bool:
    """May the person on this page do `action` to `obj` (default: the program)? `{% can "audit.edit" as may_edit %}`."""
    target = obj if obj not in (None, "") else context.get("program")
    return bool(target) and policy.can(context["request"].user, action, target)


@register.simple_tag(takes_context=True)
def why_not(context: Any, action: str, obj: Any = None) -> str:
    """The sentence that refuses `action`, or ""."""
    target = obj if obj not in (None, "") else context.get("program")
    return policy.refusal(context["request"].user, action, target) if target else ""


@register.simple_tag
def shapes(values: Sequence[Any]) -> SafeString:
    """A row of shapes; the words for them stand beside it."""
    drawn = format_html_join(
        "",
        '<span class="{}">{}</span>',
        ((STATUSES[name][1], svg.icon(name)) for name in map(state_of, values)),
    )
    return format_html('<span class="shapes" aria-hidden="true">{}</span>', drawn)


@register.simple_tag(takes_context=True)
def history_link(context: Any, of: Any, text: str = "Who changed what") -> str:
    """A link to the history of an object, for who may read it.

    `of` is the object, or the kinds of all that is meant: "phases.scope,phases.scopeitem".
    """
    program = context["program"]
    if not policy.can(context["request"].user, "program.history", program):
        return ""
    subject = of if isinstance(of, str) else f"{of._meta.label_lower}:{of.pk}"
    url = f"{reverse('web:history', args=[program.slug])}?{urlencode({'subject': subject})}"
    return format_html('<a class="sm noprint" href="{}">{}</a>', url, text)
