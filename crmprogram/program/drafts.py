"""Keep what a person answers on the way to a new program, and start it (P1)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from crmprogram.program import clock, services
from crmprogram.program.errors import Conflict
from crmprogram.program.models import Program, ProgramDraft, User


def draft_of(user: User) -> ProgramDraft:
    """The person's draft; an unsaved, empty one where there is none."""
    return ProgramDraft.objects.filter(user=user).first() or ProgramDraft(user=user, answers={})


@transaction.atomic
def keep_answers(*, user: User, page: str, answers: dict[str, str], next_page: str = "") -> ProgramDraft:
    """Keep the answers of one page as typed; `next_page` is where the person goes on."""
    ProgramDraft.objects.get_or_create(user=user, defaults={"changed_at": clock.now()})
    draft = ProgramDraft.objects.select_for_update().get(user=user)
    draft.answers = {**draft.answers, page: answers}
    draft.page = next_page or page
    draft.changed_at = clock.now()
    draft.save()
    return draft


def drop_draft(*, user: User) -> bool:
    """Throw the draft away; False where there is none."""
    return bool(ProgramDraft.objects.filter(user=user).delete()[0])


@transaction.atomic
def start_program(*, by: User, **values: Any) -> Program:
    """Make the program a draft describes, and end the draft: two clicks start one program.

    `values` are those of `services.create_program`. Raises Conflict where the draft is gone.
    """
    if not drop_draft(user=by):
        raise Conflict("This program was started a moment ago, or its draft was thrown away.")
    return services.create_program(by=by, **values)
