"""Read the scorecard: the matrix, who owes what, what counts (V2 to V7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Prefetch

from crmprogram.program.models import Program, Role
from crmprogram.program.together import Rows, fill
from phases.models import Capability
from scorecard import scoring
from scorecard.defaults import WORKFLOW_FIT
from scorecard.models import (
    Consensus,
    Contract,
    Coverage,
    CoverageState,
    Criterion,
    Demo,
    DemoPart,
    DemoSide,
    ListState,
    Rater,
    Rating,
    Reference,
    Scorecard,
    Selection,
    Vendor,
)
from scorecard.robustness import Entry, Panel

DEMO_REPS, DEMO_MANAGERS, DEMO_HOURS = 2, 1, 2  # V6
RATINGS_PER_CELL = 2  # B1 (ours)


@dataclass
class Matrix:
    """Everything the scorecard says, read in a constant number of queries.

    `cells` holds the submitted ratings by (vendor, criterion); `scores` is ranked best
    first. `late` are raters who have not submitted.
    """

    card: Scorecard
    criteria: list[Criterion]
    vendors: list[Vendor]
    raters: list[Rater]
    cells: dict[tuple[int, int], list[Rating]]
    consensus: dict[tuple[int, int], Consensus]
    must_haves: list[Capability]
    missing: dict[int, list[Capability]]
    open_coverage: dict[int, int]
    scores: list[scoring.VendorScore] = field(default_factory=list)

    @property
    def late(self) -> list[Rater]:
        return [one for one in self.raters if one.submitted_at is None]

    def is_blind_to(self, user: Any) -> bool:
        """Is `user` asked to rate, and has not submitted? Then means and totals are hidden as well (V3)."""
        return any(one.membership.user_id == user.pk for one in self.late)

    def score_of(self, vendor: Vendor) -> scoring.VendorScore:
        return self.score_of_pk(vendor.pk)

    def score_of_pk(self, pk: int) -> scoring.VendorScore:
        return next(one for one in self.scores if one.vendor == str(pk))

    def vendor_of(self, score: scoring.VendorScore) -> Vendor:
        return next(one for one in self.vendors if str(one.pk) == score.vendor)

    @property
    def as_of(self) -> datetime | None:
        """When the newest counted rating was given."""
        return max((one.rated_at for cell in self.cells.values() for one in cell), default=None)


def load_matrix(card: Scorecard, vendors: list[Vendor] | None = None, raters: list[Rater] | None = None) -> Matrix:
    """Load and score the short-listed vendors, in one query; what is given is not read again."""
    listed = Vendor.objects.of(card.program).short_listed()
    expected = Rater.objects.filter(scorecard=card).expected().select_related("membership__user")
    among = listed.order_by() if vendors is None else vendors
    counted = Rating.objects.filter(rater__scorecard=card, vendor__in=among).counted()
    counted = counted.select_related("rater__membership__user")
    settled = Consensus.objects.filter(criterion__scorecard=card)
    needed = Capability.objects.of(card.program).must_haves()
    told = Coverage.objects.filter(vendor__in=among)
    columns = card.criteria.all()
    fill(columns, counted, settled, needed, told, *([listed] if vendors is None else []),
         *([expected] if raters is None else []))  # fmt: skip
    criteria, must = list(columns), list(needed)
    vendors = list(listed) if vendors is None else vendors
    raters = list(expected) if raters is None else raters
    cells: dict[tuple[int, int], list[Rating]] = defaultdict(list)
    for one in counted:
        cells[one.vendor_id, one.criterion_id].append(one)
    consensus = {(one.vendor_id, one.criterion_id): one for one in settled}
    covered = {(one.vendor_id, one.capability_id): one.state for one in told}
    lacking = {CoverageState.ROADMAP, CoverageState.MISSING}
    matrix = Matrix(
        card,
        criteria,
        vendors,
        raters,
        dict(cells),
        consensus,
        must,
        missing={vendor.pk: [one for one in must if covered.get((vendor.pk, one.pk)) in lacking] for vendor in vendors},
        open_coverage={vendor.pk: sum((vendor.pk, one.pk) not in covered for one in must) for vendor in vendors},
    )
    matrix.scores = _ranked(matrix)
    return matrix


def with_weights(matrix: Matrix, weights: Mapping[int, int]) -> Matrix:
    """A copy of the matrix under other weights, by criterion id; the card itself is not touched."""
    criteria = [copy(one) for one in matrix.criteria]
    for one in criteria:
        one.weight = weights[one.pk]
    other = replace(matrix, criteria=criteria, scores=[])
    other.scores = _ranked(other)
    return other


def with_ratings(matrix: Matrix, scores: Mapping[tuple[int, int], int]) -> Matrix:
    """A copy of the matrix in which everybody rated some cells (vendor id, criterion id) with that score.

    A consensus on such a cell falls away with the ratings it was about.
    """
    cells, consensus = dict(matrix.cells), dict(matrix.consensus)
    for (vendor, criterion), score in scores.items():
        cells[vendor, criterion] = [
            Rating(rater=one, vendor_id=vendor, criterion_id=criterion, score=score)
            for one in matrix.raters
            if one.submitted_at is not None
        ]
        consensus.pop((vendor, criterion), None)
    other = replace(matrix, cells=cells, consensus=consensus, scores=[])
    other.scores = _ranked(other)
    return other


def _ranked(matrix: Matrix) -> list[scoring.VendorScore]:
    shaped = shape_criteria(matrix)
    return scoring.rank(
        scoring.score_vendor(str(vendor.pk), shaped, shape_cells(matrix, vendor), len(matrix.missing[vendor.pk]))
        for vendor in matrix.vendors
    )


def shape_criteria(matrix: Matrix) -> list[scoring.Criterion]:
    """The criteria as the pure scoring takes them."""
    return [
        scoring.Criterion(str(one.pk), one.weight, Fraction(one.floor) if one.floor is not None else None)
        for one in matrix.criteria
    ]


def shape_cells(matrix: Matrix, vendor: Vendor) -> dict[str, scoring.Cell]:
    """One vendor's cells as the pure scoring takes them, by criterion."""
    cells = {}
    for one in matrix.criteria:
        given = matrix.cells.get((vendor.pk, one.pk), [])
        settled = matrix.consensus.get((vendor.pk, one.pk))
        cells[str(one.pk)] = scoring.Cell(
            {str(rating.rater_id): rating.score for rating in given if rating.score},
            # a cell nobody could judge yet still needs its ratings (B1): it stays open
            max(len(matrix.late), RATINGS_PER_CELL - len(given), 0),
            Fraction(settled.value) if settled else None,
        )
    return cells


