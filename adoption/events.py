"""One row of an activity export, from any CRM, as an event; and which of two versions stands. Pure.

The clock of adoption is the time at which the row was logged (created), in the program's
zone; when the work took place is kept beside it and never mixed in (M1, M9).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crmprogram.intake import dates
from crmprogram.intake.deals import FALSE, TRUE
from crmprogram.intake.headers import normalise

DATED = ("created_at", "occurred_at", "updated_at", "due_at")
DONE = frozenset({"completed", "done", "held", "sent", "erledigt", "abgeschlossen", "terminé", "completado"})
DRAFT = frozenset({"draft", "pending send", "failed", "not sent", "bounced", "entwurf", "brouillon", "borrador"})
OPEN = frozenset(
    [
        "not started",
        "not_started",
        "in progress",
        "in_progress",
        "waiting",
        "waiting on someone else",
        "deferred",
        "to do",
        "todo",
        "open",
        "scheduled",
        "planned",
        "pending",
        "overdue",
        "today",
        "started",
        "in limbo",
        "rescheduled",
        "offen",
        "geplant",
        "nicht begonnen",
        "en attente",
        "non commencé",
        "planifié",
        "no iniciada",
        "pendiente",
        "programada",
        "não iniciada",
        "pendente",
    ]
)
CANCELLED = ("cancel", "not held", "abgebrochen", "abgesagt", "storniert", "annul")
INCOMING = frozenset({"incoming", "inbound", "received", "eingehend", "entrant", "entrante", "entrada"})
UNANSWERED = frozenset({"missed", "no answer", "no-answer", "busy", "unanswered"})
EARLIEST = 1990  # a year before it is another calendar, or an empty date written as a number
DEACTIVATED = re.compile(r"\s*\((?:deactivated|inactive|removed|former)(?: user)?\)$")
MEETINGS = ("termin", "besprechung", "réunion", "rendez-vous", "reunión", "reunião", "cita", "besuch", "visite")
FLAGS = {"ischild": "invitee", "isdeleted": "deleted", "_fivetran_deleted": "deleted", "isrecurrence": "series"}
WHY = {
    "draft": "Draft or not sent",
    "cancelled": "Cancelled",
    "open": "Not done yet",
    "future": "Had not taken place when the file was exported",
    "invitee": "Copy of an invitee",
    "deleted": "Deleted",
    "series": "Pattern of a recurring series",
    "missed": "Call that came in and nobody took",
    "incoming": "Incoming mail: the owner wrote nothing",
    "bulk": "Logged by a load: many rows in the same second",
}


class Event(NamedTuple):
    """An activity as it stands in one export.

    `logged_at` is None where the export gives a day only. Of what is not done yet, `occurred_at` is when it is
    planned, or due. `why_not` is a key of WHY when the
    row is no activity of a rep, else "". Of two versions of the same event the one with the
    greater `rank` stands, so that the order of files never matters.
    """

    source: str
    event_id: str
    owner: str
    kind: str
    logged_on: date
    logged_at: datetime | None
    occurred_at: datetime | None
    why_not: str
    rank: str


class Refused(NamedTuple):
    """A row that cannot be an event: the rule, a sentence with what to do, and our field in which the cause stands."""

    rule: str
    message: str
    field: str = "source_id"


class Layout(NamedTuple):
    """How the columns of one file are read: our field -> column, flags, order of dates, zone, what is constant."""

    source: str
    places: Mapping[str, int]
    flags: Mapping[str, int]
    orders: Mapping[str, dates.Order | None]
    zone: str
    constants: Mapping[str, str]
    program_zone: str
    exported_at: datetime
    blanks: frozenset[str] = frozenset()  # what this CRM writes for nothing, casefolded
    id_prefix: str = ""  # of every id of this CRM; a row without it is a line that spilled over

    @property
    def clock(self) -> str:
        """The one clock by which the whole file is counted: logged, else (and said) when it took place."""
        return "created_at" if "created_at" in self.places else "occurred_at"


def flags_of(headers: Sequence[str]) -> dict[str, int]:
    """Columns that say why a row is no activity, by the reason."""
    known = {normalise(name): why for name, why in FLAGS.items()}
    return {known[normalise(one)]: at for at, one in enumerate(headers) if normalise(one) in known}


LISTS = {  # headers that stand only in a list of one kind
    "call": (
        *("Call Title", "Call duration", "Call outcome", "Call Start Time"),
        *("Título de la llamada", "Duración de la llamada", "Resultado de la llamada"),
        *("Anruftitel", "Anrufdauer", "Anrufergebnis"),
        *("Titre de l'appel", "Durée de l'appel", "Résultat de l'appel"),
        *("Título da chamada", "Duração da chamada", "Resultado da chamada"),
    ),
    "meeting": (
        *("Meeting name", "Meeting outcome", "Required Attendees", "StartDateTime"),
        *("Erforderliche Teilnehmer", "Participants requis", "Asistentes necesarios"),
    ),
    "email": ("Email subject", "Date Sent", "Sendedatum", "Date d'envoi", "Fecha de envío"),
    "task": (
        *("Task Title", "Task Status", "Estado de la tarea", "Aufgabenstatus", "Statut de la tâche"),
        "Status da tarefa",
    ),
}


def file_kind(headers: Sequence[str]) -> str:
    """The one kind that a file lists, told by its headers; "" for a file of many."""
    keys = {normalise(one) for one in headers}
    found = [kind for kind, names in LISTS.items() if any(normalise(name) in keys for name in names)]
    return found[0] if len(found) == 1 else ""


def owner_key(raw: str) -> str:
    """The owner as the CRM writes it, in one spelling.

    A user id of Salesforce has 15 characters, where case matters, or 18 with a sum that tells it; HubSpot
    marks who has left.

    >>> owner_key("0055j00000AT6I1") == owner_key("0055j00000AT6I1AAL")
    True
    >>> owner_key(" Ann  Lee (Deactivated User)")
    'ann lee'
    """
    text = " ".join(raw.split())
    if len(text) == 15 and text.startswith("005") and text.isalnum():
        text += checksum(text)
    return DEACTIVATED.sub("", text.casefold())[:200]


def checksum(short: str) -> str:
    """The three characters that make an id of 15 one of 18: for each five, which of them are capitals."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    fives = (short[at : at + 5] for at in (0, 5, 10))
    return "".join(letters[sum(1 << n for n, one in enumerate(five) if "A" <= one <= "Z")] for five in fives)


