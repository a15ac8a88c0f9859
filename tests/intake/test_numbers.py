"""Numbers of a workbook become what a person would write; days that never were are said."""

import pytest

from crmprogram.intake.numbers import NoDateError, Style, number_text, style_of, styled_text


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("General", Style("plain")),
        ("#,##0.00", Style("plain")),
        ('0.0 "days"', Style("plain")),
        ("0.00E+00", Style("plain")),
        ("[Red]-#,##0;[Blue]0", Style("plain")),
        ("@", Style("plain")),
        ("0%", Style("percent")),
        ("00000", Style("padded", 5)),
        ("yyyy-mm-dd", Style("date")),
        ("mmm\\ yy", Style("date")),
        ("[$-407]d. mmmm yyyy", Style("date")),
        ("m/d/yyyy h:mm", Style("datetime")),
        ("[$-F400]h:mm:ss AM/PM", Style("time")),
        ("mm:ss.0", Style("time")),
        ("[h]:mm:ss", Style("elapsed")),
        ("[mm]:ss", Style("elapsed")),
    ],
)
def test_number_format_says_what_a_number_is(code, style):
    assert style_of(code) == style


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0", "0"),
        ("6850", "6850"),
        ("6850.0", "6850"),
        ("-12.50", "-12.5"),
        ("0.10000000000000001", "0.1"),
        ("1.2345E+4", "12345"),
        ("1E-7", "0.0000001"),
        ("123456789012345", "123456789012345"),
        ("1.2345678901234568E+17", "123456789012345680"),
        ("007", "7"),
    ],
)
def test_number_is_written_without_what_the_storage_added(stored, text):
    assert number_text(stored) == text


@pytest.mark.parametrize("stored", ["nan", "inf", "-Infinity", "12a", "", "1,5"])
def test_what_is_no_number_is_none(stored):
    with pytest.raises(ValueError, match=r"could not convert|nan|inf|Infinity"):
        number_text(stored)


@pytest.mark.parametrize(
    ("stored", "kind", "from_1904", "text"),
    [
        ("1", "date", False, "1900-01-01"),
        ("59", "date", False, "1900-02-28"),
        ("61", "date", False, "1900-03-01"),
        ("45356", "date", False, "2024-03-05"),
        ("45356.5", "date", False, "2024-03-05 12:00:00"),
        ("45356", "datetime", False, "2024-03-05 00:00:00"),
        ("45356.573622685187", "datetime", False, "2024-03-05 13:46:01"),
        ("2958465", "date", False, "9999-12-31"),
        ("0.75", "time", False, "18:00:00"),
        ("0.999999999", "time", False, "1900-01-01 00:00:00"),
        ("1.5", "elapsed", False, "36:00:00"),
        ("0", "date", True, "1904-01-01"),
        ("60", "date", True, "1904-03-01"),
        ("43894", "date", True, "2024-03-05"),
        ("0.255", "percent", False, "25.5%"),
        ("1", "percent", False, "100%"),
        ("0.07", "percent", False, "7%"),
    ],
)
def test_styled_number_is_what_the_sheet_shows(stored, kind, from_1904, text):
    assert styled_text(stored, Style(kind), from_1904=from_1904) == text


def test_postal_code_has_its_leading_zero_again():
    assert styled_text("6850", Style("padded", 5), from_1904=False) == "06850"


@pytest.mark.parametrize(
    ("stored", "from_1904", "said"),
    [
        ("60", False, "29 February 1900, a day that never was"),
        ("60.5", False, "29 February 1900, a day that never was"),
        ("0", False, "0 January 1900, which is how an empty date shows"),
        ("-1", False, "the number -1, which is beyond the days that a workbook can count"),
        ("2958466", False, "the number 2958466, which is beyond the days that a workbook can count"),
        ("-1", True, "the number -1, which is beyond the days that a workbook can count"),
        ("1e300", False, f"the number 1{'0' * 300}, which is beyond the days that a workbook can count"),
    ],
)
def test_number_that_is_no_day_is_said(stored, from_1904, said):
    with pytest.raises(NoDateError) as refused:
        styled_text(stored, Style("date"), from_1904=from_1904)

    assert str(refused.value) == said
