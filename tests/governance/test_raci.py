"""The rules of one row, without a database (R1, R2, A4)."""

from __future__ import annotations

import pytest

from governance.raci import Cell, repairs, step_down, take_on, violations


def cells(**letters):
    """One cell a keyword: VP="A" is the held position VP with an A."""
    return [
        Cell(position=number, title=title.replace("_", " "), letters=said, is_executive=title in {"VP", "CRO"})
        for number, (title, said) in enumerate(letters.items(), start=1)
    ]


def kinds(found, **more):
    return [one.kind for one in violations(found, **more)]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"VP": "A", "OPS": "R"}, []),
        ({"VP": "AR"}, []),  # a person may be A and R
        ({"VP": "A", "OPS": "AR"}, ["many_accountable"]),
        ({"VP": "AR", "OPS": "AR", "IT": "A"}, ["many_accountable"]),
        ({"VP": "R", "OPS": "C"}, ["none_accountable"]),
        ({"VP": "A", "OPS": "C"}, ["none_responsible"]),
        ({"VP": "I"}, ["none_accountable", "none_responsible"]),
        ({"VP": ""}, ["none_accountable", "none_responsible"]),
        ({}, ["none_accountable", "none_responsible"]),
    ],
)
def test_row_has_exactly_one_a_and_at_least_one_r(row, wrong):
    assert kinds(cells(**row)) == wrong


def test_accountable_position_that_nobody_holds_is_a_violation():
    row = [Cell(1, "VP Sales", "A", is_held=False), Cell(2, "Sales Ops", "R")]

    (wrong,) = violations(row)

    assert wrong.kind == "vacant"
    assert wrong.text == "VP Sales is named, but nobody holds this position."


def test_vacant_position_without_an_a_is_none():
    assert violations([Cell(1, "VP", "AR"), Cell(2, "IT", "R", is_held=False)]) == []


@pytest.mark.parametrize(
    ("row", "accepted", "wrong"),
    [
        ({"CRO": "AR"}, True, []),
        ({"CRO": "AR"}, False, ["not_accepted"]),
        ({"IT": "AR"}, True, ["not_executive"]),
    ],
)
def test_fixed_row_needs_an_executive_who_accepted(row, accepted, wrong):
    assert kinds(cells(**row), is_fixed=True, accepted=accepted) == wrong
    assert kinds(cells(**row), is_fixed=False, accepted=accepted) == []


def test_two_accountable_are_said_by_name_and_each_can_be_kept():
    row = cells(VP_Sales="A", Sales_Ops="AR", IT="C")
    wrong = violations(row)

    assert (wrong[0].short, wrong[0].title) == ("Two named", "Two Accountable.")
    assert wrong[0].text == "VP Sales and Sales Ops. Choose one; the other becomes Consulted."
    assert [(one.label, one.position, one.alone) for one in repairs(row, wrong)] == [
        ("Keep VP Sales", 1, True),
        ("Keep Sales Ops", 2, True),
    ]


def test_row_without_an_a_offers_those_who_do_the_work_first():
    row = cells(CRO="C", VP_Sales="R", IT="I")

    assert [(one.label, one.letters) for one in repairs(row, violations(row))] == [
        ("VP Sales is Accountable", "AR"),
        ("CRO is Accountable", "A"),
    ]


def test_row_without_an_r_offers_the_consulted_before_the_accountable():
    row = cells(VP_Sales="A", IT="C")

    assert [(one.label, one.letters) for one in repairs(row, violations(row))] == [
        ("IT does it", "R"),
        ("VP Sales also does it", "AR"),
    ]


def test_every_repair_removes_the_violation_it_is_offered_for():
    for row in ({"VP": "A", "OPS": "AR"}, {"VP": "R"}, {"VP": "A", "IT": "C"}):
        found = cells(**row)
        first = violations(found)[0].kind
        for repair in repairs(found, violations(found)):
            mended = [
                Cell(
                    one.position,
                    one.title,
                    repair.letters
                    if one.position == repair.position
                    else step_down(one.letters)
                    if repair.alone
                    else one.letters,
                )
                for one in found
            ]
            assert first not in kinds(mended)


def test_fixed_row_offers_no_a():
    assert repairs(cells(OPS="R"), violations(cells(OPS="R")), is_fixed=True) == []


@pytest.mark.parametrize(("now", "left"), [("A", "C"), ("AR", "R"), ("R", "R"), ("", "")])
def test_stepping_down_leaves_the_work(now, left):
    assert step_down(now) == left


@pytest.mark.parametrize(("now", "then"), [("", "A"), ("C", "A"), ("R", "AR"), ("AR", "AR"), ("A", "A")])
def test_taking_on_keeps_the_work(now, then):
    assert take_on(now) == then


def test_vacant_accountable_can_be_handed_to_who_does_the_work():
    row = [
        Cell(1, "VP Sales", "A", is_held=False, is_executive=True),
        Cell(2, "Sales Ops Manager", "R", is_held=True),
        Cell(3, "IT Lead", "C", is_held=False),
    ]

    assert [(one.label, one.letters, one.alone) for one in repairs(row, violations(row))] == [
        ("Sales Ops Manager is Accountable", "AR", True)
    ]


def test_fixed_row_offers_executives_who_are_there():  # R2
    row = [
        Cell(1, "Sales Manager", "A", is_held=True),
        Cell(2, "VP Sales", "", is_held=True, is_executive=True),
        Cell(3, "Founder", "", is_held=False, is_executive=True),
    ]

    assert [
        (one.label, one.position, one.alone) for one in repairs(row, violations(row, is_fixed=True), is_fixed=True)
    ] == [("Name the VP Sales", 2, True)]