def panel_of(matrix: Matrix) -> Panel:
    """The matrix as plain data, for what is examined beyond the ranking (V10)."""
    entries = [
        Entry(str(vendor.pk), shape_cells(matrix, vendor), len(matrix.missing[vendor.pk])) for vendor in matrix.vendors
    ]
    return Panel(shape_criteria(matrix), entries)


def ranking(card: Scorecard) -> list[dict[str, Any]]:
    """The ranking as plain data, for records that keep it."""
    matrix = load_matrix(card)
    return [
        {
            "vendor": matrix.vendor_of(one).name,
            "low": f"{float(one.total.low):.4f}",
            "high": f"{float(one.total.high):.4f}",
            "rank": one.rank,
            "standing": str(one.standing),
        }
        for one in matrix.scores
    ]


def missing_cells(
    vendors: Iterable[Vendor], criteria: Iterable[Criterion], given: Mapping[tuple[int, int], Rating]
) -> list[tuple[str, str, str]]:
    """What a sheet still owes: (vendor, criterion, what is missing); `given` by (vendor, criterion)."""
    owed = []
    rows = list(criteria)
    for vendor in vendors:
        for criterion in rows:
            one = given.get((vendor.pk, criterion.pk))
            if one is None or (one.score is None and not one.abstained):
                owed.append((vendor.name, criterion.name, "no rating"))
            elif one.score is not None and not one.has_evidence:
                owed.append((vendor.name, criterion.name, "no evidence"))
    return owed


def missing_of(rater: Rater) -> list[tuple[str, str, str]]:
    """What a rater still owes, read from the database."""
    given = {(one.vendor_id, one.criterion_id): one for one in rater.ratings.all()}
    vendors = Vendor.objects.of(rater.scorecard.program).short_listed()
    return missing_cells(vendors, rater.scorecard.criteria.all(), given)


def knew_before(raters: Iterable[Rater]) -> dict[int, str]:
    """Who could have seen others' ratings before giving their own, by rater, and how (V3).

    Blindness cannot be had back: a rater asked late, or one who took a submitted sheet
    back, is no wrongdoer, and their ratings count; but readers should know.
    """
    rows = list(raters)
    found = {}
    for one in rows:
        seen = [at for other in rows if other.pk != one.pk for at in (other.submitted_at, other.reopened_at) if at]
        if one.reopened_at:
            found[one.pk] = f"took the sheet back: {one.reopened_reason}"
        elif seen and one.invited_at > min(seen):
            found[one.pk] = "asked after others had submitted"
    return found


def owes_ratings(card: Scorecard, user: Any) -> bool:
    """Has `user` been asked to rate and not submitted yet? Then the others' stay hidden (V3)."""
    return Rater.objects.filter(scorecard=card, membership__user=user, submitted_at__isnull=True).expected().exists()


