from xml.etree import ElementTree

import pytest

from crmprogram.web import svg
from crmprogram.web.icons import ICONS


def drawn(drawing):
    return ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing


EVERY = [
    svg.icon("met"),
    svg.diamond(1, "ok"),
    svg.mark(),
    svg.bullet(85, 80, ok=True, top=100, label="85 of 100"),
    svg.dumbbell(32.8, 95.5, gate=95, ok=True, label="Phone"),
    svg.scale([(0, "0%"), (50, "50%"), (100, "100%")]),
    svg.strip([4, 4, 4, 5, 5]),
    svg.attendance(["present", "delegate", "absent", ""]),
    svg.heat([("Rep 1", [0, None, 3])], ["W1", "W2", "W3"], top=5, label="Logins"),
    svg.duration(23, 14, 28),
    svg.stacked([(5, "done"), (3, "person"), (1, "rejected")], top=10, label="x"),
    svg.share(3, 5, label="3 of 5"),
    svg.journey("18%", "19.4%", "25%", ratio=0.2, label="Win rate"),
    svg.parts_of_score([("Name", 3.4), ("Prior", -6.5)], total="Sum −3.1 bits", label="Score"),
    *(svg.swatch(kind) for kind in ("done", "person", "rejected", "delegate", "accent", "before_now")),
]


@pytest.mark.parametrize("drawing", EVERY)
def test_drawing_is_well_formed_and_carries_no_style(drawing):
    root = drawn(drawing)

    assert root.tag == "svg"
    assert [el for el in root.iter() if "style" in el.attrib or el.tag in {"style", "script"}] == []
    assert ("aria-label" in root.attrib) != ("aria-hidden" in root.attrib)


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_drawn_within_its_square(name):
    root = drawn(svg.icon(name))

    assert root.attrib["viewBox"] == "0 0 16 16"
    assert len(list(root)) >= 1


def test_icon_of_no_known_name_is_an_error():
    with pytest.raises(KeyError):
        svg.icon("unicorn")


def test_diamond_of_no_known_state_is_an_error():
    with pytest.raises(KeyError):
        svg.diamond(1, "passed")


def test_label_is_escaped():
    drawing = svg.bullet(1, 2, ok=True, label='"><script>alert(1)</script>')

    assert "<script>" not in drawing
    assert drawn(drawing).attrib["aria-label"] == '"><script>alert(1)</script>'


def _rects(drawing):
    return [(el.attrib["class"], el.attrib.get("width")) for el in drawn(drawing).iter("rect")]


@pytest.mark.parametrize(
    ("value", "ok", "bars"),
    [
        (85, True, [("rng", "120"), ("bar2", "102")]),
        (60, False, [("rng", "120"), ("barx", "72")]),
        (150, True, [("rng", "120"), ("bar2", "120")]),  # held inside the track
        (-5, False, [("rng", "120"), ("barx", "0")]),
        (None, None, [("rng", "120")]),
        (85, None, [("rng", "120")]),  # cannot tell draws no bar
    ],
)
def test_bullet_draws_the_value_along_its_track(value, ok, bars):
    assert _rects(svg.bullet(value, 80, ok=ok, top=100, label="x")) == bars


def test_bullet_finds_a_top_of_its_own():
    tick = drawn(svg.bullet(3, 4, ok=False, label="weeks")).find("path")

    assert tick.attrib["d"] == "M96 2v14"  # 4 of 5


def test_dumbbell_draws_a_value_below_the_gate_as_unmet():
    drawing = drawn(svg.dumbbell(10, 90, gate=95, ok=False, label="x"))

    assert [el.attrib["class"] for el in drawing.iter("circle")] == ["hol", "pt-u"]


def test_dumbbell_without_a_reading_draws_the_axis_and_the_gate_only():
    drawing = drawn(svg.dumbbell(None, None, gate=95, ok=None, label="x"))

    assert [el.attrib["class"] for el in drawing] == ["ax", "tick"]


def test_strip_stacks_equal_ratings():
    dots = drawn(svg.strip([4, 5, 4])).iter("circle")

    assert [(dot.attrib["cx"], dot.attrib["cy"]) for dot in dots] == [("56", "20"), ("56", "15.7"), ("73", "20")]


def test_attendance_counts_delegates_and_absences_as_not_attended():
    drawing = drawn(svg.attendance(["present", "delegate", "absent", ""]))

    assert drawing.attrib["aria-label"] == "1 attended of 3"


def test_attendance_refuses_an_unknown_mark():
    with pytest.raises(ValueError, match="present, delegate, absent"):
        svg.attendance(["late"])


@pytest.mark.parametrize(("value", "step"), [(0.1, "h1"), (2, "h1"), (2.1, "h2"), (9.9, "h5"), (10, "h5"), (99, "h5")])
def test_heat_has_five_steps(value, step):
    drawing = drawn(svg.heat([("a", [value])], ["W1"], top=10, label="x"))

    assert [el.attrib["class"] for el in drawing.iter("rect")] == [step]


def test_heat_tells_none_from_not_live():
    drawing = drawn(svg.heat([("a", [0, None])], ["W1", "W2"], top=10, label="x"))

    assert [el.attrib["class"] for el in drawing.iter("rect")] == ["h-none"]
    assert [el.attrib["class"] for el in drawing.iter("path")] == ["h-x", "h-x"]


def test_stacked_shows_a_tiny_share_and_leaves_out_an_empty_one():
    drawing = svg.stacked([(100_000, "done"), (0, "person"), (1, "rejected")], top=100_001, label="x")

    assert _rects(drawing) == [("bar2", "262"), ("barx", "2")]


def test_journey_keeps_the_dot_between_baseline_and_target():
    drawing = drawn(svg.journey("a", "b", "c", ratio=7, label="x"))

    assert drawing.find("circle").attrib["cx"] == "285"


def test_score_parts_say_their_sign():
    drawing = drawn(svg.parts_of_score([("Name", 3.4), ("Prior", -6.5)], total="Sum", label="x"))

    assert [el.text for el in drawing.iter("text")] == ["Name", "+3.4", "Prior", "−6.5", "Sum"]