def kind_of(raw: str, subject: str = "") -> str:
    """The kind in our words: call, email, meeting, task, note or other.

    >>> kind_of("Phone Call"), kind_of("Appointment"), kind_of("deadline")
    ('call', 'meeting', 'other')
    """
    text = raw.casefold()
    for kind, words in (
        ("email", ("mail", "correo", "courriel")),
        ("call", ("call", "phone", "anruf", "telefon", "appel", "llamada", "chamada", "ligação")),
        ("meeting", ("meeting", "event", "appointment", "lunch", "demo", "visit", *MEETINGS)),
        ("note", ("note", "notiz", "nota")),
        ("task", ("task", "todo", "to-do", "to do", "aufgabe", "tâche", "tarea", "tarefa")),
    ):
        if any(word in text for word in words):
            return kind
    if not text and subject.casefold().startswith(("email:", "call:", "call ")):
        return kind_of(subject.split(":")[0].split()[0])
    return "other" if text else "task"


def read_event(cells: Sequence[str], layout: Layout) -> Event | Refused:
    """Read one row. A row without owner or without a date it was logged is refused, with the reason."""

    def text(name: str) -> str:
        at = layout.places.get(name)
        value = cells[at].strip() if at is not None and at < len(cells) else ""
        if value[:1] == "'" and value[1:2] in "+-@=":  # a guard against formulas, written by the CRM
            value = value[1:]
        if value.casefold() in layout.blanks:
            value = ""
        return value or layout.constants.get(name, "")

    if layout.id_prefix and not text("source_id").startswith(layout.id_prefix):
        return Refused(
            "row.spilled",
            "The row has no id of this CRM: a line of the record above spilled over. Export again, or put it back.",
        )

    owner = owner_key(text("owner"))
    if not owner:
        return Refused(
            "owner.missing",
            "The row names no owner: nobody gets credit for it. Give it an owner in the CRM and export again.",
            "owner",
        )
    moments: dict[str, dates.Moment] = {}
    for name in DATED:
        found = dates.parse(text(name), order=layout.orders.get(name), zone=layout.zone)
        if isinstance(found, dates.Unreadable):
            if name == layout.clock:
                return Refused(found.rule, found.message, name)
        elif found is not None:
            moments[name] = found
    logged = moments.get(layout.clock)  # one clock for the whole file: never one row by another
    if logged is None:
        return Refused(
            "date.missing", "The row does not say when it was logged. Export it with that date.", layout.clock
        )
    if logged.on.year < EARLIEST:
        return Refused(
            "date.unlikely", f"The row was logged in {logged.on.year}: check the calendar of the export.", layout.clock
        )
    day = logged.at.astimezone(ZoneInfo(layout.program_zone)).date() if logged.at else logged.on
    if day > layout.exported_at.astimezone(ZoneInfo(layout.program_zone)).date():
        return Refused(
            "date.future",
            "The row was logged, or is planned for, after the file was uploaded. Check the order of day and month.",
            layout.clock,
        )
    kind = _kind(text)
    occurred = _instant(moments.get("occurred_at"), layout.zone)
    why = _why_not(cells, layout, kind, text, occurred)
    if why == "open" and occurred is None:
        occurred = _instant(moments.get("due_at"), layout.zone)
    stamp = _instant(moments.get("updated_at"), layout.zone) or _instant(logged, layout.zone)
    given = text("source_id")
    times = (_written(moments.get(name), layout.zone) for name in ("created_at", "occurred_at"))
    basis = "\x1f".join([owner, kind, text("subject"), *times])
    event_id = given[:100] if given else "#" + hashlib.sha256(basis.encode()).hexdigest()[:40]
    digest = hashlib.sha256("\x1f".join([owner, kind, str(day), str(occurred), why]).encode()).hexdigest()[:12]
    rank = f"{stamp:%Y%m%d%H%M%S}{'0' if why else '1'}{digest}"
    return Event(layout.source, event_id, owner, kind, day, logged.at, occurred, why, rank)


