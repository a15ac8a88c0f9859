from phases.map_changes import Part, Side, compare


def said(current, future):
    return [(pair.kind, (pair.now or pair.was).name, pair.parts) for pair in compare(current, future)]


def test_copied_step_is_known_by_its_origin_whatever_it_is_called():
    current = [Side(1, "SDR", "Call", tool="Phone", failure="Answered after days")]
    future = [Side(9, "Account executive", "Call within five minutes", tool="CRM", origin=1)]

    [pair] = compare(current, future)

    assert (pair.kind, pair.is_repaired) == ("changed", True)
    assert pair.parts == (
        Part("step", "Call", "Call within five minutes"),
        Part("lane", "SDR", "Account executive"),
        Part("tool", "Phone", "CRM"),
        Part("how it fails", "Answered after days", ""),
    )


def test_step_drawn_anew_is_known_by_lane_and_name_then_by_a_name_that_stands_once():
    current = [Side(1, "SDR", "Call"), Side(2, "SDR", "Book"), Side(3, "AE", "Book"), Side(4, "AE", "Close")]
    future = [Side(7, "sdr", "CALL"), Side(8, "CS", "Close"), Side(9, "CS", "Book")]

    assert said(current, future) == [
        ("changed", "CALL", (Part("step", "Call", "CALL"), Part("lane", "SDR", "sdr"))),
        ("changed", "Close", (Part("lane", "AE", "CS"),)),
        ("new", "Book", ()),  # two steps of that name: no telling which
        ("dropped", "Book", ()),
        ("dropped", "Book", ()),
    ]


def test_arrows_differ_by_where_they_lead_and_when_not_by_names():
    current = [Side(1, "SDR", "Call", ways=((2, "Book", ""),)), Side(2, "SDR", "Book")]
    renamed = [Side(8, "SDR", "Call", ways=((9, "Meet", ""),), origin=1), Side(9, "SDR", "Meet", origin=2)]
    branched = [Side(8, "SDR", "Call", ways=((9, "Book", "fits"),), origin=1), Side(9, "SDR", "Book", origin=2)]

    assert said(current, renamed)[0] == ("same", "Call", ())
    assert said(current, branched)[0] == ("changed", "Call", (Part("leads to", "Book", "fits: Book"),))


def test_copy_is_the_same_step_by_step():
    current = [Side(1, "SDR", "Call", ways=((2, "Book", ""),)), Side(2, "SDR", "Book")]
    copy = [Side(8, "SDR", "Call", ways=((9, "Book", ""),), origin=1), Side(9, "SDR", "Book", origin=2)]

    assert {kind for kind, _, _ in said(current, copy)} == {"same"}
