"""The matrix as a workbook for Excel: numbers are numbers, text is text, no cell is a formula (X4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from crmprogram.program import clock
from crmprogram.program.models import User
from crmprogram.web.templatetags.rollout import minor_units
from scorecard import table
from scorecard.costs import CostRow, load_costs
from scorecard.models import Rating
from scorecard.queries import Matrix
from scorecard.scoring import Standing
from scorecard.table import two

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT_AT_MOST = 32_767  # characters in a cell, the format's own limit
WIDE, NARROW = 40, 16


def build(matrix: Matrix, ratings: Iterable[Rating], costs: Sequence[CostRow]) -> bytes:
    """The workbook with its sheets Matrix, Ratings and Costs.

    `ratings` are those the reader may see, `matrix` is for a reader who owes none (V3).
    Means and totals are cut to two decimals as on the page, so that none shows at a floor
    that it is below. Money is in whole units of the program's currency.
    """
    made = BytesIO()
    program = matrix.card.program
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(made, {**safe, "default_date_format": "yyyy-mm-dd", "remove_timezone": True}) as book:
        book.set_properties({"title": f"Vendor scorecard of {program}", "created": clock.now().replace(tzinfo=None)})
        bold, score = book.add_format({"bold": True}), book.add_format({"num_format": "0.00"})
        _write(book.add_worksheet("Matrix"), _matrix_rows(matrix), bold, score)
        _write(book.add_worksheet("Ratings"), _rating_rows(matrix, ratings), bold)
        amount = book.add_format({"num_format": "#,##0" if minor_units(program.currency) == 1 else "#,##0.00"})
        _write(book.add_worksheet("Costs"), _cost_rows(costs, program.currency), bold, amount)
    return made.getvalue()


def response(matrix: Matrix, user: User) -> HttpResponse:
    """The workbook of what `user` may see, as a file to save."""
    program = matrix.card.program
    costs = load_costs(program, [matrix.vendor_of(one) for one in matrix.scores])
    answer = HttpResponse(build(matrix, shown_ratings(matrix, user), costs), content_type=CONTENT_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="scorecard-{program.slug}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


def shown_ratings(matrix: Matrix, user: User) -> list[Rating]:
    """The ratings of the short-listed vendors that `user` may see, in the order of the matrix (V3)."""
    found = Rating.objects.filter(rater__scorecard=matrix.card, vendor__in=matrix.vendors).visible_to(user)
    places = {one.vendor: place for place, one in enumerate(matrix.scores)}
    order = {one.pk: place for place, one in enumerate(matrix.criteria)}
    return sorted(
        found.select_related("rater__membership__user", "vendor", "criterion"),
        key=lambda one: (places[str(one.vendor_id)], order[one.criterion_id], one.rater_id),
    )


def _matrix_rows(matrix: Matrix) -> Iterable[Sequence[Any]]:
    laid = table.build(matrix)
    columns = laid.columns
    yield ["Criterion", "Weight %", *(one.vendor.name for one in columns)]
    for row in laid.rows:
        yield [row.criterion.name, row.criterion.weight, *(_number(cell.mean) for cell in row.cells)]
    yield ["Weighted total, lowest", laid.weight_sum, *(_number(two(one.score.total.low)) for one in columns)]
    yield ["Weighted total, highest", laid.weight_sum, *(_number(two(one.score.total.high)) for one in columns)]
    yield ["Rank", None, *(one.score.rank for one in columns)]
    yield ["Rank by total", None, *(one.score.rank_by_total for one in columns)]
    yield ["Standing", None, *(one.badge for one in columns)]
    yield ["Why", None, *(one.said for one in columns)]
    yield ["Must-haves missing", None, *(len(one.missing) for one in columns)]
    yield ["Which", None, *("; ".join(each.name for each in one.missing) for one in columns)]


def _rating_rows(matrix: Matrix, ratings: Iterable[Rating]) -> Iterable[Sequence[Any]]:
    zone = ZoneInfo(matrix.card.program.time_zone)
    out = {int(one.vendor) for one in matrix.scores if one.standing is Standing.ELIMINATED}
    yield [
        "Vendor",
        "Criterion",
        "Rater",
        "Score",
        "Abstained because",
        "Note",
        "Link",
        "File",
        "Given on",
        "Vendor is out",
    ]
    for one in ratings:
        yield [
            one.vendor.name,
            one.criterion.name,
            str(one.rater),
            one.score,
            one.abstained,
            one.note,
            one.link,
            one.file_name,
            one.rated_at.astimezone(zone).date(),
            "yes" if one.vendor_id in out else "no",
        ]


def _cost_rows(costs: Sequence[CostRow], currency: str) -> Iterable[Sequence[Any]]:
    unit = minor_units(currency)
    head = ["Licence", "Integration", "Administration", "Training", "Once", "Total"]
    yield ["Vendor", "Year", "Seats", *(f"{name}, {currency}" for name in head)]
    for row in costs:
        for year in row.cost.years if row.cost else ():
            amounts = [year.licence, year.integration, year.administration, year.training, year.once, year.total]
            yield [row.vendor.name, year.number, year.seats, *(one if unit == 1 else one / unit for one in amounts)]


def _number(said: str) -> float | None:
    return float(said) if said else None


def _write(sheet: Worksheet, rows: Iterable[Sequence[Any]], head: Format, number: Format | None = None) -> None:
    """Write the rows by the type of each cell; a broken number takes `number`."""
    sheet.freeze_panes(1, 1)
    width = 0
    for place, row in enumerate(rows):
        width = max(width, len(row))
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, (date, datetime)):
                sheet.write_datetime(place, column, value)
            elif isinstance(value, (int, float)):
                sheet.write_number(place, column, value, number if isinstance(value, float) else None)
            else:
                sheet.write_string(place, column, str(value)[:TEXT_AT_MOST], None if place else head)
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, max(width - 1, 1), NARROW)
