"""Draft, edit and sign the decision record (V11)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid
from crmprogram.program.models import Program, User
from scorecard import decision, queries
from scorecard.errors import DecisionRefused
from scorecard.models import DecisionRecord, Scorecard, Selection
from scorecard.scoring import Standing
from scorecard.services.card import refuse_blind


@transaction.atomic
def draft_decision(*, program: Program, by: User) -> DecisionRecord:
    """Begin a record with a text from the data; gives the open draft when there is one.

    Refused while ratings are missing: a record of half a scorecard would bind nobody.
    """
    policy.require(by, "scorecard.select", program)
    card = Scorecard.objects.select_related("program").lock(Scorecard.objects.get(program=program).pk)
    standing = DecisionRecord.objects.of(program).drafts().first()
    if standing is not None:
        return standing
    facts = facts_now(card, by)
    last = DecisionRecord.objects.of(program).aggregate(last=Max("round"))["last"] or 0
    one = DecisionRecord(
        program=program,
        round=last + 1,
        rationale=decision.draft_rationale(facts),
        dissent=decision.draft_dissent(facts),
        drafted_by=by,
        drafted_at=clock.now(),
    )
    one.full_clean(exclude=["drafted_by"])
    one.save()
    audit.record(by=by, verb="decision.drafted", subject=one)
    return one


@transaction.atomic
def edit_decision(
    *, record: DecisionRecord, by: User, rationale: str, dissent: str, seen_version: int
) -> DecisionRecord:
    """Rewrite the two texts of a draft. Raises Conflict when somebody saved since."""
    policy.require(by, "scorecard.select", record)
    record = _draft(record)
    if record.version != seen_version:
        raise Conflict("Somebody changed this draft since you opened it. Look at it again.")
    if not rationale.strip():
        raise Invalid("Write what decided, and what spoke against it.", field="rationale")
    before, after = audit.changes(record, {"rationale": rationale.strip(), "dissent": dissent.strip()})
    record.version += 1
    record.full_clean(exclude=["drafted_by"])
    record.save()
    audit.record(by=by, verb="decision.edited", subject=record, before=before, after=after)
    return record


@transaction.atomic
def sign_decision(*, record: DecisionRecord, by: User, seen_digest: str) -> DecisionRecord:
    """Sign the draft on the facts the signer saw: text and facts are frozen together (V11).

    Needs a standing selection that nothing eliminates (B4). Raises Conflict when facts or
    texts are not those of `seen_digest` any more.
    """
    policy.require(by, "scorecard.select", record)
    record = _draft(record)
    card = Scorecard.objects.select_related("program").get(program=record.program)
    facts = facts_now(card, by)
    if not facts["selected"]:
        raise DecisionRefused("Select the vendor first; the record is about a choice that was made.")
    if any(one["is_out"] for one in facts["vendors"] if one["name"] == facts["selected"]):
        raise DecisionRefused(f"{facts['selected']} is selected, and is eliminated. Close that first.")
    text = decision.text_of(facts, record.rationale, record.dissent)
    if decision.digest(text) != seen_digest:
        raise Conflict("The data or the text changed since you opened this record. Read it again before you sign.")
    record.text, record.sha256 = text, decision.digest(text)
    record.signed_by, record.signed_at = by, clock.now()
    record.full_clean(exclude=["drafted_by", "signed_by"])
    record.save()
    audit.record(by=by, verb="decision.signed", subject=record, after={"sha256": record.sha256})
    return record


def facts_now(card: Scorecard, by: User) -> dict[str, Any]:
    """The facts as they stand; raises RatingRefused for who owes ratings, DecisionRefused while any are missing."""
    refuse_blind(card, by)
    matrix = queries.load_matrix(card)
    if not matrix.vendors or any(not one.total.is_exact or one.standing is Standing.POSSIBLE for one in matrix.scores):
        raise DecisionRefused("The scorecard is not complete. A record is drafted when every rating is in.")
    standing = Selection.objects.of(card.program).filter(withdrawn_at__isnull=True).select_related("vendor").first()
    return decision.facts_of(card.program, matrix, standing)


def _draft(record: DecisionRecord) -> DecisionRecord:
    record = DecisionRecord.objects.select_related("program").lock(record.pk)
    if record.signed_at:
        raise DecisionRefused("This record is signed. A later choice is a record of its own.")
    return record