def why_demo_does_not_count(demo: Demo, parts: list[DemoPart]) -> str:
    """Which condition of V6 a demo misses: one sentence, "" when it counts."""
    reps = [one for one in parts if one.side == DemoSide.REP]
    managers = [one for one in parts if one.side == DemoSide.MANAGER]
    missing = []
    if len(reps) < DEMO_REPS:
        missing.append(f"{DEMO_REPS} reps took part (here {len(reps)})")
    if len(managers) < DEMO_MANAGERS:
        missing.append("a sales manager took part")
    if not demo.hands_on:
        missing.append("the reps worked in it themselves")
    if not demo.own_data:
        missing.append("it ran on the company's own data")
    if demo.hours < DEMO_HOURS:
        missing.append(f"it lasted {DEMO_HOURS} hours")
    if any(not one.notes.strip() for one in reps):
        missing.append("each rep left notes")
    return f"It counts once {', '.join(missing)}." if missing else ""


def why_reference_does_not_count(reference: Reference) -> str:
    """Which condition of V7 a reference misses: one sentence, "" when it counts."""
    missing = []
    if not (reference.similar_size and reference.similar_industry):
        missing.append("the customer is of similar size and industry")
    if not reference.past_first_year:
        missing.append("it is past its first year on the platform")
    if not reference.would_do_differently.strip():
        missing.append("“what would you do differently?” is answered")
    return f"It counts once {', '.join(missing)}." if missing else ""


class PickFacts:
    """What the checks of gate B and the rail read; each part is read when it is asked for, at most once.

    A program without a short list costs one query: nothing else can be there to judge.
    """

    def __init__(self, program: Program, rows: Rows | None = None) -> None:
        self.program = program
        self._rows = rows or self.rows_of(program)

    @staticmethod
    def rows_of(program: Program) -> Rows:
        return (Vendor.objects.of(program).short_listed(),)

    @cached_property
    def vendors(self) -> list[Vendor]:
        """The short list, finalists and the selected one included."""
        return list(self._rows[0])

    @cached_property
    def _picked(self) -> Rows:
        """What there is to judge besides the ratings: raters, card, demos, references, selection."""
        people = DemoPart.objects.select_related("membership")
        rows = (
            Rater.objects.of(self.program).expected().select_related("membership__user", "scorecard__program"),
            Scorecard.objects.filter(program=self.program).select_related("program"),
            Demo.objects.of(self.program).select_related("vendor").prefetch_related(Prefetch("parts", people)),
            Reference.objects.of(self.program).select_related("vendor"),
            Selection.objects.of(self.program).filter(withdrawn_at__isnull=True).select_related("vendor"),
        )
        fill(*rows)
        return rows

    @cached_property
    def raters(self) -> list[Rater]:
        """Who is expected to rate."""
        return list(self._picked[0]) if self.vendors else []

    @cached_property
    def matrix(self) -> Matrix | None:
        """The scored short list; None while there is none."""
        if not self.vendors:
            return None
        (card,) = self._picked[1]
        return load_matrix(card, self.vendors, self.raters)

    @cached_property
    def demos(self) -> list[Demo]:
        return list(self._picked[2])

    @cached_property
    def references(self) -> list[Reference]:
        return list(self._picked[3])

    @cached_property
    def selection(self) -> Selection | None:
        """The standing selection."""
        if not any(one.state == ListState.SELECTED for one in self.vendors):
            return None
        return next(iter(self._picked[4]), None)

    @cached_property
    def contract(self) -> Contract | None:
        """The newest attested contract; there is none before a selection (B5)."""
        if self.selection is None:
            return None
        return Contract.objects.of(self.program).select_related("vendor").first()

    def counted_demos(self, vendor: Vendor) -> list[Demo]:
        """The vendor's demos that count (V6)."""
        mine = [one for one in self.demos if one.vendor_id == vendor.pk]
        return [one for one in mine if not why_demo_does_not_count(one, list(one.parts.all()))]

    def counted_references(self, vendor: Vendor) -> list[Reference]:
        """The vendor's references that count (V7)."""
        return [one for one in self.references if one.vendor_id == vendor.pk and not why_reference_does_not_count(one)]

    def reps_in_demo(self, vendor: Vendor) -> set[int]:
        """Memberships of the reps who sat in a demo of the vendor."""
        return {
            part.membership_id
            for demo in self.demos
            if demo.vendor_id == vendor.pk
            for part in demo.parts.all()
            if part.side == DemoSide.REP
        }

    def fit_raters(self, vendor: Vendor) -> int:
        """How many reps who were in the demo rated workflow fit (B1)."""
        if self.matrix is None:
            return 0
        fit = next((one for one in self.matrix.criteria if one.key == WORKFLOW_FIT), None)
        if fit is None:
            return 0
        seen = self.reps_in_demo(vendor)
        return sum(one.rater.membership_id in seen for one in self.matrix.cells.get((vendor.pk, fit.pk), []))

    @property
    def finalists(self) -> list[Vendor]:
        return [one for one in self.vendors if one.state in {ListState.FINALIST, ListState.SELECTED}]


def possible_raters(program: Program) -> Any:
    """Members who may rate."""
    return program.memberships.active().exclude(role=Role.VIEWER).select_related("user")
