"""Rows of activity exports as events: kinds, clocks, what does not count, which version stands (M1, M9)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adoption import events
from adoption.events import Event, Layout, Refused, read_event, settle
from crmprogram.intake import formats
from crmprogram.intake.dates import Order
from crmprogram.intake.headers import read_headers

EXPORTED = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HUBSPOT = "Record ID,Call Title,Activity assigned to,Activity date,Call duration,Call outcome,Create Date"
PIPEDRIVE = (
    "Activity - ID,Activity - Subject,Activity - Type,Activity - Due date,Activity - Done,Activity - Assigned to user"
)
DYNAMICS = "Subject,Regarding,Required Attendees,Start Time,End Time,Status,Owner,Actual Start,Created On,Status Reason"
TASK = "Id,WhoId,ActivityDate,TaskSubtype,Type,OwnerId,Status,CreatedDate,CompletedDateTime"
PIPEDRIVE_API = "id,type,subject,due_date,done,owner_id,add_time"
ZOHO = "Record Id,Subject,Call Type,Call Owner,Call Owner.id,Call Start Time,Call Status,Created Time"
CLOSE = "_type,id,lead_id,user_name,date_created,direction,status"
SUITE = "ID,Subject,Status,Start Date & Time,Assigned to,Date Created,Date Modified"
GERMAN = "Betreff,Bezug,Besitzer,Aktivitätstyp,Aktivitätsstatus,Erstellt am"
GENERIC = "id,activity type,subject,owner,activity date,created at,status"


def layout(header, **more):
    """How a file with this header row is read, as the intake recognises it."""
    names = header.split(",")
    columns = read_headers(names)
    form = formats.recognise(names).format
    places = form.map_headers([one.key for one in columns.columns], columns.duplicated())
    fields = {name: at for at, name in places.items()}
    if "Type" in names and fields.get("kind") != names.index("Type"):
        fields["kind_2"] = names.index("Type")
    constants = dict(form.constants)
    if kind := events.file_kind(names):
        constants["file_kind"] = kind
    order = Order.DAY_FIRST if "Betreff" in names else Order.MONTH_FIRST
    orders = dict.fromkeys(events.DATED, order)
    given = {"zone": "Europe/Berlin", "program_zone": "Europe/Berlin", "exported_at": EXPORTED, **more}
    return Layout(form.slug, fields, events.flags_of(names), orders, constants=constants, **given)


def read(header, row, **more):
    return read_event(row.split(","), layout(header, **more))


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (HUBSPOT, "1,Intro,Ann Lee,2026-05-18 09:00,60000,Connected,2026-05-18 09:05", ("call", "", 18)),
        (HUBSPOT, "1,Intro,Ann Lee,2026-05-18 09:00,0,Canceled,2026-05-18 09:05", ("call", "cancelled", 18)),
        (PIPEDRIVE, "1,Intro,call,2026-05-18,Done,Ann Lee", ("call", "", 18)),
        (PIPEDRIVE, "1,Intro,lunch,2026-05-18,To do,Ann Lee", ("meeting", "open", 18)),
        (DYNAMICS, "Intro,Acme,b,5/19/2026 9:00,,Completed,Ann Lee,,5/18/2026 8:00,Completed", ("meeting", "", 18)),
        (
            DYNAMICS,
            "Intro,Acme,b,5/19/2026 9:00,,Canceled,Ann Lee,,5/18/2026 8:00,Canceled",
            ("meeting", "cancelled", 18),
        ),
        (TASK, "00T1,,2026-05-30,Task,Call,ann lee,Completed,2026-05-18T08:00:00.000+0000,", ("call", "", 18)),
        (TASK, "00T1,,2026-05-30,Email,,ann lee,Completed,2026-05-17T22:30:00.000+0000,", ("email", "", 18)),
        (TASK, "00T1,,2026-05-30,Task,,ann lee,In Progress,2026-05-18T08:00:00.000+0000,", ("task", "open", 18)),
        (GENERIC, "1,E-mail,Hello,ann lee,2026-05-18 10:00,2026-05-18 10:00,Draft", ("email", "draft", 18)),
        (PIPEDRIVE_API, "1,call,Intro,2026-05-18,true,Ann Lee,2026-05-18 08:00:00", ("call", "", 18)),
        (PIPEDRIVE_API, "1,call,Intro,2026-05-18,false,Ann Lee,2026-05-18 08:00:00", ("call", "open", 18)),
        (ZOHO, "zcrm_1,Intro,Missed,Ann Lee,9,2026-05-18 09:00:00,,2026-05-18 09:00:00", ("call", "missed", 18)),
        (ZOHO, "zcrm_1,Intro,Outbound,Ann Lee,9,2026-05-18 09:00:00,,2026-05-18 09:00:00", ("call", "", 18)),
        (CLOSE, "Email,acti_1,lead_1,Ann Lee,2026-05-18T08:00:00+00:00,incoming,inbox", ("email", "incoming", 18)),
        (CLOSE, "Email,acti_1,lead_1,Ann Lee,2026-05-18T08:00:00+00:00,outgoing,sent", ("email", "", 18)),
        (CLOSE, "Call,acti_1,lead_1,Ann Lee,2026-05-18T08:00:00+00:00,inbound,no-answer", ("call", "missed", 18)),
        (CLOSE, "Call,acti_1,lead_1,Ann Lee,2026-05-18T08:00:00+00:00,outbound,no-answer", ("call", "", 18)),
        (SUITE, "1,Visit,Not Held,05/18/2026 09:00am,Ann Lee,05/18/2026 09:00am,", ("meeting", "cancelled", 18)),
        (SUITE, "1,Visit,Held,05/18/2026 09:00am,Ann Lee,05/18/2026 09:00am,", ("meeting", "", 18)),
        (GERMAN, "Besuch,Acme,Ann Lee,Termin,Abgeschlossen,18.05.2026 09:00", ("meeting", "", 18)),
        (GERMAN, "Anruf,Acme,Ann Lee,Telefonanruf,Offen,18.05.2026 09:00", ("call", "open", 18)),
    ],
)
def test_row_of_each_crm_is_read(header, row, said):
    found = read(header, row)

    assert (found.kind, found.why_not, found.logged_on.day) == said
    assert found.owner == "ann lee"


def test_day_of_logging_goes_by_creation_not_by_the_due_date():
    row = "00T1,,2026-05-30,Call,,ann,Completed,2026-05-18T08:00:00.000+0000,2026-05-19T08:00:00.000+0000"

    assert read(TASK, row).logged_on == date(2026, 5, 18)
    assert read(TASK, row).occurred_at == datetime(2026, 5, 19, 8, 0, tzinfo=UTC)


def test_time_without_a_zone_is_read_in_the_zone_given():
    row = "1,call,Hello,ann,2026-05-18 10:00,2026-05-18 23:30,"

    assert read(GENERIC, row, zone="America/New_York").logged_on == date(2026, 5, 19)


def test_day_without_a_time_is_never_moved_by_a_zone():
    found = read(GENERIC, "1,call,Hello,ann,,2026-05-18,", zone="Asia/Tokyo", program_zone="America/New_York")

    assert (found.logged_on, found.logged_at) == (date(2026, 5, 18), None)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("1,call,Hello,,2026-05-18 10:00,2026-05-18 10:00,", "owner.missing"),
        ("1,call,Hello,ann,,,", "date.missing"),
        ("1,call,Hello,ann,2026-05-18 10:00,,", "date.missing"),  # the other clock is never taken for this one
        ("1,call,Hello,ann,,1404/02/28 10:00,", "date.unlikely"),
        ("1,call,Hello,ann,,soon,", "date.unreadable"),
        ("1,call,Hello,ann,,2026-05-22 10:00,", "date.future"),
    ],
)
def test_row_that_cannot_be_an_event_says_why(row, rule):
    found = read(GENERIC, row)

    assert isinstance(found, Refused)
    assert found.rule == rule


def test_file_without_a_time_of_logging_is_counted_by_the_other_clock_as_a_whole():
    found = layout("id,activity type,subject,owner,activity date,status")

    assert found.clock == "occurred_at"
    assert layout(GENERIC).clock == "created_at"


def test_guard_against_formulas_is_taken_off_and_a_blank_marker_is_nothing():
    found = read(GENERIC, "1,call,'=Hello,ann,#N/A,2026-05-18 10:00,", blanks=frozenset({"#n/a"}))

    assert found.occurred_at is None


def test_line_that_spilled_over_is_no_record_of_zoho():
    row = "and more text,,,Ann Lee,9,2026-05-18 09:00:00,,2026-05-18 09:00:00"

    assert read(ZOHO, row, id_prefix="zcrm_").rule == "row.spilled"


def test_row_without_an_id_is_the_same_event_in_every_export():
    row = "Intro,Acme,b,5/19/2026 9:00,,Completed,Ann Lee,,5/18/2026 8:00,Completed"
    first, second = read(DYNAMICS, row), read(DYNAMICS, row, exported_at=EXPORTED.replace(day=21))

    assert first.event_id == second.event_id
    assert first.event_id.startswith("#")


def event(rank, owner="ann"):
    return Event("x", "1", owner, "call", date(2026, 5, 18), None, None, "", rank)


def test_greatest_rank_stands_in_any_order():
    versions = [event("1"), event("3", "ben"), event("2")]

    assert settle(versions) == settle(versions[::-1]) == {("x", "1"): event("3", "ben")}


VERSIONS = st.lists(
    st.builds(
        lambda event_id, owner, day, rank: Event(
            "x", event_id, owner, "call", date(2026, 5, day), None, None, "", f"{rank}{owner}{day:02d}"
        ),
        st.sampled_from("123"),
        st.sampled_from(["ann", "ben"]),
        st.integers(1, 28),
        st.integers(1, 3),
    ),
    max_size=12,
)


@given(VERSIONS, st.integers(0, 12), st.randoms(use_true_random=False))
def test_split_order_and_repetition_never_matter(versions, cut, draw):
    shuffled = versions + versions[:cut]
    draw.shuffle(shuffled)
    first, second = settle(shuffled[:cut]), settle(shuffled[cut:])

    assert settle([*second.values(), *first.values()]) == settle(versions)
