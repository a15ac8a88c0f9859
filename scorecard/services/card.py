"""Criteria, weights, raters and ratings (V2, V3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Membership, Program, User
from scorecard import queries, scoring
from scorecard.defaults import CRITERIA, TEMPLATES, WORKFLOW_FIT, DefaultCriterion
from scorecard.errors import RatingRefused, WeightsRefused
from scorecard.models import Consensus, Criterion, Rater, Rating, Scorecard, Vendor, WeightChange


def furnish(program: Program, by: User) -> None:
    """Give a new program its scorecard with the default criteria (V2)."""
    _fill(Scorecard.objects.create(program=program), CRITERIA)


@transaction.atomic
def use_template(*, scorecard: Scorecard, by: User, template: str, seen_version: int) -> Scorecard:
    """Put a template's criteria in place of all there are, before anybody rated (V2).

    Raises WeightsRefused once a rating exists or the weights are locked, or Conflict.
    """
    policy.require(by, "scorecard.edit", scorecard)
    card = _locked(scorecard, seen_version)
    chosen = next((one for one in TEMPLATES if one.key == template), None)
    if chosen is None:
        raise Invalid("Choose one of the templates.", field="template")
    if card.weights_locked_at or Rating.objects.filter(criterion__scorecard=card).exists():
        raise WeightsRefused("Somebody rated by these criteria already: change their weights instead.")
    before = dict(card.criteria.values_list("name", "weight"))
    card.criteria.all().delete()
    _fill(card, chosen.criteria)
    _bump(card)
    after = {one.name: one.weight for one in chosen.criteria}
    audit.record(by=by, verb="scorecard.template", subject=card, before=before, after=after, note=chosen.name)
    return card


def _fill(card: Scorecard, criteria: Iterable[DefaultCriterion]) -> None:
    Criterion.objects.bulk_create(
        Criterion(
            scorecard=card,
            key=one.key,
            name=one.name,
            weight=one.weight,
            verified_by=one.verified_by,
            anchor_1=one.anchor_1,
            anchor_3=one.anchor_3,
            anchor_5=one.anchor_5,
            floor=one.floor,
            order=order,
        )
        for order, one in enumerate(criteria)
    )


@transaction.atomic
def set_weights(
    *, scorecard: Scorecard, by: User, weights: Mapping[int, int], seen_version: int, reason: str = ""
) -> Scorecard:
    """Set every criterion's weight, by its key in the database; they must sum to exactly 100 (V2).

    Once locked, a change needs a reason and keeps the ranking before and after (V3), and is
    refused to somebody who owes ratings and may not see these. Raises WeightsRefused,
    RatingRefused, or Conflict when somebody saved first.
    """
    policy.require(by, "scorecard.edit", scorecard)
    card = _locked(scorecard, seen_version)
    criteria = {one.pk: one for one in card.criteria.all()}
    if set(weights) != set(criteria):
        raise WeightsRefused("Give a weight to every criterion, 0 for one that shall not count.")
    if problem := scoring.weights_problem([weights[pk] for pk in criteria]):
        raise WeightsRefused(problem)
    before = {one.name: one.weight for one in criteria.values()}
    after = {one.name: weights[pk] for pk, one in criteria.items()}
    if before == after:
        return card
    if card.weights_locked_at and not reason.strip():
        raise WeightsRefused("The weights are locked since the first counted demo. A change needs a reason.")
    if card.weights_locked_at:
        refuse_blind(card, by)
    ranking_before = queries.ranking(card)
    for pk, one in criteria.items():
        one.weight = weights[pk]
    Criterion.objects.bulk_update(criteria.values(), ["weight"])
    _bump(card)
    if card.weights_locked_at:
        WeightChange.objects.create(
            scorecard=card,
            before=before,
            after=after,
            ranking_before=ranking_before,
            ranking_after=queries.ranking(card),
            reason=reason.strip(),
            by=by,
            at=clock.now(),
        )
    audit.record(by=by, verb="scorecard.weighted", subject=card, before=before, after=after, note=reason.strip())
    return card


@transaction.atomic
def save_criterion(
    *, scorecard: Scorecard, by: User, seen_version: int, criterion: Criterion | None = None, **values: Any
) -> Criterion:
    """Add a criterion (weight 0 until weights are set), or change its words and veto floor.

    The floor of workflow fit can be raised, not lowered or removed (G8).
    """
    policy.require(by, "scorecard.edit", scorecard)
    card = _locked(scorecard, seen_version)
    if unknown := set(values) - {"name", "verified_by", "anchor_1", "anchor_3", "anchor_5", "floor"}:
        raise Invalid(f"Not a part of a criterion: {', '.join(sorted(unknown))}.")
    if criterion is None:
        last = card.criteria.order_by("-order").first()
        order = last.order + 1 if last else 0
        criterion = Criterion(scorecard=card, key=f"own-{order}", weight=0, order=order)
    elif criterion.key == WORKFLOW_FIT and "floor" in values:
        floor = values["floor"]
        if floor is None or Decimal(floor) < Decimal("4.00"):
            raise Invalid("The veto floor of workflow fit stays at 4.00 or above.", field="floor")
    is_new = criterion.pk is None
    before, after = audit.changes(criterion, values)
    criterion.full_clean()
    criterion.save()
    _bump(card)
    verb = "criterion.added" if is_new else "criterion.changed"
    audit.record(by=by, verb=verb, subject=criterion, before=before, after=after)
    return criterion


@transaction.atomic
def remove_criterion(*, criterion: Criterion, by: User, seen_version: int) -> None:
    """Remove a criterion of weight 0 that nobody rated; workflow fit stays."""
    policy.require(by, "scorecard.edit", criterion)
    card = _locked(criterion.scorecard, seen_version)
    if criterion.key == WORKFLOW_FIT:
        raise WeightsRefused("Workflow fit cannot be removed: its veto decides.")
    if criterion.weight:
        raise WeightsRefused("Set its weight to 0 first, so that the others still sum to 100 %.")
    if criterion.ratings.exists():
        raise WeightsRefused("It was rated already. Leave it at weight 0: it counts for nothing, and stays on record.")
    audit.record(by=by, verb="criterion.removed", subject=criterion)
    criterion.delete()
    _bump(card)


@transaction.atomic
def invite_rater(*, scorecard: Scorecard, membership: Membership, by: User) -> Rater:
    """Ask a member to rate; somebody who was excused is asked again."""
    policy.require(by, "scorecard.edit", scorecard)
    if membership.program_id != scorecard.program_id or not membership.is_active:
        raise Invalid("Only an active member of the program can rate.", field="membership")
    if membership.role not in policy.ACTIONS["scorecard.rate"].roles:
        raise Invalid(f"{membership.user.display} is here to look, not to rate.", field="membership")
    rater, is_new = Rater.objects.get_or_create(
        scorecard=scorecard, membership=membership, defaults={"invited_by": by, "invited_at": clock.now()}
    )
    if is_new or rater.excused_at:
        if rater.excused_at:
            rater.invited_at = clock.now()  # whoever was excused could look in the meantime
        rater.excused_at, rater.excused_reason = None, ""
        rater.save()
        audit.record(by=by, verb="rater.invited", subject=rater)
        outbox.put("rater.invited", rater)
    return rater


@transaction.atomic
def excuse_rater(*, rater: Rater, by: User, reason: str) -> Rater:
    """Expect no ratings from somebody any more; what they submitted stays on record and counts no longer."""
    policy.require(by, "scorecard.edit", rater)
    if not reason.strip():
        raise Invalid("Say why nothing is expected from this rater.", field="reason")
    rater.excused_at, rater.excused_reason = clock.now(), reason.strip()
    rater.save()
    audit.record(by=by, verb="rater.excused", subject=rater, note=rater.excused_reason)
    return rater


@transaction.atomic
def rate(
    *,
    rater: Rater,
    vendor: Vendor,
    criterion: Criterion,
    by: User,
    score: int | None,
    note: str = "",
    link: str = "",
    abstained: str = "",
    seen_version: int | None = None,
) -> Rating:
    """Save one cell of the own sheet; it counts when the sheet is submitted (V3).

    Evidence may follow the score and is asked for when the sheet is submitted. With
    `seen_version` (0: none yet) nothing newer is written over: raises Conflict.
    """
    own_sheet(rater, by)
    if vendor.program_id != rater.scorecard.program_id or criterion.scorecard_id != rater.scorecard_id:
        raise Invalid("This cell belongs to another scorecard.")
    if score is not None and abstained.strip():
        raise RatingRefused("Rate the cell or abstain from it, not both.")
    if score is not None and (type(score) is not int or not scoring.LOWEST <= score <= scoring.HIGHEST):
        raise Invalid("A rating is a whole number from 1 to 5.", field="score")
    rating = Rating.objects.filter(rater=rater, vendor=vendor, criterion=criterion).first()
    rating = rating or Rating(rater=rater, vendor=vendor, criterion=criterion, version=0)
    if seen_version not in {None, rating.version}:
        raise Conflict("This cell was saved elsewhere since. Load the page again.")
    rating.score, rating.note, rating.link = score, note.strip(), link.strip()
    rating.abstained = abstained.strip()
    rating.rated_at = clock.now()
    rating.version += 1
    rating.full_clean()
    rating.save()
    return rating


@transaction.atomic
def submit_sheet(*, rater: Rater, by: User) -> Rater:
    """Finish the own sheet: from now on it counts, and the others' become visible (V3).

    Each cell of the short-listed vendors is rated with evidence or abstained from with a
    reason (B1); raises RatingRefused with what is missing.
    """
    rater = own_sheet(rater, by)
    missing = queries.missing_of(rater)
    if missing:
        shown = "; ".join(f"{vendor}, {criterion}: {what}" for vendor, criterion, what in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise RatingRefused(f"Not complete yet: {shown}{more}.", missing=len(missing))
    rater.submitted_at = clock.now()
    rater.save()
    audit.record(by=by, verb="rater.submitted", subject=rater, after={"cells": rater.ratings.count()})
    outbox.put("rater.submitted", rater)
    return rater


@transaction.atomic
def reopen_sheet(*, rater: Rater, by: User, reason: str) -> Rater:
    """Take the own submitted sheet back to mend it, with a reason that stays on record."""
    if rater.membership.user_id != by.pk:
        raise NotYours("Only the rater can take a sheet back.")
    policy.require(by, "scorecard.rate", rater)
    if rater.submitted_at is None:
        return rater
    if not reason.strip():
        raise Invalid("Say why the sheet is taken back: others may have seen it.", field="reason")
    rater.submitted_at = None
    rater.reopened_at, rater.reopened_reason = clock.now(), reason.strip()
    rater.save()
    audit.record(by=by, verb="rater.reopened", subject=rater, note=reason.strip())
    return rater


@transaction.atomic
def settle_cell(
    *, vendor: Vendor, criterion: Criterion, by: User, value: Decimal | None, reason: str = ""
) -> Consensus | None:
    """Put a consensus value in place of a cell's mean, or take it away with None (V3).

    The originals stay, and the veto goes on looking at them alone (V4). There is nothing
    to agree on before everybody asked has submitted or is excused: RatingRefused.
    """
    policy.require(by, "scorecard.consensus", criterion)
    if vendor.program_id != criterion.scorecard.program_id:
        raise Invalid("This cell belongs to another scorecard.")
    refuse_blind(criterion.scorecard, by)
    if late := Rater.objects.filter(scorecard=criterion.scorecard, submitted_at__isnull=True).expected().count():
        raise RatingRefused(f"A consensus comes after all sheets: {late} have still to be submitted or excused.")
    standing = Consensus.objects.filter(vendor=vendor, criterion=criterion).first()
    if value is None:
        if standing:
            audit.record(by=by, verb="consensus.removed", subject=standing, note=reason.strip())
            standing.delete()
        return None
    if not reason.strip():
        raise Invalid("Say why this value takes the place of the mean.", field="reason")
    one = standing or Consensus(vendor=vendor, criterion=criterion)
    one.value, one.reason, one.by, one.at = value, reason.strip(), by, clock.now()
    one.full_clean()
    one.save()
    audit.record(by=by, verb="consensus.set", subject=one, after={"value": value}, note=one.reason)
    return one


def refuse_blind(scorecard: Scorecard, user: User) -> None:
    """Raise RatingRefused for somebody who is asked to rate and has not submitted (V3).

    Means and totals are hidden as well: a mean of one rating is that rating.
    """
    if queries.owes_ratings(scorecard, user):
        raise RatingRefused("Submit your own sheet first: until then the others' ratings are hidden from you.")


def own_sheet(rater: Rater, by: User) -> Rater:
    """The rater's row, locked, for writing on the own open sheet; raises NotYours or RatingRefused."""
    policy.require(by, "scorecard.rate", rater)
    if rater.membership.user_id != by.pk:
        raise NotYours("Everybody fills in their own sheet.")
    rater = Rater.objects.select_related("scorecard__program", "membership__user").lock(rater.pk)
    if rater.excused_at:
        raise RatingRefused("You were excused from rating.")
    if rater.submitted_at:
        raise RatingRefused("This sheet is submitted. Take it back first, with a reason.")
    return rater


def _locked(scorecard: Scorecard, seen_version: int) -> Scorecard:
    card = Scorecard.objects.select_related("program").lock(scorecard.pk)
    if card.version != seen_version:
        raise Conflict("Somebody changed the scorecard since you opened it. Look at it again.")
    return card


def _bump(card: Scorecard) -> None:
    card.version += 1
    card.save(update_fields=["version"])
