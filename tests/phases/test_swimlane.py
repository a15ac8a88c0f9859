from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string

from phases.swimlane import LaneRow, StepBox, columns, connected_parts, draw, shorten, wrap


def lanes(**named):
    return [LaneRow(name, [StepBox(key, f"Step {key}") for key in keys]) for name, keys in named.items()]


@pytest.mark.parametrize(
    ("drawn", "arrows", "expected"),
    [
        (lanes(a="xy"), [], {"x": 0, "y": 1}),  # the order of the lane alone
        (lanes(a="x", b="y"), [("x", "y")], {"x": 0, "y": 0}),  # a hand-off goes straight down
        (lanes(a="xy", b="z"), [("y", "z")], {"x": 0, "y": 1, "z": 1}),
        (lanes(a="xz", b="y"), [("x", "y"), ("y", "z")], {"x": 0, "z": 1, "y": 0}),
        (lanes(a="x", b="uv"), [("x", "v")], {"x": 0, "u": 0, "v": 1}),
    ],
)
def test_columns_follow_the_lane_and_the_arrows(drawn, arrows, expected):
    assert columns(drawn, arrows) == (expected, set())


def test_arrow_that_closes_a_circle_goes_back():
    found, back = columns(lanes(a="x", b="y"), [("x", "y"), ("y", "x")])

    assert (found, back) == ({"x": 0, "y": 0}, {("y", "x")})
    assert columns(lanes(a="xy"), [("y", "x")])[1] == {("y", "x")}


def test_two_steps_of_a_lane_never_share_a_place():
    drawn = lanes(a="abc", b="def", c="gh")
    arrows = [("a", "d"), ("d", "b"), ("e", "c"), ("c", "g"), ("g", "f"), ("f", "a")]
    found, _ = columns(drawn, arrows)

    for lane in drawn:
        placed = [found[step.key] for step in lane.steps]
        assert placed == sorted(set(placed))


def test_arrows_to_unknown_steps_are_left_out():
    assert len(draw(lanes(a="x"), [("x", "gone")], title="Current").arrows) == 0


def test_connected_parts_are_sorted_by_size():
    assert connected_parts("abcde", [("a", "c"), ("d", "a")]) == [["a", "c", "d"], ["b"], ["e"]]
    assert connected_parts([], []) == []


def test_picture_says_what_it_shows():
    drawn = [LaneRow("SDR", [StepBox(1, "Call", failure="Too late"), StepBox(2, "Book")])]

    picture = draw(drawn, [(1, 2)], title="Current state")

    assert picture.label == "Current state: 2 steps in 1 lane, 1 arrow; 1 step with a failure mode."
    failing, plain = picture.boxes
    assert failing.is_failing
    assert failing.said == "SDR: Call; no tool; no data captured; fails: Too late"
    assert not plain.flag
    assert ("l" in failing.outline, "l" in plain.outline) == (True, False)  # the cut corner


def test_everything_lies_inside_the_picture():
    picture = draw(lanes(a="abcd", b="ef"), [("a", "e"), ("f", "b"), ("d", "e")], title="Map")

    for box in picture.boxes:
        for line in box.lines:
            assert 0 < line.x < picture.width
            assert 0 < line.y < picture.height


@pytest.mark.parametrize("may_edit", [True, False])
def test_picture_is_well_formed_and_carries_no_style(may_edit):
    drawn = [LaneRow("R&D <x>", [StepBox(1, "A & B", failure="<script>", url="/x/" if may_edit else "")])]
    picture = draw(drawn, [], title="Map")

    root = ElementTree.fromstring(  # noqa: S314 - our own drawing
        render_to_string("phases/map_picture.html", {"picture": picture, "may_edit": may_edit})
    )

    assert [el for el in root.iter() if "style" in el.attrib or el.tag in {"style", "script"}] == []
    assert root.attrib["role"] == ("group" if may_edit else "img")
    assert root.attrib["aria-label"].startswith("Map: 1 step")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("Call", ["Call"]), ("Call the new lead today by phone", ["Call the", "new lead…"])],
)
def test_wrap_breaks_at_words_and_ends_in_an_ellipsis(text, expected):
    assert wrap(text, 9, 2) == expected
    assert all(len(line) <= 9 for line in expected)


def test_shorten_leaves_what_fits():
    assert shorten("exactly", 7) == "exactly"
    assert shorten("exactly8", 7) == "exactl…"


def test_condition_is_written_before_the_head_and_widens_that_gap_alone():
    drawn = lanes(a="xyz")
    arrows = [("x", "y"), ("y", "z")]
    plain, said = (draw(drawn, arrows, title="Map", conditions=told) for told in ({}, {("y", "z"): "fits the profile"}))

    first, second = said.arrows
    assert (first.condition, second.condition.text) == (None, "fits the…")
    assert said.width > plain.width
    x, y, z = (box.x for box in said.boxes)
    assert z - y > y - x == plain.boxes[1].x - plain.boxes[0].x
    assert y < second.condition.x < z


def test_condition_of_an_upright_arrow_needs_no_room():
    drawn = lanes(a="x", b="y")
    said = draw(drawn, [("x", "y")], title="Map", conditions={("x", "y"): "urgent"})

    assert said.width == draw(drawn, [("x", "y")], title="Map").width
    assert said.arrows[0].condition.text == "urgent"


def test_mark_of_a_difference_is_said():
    picture = draw([LaneRow("SDR", [StepBox(1, "Call", mark="new")])], [], title="Future")

    assert picture.boxes[0].said.endswith("; new")
