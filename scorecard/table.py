"""The matrix as a page shows it: columns ranked, a cell for each criterion, the finding in words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from scorecard import scoring
from scorecard.models import Criterion, ListState, Vendor
from scorecard.queries import Matrix
from scorecard.scoring import Interval, Standing


def two(value: Fraction | None) -> str:
    """Two decimals, cut and never rounded up past a floor: 3.999 is shown as 3.99.

    >>> two(Fraction(3999, 1000))
    '3.99'
    """
    if value is None:
        return ""
    hundredths = int(value * 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def span(interval: Interval) -> str:
    """One number, or from worst to best while ratings are missing (V3)."""
    return two(interval.low) if interval.is_exact else f"{two(interval.low)}–{two(interval.high)}"


@dataclass(frozen=True)
class Cell:
    """One vendor's cell; `evidence` counts the ratings that stand on a note, a link or a file."""

    vendor: Vendor
    mean: str
    strip: list[int]
    evidence: int
    veto: str  # "" | met | possible | vetoed
    floor: str
    spread: int
    consensus: Any
    label: str
    kind: str  # the column's


@dataclass(frozen=True)
class Row:
    criterion: Criterion
    cells: list[Cell]


@dataclass(frozen=True)
class Column:
    """A vendor's column head and foot. `kind` is win, elim or "" and chooses its look."""

    vendor: Vendor
    score: scoring.VendorScore
    kind: str
    badge: str
    badge_icon: str
    said: str
    total: str
    total_note: str
    must_haves: int
    missing: list[Any]
    open_coverage: int

    @property
    def is_out(self) -> bool:
        return self.score.standing is Standing.ELIMINATED

    @property
    def missing_text(self) -> str:
        return f"{len(self.missing)} missing"

    @property
    def open_text(self) -> str:
        return f"{self.open_coverage} not looked at"


@dataclass(frozen=True)
class Table:
    columns: list[Column]
    rows: list[Row]
    finding: str
    winner: Column | None
    margin: str

    @property
    def weight_sum(self) -> int:
        return sum(row.criterion.weight for row in self.rows)

    @property
    def top_weight(self) -> int:
        return max((row.criterion.weight for row in self.rows), default=0)

    @property
    def places(self) -> dict[int, Column]:
        """The columns by vendor id."""
        return {one.vendor.pk: one for one in self.columns}

    @property
    def any_missing(self) -> bool:
        return any(one.missing for one in self.columns)


def build(matrix: Matrix) -> Table:
    """Lay the matrix out, for a reader who is not blind to it (`Matrix.is_blind_to`, V3)."""
    ordered = [(score, matrix.vendor_of(score)) for score in matrix.scores]
    first, ahead = scoring.winner(matrix.scores, Fraction(matrix.card.margin))
    chosen = next((vendor for vendor in matrix.vendors if vendor.state == ListState.SELECTED), None)
    leader = next((score for score in matrix.scores if score.standing is not Standing.ELIMINATED), None)
    columns = [_column(matrix, score, vendor, leader, first, chosen) for score, vendor in ordered]
    rows = [
        Row(
            criterion,
            [
                _cell(matrix, score, vendor, criterion, column.kind)
                for (score, vendor), column in zip(ordered, columns, strict=True)
            ],
        )
        for criterion in matrix.criteria
    ]
    winner = next((one for one in columns if first is not None and one.score.vendor == first.vendor), None)
    return Table(columns, rows, _finding(matrix, columns, winner), winner, two(ahead))


