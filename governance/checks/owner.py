"""R5: who owns the system, as a condition of a go-live."""

from __future__ import annotations

from django.urls import reverse

from phases.registry import Evidence, Look, NoParams, check, judged


@check("governance.system_owner")
def system_owner(look: Look, _: NoParams) -> Evidence:
    """Is an internal owner of the system named (R5)?"""
    owner = look.governance.owner
    said = f"{owner.membership.user.display} owns the system." if owner else "Nobody is named as system owner yet."
    return judged(
        owner is not None,
        summary=said,
        value=1 if owner else 0,
        threshold=1,
        unit="system owner",
        as_of=owner.named_at if owner else None,
        url=reverse("governance:owner", args=[look.program.slug]),
        source="System owner",
        closing="" if owner else "Name the internal owner of the system.",
    )
