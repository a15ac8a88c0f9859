"""Read gates: how their criteria stand, how long phases take, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Window
from django.db.models.functions import Lag

from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, Program
from crmprogram.program.together import Rows, fill
from phases import dossier, registry
from phases.criteria import BY_KEY, CRITERIA, Criterion, of_gate
from phases.dossier import Row, Sheet, Standing, ThresholdNote, WaiverNote
from phases.method import LAST_GATE, PHASES, gate_title
from phases.models import Decision, Drift, Exemption, Gate, GateReview, Phase, Reading, Threshold, Waiver
from phases.models.gates import GateReviewQuerySet
from phases.registry import Evidence, Look, Verdict

EXEMPTABLE = 2  # Pick, where the platform was chosen before (G6)
GATE_VERBS = (
    "gate.requested",
    "gate.withdrawn",
    "gate.sent_back",
    "gate.approved",
    "gate.reaffirmed",
    "gate.reopened",
    "gate.drifted",
    "gate.recovered",
    "waiver.granted",
    "waiver.revoked",
    "waiver.lapsed",
    "threshold.set",
    "phase.opened",
)


class GateFacts:
    """A program's phases, gates, reviews, waivers and thresholds; each is read at most once in a look."""

    def __init__(self, program: Program, rows: Rows | None = None) -> None:
        self.program = program
        self._unread = rows

    @cached_property
    def _rows(self) -> Rows:
        """Read in one query: every page draws the spine, and most ask a check."""
        rows = self._unread or _rows_of(self.program)
        fill(*rows)
        return rows

    @cached_property
    def phases(self) -> dict[int, Phase]:
        return {one.number: one for one in self._rows[0]}

    @cached_property
    def gates(self) -> dict[int, Gate]:
        gates = {one.number: one for one in Gate.objects.of(self.program)}
        for one in gates.values():
            one.program = self.program
        return gates

    @cached_property
    def reviews(self) -> dict[int, list[GateReview]]:
        """By gate, newest round first. The dossier's text is left where it is."""
        found: dict[int, list[GateReview]] = {number: [] for number in PHASES}
        for one in self._rows[1]:
            one.gate.program = self.program
            found[one.gate.number].append(one)
        return found

    @cached_property
    def waivers(self) -> dict[tuple[int, str], Waiver]:
        """The live waivers by (gate, criterion)."""
        today = clock.today(self.program)
        return {(one.gate.number, one.criterion): one for one in self._rows[2] if one.is_live(today)}

    @cached_property
    def thresholds(self) -> dict[str, Threshold]:
        """The thresholds in force by "phase:check"; phase 0 is everywhere."""
        return {f"{one.phase}:{one.check_key}": one for one in self._rows[3]}

    def latest(self, number: int) -> GateReview | None:
        """The newest round of a gate."""
        return next(iter(self.reviews[number]), None)

    def approval(self, number: int) -> GateReview | None:
        """The newest approved round of a gate: what it stands on. None once the gate was reopened after it (G9)."""
        return self._newest(number, Decision.APPROVED)

    def affirmation(self, number: int) -> GateReview | None:
        """The sponsor's last word for a signed gate: its approval, or a re-affirmation since."""
        return self._newest(number, Decision.APPROVED, Decision.REAFFIRMED)

    def _newest(self, number: int, *decisions: Decision) -> GateReview | None:
        for one in self.reviews[number]:
            if one.decision in decisions:
                return one
            if one.decision == Decision.REOPENED:
                return None
        return None

    def is_drifting(self, number: int) -> bool:
        """Did the readings find that a signed gate no longer holds, and has nobody re-affirmed it since (G9)?"""
        return self.approval(number) is not None and self.reviews[number][0].is_drifting

    def pending(self, number: int) -> GateReview | None:
        one = self.latest(number)
        return one if one and one.decision == Decision.PENDING else None

    @cached_property
    def exemption(self) -> Exemption | None:
        """The sponsor's statement that Pick is not applicable, while it holds for the platform of the settings (G6)."""
        if not self.program.platform_chosen:
            return None
        named = self.program.platform_name
        return next((one for one in self._rows[4] if one.platform == named), None)

    def is_exempt(self, number: int) -> bool:
        """Does this phase not apply to the program?"""
        return number == EXEMPTABLE and self.exemption is not None

    def is_open_after(self, number: int) -> bool:
        """Is the way past this gate open: signed, or not applicable?"""
        return self.approval(number) is not None or self.is_exempt(number)

    @property
    def current(self) -> int:
        """The gate that is worked towards: the first without an approval, those that do not apply left out."""
        return next((number for number in PHASES if not self.is_open_after(number)), LAST_GATE)


def _rows_of(program: Program) -> Rows:
    """Phases, rounds, waivers, thresholds and the exemption."""
    return (
        Phase.objects.of(program).select_related("owner"),
        _rounds().of(program),
        Waiver.objects.of(program).standing().select_related("gate", "granted_by"),
        Threshold.objects.of(program).select_related("set_by").order_by("pk"),
        Exemption.objects.of(program).standing().select_related("signed_by"),
    )


