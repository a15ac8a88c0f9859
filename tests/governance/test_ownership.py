"""The internal system owner (R5), attested statements (C5, F), and what the modes read of adoption (F)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import Counting, Rep, RepState
from adoption.queries import AdoptionFacts, Idle
from crmprogram.program import audit, clock
from crmprogram.program import services as program_services
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Program, Role
from governance import failure_modes, services
from governance.errors import NoSystemOwner, NotHeld
from governance.failure_modes import State
from governance.models import Attestation, Kind, Meeting, Statement, SystemOwner
from phases.queries.gates import assess
from phases.registry import Look
from tests.factories import MembershipFactory, TeamFactory, UploadFactory

pytestmark = pytest.mark.django_db

LIVE = date(2026, 6, 1)  # a Monday


@pytest.fixture
def specialist(ops):
    return MembershipFactory(program=ops.program, role=Role.CRM_SPECIALIST)


@pytest.fixture
def live(ops):
    """Goes live on 1 June 2026."""
    Program.objects.filter(pk=ops.program_id).update(go_live_on=LIVE)
    return ops


def look_at(member):
    return Look(Program.objects.get(pk=member.program_id))


def found(member, key, on=LIVE):
    with clock.at(datetime(on.year, on.month, on.day, 12, tzinfo=UTC)):
        return next(one for one in failure_modes.detect(look_at(member)) if one.mode.key == key)


# --- R5 -----------------------------------------------------------------------------


def test_owner_is_named_with_the_agreement_that_stands(ops, specialist):
    owner = services.name_system_owner(
        program=ops.program, membership=specialist, by=ops.user, agreement="First answer in four hours."
    )

    assert SystemOwner.objects.open().get() == owner
    assert (owner.agreement, owner.named_by) == ("First answer in four hours.", ops.user)
    assert [one.verb for one in audit.history(owner)] == ["owner.named"]


def test_same_owner_again_changes_the_agreement_alone(ops, specialist):
    first = services.name_system_owner(program=ops.program, membership=specialist, by=ops.user)
    again = services.name_system_owner(program=ops.program, membership=specialist, by=ops.user, agreement="Weekdays.")
    services.name_system_owner(program=ops.program, membership=specialist, by=ops.user, agreement="Weekdays.")

    assert (first.pk, again.agreement) == (again.pk, "Weekdays.")
    assert [one.verb for one in audit.history(again)] == ["owner.agreement_changed", "owner.named"]


def test_another_owner_ends_the_one_before(ops, specialist):
    first = services.name_system_owner(program=ops.program, membership=ops, by=ops.user)
    services.name_system_owner(program=ops.program, membership=specialist, by=ops.user)
    first.refresh_from_db()

    assert first.ended_reason == f"Replaced by {specialist.user.display}."
    assert SystemOwner.objects.open().get().membership == specialist


def test_owner_is_an_active_member(ops, specialist, stranger):
    program_services.deactivate_member(membership=specialist, by=ops.user)
    for member in (specialist, stranger):
        with pytest.raises(NotHeld):
            services.name_system_owner(program=ops.program, membership=member, by=ops.user)


def test_owner_who_left_is_none(ops, specialist):
    services.name_system_owner(program=ops.program, membership=specialist, by=ops.user)
    program_services.deactivate_member(membership=specialist, by=ops.user)

    assert SystemOwner.objects.get().ended_reason == "The person left the program."


def test_release_needs_an_owner_and_a_reason(ops, specialist):
    with pytest.raises(NoSystemOwner):
        services.release_system_owner(program=ops.program, by=ops.user, reason="Moved on.")
    services.name_system_owner(program=ops.program, membership=specialist, by=ops.user)
    with pytest.raises(Invalid):
        services.release_system_owner(program=ops.program, by=ops.user, reason=" ")


def test_only_leaders_name_the_owner(ops, specialist):
    with pytest.raises(NotYours):
        services.name_system_owner(program=ops.program, membership=specialist, by=specialist.user)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (LIVE - timedelta(days=61), State.CANNOT_TELL),
        (LIVE - timedelta(days=60), State.AT_RISK),
        (LIVE - timedelta(days=1), State.AT_RISK),
        (LIVE, State.PRESENT),
    ],
)
def test_nobody_owns_the_system_is_present_from_go_live(live, on, expected):  # R5
    assert found(live, "no_owner", on).state is expected


def test_owner_without_an_agreement_is_at_risk(live, specialist):  # R5, F
    services.name_system_owner(program=live.program, membership=specialist, by=live.user)
    assert found(live, "no_owner").state is State.AT_RISK

    services.name_system_owner(program=live.program, membership=specialist, by=live.user, agreement="Weekdays, 9 to 5.")
    assert found(live, "no_owner").state is State.CLEAR


def test_owner_page_names_and_releases(client, ops, specialist):
    client.force_login(ops.user)
    address = f"/p/{ops.program.slug}/system-owner/"
    named = client.post(address, {"membership": specialist.pk, "agreement": "Weekdays."})
    page = client.get(address).content.decode()
    released = client.post(f"{address}release/", {"reason": "Changed teams."})

    assert (named.status_code, released.status_code) == (303, 303)
    assert f"{specialist.user.display} owns the system" in page
    assert SystemOwner.objects.get().ended_reason == "Changed teams."


def test_owner_over_rest(client, ops, specialist):
    client.force_login(ops.user)
    address = f"/api/v1/programs/{ops.program.slug}/system-owner/"
    named = client.post(f"{address}name/", {"membership": specialist.pk}, content_type="application/json")
    released = client.post(f"{address}release/", {"reason": "Moved."}, content_type="application/json")
    again = client.post(f"{address}release/", {"reason": "Moved."}, content_type="application/json")

    assert named.json()["current"]["person"]["name"] == specialist.user.display
    assert (released.json()["current"], len(released.json()["past"])) == (None, 1)
    assert (again.status_code, again.json()["code"]) == (409, "no_system_owner")


# --- attested (C5, F) ------------------------------------------------------------------


def attest(member, statement, holds=True, days_ago=0):
    with clock.at(datetime(2026, 6, 1, 12, tzinfo=UTC) - timedelta(days=days_ago)):
        return services.attest(
            program=member.program, statement=statement, holds=holds, note="Seen in the console.", by=member.user
        )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], State.CANNOT_TELL),
        ([(True, 0)], State.CLEAR),
        ([(True, 90)], State.CLEAR),
        ([(True, 91)], State.CANNOT_TELL),  # old data is no data (G8)
        ([(True, 5), (False, 1)], State.PRESENT),  # the newest counts
    ],
)
def test_compensation_is_told_by_the_newest_word(ops, given, expected):  # F
    for holds, days_ago in given:
        attest(ops, Statement.COMPENSATION, holds, days_ago)

    assert found(ops, "compensation").state is expected


@pytest.mark.parametrize(("holds", "state"), [(True, "met"), (False, "unmet"), (None, "none")])
def test_sandbox_is_attested_for_gate_3(ops, holds, state):  # C5
    if holds is not None:
        attest(ops, Statement.SANDBOX, holds)
    with clock.at(datetime(2026, 6, 2, 12, tzinfo=UTC)):
        row = next(one for one in assess(look_at(ops), 3).criteria if one.key == "C5")

    assert row.state == state


def test_attestation_needs_a_note_and_is_never_edited(ops):
    with pytest.raises(Invalid, match="know it from"):
        services.attest(program=ops.program, statement=Statement.SANDBOX, holds=True, note=" ", by=ops.user)
    attest(ops, Statement.SANDBOX)
    attest(ops, Statement.SANDBOX)

    assert Attestation.objects.count() == 2


def test_attested_page_shows_who_said_what(client, ops):
    client.force_login(ops.user)
    address = f"/p/{ops.program.slug}/attested/"
    answer = client.post(address, {"statement": "sandbox", "holds": "yes", "note": "Sandbox 2 in the console"})
    refused = client.post(address, {"statement": "sandbox", "holds": "yes", "note": ""})

    assert (answer.status_code, refused.status_code) == (303, 422)
    assert f"{ops.user.display}: Sandbox 2 in the console" in client.get(address).content.decode()


def test_attesting_over_rest(client, ops):
    client.force_login(ops.user)
    address = f"/api/v1/programs/{ops.program.slug}/attestations/"
    body = {"statement": "compensation", "holds": False, "note": "Finance pays from its own sheet."}
    made = client.post(address, body, content_type="application/json")

    assert (made.status_code, made.json()["attested_by"]["name"]) == (201, ops.user.display)
    assert [one["holds"] for one in client.get(address).json()["results"]] == [False]


def test_viewer_attests_nothing(ops):
    viewer = MembershipFactory(program=ops.program, role=Role.VIEWER)
    with pytest.raises(NotYours):
        services.attest(program=ops.program, statement=Statement.SANDBOX, holds=True, note="Seen.", by=viewer.user)


# --- no measurement (F) ------------------------------------------------------------------


def counted(member, on):
    """An activity export that was counted on that day."""
    at = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    return Counting.objects.create(
        program=member.program,
        upload=UploadFactory(program=member.program),
        object="activity",
        zone="UTC",
        as_of=on,
        started_by=member.user,
        started_at=at,
        finished_at=at,
    )


@pytest.mark.parametrize(
    ("exported", "on", "expected"),
    [
        (None, LIVE - timedelta(days=1), State.CANNOT_TELL),  # it counts from go-live
        (None, LIVE + timedelta(days=14), State.AT_RISK),
        (None, LIVE + timedelta(days=15), State.PRESENT),
        (LIVE + timedelta(days=1), LIVE + timedelta(days=15), State.CLEAR),
        (LIVE + timedelta(days=1), LIVE + timedelta(days=16), State.PRESENT),
        (LIVE - timedelta(days=30), LIVE + timedelta(days=15), State.PRESENT),  # a baseline is no measurement
    ],
)
def test_no_measurement_is_present_after_14_days_without_an_export(live, exported, on, expected):  # F
    if exported:
        counted(live, exported)

    assert found(live, "no_measurement", on).state is expected


@pytest.mark.parametrize(
    ("held", "expected"), [({}, State.PRESENT), ({"2026-08": True}, State.CLEAR), ({"2026-07": True}, State.AT_RISK)]
)
def test_no_measurement_asks_for_the_monthly_review(live, held, expected):  # F, R6
    today = date(2026, 8, 12)
    counted(live, today)
    for period, is_held in held.items():
        Meeting.objects.create(
            program=live.program,
            kind=Kind.DASHBOARDS,
            period=period,
            due_on=date.fromisoformat(f"{period}-06"),
            is_held=is_held,
            recorded_by=live.user,
        )

    assert found(live, "no_measurement", today).state is expected


# --- reps work around it (F) ----------------------------------------------------------------


def told(member, idle, on=date(2026, 6, 16)):
    """The mode as it stands when adoption tells so much of the reps; the last export is of 15 June."""
    team = TeamFactory(program=member.program)
    Rep.objects.create(program=member.program, number=1, key="owner-1", state=RepState.COUNTED, team=team)
    counted(member, date(2026, 6, 15))
    with clock.at(datetime(on.year, on.month, on.day, 12, tzinfo=UTC)):
        look = look_at(member)
        look._facts["adoption"] = type("Told", (AdoptionFacts,), {"idle": idle})(look.program)
        return next(one for one in failure_modes.detect(look) if one.mode.key == "workarounds")


@pytest.mark.parametrize(
    ("without", "expected"), [(0, State.CLEAR), (1, State.AT_RISK), (2, State.AT_RISK), (3, State.PRESENT)]
)
def test_reps_who_log_nothing_for_five_days_work_around_it(live, without, expected):  # F: more than 10 % is present
    one = told(live, Idle(due=20, without=without))

    assert (one.state, one.evidence.value) == (expected, without)


def test_workarounds_cannot_be_told_from_an_old_export(live):  # G8: activity is fresh for 7 days
    assert told(live, Idle(due=20), on=date(2026, 6, 23)).state is State.CANNOT_TELL


def test_workarounds_cannot_be_told_from_a_doubtful_week(live):  # M5
    one = told(live, Idle(doubt="2026-W24 is not measured: Rows far below last week."))

    assert (one.state, one.evidence.summary[:25]) == (State.CANNOT_TELL, "2026-W24 is not measured:")


def test_workarounds_cannot_be_told_before_anybody_was_due_so_long(live):
    assert told(live, Idle()).state is State.CANNOT_TELL


def test_workarounds_cannot_be_told_without_reps(live):
    assert found(live, "workarounds").state is State.CANNOT_TELL
