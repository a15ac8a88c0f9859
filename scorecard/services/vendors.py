"""Vendors through the lists to the choice (V1, V4, V5, B4)."""

from __future__ import annotations

from django.db import transaction

from crmprogram.jobs import outbox
from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Program, User
from phases.services.gates import require_gate_passed
from scorecard import queries
from scorecard.defaults import LONG_LIST, SHORT_LIST, vertical_of
from scorecard.errors import VendorRefused
from scorecard.models import ListState, Scorecard, Selection, Vendor, VendorMove
from scorecard.scoring import Standing
from scorecard.services.card import refuse_blind


@transaction.atomic
def add_vendor(
    *, program: Program, by: User, name: str, vertical: str = "", edition: str = "", note: str = ""
) -> Vendor:
    """Put a vendor on the long list, ten at most (V1). A platform of the library brings what it is made for."""
    policy.require(by, "scorecard.edit", program)
    name = " ".join(name.split())
    if Vendor.objects.of(program).filter(name__iexact=name).exists():
        raise Invalid(f"{name} is on the list already.", field="name")
    if Vendor.objects.of(program).standing().count() >= LONG_LIST[1]:
        raise VendorRefused(f"The long list holds {LONG_LIST[1]} vendors at most. Drop one first, with the reason.")
    vertical = vertical or vertical_of(name)
    vendor = Vendor(
        program=program, name=name, vertical=vertical, edition=edition, note=note, added_by=by, added_at=clock.now()
    )
    vendor.full_clean()
    vendor.save()
    VendorMove.objects.create(vendor=vendor, now=ListState.LONG, by=by, at=clock.now())
    audit.record(by=by, verb="vendor.added", subject=vendor)
    return vendor


@transaction.atomic
def edit_vendor(*, vendor: Vendor, by: User, **values: str) -> Vendor:
    """Mend a vendor's name, edition, what it is made for, or the note."""
    policy.require(by, "scorecard.edit", vendor)
    vendor = Vendor.objects.select_related("program").lock(vendor.pk)
    if unknown := set(values) - {"name", "edition", "vertical", "note"}:
        raise Invalid(f"Not a part of a vendor: {', '.join(sorted(unknown))}.")
    values = {key: " ".join(text.split()) if key == "name" else text.strip() for key, text in values.items()}
    others = Vendor.objects.of(vendor.program).exclude(pk=vendor.pk)
    if others.filter(name__iexact=values.get("name", "")).exists():
        raise Invalid(f"{values['name']} is on the list already.", field="name")
    before, after = audit.changes(vendor, values)
    vendor.full_clean()
    vendor.save()
    if after:
        audit.record(by=by, verb="vendor.changed", subject=vendor, before=before, after=after)
    return vendor


@transaction.atomic
def move_vendor(*, vendor: Vendor, by: User, to: str, reason: str = "") -> Vendor:
    """Move a vendor between lists. Every move is on record; dropping and moving back need a reason.

    The short list holds four. Finalists are neither vetoed nor short of two must-haves.
    Selecting is `select_vendor`'s alone.
    """
    policy.require(by, "scorecard.edit", vendor)
    vendor = Vendor.objects.select_related("program").lock(vendor.pk)
    was = vendor.state
    if to == was:
        return vendor
    if ListState.SELECTED in {to, was}:
        raise VendorRefused("A selection is made, and taken back, with its rationale.")
    order = [ListState.DROPPED, ListState.LONG, ListState.SHORT, ListState.FINALIST]
    if order.index(ListState(to)) < order.index(ListState(was)) and not reason.strip():
        raise VendorRefused(f"Say why {vendor.name} goes back.")
    if to == ListState.SHORT and was in {ListState.LONG, ListState.DROPPED}:
        others = Vendor.objects.of(vendor.program).short_listed().count()
        if others >= SHORT_LIST[1]:
            raise VendorRefused(f"The short list holds {SHORT_LIST[1]} vendors at most. Move one back first.")
    if to == ListState.FINALIST:
        if was != ListState.SHORT:
            raise VendorRefused("A finalist comes from the short list.")
        _refuse_eliminated(vendor, by)
    vendor.state = to
    vendor.save(update_fields=["state"])
    VendorMove.objects.create(vendor=vendor, was=was, now=to, reason=reason.strip(), by=by, at=clock.now())
    audit.record(by=by, verb="vendor.moved", subject=vendor, before={"list": was}, after={"list": to}, note=reason)
    return vendor


@transaction.atomic
def select_vendor(*, vendor: Vendor, by: User, rationale: str) -> Selection:
    """Choose the finalist, with the rationale in writing (B4). Refused before Gate 1 (G6)."""
    policy.require(by, "scorecard.select", vendor)
    vendor = Vendor.objects.select_related("program").lock(vendor.pk)
    require_gate_passed(vendor.program, 1, doing="Selecting a vendor")
    if vendor.state != ListState.FINALIST:
        raise VendorRefused(f"{vendor.name} is not a finalist.")
    if not rationale.strip():
        raise Invalid("Write the rationale: what decided, and what spoke against it.", field="rationale")
    if Selection.objects.of(vendor.program).filter(withdrawn_at__isnull=True).exists():
        raise VendorRefused("A vendor is selected already. Take that selection back first, with the reason.")
    _refuse_eliminated(vendor, by)
    vendor.state = ListState.SELECTED
    vendor.save(update_fields=["state"])
    VendorMove.objects.create(
        vendor=vendor, was=ListState.FINALIST, now=ListState.SELECTED, reason=rationale.strip(), by=by, at=clock.now()
    )
    selection = Selection.objects.create(
        program=vendor.program, vendor=vendor, rationale=rationale.strip(), selected_by=by, selected_at=clock.now()
    )
    audit.record(by=by, verb="vendor.selected", subject=selection, note=selection.rationale)
    outbox.put("vendor.selected", selection)
    return selection


@transaction.atomic
def withdraw_selection(*, selection: Selection, by: User, reason: str) -> Selection:
    """Take the selection back; the vendor is a finalist again, and the record stays."""
    policy.require(by, "scorecard.select", selection)
    if not reason.strip():
        raise Invalid("Say why the selection is taken back.", field="reason")
    if not Selection.objects.filter(pk=selection.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=clock.now(), withdrawn_reason=reason.strip()
    ):
        raise VendorRefused("This selection was taken back already.")
    vendor = selection.vendor
    vendor.state = ListState.FINALIST
    vendor.save(update_fields=["state"])
    VendorMove.objects.create(
        vendor=vendor, was=ListState.SELECTED, now=ListState.FINALIST, reason=reason.strip(), by=by, at=clock.now()
    )
    audit.record(by=by, verb="vendor.selection_withdrawn", subject=selection, note=reason.strip())
    selection.refresh_from_db()
    return selection


def _refuse_eliminated(vendor: Vendor, by: User) -> None:
    """Raise VendorRefused when a veto or missing must-haves put the vendor out (V4, V5).

    Whoever owes ratings learns nothing here either: RatingRefused (V3).
    """
    scorecard = Scorecard.objects.select_related("program").get(program=vendor.program)
    refuse_blind(scorecard, by)
    matrix = queries.load_matrix(scorecard)
    score = matrix.score_of(vendor)
    if score.standing is not Standing.ELIMINATED:
        return
    names = {str(one.pk): one.name for one in matrix.criteria}
    why = [f"{names[key]} is below its veto floor" for key in score.vetoed_by]
    if score.is_out_by_must_haves:
        why.append(f"{score.must_haves_missing} must-haves are missing")
    raise VendorRefused(f"{vendor.name} is eliminated: {' and '.join(why)}.")