registry.facts("gates", rows=_rows_of)(GateFacts)


def _rounds() -> GateReviewQuerySet:
    """Every round with its people, newest first; `is_drifting` says whether its gate drifts unsettled."""
    drifting = Drift.objects.standing().filter(gate=OuterRef("gate"), settled_in=None)
    rows: Any = GateReview.objects.select_related("gate", "requested_by", "decided_by", "on_behalf_of")
    return rows.annotate(is_drifting=Exists(drifting)).order_by("gate__number", "-round")


def gate_facts_of(programs: Iterable[Program]) -> list[GateFacts]:
    """The facts of many programs, phases, statements and reviews loaded: three queries, however many there are."""
    found = {one.pk: GateFacts(one) for one in programs}
    for facts in found.values():
        facts.phases, facts.reviews = {}, {number: [] for number in PHASES}
    for phase in Phase.objects.filter(program__in=found).select_related("owner"):
        found[phase.program_id].phases[phase.number] = phase
    if chosen := [pk for pk, facts in found.items() if facts.program.platform_chosen]:
        rows = Exemption.objects.standing().filter(program__in=chosen).select_related("signed_by")
        standing = {one.program_id: one for one in rows}
        for pk in chosen:
            one, program = standing.get(pk), found[pk].program
            found[pk].exemption = one if one and one.platform == program.platform_name else None
    for review in _rounds().filter(gate__program__in=found):
        facts = found[review.gate.program_id]
        review.gate.program = facts.program
        facts.reviews[review.gate.number].append(review)
    return list(found.values())


def _thresholds(look: Look) -> dict[str, dict[str, Any]]:
    return {key: one.params for key, one in look.gates.thresholds.items()}


registry.THRESHOLDS[:] = [_thresholds]


def examine_criterion(look: Look, criterion: Criterion) -> Evidence:
    """What the criterion's check finds; a check nobody has written cannot tell, and says what is missing."""
    if criterion.check not in registry.CHECKS:
        return registry.unknown(criterion.missing)
    return registry.examine(look, criterion.check, phase=criterion.gate, **criterion.given)


def standing_of(look: Look, criterion: Criterion) -> Standing:
    """The criterion with stale and waived laid over what its check found (G8)."""
    evidence = examine_criterion(look, criterion)
    check = registry.CHECKS.get(criterion.check)
    waiver = look.gates.waivers.get((criterion.gate, criterion.key))
    verdict, state, closing = str(evidence.verdict), _state(evidence), evidence.closing
    if check and registry.is_stale(look, criterion.check, evidence):
        verdict, state = str(Verdict.UNKNOWN), "stale"
        assert check.fresh_for is not None
        closing = f"Its newest record may be {check.fresh_for.days} days old at most. {closing}".strip()
    if verdict != Verdict.MET and waiver is not None and criterion.waivable:
        state = "waived"
    phase = criterion.gate
    stored = look.gates.thresholds.get(f"{phase}:{criterion.check}") or look.gates.thresholds.get(
        f"0:{criterion.check}"
    )
    default = {**check.defaults, **criterion.given} if check else dict(criterion.given)
    index = [one.key for one in of_gate(criterion.gate)].index(criterion.key) + 1
    return Standing(
        key=criterion.key,
        number=f"{criterion.gate}.{index}",
        title=criterion.title,
        check=criterion.check,
        state=state,
        verdict=verdict,
        summary=evidence.summary,
        closing=closing,
        value=evidence.value,
        threshold=evidence.threshold,
        unit=evidence.unit,
        at_most=evidence.at_most,
        attested=criterion.attested,
        continuing=criterion.continuing,
        waivable=criterion.waivable,
        as_of=evidence.as_of,
        source=evidence.source or criterion.reads.capitalize(),
        url=evidence.url,
        params={**default, **(stored.params if stored else {})},
        default_params=default,
        threshold_note=ThresholdNote(stored.set_by.display, stored.set_at, stored.reason) if stored else None,
        waiver=_note(waiver) if waiver else None,
        details=evidence.details,
        files=evidence.files,
    )


def assess(look: Look, number: int) -> Sheet:
    """How gate `number` stands now, read from live evidence (G8)."""
    criteria = [dossier.as_row(standing_of(look, one)) for one in of_gate(number)]
    return Sheet(
        dossier.plain(
            {
                "schema": dossier.SCHEMA,
                "program": {
                    "slug": look.program.slug,
                    "name": look.program.name,
                    "company": look.program.company,
                    "seats": look.program.seats,
                    "currency": look.program.currency,
                    "time_zone": look.program.time_zone,
                },
                "gate": {"number": number, "title": gate_title(number), "phase": PHASES[number].name},
                "read_at": look.at,
                "criteria": criteria,
                "tally": {word: many for _, many, word in dossier.tally(criteria)},
                "heading": dossier.heading_of(criteria),
                "lead": dossier.lead_of(criteria),
                "digest": dossier.sha256(dossier.basis_of(criteria)),
            }
        )
    )


