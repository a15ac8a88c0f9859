"""Activity events that another program pushes: kept as a file of JSON lines and counted as every file is (M5, M9)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adoption import events
from adoption.errors import ImportRefused
from adoption.events import Layout, Refused
from adoption.models import Counting
from adoption.services.counting import BLANKS, start_counting
from crmprogram.intake.formats import by_slug
from crmprogram.intake.models import Upload, UploadState
from crmprogram.intake.services import store_upload
from crmprogram.jobs.models import JobState
from crmprogram.jobs.services import work_together
from crmprogram.program import clock, policy
from crmprogram.program.models import Program, User

FORMAT = "api"  # the source of pushed events, and the format in which they are kept
MOST = 1_000
COLUMNS = (
    *("source_id", "kind", "owner", "logged_at", "occurred_at", "updated_at", "status", "direction", "outcome"),
    "isdeleted",
)
FIELD_OF = {"owner": "owner", "date": "logged_at"}  # by the first word of a rule of events.read_event


@dataclass(frozen=True)
class Refusal:
    """An event that is not taken: its place in the push from 0, the field, what was sent, what to do."""

    index: int
    field: str
    value: Any
    code: str
    detail: str


@dataclass(frozen=True)
class Pushed:
    """What became of a push: the events taken, each one refused, and the counting (None: nothing was taken)."""

    accepted: int
    refused: list[Refusal] = field(default_factory=list)
    counting: Counting | None = None


def push_events(*, program: Program, by: User, system: str, found: Sequence[tuple[int, Mapping[str, Any]]]) -> Pushed:
    """Keep the events that can be read, and start counting them; `found` has each with its place in the push.

    `system` is the CRM whose ids these are: an event is known by both, whichever batch brings it. The same
    batch again gives the counting that is there. Raises NotYours, or a DomainError of the intake.
    """
    policy.require(by, "adoption.import", program)
    layout = _layout(program)
    lines, refused = [], []
    for index, event in found:
        cells = _cells(system, event)
        read = events.read_event(cells, layout)
        if isinstance(read, Refused):
            name = FIELD_OF.get(read.rule.partition(".")[0], "source_id")
            refused.append(Refusal(index, name, _sent(event.get(name)), read.rule, read.message))
        else:
            lines.append(json.dumps(dict(zip(COLUMNS, cells, strict=True))))
    if not lines:
        return Pushed(0, refused)
    upload = _kept(program, by, system, "\n".join(lines).encode() + b"\n")
    counting = Counting.objects.filter(upload=upload).select_related("upload", "job", "program", "started_by").first()
    if counting is None or counting.state not in {JobState.RUNNING, JobState.DONE}:
        counting = start_counting(upload=upload, by=by)
    return Pushed(len(lines), refused, counting)


def _kept(program: Program, by: User, system: str, content: bytes) -> Upload:
    """The batch as an upload that is read: so few rows take less time than to come back for them."""
    name = f"pushed-{system}-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"
    upload = store_upload(
        program=program, by=by, name=name, stream=[content], size=len(content), object="activity"
    ).upload
    if upload.job is not None:
        work_together(upload.job)
    upload = Upload.objects.select_related("program", "job").get(pk=upload.pk)
    if upload.state != UploadState.READ:
        raise ImportRefused(f"{upload.code}: {upload.error or 'the events could not be read'}")
    return upload


def _cells(system: str, event: Mapping[str, Any]) -> list[str]:
    """An event as one row, moments in UTC."""
    row = {**event, "source_id": f"{system}:{event['source_id']}", "isdeleted": event.get("is_deleted", False)}
    return [_text(row.get(name)) for name in COLUMNS]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _sent(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _layout(program: Program) -> Layout:
    """How the batch will be read, to say now what would be refused then."""
    columns = by_slug(FORMAT).columns
    return Layout(
        source=FORMAT,
        places={columns[name]: at for at, name in enumerate(COLUMNS) if name in columns},
        flags=events.flags_of(COLUMNS),
        orders={},
        zone="UTC",
        constants={},
        program_zone=program.time_zone,
        exported_at=clock.now(),
        blanks=frozenset(one.casefold() for one in ("", *BLANKS)),
    )
