"""Dates: many shapes, one order per column, no zone moves a plain date."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmprogram.intake.dates import Moment, Order, Unreadable, infer_order, parse


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2017-08-04T09:09:50.000+0000", utc(2017, 8, 4, 9, 9, 50)),
        ("2019-11-11 17:23:34", utc(2019, 11, 11, 17, 23, 34)),
        ("20231218054831.655", utc(2023, 12, 18, 5, 48, 31, 655000)),
        ("2021-07-13T11:39:05.012000+00:00", utc(2021, 7, 13, 11, 39, 5, 12000)),
        ("2023-11-11 08:18:16.519000 UTC", utc(2023, 11, 11, 8, 18, 16, 519000)),
        ("2010-10-14T12:00:00.000Z-0300", utc(2010, 10, 14, 15)),
        ("2009-07-14 02:14:45-0800", utc(2009, 7, 14, 10, 14, 45)),
        ("2020-12-30 3:15:52", utc(2020, 12, 30, 3, 15, 52)),
        ("3 Mar 2025 14:05", utc(2025, 3, 3, 14, 5)),
        ("March 3, 2025 2:05 PM", utc(2025, 3, 3, 14, 5)),
        ("1698838200000", utc(2023, 11, 1, 11, 30)),
        ("45000.5", utc(2023, 3, 15, 12)),
        ("13. Mai 2026 um 09:30 Uhr", utc(2026, 5, 13, 9, 30)),
        ("13 de mayo de 2026, 9:30 p. m.", utc(2026, 5, 13, 21, 30)),
        ("3 août 2026 à 9h30", utc(2026, 8, 3, 9, 30)),
        ("mercredi 1 juillet 2026 09:30", utc(2026, 7, 1, 9, 30)),
        ("Wed, 13 May 2026 09:30:00 +0000", utc(2026, 5, 13, 9, 30)),
        ("May 14, 2026 at 12:05 AM EDT", utc(2026, 5, 14, 4, 5)),
        ("2026-05-13 09:30 CEST", utc(2026, 5, 13, 7, 30)),
        ("2026-05-13 09:30 (GMT+2)", utc(2026, 5, 13, 7, 30)),
        ("2026-05-13 09:30:00 GMT-05:00", utc(2026, 5, 13, 14, 30)),
    ],
)
def test_time_without_order_is_read(raw, at):
    found = parse(raw)

    assert (found.at, found.on, found.raw) == (at, found.on, raw)


@pytest.mark.parametrize(
    ("raw", "order", "at"),
    [
        ("3/11/2025 13:00", Order.MONTH_FIRST, utc(2025, 3, 11, 13)),
        ("3/11/2025 13:00", Order.DAY_FIRST, utc(2025, 11, 3, 13)),
        ("02/23/26 08:55 PM", Order.MONTH_FIRST, utc(2026, 2, 23, 20, 55)),
        ("28.10.2020 14:30", Order.DAY_FIRST, utc(2020, 10, 28, 14, 30)),
        ("07/15/2009T02:14:45+0800", Order.MONTH_FIRST, utc(2009, 7, 14, 18, 14, 45)),
        ("1/2/2025 12:00 am", Order.MONTH_FIRST, utc(2025, 1, 2)),
    ],
)
def test_time_with_settled_order_is_read(raw, order, at):
    assert parse(raw, order=order).at == at


def test_zone_of_the_file_is_kept_as_an_assumption():
    assert parse("2025-07-01 12:00", zone="Europe/Berlin") == Moment(
        "2025-07-01 12:00", date(2025, 7, 1), utc(2025, 7, 1, 10), "Europe/Berlin"
    )


@pytest.mark.parametrize("raw", ["2025-07-01", "20250701", "45839"])
def test_plain_date_is_not_moved_by_a_zone(raw):
    assert parse(raw, zone="Pacific/Auckland") == Moment(raw, date(2025, 7, 1), None, "")


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("3/11/2025", "date.order_unknown"),
        ("2025-02-30", "date.impossible"),
        ("2009\\7\\14", "date.unreadable"),
        ("2009-07/14", "date.unreadable"),
        ("13:99", "date.unreadable"),
        ("2025-01-01 25:00", "date.impossible"),
        ("soon", "date.unreadable"),
    ],
)
def test_cell_that_is_no_date_says_why(raw, rule):
    assert parse(raw).rule == rule


def test_blank_cell_is_nothing():
    assert parse("  ") is None


@pytest.mark.parametrize(
    ("values", "order", "ask"),
    [
        (["03/04/2025", "25/04/2025"], Order.DAY_FIRST, False),
        (["03/04/2025", "04/25/2025"], Order.MONTH_FIRST, False),
        (["25/04/2025", "04/25/2025"], None, True),
        (["03/04/2025", "05/06/2025"], None, True),
        (["2025-04-03", "", "5/5/2025"], None, False),
    ],
)
def test_order_is_settled_once_per_column(values, order, ask):
    column = infer_order(values)

    assert (column.order, column.ask) == (order, ask)


@given(st.text(max_size=30), st.sampled_from([None, *Order]))
def test_any_text_is_a_date_or_says_why_not(raw, order):
    found = parse(raw, order=order)

    assert found is None if not raw.split() else isinstance(found, Moment | Unreadable)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)), st.sampled_from(Order))  # noqa: DTZ001
def test_written_days_are_read_as_they_were(at, order):
    text = at.strftime("%d/%m/%Y" if order is Order.DAY_FIRST else "%m/%d/%Y")

    assert parse(text, order=order).on == at.date()
