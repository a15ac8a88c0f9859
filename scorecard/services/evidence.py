"""Record coverage, demos, references and the contract (V5 to V7, B5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import Membership, Program, User
from phases.models import Capability
from phases.services.gates import require_gate_passed
from scorecard import queries
from scorecard.errors import VendorRefused
from scorecard.models import Contract, Coverage, Demo, DemoPart, Reference, Scorecard, Selection, Vendor

CONTRACT_BYTES_AT_MOST = 20 * 1024 * 1024


@transaction.atomic
def set_coverage(*, vendor: Vendor, capability: Capability, by: User, state: str, note: str = "") -> Coverage:
    """Say whether a must-have is there today, on the roadmap, or missing (V5)."""
    policy.require(by, "scorecard.record", vendor)
    if capability.program_id != vendor.program_id:
        raise Invalid("This capability belongs to another program.", field="capability")
    one = Coverage.objects.filter(vendor=vendor, capability=capability).first()
    was = one.state if one else ""
    one = one or Coverage(vendor=vendor, capability=capability)
    one.state, one.note, one.by, one.at = state, note.strip(), by, clock.now()
    one.full_clean()
    one.save()
    if was != one.state:
        audit.record(by=by, verb="coverage.set", subject=one, before={"state": was}, after={"state": one.state})
    return one


@transaction.atomic
def record_demo(
    *,
    vendor: Vendor,
    by: User,
    held_on: date,
    hours: Decimal,
    parts: Iterable[Mapping[str, Any]],
    demo: Demo | None = None,
    **values: Any,
) -> Demo:
    """Record a demo with who took part (membership, side, notes).

    One that counts (V6) is refused before Gate 1 (G6), and locks the weights (V3).
    """
    policy.require(by, "scorecard.record", vendor)
    if held_on > clock.today(vendor.program):
        raise Invalid("A demo is recorded after it was held.", field="held_on")
    if unknown := set(values) - {"own_data", "hands_on", "clicks_to_log", "seconds_to_find", "summary"}:
        raise Invalid(f"Not a part of a demo: {', '.join(sorted(unknown))}.")
    demo = demo or Demo(vendor=vendor, recorded_by=by, recorded_at=clock.now())
    demo.held_on, demo.hours = held_on, hours
    for name, value in values.items():
        setattr(demo, name, value)
    demo.full_clean(exclude=["recorded_by"])
    demo.save()
    demo.parts.all().delete()
    made = []
    for part in parts:
        membership: Membership = part["membership"]
        if membership.program_id != vendor.program_id:
            raise Invalid("Only members of the program take part.", field="parts")
        made.append(
            DemoPart(demo=demo, membership=membership, side=part["side"], notes=str(part.get("notes", "")).strip())
        )
    if len({one.membership_id for one in made}) != len(made):
        raise Invalid("Somebody is named twice.", field="parts")
    DemoPart.objects.bulk_create(made)
    if not queries.why_demo_does_not_count(demo, made):
        require_gate_passed(vendor.program, 1, doing="A counted demo")
        locked = Scorecard.objects.filter(program=vendor.program, weights_locked_at__isnull=True).update(
            weights_locked_at=clock.now()
        )
        if locked:
            audit.record(by=by, verb="scorecard.locked", subject=vendor.program.scorecard, note=str(demo))
    audit.record(by=by, verb="demo.recorded", subject=demo, after={"hours": hours, "people": len(made)})
    return demo


@transaction.atomic
def record_reference(
    *, vendor: Vendor, by: User, customer: str, called_on: date, reference: Reference | None = None, **values: Any
) -> Reference:
    """Record a reference call; one that counts (V7) is refused before Gate 1 (G6)."""
    policy.require(by, "scorecard.record", vendor)
    if called_on > clock.today(vendor.program):
        raise Invalid("A call is recorded after it was made.", field="called_on")
    allowed = {"similar_size", "similar_industry", "past_first_year", "would_do_differently", "notes"}
    if unknown := set(values) - allowed:
        raise Invalid(f"Not a part of a reference: {', '.join(sorted(unknown))}.")
    reference = reference or Reference(vendor=vendor, recorded_by=by, recorded_at=clock.now())
    reference.customer, reference.called_on = customer.strip(), called_on
    for name, value in values.items():
        setattr(reference, name, value)
    reference.full_clean(exclude=["recorded_by"])
    if not queries.why_reference_does_not_count(reference):
        require_gate_passed(vendor.program, 1, doing="A counted reference")
    reference.save()
    audit.record(by=by, verb="reference.recorded", subject=reference)
    return reference


@transaction.atomic
def attest_contract(
    *,
    program: Program,
    by: User,
    signed_on: date,
    implementation_scope: str,
    success_criteria: str,
    termination: str,
    file_name: str,
    file: BinaryIO,
) -> Contract:
    """Attest the signed contract with its three clauses and one file (B5). Refused before Gate 1 (G6)."""
    policy.require(by, "scorecard.attest", program)
    require_gate_passed(program, 1, doing="Signing a contract")
    selection = Selection.objects.of(program).filter(withdrawn_at__isnull=True).select_related("vendor").first()
    if selection is None:
        raise VendorRefused("Select the vendor first; the contract is with the selected one.")
    if signed_on > clock.today(program):
        raise Invalid("A contract is attested after it was signed.", field="signed_on")
    clauses = {
        "implementation_scope": implementation_scope.strip(),
        "success_criteria": success_criteria.strip(),
        "termination": termination.strip(),
    }
    for name, text in clauses.items():
        if not text:
            raise Invalid(f"Say what the contract holds on {name.replace('_', ' ')}.", field=name)
    content = file.read(CONTRACT_BYTES_AT_MOST + 1)
    if not content or len(content) > CONTRACT_BYTES_AT_MOST:
        raise Invalid("Attach the signed contract, one file of at most 20 MB.", field="file")
    digest = hashlib.sha256(content).hexdigest()
    contract = Contract(
        program=program,
        vendor=selection.vendor,
        signed_on=signed_on,
        file_name=file_name.replace("\\", "/").rsplit("/", 1)[-1][:200],
        file_sha256=digest,
        file_bytes=len(content),
        attested_by=by,
        attested_at=clock.now(),
        **clauses,
    )
    contract.full_clean(exclude=["attested_by"])
    path = contract_path(digest)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))
    contract.save()
    audit.record(by=by, verb="contract.attested", subject=contract, after={"file": digest, "signed_on": signed_on})
    return contract


def contract_path(digest: str) -> str:
    """Where the file of a contract is kept, once, by its SHA-256."""
    return f"contracts/{digest[:2]}/{digest}"