def is_passed(program: Program, number: int) -> bool:
    """Was gate `number` approved, and not reopened since? Where Pick is not applicable, Gate 1 stands for Gate 2."""
    in_force = GateReview.objects.in_force().filter(gate__program=program)
    if number == EXEMPTABLE and GateFacts(program).exemption is not None:
        number -= 1
    return in_force.filter(gate__number=number).exists()


@dataclass(frozen=True)
class Event:
    """A line of a gate's history: at `at`, `by` (empty: the system) did `text`, quoting `quote`."""

    at: datetime
    by: str
    text: str
    quote: str = ""


def history_of_gate(program: Program, number: int, limit: int | None = None) -> list[Event]:
    """What happened at a gate, newest first: acts from the audit trail, changed answers from the readings."""
    entries = AuditEntry.objects.of(program).filter(verb__in=GATE_VERBS, after__gate=number).select_related("by")
    checks = {one.check: one for one in of_gate(number)}
    readings = Reading.objects.of(program).filter(phase=number, check_key__in=list(checks))
    readings = readings.annotate(was=Window(Lag("verdict"), partition_by="check_key", order_by="pk"))
    if limit:
        entries, readings = entries[:limit], readings[:limit]
    events = [Event(one.at, one.by.display if one.by else "", *_told(one)) for one in entries]
    for one in readings:
        criterion = checks[one.check_key]
        word = {"met": "met", "not_met": "not met", "unknown": "cannot tell"}[one.verdict]
        place = [other.key for other in of_gate(number)].index(criterion.key) + 1
        said = "is still" if one.was == one.verdict else "became"
        events.append(Event(one.read_at, "", f"{number}.{place} {said} {word}: {one.summary}"))
    events.sort(key=lambda event: event.at, reverse=True)
    return events[:limit] if limit else events


def last_readings(program: Program) -> dict[tuple[int, str], Reading]:
    """The newest reading of each (phase, check)."""
    newest = Reading.objects.of(program).order_by().values("phase", "check_key").annotate(last=Max("pk"))
    return {(one.phase, one.check_key): one for one in Reading.objects.filter(pk__in=newest.values("last"))}


def all_standings(look: Look) -> Iterable[tuple[Criterion, Standing]]:
    """Every criterion of every gate, as it stands."""
    return ((one, standing_of(look, one)) for one in CRITERIA)


def named(rows: Iterable[Row]) -> str:
    """Criteria in a sentence: "1.2 5 to 15 gaps, each with a yearly estimate; 1.5 …"."""
    return "; ".join(f"{row.number} {row.title}" for row in rows)


def _told(entry: AuditEntry) -> tuple[str, str]:
    """An audit line as (words, quote)."""
    after = entry.after
    tally = f", {after['met']} of {after['total']} met" if "met" in after and "total" in after else ""
    label, key = after.get("waiver", ""), after.get("criterion", "")
    number = _number_of(key)
    words = {
        "gate.requested": f"requested the review{tally}",
        "gate.withdrawn": "withdrew the request",
        "gate.sent_back": "sent the gate back",
        "gate.approved": f"signed the gate{tally}{_for(after)}",
        "gate.reaffirmed": f"re-affirmed the gate{tally}{_for(after)}",
        "gate.reopened": f"reopened the gate{_for(after)}",
        "gate.drifted": f"No longer as signed: {after.get('said', '')}",
        "gate.recovered": f"{number} holds again.",
        "waiver.granted": f"granted waiver {label} on {number}",
        "waiver.revoked": f"revoked waiver {label} on {number}",
        "waiver.lapsed": f"Waiver {label} on {number} has lapsed.",
        "threshold.set": f"changed the threshold of {after.get('check', '')}",
        "phase.opened": f"opened phase {after.get('phase', '')}",
    }
    return words[entry.verb], entry.note


def _for(after: dict[str, Any]) -> str:
    return f" for {after['on_behalf_of']}" if after.get("on_behalf_of") else ""


def _number_of(key: str) -> str:
    criterion = BY_KEY.get(key)
    if criterion is None:
        return key
    return f"{criterion.gate}.{[one.key for one in of_gate(criterion.gate)].index(key) + 1}"


def _state(evidence: Evidence) -> str:
    if evidence.verdict == Verdict.MET:
        return "watch" if evidence.watch else "met"
    return "unmet" if evidence.verdict == Verdict.NOT_MET else "none"


def _note(waiver: Waiver) -> WaiverNote:
    return WaiverNote(
        label=waiver.label,
        number=waiver.number,
        reason=waiver.reason,
        stand_in=waiver.stand_in,
        granted_by=waiver.granted_by.display,
        granted_at=waiver.granted_at,
        ends_on=waiver.ends_on,
    )


def local_date(program: Program, at: datetime | None) -> date | None:
    """The calendar date of a moment in the program's zone."""
    return at.astimezone(ZoneInfo(program.time_zone)).date() if at else None