def _column(
    matrix: Matrix,
    score: scoring.VendorScore,
    vendor: Vendor,
    leader: scoring.VendorScore | None,
    first: scoring.VendorScore | None,
    chosen: Vendor | None,
) -> Column:
    names = {str(one.pk): one for one in matrix.criteria}
    left = sum(one.standing is not Standing.ELIMINATED for one in matrix.scores)
    kind, badge, icon = "", "Eligible", "none"
    said = ""
    if score.vetoed_by:
        criterion = names[score.vetoed_by[0]]
        mean = two(score.cells[score.vetoed_by[0]].mean)
        kind, badge, icon = "elim", "Eliminated: veto", "eliminated"
        said = f"{criterion.name} {mean} is below the floor of {criterion.floor}, whatever the total"
    elif score.is_out_by_must_haves:
        kind, badge, icon = "elim2", "Eliminated: must-haves", "eliminated"
        said = f"{score.must_haves_missing} must-haves missing at go-live"
    elif chosen is not None and vendor.pk == chosen.pk:
        kind, badge, icon, said = "win", "Selected", "met", "Selected, with the rationale in writing"
    elif first is not None and score.vendor == first.vendor:
        kind, badge, icon, said = "win", "Leads", "met", "Highest total of the vendors still standing"
    elif leader is not None and score.vendor == leader.vendor and left > 1 and _are_exact(matrix):
        ahead = two(scoring.winner(matrix.scores)[1])
        badge, said = "Ahead", f"By {ahead}, less than the declared margin of {matrix.card.margin}: no clear winner"
    elif score.standing is Standing.POSSIBLE:
        badge, icon, said = "Veto possible", "watch", "Missing ratings can still bring it below a veto floor"
    elif leader is not None and score.vendor != leader.vendor and score.total.is_exact and leader.total.is_exact:
        badge, said = "Runner-up" if score.rank == 2 else "Eligible", ""
        said = f"{two(leader.total.low - score.total.low)} behind"
    if score.standing is Standing.ELIMINATED:
        note = "highest, and out" if score.rank_by_total == 1 else f"would be rank {score.rank_by_total}; out"
    else:
        note = f"rank {score.rank} of {left}" + ("" if score.total.is_exact else ", still open")
    missing = matrix.missing[vendor.pk]
    return Column(
        vendor,
        score,
        kind,
        badge,
        icon,
        said,
        span(score.total),
        note,
        len(matrix.must_haves) - len(missing) - matrix.open_coverage[vendor.pk],
        missing,
        matrix.open_coverage[vendor.pk],
    )


def _cell(matrix: Matrix, score: scoring.VendorScore, vendor: Vendor, criterion: Criterion, kind: str) -> Cell:
    given = matrix.cells.get((vendor.pk, criterion.pk), [])
    counted = score.cells[str(criterion.pk)]
    settled = matrix.consensus.get((vendor.pk, criterion.pk))
    veto = ""
    if criterion.floor is not None:
        veto = {Standing.IN: "met", Standing.POSSIBLE: "possible", Standing.ELIMINATED: "vetoed"}[counted.veto]
    scores = [one.score for one in given if one.score]
    mean = two(counted.mean)
    label = f"{vendor}, {criterion}: " + (f"mean {mean} of {len(given)} ratings" if given else "no ratings yet")
    return Cell(
        vendor,
        two(counted.score.low) if settled else mean,
        scores,
        sum(one.has_evidence for one in given),
        veto,
        f"{criterion.floor}" if criterion.floor is not None else "",
        counted.spread,
        settled,
        label,
        kind,
    )


def _are_exact(matrix: Matrix) -> bool:
    """Is every total one number, and no veto open?"""
    return all(one.total.is_exact and one.standing is not Standing.POSSIBLE for one in matrix.scores)


def _finding(matrix: Matrix, columns: list[Column], winner: Column | None) -> str:
    if not columns:
        return "No vendor is on the short list yet"
    out_on_top = next(
        (one for one in columns if one.score.standing is Standing.ELIMINATED and one.score.rank_by_total == 1), None
    )
    chosen = next((one for one in columns if one.vendor.state == ListState.SELECTED), None)
    head = chosen or winner
    if head is not None:
        verb = "is selected" if chosen else "leads"
        if out_on_top is not None:
            return f"{head.vendor} {verb}. {out_on_top.vendor} scored highest and is out."
        return f"{head.vendor} {verb}"
    if all(one.score.standing is Standing.ELIMINATED for one in columns):
        return "Every vendor is eliminated"
    if matrix.late or any(not one.score.total.is_exact for one in columns):
        late = len(matrix.late)
        verb = "has" if late == 1 else "have"
        said = f"{late} of {len(matrix.raters)} raters {verb} still to submit"
        return said if late else "The scorecard is not complete"
    if out_on_top is not None:
        return f"No clear winner yet. {out_on_top.vendor} scored highest and is out."
    return "No clear winner"


def lead(matrix: Matrix) -> str:
    """What is rated, by how many, and which floors eliminate; nothing of the ratings."""
    floors = [one for one in matrix.criteria if one.floor is not None]
    said = f"{len(matrix.vendors)} vendors, {len(matrix.criteria)} criteria, {len(matrix.raters)} raters."
    for one in floors:
        said += f" {one.name} carries a floor of {one.floor}: a vendor under it is eliminated whatever its total."
    return said
