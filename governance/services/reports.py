"""Publish the one-pager: an edition is the document as it stood, with its SHA-256 (X1, X2)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.models import Program, User
from governance.models import Edition
from governance.one_pager import compose
from phases.registry import Look


@transaction.atomic
def publish_edition(*, program: Program, by: User, note: str = "") -> Edition:
    """Freeze the one-pager as it stands now. Raises NotYours."""
    policy.require(by, "one_pager.publish", program)
    program = Program.objects.select_related("accountable__membership__user").get(pk=program.pk)
    page = compose(Look(program), by)
    edition = Edition.objects.create(
        program=program,
        number=program.next_number("edition"),
        text=page.text,
        sha256=page.sha256,
        note=" ".join(note.split()),
        published_by=by,
        published_at=clock.now(),
    )
    after = {"number": edition.number, "sha256": edition.sha256}
    audit.record(by=by, verb="one_pager.published", subject=edition, after=after, note=edition.note)
    outbox.put("one_pager.published", edition, number=edition.number)
    return edition
