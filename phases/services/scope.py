"""Edit and sign the scope (P5, P7)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, DomainError, Invalid
from crmprogram.program.models import Program, User
from phases.models import Scope, ScopeItem, ScopeKind, ScopeRequest, ScopeRequestState, ScopeSignature
from phases.queries import scope as queries
from phases.services.saving import expect_version, save_checked
from phases.services.signing import require_fresh


class ScopeLocked(DomainError):
    """The Audit gate is approved: what comes later is deferred to Iterate (P7)."""

    code = "scope_locked"


def scope_is_signed(program: Program) -> bool:
    """Is the present version of the scope signed by the sponsor or the VP sales (P7)?"""
    scope = queries.scope_of(program)
    return scope is not None and scope.signed_at is not None


@transaction.atomic
def add_scope_item(*, program: Program, by: User, kind: str, text: str, reason: str = "") -> ScopeItem:
    """Add a line under in, out or deferred. After a signature this opens the next version.

    Raises ScopeLocked after the Audit gate, Invalid for a line that stands already.
    """
    scope = _open(program, by)
    _next_edit(scope)
    item = ScopeItem(scope=scope, kind=kind, text=_line(text), reason=reason.strip(), since=scope.version)
    _refuse_double(item)
    save_checked(item)
    audit.record(by=by, verb="scope.added", subject=item, after={"kind": item.kind, "text": item.text})
    return item


@transaction.atomic
def change_scope_item(
    *, item: ScopeItem, by: User, seen_edit: int, kind: str, text: str, reason: str = ""
) -> ScopeItem:
    """Change a line's words or kind; returns the line that stands now.

    A line of a signed version ends and another takes its place, so that every version
    can be shown again. Raises Conflict when somebody changed or removed it meanwhile.
    """
    scope = _open(item.scope.program, by)
    item = ScopeItem.objects.lock(item.pk)
    _expect_standing(item, seen_edit)
    values = {"kind": kind, "text": _line(text), "reason": reason.strip()}
    before, after = audit.changes(item, values)
    if not after:
        return item
    _next_edit(scope)
    if item.since < scope.version:
        ScopeItem.objects.filter(pk=item.pk).update(until=scope.version)
        item = ScopeItem(scope=scope, since=scope.version, replaces_id=item.pk, **values)
    else:
        item.edit += 1
    _refuse_double(item)
    save_checked(item)
    audit.record(by=by, verb="scope.changed", subject=item, before=before, after=after)
    return item


@transaction.atomic
def remove_scope_item(*, item: ScopeItem, by: User, seen_edit: int) -> None:
    """Take a line out; signed versions keep it. Raises Conflict when it was changed meanwhile."""
    scope = _open(item.scope.program, by)
    item = ScopeItem.objects.lock(item.pk)
    _expect_standing(item, seen_edit)
    _next_edit(scope)
    audit.record(by=by, verb="scope.removed", subject=item, before={"kind": item.kind, "text": item.text})
    if item.since < scope.version:
        item.until = scope.version
        item.save(update_fields=["until"])
    else:
        item.delete()


@transaction.atomic
def sign_scope(*, program: Program, by: User, seen_edit: int) -> ScopeSignature:
    """Sign the present version, as the sponsor or the VP sales.

    `seen_edit` is the scope's `edit` as the signer saw it: a change since is a Conflict.
    Raises Invalid for a scope without a line in scope, or signed already by this person.
    """
    policy.require(by, "audit.sign_scope", program)
    _refuse_locked(program)
    scope = Scope.objects.of(program).select_for_update(of=("self",)).first()
    if scope is None or not scope.items.present().filter(kind=ScopeKind.IN).exists():
        raise Invalid("Nothing is in scope yet, so there is nothing to sign.")
    expect_version(scope.edit, seen_edit, "the scope")
    if scope.signatures.filter(version=scope.version, signed_by=by).exists():
        raise Invalid(f"You have signed version {scope.version} already.")
    membership = policy.membership_of(by, program)
    assert membership is not None
    signature = ScopeSignature.objects.create(
        scope=scope, version=scope.version, signed_by=by, role=membership.role, signed_at=clock.now()
    )
    audit.record(by=by, verb="scope.signed", subject=scope, after={"version": scope.version})
    outbox.put("scope.signed", scope, version=scope.version)
    return signature


@transaction.atomic
def request_addition(*, program: Program, by: User, text: str, reason: str) -> ScopeRequest:
    """Ask for an addition to the locked scope; it is deferred to Iterate until the sponsor decides (P7).

    Raises Invalid while the scope is open, without a reason, or for what is in scope or asked for already.
    """
    policy.require(by, "scope.request", program)
    if queries.locked_at(program) is None:
        raise Invalid("The scope is open: add the line to it.")
    said = _line(text)
    if ScopeItem.objects.of(program).present().filter(kind=ScopeKind.IN, text__iexact=said).exists():
        raise Invalid("This is in scope already.", field="text")
    waiting = ScopeRequest.objects.of(program).exclude(state=ScopeRequestState.DECLINED)
    if waiting.filter(text__iexact=said).exists():
        raise Invalid("This was asked for already.", field="text")
    made = ScopeRequest(
        program=program,
        number=program.next_number("scope_request"),
        text=said,
        reason=reason.strip(),
        asked_by=by,
        asked_at=clock.now(),
    )
    save_checked(made)
    audit.record(by=by, verb="scope.addition_asked", subject=made, after={"text": said}, note=made.reason)
    outbox.put("scope.addition_asked", made, number=made.number)
    return made


@transaction.atomic
def decide_addition(
    *, request: ScopeRequest, by: User, state: str, reason: str, fresh_at: datetime | None = None
) -> ScopeRequest:
    """Let a deferred addition into the scope as an exception, or decline it; the sponsor's, with a reason (P7).

    An exception opens the next version of the scope, signed by this decision.
    Raises NotYours, NotFresh, Conflict when it is decided already, Invalid without a reason.
    """
    policy.require(by, "scope.except", request)
    request = ScopeRequest.objects.select_related("program").lock(request.pk)
    if request.state != ScopeRequestState.DEFERRED:
        raise Conflict(f"{request.label} was decided already: {request.get_state_display().lower()}.")
    if state not in {ScopeRequestState.EXCEPTION, ScopeRequestState.DECLINED}:
        raise Invalid("An addition is let in or declined; otherwise it stays deferred.", field="state")
    if not reason.strip():
        raise Invalid("Say why; it stands with the scope.", field="reason")
    require_fresh(fresh_at)
    request.state, request.decision_reason = state, reason.strip()
    request.decided_by, request.decided_at = by, clock.now()
    save_checked(request)
    if state == ScopeRequestState.EXCEPTION:
        _let_in(request, by)
    after = {"number": request.label, "state": state, "text": request.text}
    audit.record(by=by, verb="scope.addition_decided", subject=request, after=after, note=request.decision_reason)
    outbox.put("scope.addition_decided", request, number=request.number, state=str(state))
    return request


def _let_in(request: ScopeRequest, by: User) -> None:
    """Put the line in scope as a version of its own, signed by who let it in."""
    scope = Scope.objects.of(request.program).select_for_update(of=("self",)).get()
    membership = policy.membership_of(by, request.program)
    assert membership is not None
    scope.version, scope.edit, scope.changed_at = scope.version + 1, scope.edit + 1, clock.now()
    scope.save(update_fields=["version", "edit", "changed_at"])
    reason = f"{request.label}, by exception: {request.decision_reason}"[:300]
    item = ScopeItem(scope=scope, kind=ScopeKind.IN, text=request.text, reason=reason, since=scope.version)
    _refuse_double(item)
    save_checked(item)
    ScopeSignature.objects.create(
        scope=scope, version=scope.version, signed_by=by, role=membership.role, signed_at=clock.now()
    )


def _open(program: Program, by: User) -> Scope:
    """The scope, locked for this change; made with the first line."""
    policy.require(by, "audit.edit", program)
    _refuse_locked(program)
    scope, _ = Scope.objects.select_for_update(of=("self",)).get_or_create(
        program=program, defaults={"changed_at": clock.now()}
    )
    return scope


def _next_edit(scope: Scope) -> None:
    """Count the change; the first one after a signature opens the next version."""
    if scope.signatures.filter(version=scope.version).exists():
        scope.version += 1
    scope.edit += 1
    scope.changed_at = clock.now()
    scope.save(update_fields=["version", "edit", "changed_at"])


def _refuse_locked(program: Program) -> None:
    if at := queries.locked_at(program):
        raise ScopeLocked(
            f"The scope is locked since Gate 1 was approved on {at:%-d %b %Y}. What comes later is deferred to "
            "Iterate as a change request, unless the sponsor approves an exception."
        )


def _expect_standing(item: ScopeItem, seen_edit: int) -> None:
    if item.until is not None:
        raise Conflict("Somebody changed or removed this line since you opened it. Load the scope again.")
    expect_version(item.edit, seen_edit, "this line")


def _refuse_double(item: ScopeItem) -> None:
    same = ScopeItem.objects.present().filter(scope=item.scope_id, text__iexact=item.text).exclude(pk=item.pk)
    if found := same.first():
        raise Invalid(f"This line stands already under “{found.get_kind_display()}”.", field="text")


def _line(text: str) -> str:
    return " ".join(text.split())