def _kind(text) -> str:
    """The kind by its column, by a second one (Type beside TaskSubtype), or by what the file is a list of."""
    kinds = [kind_of(text(name)) for name in ("kind", "kind_2") if text(name)]
    telling = [one for one in kinds if one not in {"other", "task"}]
    if telling:
        return telling[0]
    if (said := text("file_kind")) and "task" not in kinds:
        return said
    return kinds[0] if kinds else kind_of("", text("subject"))


def _why_not(cells, layout, kind, text, occurred) -> str:
    for why, at in sorted(layout.flags.items()):
        if at < len(cells) and cells[at].strip().casefold() in TRUE:
            return why
    status, outcome = text("status").casefold(), text("outcome").casefold()
    words = {status, outcome}
    if any(sign in word for word in words for sign in CANCELLED):
        return "cancelled"
    if words & DRAFT:
        return "draft"
    if words & OPEN or status in FALSE or (text("is_done").casefold() in FALSE and status not in DONE):
        return "open"
    way = text("direction").casefold()
    if kind == "email" and (way in INCOMING or status == "received" or text("kind").casefold().startswith("incoming")):
        return "incoming"
    if kind == "call" and (way == "missed" or (way in INCOMING and words & UNANSWERED)):
        return "missed"
    if kind == "meeting" and occurred is not None and occurred > layout.exported_at:
        return "future"
    return ""


def _instant(found: dates.Moment | None, zone: str) -> datetime | None:
    if found is None:
        return None
    return found.at or datetime.combine(found.on, time(), ZoneInfo(zone))


def _written(found: dates.Moment | None, zone: str) -> str:
    """A time as it was written, whatever the format: the same for one that is read in another zone later."""
    if found is None or found.at is None:
        return str(found.on) if found else ""
    return str(found.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if found.zone else found.at)


def settle(events: Sequence[Event]) -> dict[tuple[str, str], Event]:
    """Of each event the version that stands: the greatest rank, whatever the order of rows."""
    found: dict[tuple[str, str], Event] = {}
    for one in events:
        key = (one.source, one.event_id)
        if key not in found or one.rank > found[key].rank:
            found[key] = one
    return found
