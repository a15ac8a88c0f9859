"""Is Pick done? Criteria B1 to B5, from live records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.urls import reverse

from phases.registry import Evidence, Look, check, facts, judged, unknown
from scorecard.queries import RATINGS_PER_CELL, PickFacts
from scorecard.scoring import Standing

facts("pick", rows=PickFacts.rows_of)(PickFacts)


@dataclass(frozen=True)
class ShortList:
    """How many vendors are rated to the end (V1, B1)."""

    least: int = 3
    most: int = 4


@dataclass(frozen=True)
class AtLeast:
    count: int = 2


def _url(look: Look, name: str = "matrix") -> str:
    return reverse(f"scorecard:{name}", args=[look.program.slug])


@check("scorecard.complete", params=ShortList)
def complete(look: Look, limit: ShortList) -> Evidence:
    """B1: 3 to 4 short-listed vendors, each cell with two ratings, nobody late, fit rated by reps of the demo."""
    pick: PickFacts = look.pick
    matrix = pick.matrix
    if matrix is None or not matrix.vendors:
        return unknown("No vendor is on the short list yet.", url=_url(look), source="Scorecard")
    vendors = len(matrix.vendors)
    cells = [(vendor, criterion) for vendor in matrix.vendors for criterion in matrix.criteria if criterion.weight]
    thin = [pair for pair in cells if len(matrix.cells.get((pair[0].pk, pair[1].pk), [])) < RATINGS_PER_CELL]
    unfit = [
        vendor
        for vendor in matrix.vendors
        if matrix.score_of(vendor).standing is not Standing.ELIMINATED and pick.fit_raters(vendor) < 2
    ]
    late = matrix.late
    lacking = []
    if not limit.least <= vendors <= limit.most:
        lacking.append(f"{vendors} vendors are short-listed, {limit.least} to {limit.most} are needed")
    if not matrix.raters:
        lacking.append("nobody is invited to rate")
    if late:
        lacking.append(f"{len(late)} of {len(matrix.raters)} raters have not submitted")
    if thin:
        lacking.append(f"{len(thin)} of {len(cells)} cells have fewer than {RATINGS_PER_CELL} ratings")
    if unfit:
        lacking.append(f"workflow fit of {_names(unfit)} is not rated by two reps who were in the demo")
    done = len(cells) - len(thin)
    summary = f"{done} of {len(cells)} cells are rated by at least {RATINGS_PER_CELL}."
    if lacking:
        summary += f" Open: {'; '.join(lacking)}."
    return judged(
        not lacking,
        value=done,
        threshold=len(cells),
        unit="cells",
        as_of=matrix.as_of,
        summary=summary,
        closing=f"Close these: {'; '.join(lacking)}." if lacking else "",
        url=_url(look),
        source="Scorecard",
    )


@check("scorecard.demos", params=AtLeast)
def demos(look: Look, limit: AtLeast) -> Evidence:
    """B2: a counted demo (V6) of each short-listed vendor; those out by missing must-haves need none."""
    pick: PickFacts = look.pick
    if pick.matrix is None or not pick.matrix.vendors:
        return unknown("No vendor is on the short list yet.", url=_url(look, "demos"), source="Demo records")
    needed = [one for one in pick.matrix.vendors if not pick.matrix.score_of(one).is_out_by_must_haves]
    lacking = [one for one in needed if not pick.counted_demos(one)]
    newest = max((one.held_on for one in pick.demos), default=None)
    return judged(
        not lacking,
        value=len(needed) - len(lacking),
        threshold=len(needed),
        unit="vendors",
        as_of=_moment(newest),
        summary=f"{len(needed) - len(lacking)} of {len(needed)} vendors were seen hands-on"
        + (f"; not yet {_names(lacking)}." if lacking else "."),
        closing=f"Hold a demo with two reps and a manager: {_names(lacking)}." if lacking else "",
        url=_url(look, "demos"),
        source="Demo records",
    )


@check("scorecard.references", params=AtLeast)
def references(look: Look, limit: AtLeast) -> Evidence:
    """B3: at least two counted references (V7) for each finalist; three are advised."""
    pick: PickFacts = look.pick
    if not pick.finalists:
        return unknown("There is no finalist yet.", url=_url(look, "demos"), source="Reference calls")
    counts = {one: len(pick.counted_references(one)) for one in pick.finalists}
    least = min(counts.values())
    lacking = [one for one, count in counts.items() if count < limit.count]
    newest = max((one.called_on for one in pick.references), default=None)
    return judged(
        not lacking,
        value=least,
        threshold=limit.count,
        unit="references",
        as_of=_moment(newest),
        summary="; ".join(f"{one}: {count} counted" for one, count in counts.items()) + ".",
        closing=f"Call more customers of {_names(lacking)}." if lacking else "",
        url=_url(look, "demos"),
        source="Reference calls",
        watch=not lacking and least < 3,
    )


@check("scorecard.selected")
def selected(look: Look, limit: object) -> Evidence:
    """B4: a finalist is selected, not vetoed, with the rationale in writing."""
    pick: PickFacts = look.pick
    if pick.selection is None or pick.matrix is None:
        return judged(
            False,
            summary="No finalist is selected yet.",
            closing="Select a finalist, with the rationale in writing.",
            url=_url(look),
            source="Selection",
        )
    vendor = next((one for one in pick.matrix.vendors if one.pk == pick.selection.vendor_id), None)
    out = vendor is None or pick.matrix.score_of(vendor).standing is Standing.ELIMINATED
    return judged(
        not out,
        value=pick.selection.vendor.name,
        as_of=pick.selection.selected_at,
        summary=f"{pick.selection.vendor} is selected"
        + (", and is eliminated by a veto or missing must-haves." if out else ", with the rationale in writing."),
        closing="Take the selection back, or close what eliminates it." if out else "",
        url=_url(look),
        source="Selection",
    )


@check("scorecard.contract")
def contract(look: Look, limit: object) -> Evidence:
    """B5, attested: the signed contract with its three clauses and one file."""
    pick: PickFacts = look.pick
    if pick.contract is None:
        return unknown("No contract is attested yet.", url=_url(look, "contract"), source="Attestation")
    fits = pick.selection is not None and pick.contract.vendor_id == pick.selection.vendor_id
    return judged(
        fits,
        value=pick.contract.vendor.name,
        as_of=pick.contract.attested_at,
        summary=f"Signed {pick.contract.signed_on.day} {pick.contract.signed_on:%b %Y}, with implementation scope, "
        f"success criteria and termination; file {pick.contract.file_sha256[:12]}."
        if fits
        else f"The contract is with {pick.contract.vendor}, which is not the selected vendor.",
        closing="" if fits else "Attest the contract with the selected vendor.",
        url=_url(look, "contract"),
        source="Attestation",
        details=[{"file": pick.contract.file_name, "sha256": pick.contract.file_sha256}],
    )


def _names(vendors) -> str:
    return ", ".join(one.name for one in vendors)


def _moment(day) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None
