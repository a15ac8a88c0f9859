"""What a row of the outbox says by mail, and to whom (R1, G7 to G9, M5).

A topic is one function that gives notices: who is asked first, who is told after. Topics that
nobody needs a mail for are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from crmprogram.jobs.models import Outbox
from crmprogram.program.models import Membership, Program
from governance import asking
from governance.asking import Asking
from governance.queries import load_matrix


@dataclass(frozen=True)
class Notice:
    """One mail: to whom, its subject, its lines, and the page to open."""

    to: list[Membership]
    subject: str
    lines: list[str]
    path: str


@dataclass(frozen=True)
class Event:
    """A row of the outbox with what it is about. `people` are those of the fixed row."""

    row: Outbox
    program: Program
    subject: Any
    people: Asking


NOTICES: dict[str, Callable[[Event], Iterable[Notice]]] = {}


def topic(*names: str):
    """Register what these topics say."""

    def register(function: Callable[[Event], Iterable[Notice]]):
        NOTICES.update(dict.fromkeys(names, function))
        return function

    return register


def notices_of(row: Outbox) -> list[Notice]:
    """What a row says; [] for topics without mail, and when its subject is gone."""
    make = NOTICES.get(row.topic)
    subject = _subject(row) if make and row.program_id else None
    if make is None or subject is None:
        return []
    assert row.program is not None  # a row without a program has no subject here
    program = Program.objects.select_related("accountable__membership__user").get(pk=row.program.pk)
    return list(make(Event(row, program, subject, asking.of_program(load_matrix(program)))))


def _subject(row: Outbox) -> Model | None:
    return apps.get_model(row.subject_type)._default_manager.filter(pk=row.subject_id).first()


@topic("gate.requested")
def requested(event: Event) -> Iterator[Notice]:
    review = event.subject
    gate, who = review.gate, review.requested_by.display
    lines = [f"{who} asks you to decide {gate.title}.", *_quote(review.note)]
    until = asking.answer_by(review)
    if event.people.next_title:
        lines.append(f"Without an answer by {_day(until)} the {event.people.next_title} is told.")
    yield Notice(event.people.asked, f"Gate {gate.number} waits for your decision", lines, _gate(event, gate.number))
    told = [one for one in event.people.told_when_asked if one.user_id != review.requested_by_id]
    said = [f"{who} asked the sponsor to decide {gate.title}.", *_quote(review.note)]
    yield Notice(told, f"Gate {gate.number} was requested", said, _gate(event, gate.number))


@topic("gate.silent")
def silent(event: Event) -> Iterator[Notice]:
    review = event.subject
    if review.decision != "pending":
        return
    number = review.gate.number
    line = f"{review.requested_by.display} requested Gate {number} on {_day(review.requested_at)}."
    yield Notice(event.people.asked, f"Gate {number} still waits for you", [line], _gate(event, number))
    if event.people.next is not None:
        said = [line, "Nobody has decided it in five working days. Please find out what it waits for."]
        yield Notice(
            [event.people.next], f"Nobody has answered the request for Gate {number}", said, _gate(event, number)
        )


@topic("gate.decided", "gate.reaffirmed", "gate.reopened")
def decided(event: Event) -> Iterator[Notice]:
    review = event.subject
    number = review.gate.number
    word = {"approved": "signed", "sent_back": "sent back", "reaffirmed": "re-affirmed", "reopened": "reopened"}
    said = word.get(review.decision)
    if said is None:
        return
    who = review.decided_by.display
    if review.on_behalf_of:
        who = f"{who} for {review.on_behalf_of.display}"
    lines = [f"{who}: Gate {number} is {said}.", *_quote(review.reason)]
    if review.in_doubt:
        lines.append("In doubt until re-affirmed: " + ", ".join(f"Gate {one['gate']}" for one in review.in_doubt) + ".")
    asked_for_it = Membership.objects.active().filter(program=event.program, user=review.requested_by)
    told = [*asked_for_it, *event.people.told_when_decided]
    if review.on_behalf_of:
        told += event.people.asked[:1]
    told = [one for one in told if one.user_id != review.decided_by_id]
    yield Notice(told, f"Gate {number} is {said}", lines, _gate(event, number))


@topic("gate.drifted")
def drifted(event: Event) -> Iterator[Notice]:
    number, said = event.row.payload["gate"], event.row.payload["said"]
    lines = [said, "The signature stands until it is re-affirmed or the gate is reopened."]
    yield Notice(event.people.asked, f"Gate {number} has drifted", lines, _gate(event, number))
    yield Notice(event.people.responsible, f"Gate {number} has drifted", [said], _gate(event, number))


@topic("waiver.ending", "waiver.lapsed")
def waiver_ends(event: Event) -> Iterator[Notice]:
    waiver = event.subject
    has_lapsed = event.row.topic == "waiver.lapsed"
    subject = f"Waiver {waiver.label} {'has lapsed' if has_lapsed else f'ends on {_day(waiver.ends_on)}'}"
    after = "It counts as it stands now." if has_lapsed else "After that it counts as it stands."
    lines = [f"It stands for {waiver.criterion} of Gate {waiver.gate.number}. {after}", *_quote(waiver.reason)]
    to = [*event.people.asked[:1], *event.people.responsible]
    yield Notice(to, subject, lines, _gate(event, waiver.gate.number))


@topic("escalation.escalated", "escalation.breached", "escalation.reopened", "escalation.went_up")
def escalation_asks(event: Event) -> Iterator[Notice]:
    """Who has to answer: the VP sales, then the sponsor; whose plan it is when an old one is open again (M5)."""
    one = event.subject
    what, path = f"{one}, {one.where}", one.get_absolute_url()
    addressee = [one.addressee] if one.addressee else []
    if event.row.topic == "escalation.went_up":
        lines = [f"{one.said}. It was not answered in five working days, so it goes up to you."]
        yield Notice(event.people.asked[:1], f"{what}, has no answer", lines, path)
    elif event.row.topic == "escalation.breached":
        lines = [f"{one.said}. Nobody holds the role of VP Sales: invite the person, or answer it with a plan."]
        yield Notice(event.people.asked[:1], f"{what}, can be escalated to nobody", lines, path)
    elif one.is_unanswered:
        lines = [f"{one.said}. Answer it with a plan within five working days."]
        yield Notice(addressee, f"{what}, is escalated to you", lines, path)
    else:
        yield Notice(_of_plan(one), f"{what}, is open again", [f"{one.said}. Its plan goes on."], path)


@topic("escalation.acknowledged", "escalation.replanned")
def escalation_planned(event: Event) -> Iterator[Notice]:
    one = event.subject
    who = one.acknowledged_by.display if one.acknowledged_by else ""
    subject = f"You own the plan of {one}, {one.where}"
    until = [f"It is due on {_day(one.due_on)}."] if one.due_on else []
    if one.owner and one.owner.user_id != one.acknowledged_by_id:
        yield Notice([one.owner], subject, [*_quote(one.plan), *until], one.get_absolute_url())
    if one.went_up_at and event.row.topic == "escalation.acknowledged":
        told = [it for it in event.people.asked[:1] if it.user_id != one.acknowledged_by_id]
        lines = [f"{who} answered it.", *_quote(one.plan), *until]
        yield Notice(told, f"{one}, {one.where}, has an answer", lines, one.get_absolute_url())


@topic("escalation.recovered", "escalation.withdrawn", "escalation.lapsed")
def escalation_over(event: Event) -> Iterator[Notice]:
    one = event.subject
    lines = [one.ending, *(["Close it with what came of the plan."] if one.is_to_close else [])]
    subject = f"{one}, {one.where}: {one.get_state_display().lower()}"
    yield Notice(_of_plan(one), subject, lines, one.get_absolute_url())


def _of_plan(one: Any) -> list[Membership]:
    """The addressee of an escalation and the owner of its plan, each once."""
    return list(dict.fromkeys(it for it in (one.addressee, one.owner) if it))


@topic("sponsor.named")
def sponsor_named(event: Event) -> Iterator[Notice]:
    one = event.subject
    lines = ["The program waits on hold until you accept, signed in as yourself."]
    path = f"/p/{event.program.slug}/sponsor/"
    yield Notice([one.membership], f"You are named as executive sponsor ({one.title})", lines, path)


@topic("delegate.named")
def delegate_named(event: Event) -> Iterator[Notice]:
    one = event.subject
    lines = [f"You may decide gates from {_day(one.from_on)} to {_day(one.until_on)}.", *_quote(one.reason)]
    yield Notice([one.delegate], f"You sign for {one.sponsor.user.display}", lines, one.get_absolute_url())


@topic("program.held", "program.resumed")
def held(event: Event) -> Iterator[Notice]:
    is_held = event.row.topic == "program.held"
    lines = [event.program.hold_reason if is_held else "Gates can be requested again."]
    to = [*event.people.asked[:1], *event.people.responsible]
    yield Notice(to, "The program is on hold" if is_held else "The program goes on", lines, f"/p/{event.program.slug}/")


def _gate(event: Event, number: int) -> str:
    return f"/p/{event.program.slug}/gates/{number}/"


def _quote(text: str) -> list[str]:
    return [f"“{text}”"] if text else []


def _day(on: Any) -> str:
    return f"{on:%a} {on.day} {on:%b}"
