"""Write down what the business needs and whom one listened to (Audit content)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.models import Finding, Interview, Requirement
from phases.services.saving import expect_version, save_checked

REQUIREMENT = ("kind", "title", "detail", "bucket", "acceptance_test", "acceptance_result")
TRACES = ("gaps", "capabilities", "steps", "items")
INTERVIEW = ("role", "who", "held_on", "summary")


@transaction.atomic
def add_requirement(
    *, program: Program, by: User, traces: dict[str, Sequence] | None = None, **values: Any
) -> Requirement:
    """Note a requirement. `traces` are what asks for it and the items it ends in, by field name."""
    policy.require(by, "audit.edit", program)
    one = Requirement(program=program, number=program.next_number("requirement"), changed_at=clock.now())
    _put(one, values, REQUIREMENT)
    _refuse_untestable(one)
    save_checked(one)
    _trace(one, traces or {}, TRACES)
    audit.record(by=by, verb="requirement.added", subject=one, after={"title": one.title, "kind": one.kind})
    return one


@transaction.atomic
def change_requirement(
    *, requirement: Requirement, by: User, seen_version: int, traces: dict[str, Sequence] | None = None, **values: Any
) -> Requirement:
    """Change a requirement; a field missing in `traces` stays as it is."""
    policy.require(by, "audit.edit", requirement)
    one = Requirement.objects.select_related("program").select_for_update(of=("self",)).get(pk=requirement.pk)
    expect_version(one.version, seen_version, f"requirement {one.number}")
    before, after = _put(one, values, REQUIREMENT)
    _refuse_untestable(one)
    was, now = _trace(one, traces or {}, TRACES)
    return _changed(one, by, "requirement.changed", before | was, after | now)


@transaction.atomic
def remove_requirement(*, requirement: Requirement, by: User, seen_version: int) -> None:
    """Remove a requirement. Its number is not given again; items and findings lose this trace."""
    policy.require(by, "audit.edit", requirement)
    one = Requirement.objects.select_related("program").select_for_update(of=("self",)).get(pk=requirement.pk)
    expect_version(one.version, seen_version, f"requirement {one.number}")
    audit.record(by=by, verb="requirement.removed", subject=one, before={"title": one.title})
    one.delete()


@transaction.atomic
def add_interview(*, program: Program, by: User, **values: Any) -> Interview:
    """Note an interview; a date to come is an appointment."""
    policy.require(by, "audit.edit", program)
    one = Interview(program=program, number=program.next_number("interview"), held_by=by, changed_at=clock.now())
    _put(one, values, INTERVIEW)
    save_checked(one)
    audit.record(by=by, verb="interview.added", subject=one, after={"role": one.role, "who": one.who})
    return one


@transaction.atomic
def change_interview(*, interview: Interview, by: User, seen_version: int, **values: Any) -> Interview:
    policy.require(by, "audit.edit", interview)
    one = Interview.objects.select_related("program").select_for_update(of=("self",)).get(pk=interview.pk)
    expect_version(one.version, seen_version, f"interview {one.number}")
    return _changed(one, by, "interview.changed", *_put(one, values, INTERVIEW))


@transaction.atomic
def remove_interview(*, interview: Interview, by: User, seen_version: int) -> None:
    """Remove an interview with its findings."""
    policy.require(by, "audit.edit", interview)
    one = Interview.objects.select_related("program").select_for_update(of=("self",)).get(pk=interview.pk)
    expect_version(one.version, seen_version, f"interview {one.number}")
    heard = list(one.findings.values_list("text", flat=True))
    audit.record(by=by, verb="interview.removed", subject=one, before={"who": one.who, "findings": heard})
    one.delete()


@transaction.atomic
def add_finding(*, interview: Interview, by: User, text: str, traces: dict[str, Sequence] | None = None) -> Finding:
    """Note one thing that was heard. Refused before the interview took place."""
    policy.require(by, "audit.edit", interview)
    if interview.held_on > clock.today(interview.program):
        raise Invalid("This interview has not taken place yet.", field="text")
    found = Finding(interview=interview, text=_line(text))
    save_checked(found)
    _trace(found, traces or {}, ("gaps", "requirements"))
    audit.record(by=by, verb="finding.added", subject=found, after={"text": found.text})
    return found


@transaction.atomic
def change_finding(*, finding: Finding, by: User, text: str, traces: dict[str, Sequence] | None = None) -> Finding:
    """Put a finding in other words, or say what came of it."""
    policy.require(by, "audit.edit", finding)
    found = Finding.objects.select_related("interview__program").select_for_update(of=("self",)).get(pk=finding.pk)
    before, after = audit.changes(found, {"text": _line(text)})
    was, now = _trace(found, traces or {}, ("gaps", "requirements"))
    if after or now:
        save_checked(found)
        audit.record(by=by, verb="finding.changed", subject=found, before=before | was, after=after | now)
    return found


@transaction.atomic
def remove_finding(*, finding: Finding, by: User) -> None:
    policy.require(by, "audit.edit", finding)
    audit.record(by=by, verb="finding.removed", subject=finding, before={"text": finding.text})
    finding.delete()


def _put(one: Requirement | Interview, values: dict[str, Any], fields: tuple[str, ...]) -> tuple[dict, dict]:
    """Set the values (unsaved); returns what was and what is."""
    if unknown := set(values) - set(fields):
        raise Invalid(f"Not a part of this: {', '.join(sorted(unknown))}.")
    for name in ("title", "who", "acceptance_test", "acceptance_result"):
        if name in values:
            values[name] = _line(values[name])
    return audit.changes(one, values)


def _changed(one, by: User, verb: str, before: dict, after: dict):
    if after:
        one.version += 1
        one.changed_at = clock.now()
        save_checked(one)
        audit.record(by=by, verb=verb, subject=one, before=before, after=after)
    return one


def _trace(one: Requirement | Finding, traces: dict[str, Sequence], allowed: tuple[str, ...]) -> tuple[dict, dict]:
    """Tie `one` to other things of the program by their numbers; a step is told by its name."""
    before, after = {}, {}
    program = one.interview.program_id if isinstance(one, Finding) else one.program_id
    for name in allowed:
        if traces.get(name) is None:
            continue
        wanted = list(traces[name])
        if any(_program_of(other) != program for other in wanted):
            raise Invalid("That belongs to another program.", field=name)
        related = getattr(one, name)
        now = list(related.all())
        if {other.pk for other in now} != {other.pk for other in wanted}:
            before[name], after[name] = _told(now), _told(wanted)
            related.set(wanted)
    return before, after


def _program_of(other: Any) -> int:
    return other.lane.map.program_id if hasattr(other, "lane") else other.program_id


def _told(rows: list[Any]) -> list:
    return sorted(str(row) if hasattr(row, "lane") else row.number for row in rows)


def _refuse_untestable(one: Requirement) -> None:
    """A criterion nobody could test is none: it says what is done and what is then seen."""
    said = {"acceptance_test": one.acceptance_test, "acceptance_result": one.acceptance_result}
    missing = [name for name, text in said.items() if not text]
    if len(missing) == 1:
        words = {"acceptance_test": "what is done", "acceptance_result": "what is then seen"}
        raise Invalid(f"An acceptance criterion can be tested: say also {words[missing[0]]}.", field=missing[0])


def _line(text: str) -> str:
    return " ".join(text.split())
