"""What a mapping does to the values of a column (H5)."""

import pytest

from migration.hygiene import transforms
from migration.hygiene.dates import Order


@pytest.mark.parametrize(
    ("lines", "came", "made"),
    [
        (["upper"], "lee", "LEE"),
        (["before: ,", "title"], "LEE, ANN", "Lee"),
        (["after: ,"], "Lee", ""),
        (["all but first word"], "Ann Mary Lee", "Mary Lee"),
        (["values: A = Hot; B = Warm"], "b", "Warm"),
        (["values: A = Hot"], "C", "C"),
        (["default: Unknown"], " ", "Unknown"),
        (["constant: Fair", "upper"], "x", "FAIR"),
        (["replace: (old) = "], "Acme (old)", "Acme "),
        (["digits"], "No. 12-3", "123"),
    ],
)
def test_value_is_changed_line_by_line(lines, came, made):
    assert transforms.read(lines).of(came) == made
    assert transforms.read(lines).of_all([came, came]) == [made, made]


def test_column_is_split_joined_and_dated():
    told = transforms.read(["rest to: family_name ,", "join with: - ", "dates: day first"])

    assert told.cut("Ann, Lee") == ("Ann", "Lee")
    assert (told.rest_to, told.joint, told.order) == (("family_name", ","), "- ", Order.DMY)


@pytest.mark.parametrize(
    ("line", "said"),
    [("sing", "is no transform"), ("before", "what “before” is done with"), ("values: A", "says no new value"),
     ("dates: noon", "Dates are day first")],
)  # fmt: skip
def test_line_that_says_nothing_is_refused(line, said):
    with pytest.raises(ValueError, match=said):
        transforms.read([line])
