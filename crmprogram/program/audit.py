"""Write and verify the audit trail.

`record` is called by services, in the transaction of the act it tells. Entries go in
unchained, so that writers never wait for each other; `seal` chains them in batches.
"""

from __future__ import annotations

import hashlib
import json
from contextvars import ContextVar
from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, AuditSeal, Program

request_id: ContextVar[str] = ContextVar("request_id", default="")


def record(
    *,
    by: Any,
    verb: str,
    subject: models.Model,
    program: Program | None = None,
    before: dict | None = None,
    after: dict | None = None,
    note: str = "",
) -> AuditEntry:
    """Append one line: `by` (None = the system itself) did `verb` to `subject`.

    `before` and `after` hold only what changed, by field name.
    """
    if program is None:
        from_path = getattr(type(subject), "program_path", "program")
        owner: Any = subject
        for name in from_path.split("__") if from_path else []:
            owner = getattr(owner, name, None)
        program = owner if isinstance(owner, Program) else None
    return AuditEntry.objects.create(
        program=program,
        by=by if getattr(by, "pk", None) else None,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_text=str(subject)[:200],
        before=before or {},
        after=after or {},
        note=note,
        request_id=request_id.get(),
    )


def history(subject: models.Model) -> models.QuerySet[AuditEntry]:
    """The entries about one object, newest first."""
    return AuditEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).select_related(
        "by"
    )


def changes(instance: models.Model, values: dict[str, Any]) -> tuple[dict, dict]:
    """Set `values` on `instance` (unsaved) and return what was and what is, changed fields only."""
    before, after = {}, {}
    for name, new in values.items():
        old = getattr(instance, name)
        if old != new:
            before[name], after[name] = _plain(old), _plain(new)
            setattr(instance, name, new)
    return before, after


def seal(limit: int = 10_000, settle: timedelta = timedelta(minutes=5)) -> AuditSeal | None:
    """Chain the entries that no seal covers yet; None when there are none."""
    with transaction.atomic():
        last = AuditSeal.objects.select_for_update().order_by("-pk").first()
        unsealed = AuditEntry.objects.filter(pk__gt=last.last_entry_id if last else 0).order_by("pk")
        # a transaction still open may hold a lower number: stop at the first of the newest minutes
        until = clock.now() - settle
        entries = list(takewhile(lambda entry: entry.at < until, unsealed[:limit]))
        if not entries:
            return None
        return AuditSeal.objects.create(
            first_entry_id=entries[0].pk,
            last_entry_id=entries[-1].pk,
            entries=len(entries),
            digest=_digest(last.digest if last else "", entries),
            sealed_at=clock.now(),
        )


def verify() -> list[str]:
    """Check every seal against the entries; the sentences say what does not hold (none: all well)."""
    wrong, previous, end = [], "", 0
    for one in AuditSeal.objects.order_by("pk").iterator():
        entries = list(AuditEntry.objects.filter(pk__gt=end, pk__lte=one.last_entry_id).order_by("pk"))
        if len(entries) != one.entries:
            wrong.append(f"{one}: {one.entries} entries were sealed, {len(entries)} are there.")
        elif _digest(previous, entries) != one.digest:
            wrong.append(f"{one}: an entry was changed after it was sealed.")
        previous, end = one.digest, one.last_entry_id
    return wrong


def _digest(previous: str, entries: list[AuditEntry]) -> str:
    total = hashlib.sha256(previous.encode())
    for entry in entries:
        line = {field.attname: getattr(entry, field.attname) for field in AuditEntry._meta.concrete_fields}
        total.update(json.dumps(line, sort_keys=True, cls=DjangoJSONEncoder).encode())
    return total.hexdigest()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value
