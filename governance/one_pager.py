"""The sponsor's one-pager as a document: what is drawn live, and what an edition freezes (X1, X2).

    document = {schema, program, read_at, heading, lead, source, sections: [...], decisions: [...]}

A section has lines; a line is text: what, its value, what it needs, how it stands, when it was
read and how it is defined. A page, a print, a PDF and a comparison are drawn from the document
alone, so that an edition shows the same a year later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from adoption.models import Metric
from adoption.queries import Leading
from crmprogram.program.models import User
from crmprogram.web.templatetags.rollout import money
from governance.failure_modes import SHAPES
from governance.five_minutes import FiveMinutes
from governance.overview import Overview
from phases import dossier
from phases.registry import Look

SCHEMA = "rollout.one-pager/1"
NOT_MEASURED = "not measured"
MODES_SHOWN, DECISIONS_SHOWN = 3, 4
DEFINITIONS = {
    Metric.DAILY: "due reps with an activity logged that day ÷ due reps, over the week's working days",
    Metric.WEEKLY: "due reps with an activity logged in the week ÷ due reps",
    Metric.FIELDS: "records with every field their stage requires ÷ records",
    Metric.RATE: "calls and emails logged per rep and week",
    Metric.STALE: "open deals without an update for 14 days ÷ open deals",
}
SHOWN_METRICS = (Metric.DAILY, Metric.FIELDS, Metric.RATE, Metric.STALE)  # M1 to M4


@dataclass(frozen=True)
class Line:
    """One number or word of the page; `state` is a status of the components, "" where nothing is judged.

    `needs` is its threshold, `trend` its change on the period before, `note` its definition.
    """

    what: str
    value: str
    needs: str = ""
    state: str = ""
    as_of: str = ""
    note: str = ""
    trend: str = ""

    @property
    def read_at(self) -> datetime | None:
        return datetime.fromisoformat(self.as_of) if self.as_of else None


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    lines: list[Line]
    source: str = ""
    text: str = ""


@dataclass(frozen=True)
class OnePager:
    """A document, ready to draw."""

    document: dict[str, Any]

    @cached_property
    def sections(self) -> list[Section]:
        return [
            Section(**{**one, "lines": [Line(**line) for line in one["lines"]]}) for one in self.document["sections"]
        ]

    @property
    def section(self) -> dict[str, Section]:
        return {one.key: one for one in self.sections}

    @property
    def read_at(self) -> datetime:
        return datetime.fromisoformat(self.document["read_at"])

    @cached_property
    def text(self) -> str:
        """The one text of the document."""
        return dossier.canonical(self.document)

    @cached_property
    def sha256(self) -> str:
        return dossier.sha256(self.text)


@dataclass(frozen=True)
class Change:
    """A line in two editions; "" where one has no such line."""

    section: str
    what: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def compare(old: OnePager, new: OnePager) -> list[Change]:
    """Every line of both, in the order of the newer one, with its value in each."""
    before, after = _values(old), _values(new)
    keys = [*after, *(key for key in before if key not in after)]
    return [Change(key[0], key[1], before.get(key, ""), after.get(key, "")) for key in keys]


def compose(look: Look, reader: User) -> OnePager:
    """The one-pager as it stands now. Decisions are those of the Accountable; of `reader` where there is none."""
    view = Overview(look, reader)
    program, accountable = look.program, look.program.accountable
    decider = accountable.membership.user if accountable and accountable.membership else reader
    sections = [_goal(view), _gate(view), _adoption(view), _quality(view), _dates_and_money(view), _modes(view)]
    document = {
        "schema": SCHEMA,
        "program": {
            "slug": program.slug,
            "name": program.name,
            "company": program.company,
            "seats": program.seats,
            "time_zone": program.time_zone,
        },
        "read_at": look.at,
        "heading": view.heading,
        "lead": view.lead,
        "source": f"Gate {view.number}, {view.sheet.met} of {view.sheet.total} criteria met, read from live evidence",
        "sections": [asdict(one) for one in sections],
        "decisions": [
            {"title": one.title, "why": one.why, "path": one.url, "since": one.since}
            for one in FiveMinutes(look, decider).items[:DECISIONS_SHOWN]
        ],
    }
    return OnePager(dossier.plain(document))


def _goal(view: Overview) -> Section:
    goal = view.goal
    if goal is None:
        return Section("goal", "Goal", [Line("Goal", "not written yet", state="none")], "Goal statement")
    left = (goal.target_on - view.today).days
    days = f"{left} days left" if left >= 0 else f"{-left} days past the date"
    lines = [
        Line(goal.metric, NOT_MEASURED, goal.target_text, "none", note=f"from {goal.baseline_text}, {days}"),
    ]
    source = f"Goal statement, version {goal.number}"
    return Section("goal", "Goal and distance to it", lines, source, goal.outcome)


def _gate(view: Overview) -> Section:
    lines = [
        Line(f"{row.number} {row.title}", row.value_said, row.needs, row.state, row.data["as_of"] or "", row.source)
        for row in view.sheet.criteria
    ]
    return Section("gate", f"Gate {view.number}: {view.sheet.met} of {view.sheet.total} met", lines, view.sheet.heading)


def _adoption(view: Overview) -> Section:
    found = {one.metric: one for one, _ in view.adoption}
    lines = [_metric(metric, found.get(metric)) for metric in SHOWN_METRICS]
    return Section("adoption", "Adoption", lines, view.adoption_week or "no week is measured")


def _metric(metric: Metric, one: Leading | None) -> Line:
    note = DEFINITIONS[metric]
    if one is None or one.now is None or not one.now.share.whole:
        return Line(metric.label, NOT_MEASURED, state="none", note=note)
    unit = "" if one.is_rate else "%"
    value = one.now.mean if one.is_rate else one.now.percent
    needs = f"{'≤' if one.at_most else '≥'} {one.target:.0f}{unit}" if one.target is not None else ""
    state = "none" if one.verdict is None else "met" if one.verdict else "unmet"
    as_of = one.now.as_of.isoformat() if one.now.as_of else ""
    return Line(metric.label, f"{value:.1f}{unit}", needs, state, as_of, note, one.change_text)


def _quality(view: Overview) -> Section:
    run = view.run
    if run is None or not view.quality:
        return Section("quality", "Data quality", [Line("Good values", NOT_MEASURED, state="none")], "no data run")
    as_of = run.finished_at.isoformat() if run.finished_at else ""
    lines = [
        Line(
            row.label,
            NOT_MEASURED if row.now is None else f"{row.now:.1f}%",
            f"≥ {row.gate}%",
            "none" if row.ok is None else "met" if row.ok else "unmet",
            as_of,
            NOT_MEASURED if row.before is None else f"{row.before:.1f}% before cleaning",
        )
        for row in view.quality
    ]
    return Section("quality", "Data quality", lines, f"Run {run.code}, share of good values")


def _dates_and_money(view: Overview) -> Section:
    program, audit, now = view.program, view.look.audit, view.now
    forecast = view.forecast
    lines = [Line("Started", _day(program.starts_on))]
    if now is not None and now.pace.days is not None:
        typical = f"{now.pace.low}–{now.pace.high}" if now.pace.high else ""
        state = "watch" if now.pace.is_late else ""
        lines.append(Line(f"Days in {now.pace.name}", str(now.pace.days), typical, state, note="typical for this size"))
    lines.append(Line("Go-live, planned", _day(program.go_live_on) or "no date"))
    state = "watch" if view.is_forecast_late else ""
    lines.append(Line("Go-live, at this pace", _day(forecast) or NOT_MEASURED, state=state))
    cost = money(audit.gaps_cost, program.currency) if audit.gaps_cost else NOT_MEASURED
    estimated = f"{audit.gaps_estimated} of {audit.gaps} gaps are estimated"
    lines.append(
        Line("Gaps cost a year", cost, as_of=audit.gaps_at.isoformat() if audit.gaps_at else "", note=estimated)
    )
    return Section("dates", "Dates and money", lines, "Program and gap list")


def _modes(view: Overview) -> Section:
    lines = [
        Line(
            one.mode.title, str(one.state), state=SHAPES[one.state], note=f"{one.evidence.summary} Fix: {one.mode.fix}"
        )
        for one in view.alarms[:MODES_SHOWN]
    ]
    return Section("modes", "Failure modes", lines or [Line("Active or at risk", "none")], view.modes_said)


def _values(page: OnePager) -> dict[tuple[str, str], str]:
    found = {("", "Finding"): page.document["heading"]}
    for one in page.sections:
        for line in one.lines:
            word = {"met": "met", "unmet": "not met", "watch": "watch", "waived": "waived"}.get(line.state, "")
            found[one.title.partition(":")[0], line.what] = ", ".join(text for text in (line.value, word) if text)
    for one in page.document["decisions"]:
        found["Decisions", one["title"]] = one["why"]
    return found


def _day(on: date | None) -> str:
    return f"{on.day} {on:%b %Y}" if on else ""
