"""Digests of the audiences of adoption: reps, managers, VP Sales, executives, board (X3, M8)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from adoption.models import CrmRecord, Rep, RepState
from crmprogram.program import clock
from crmprogram.program.models import Role
from governance.models import Delivery, DeliveryState
from governance.services.audience_digests import OF_AUDIENCE, begins_month, begins_quarter
from governance.services.digests import next_day, send_digests
from tests.factories import MembershipFactory, TeamFactory

TUESDAY = datetime(2026, 11, 17, 8, tzinfo=UTC)


@pytest.fixture
def rep(db):
    """A rep who is a member, with one deal that nobody touched for three weeks."""
    member = MembershipFactory(role=Role.PARTICIPANT, program__time_zone="Europe/Berlin")
    team = TeamFactory(program=member.program, go_live_on=date(2026, 10, 5))
    rep = Rep.objects.create(
        program=member.program, number=1, key="ann", state=RepState.COUNTED, team=team, member=member
    )
    CrmRecord.objects.create(
        program=member.program, object="deal", source="hubspot", record_id="7", name="Orrery for the west wing",
        rep=rep, outcome="open", created_on=date(2026, 10, 1), touched_on=date(2026, 10, 27), as_of=date(2026, 11, 16),
        amount=120_000_00,
    )  # fmt: skip
    return rep


def send(at=TUESDAY):
    with clock.at(at):
        return send_digests()


def test_rep_reads_what_to_do_first_once_a_day(rep):
    assert [send(), send(), send(TUESDAY + timedelta(days=1))] == [1, 0, 1]

    first = Delivery.objects.order_by("pk").first()
    assert (first.user, first.topic, first.key) == (rep.member.user, "digest.rep", "digest:rep:2026-11-17")
    assert "* Orrery for the west wing" in first.body
    assert "no update for 20 days" in first.body
    assert "audience=rep" in first.body


@pytest.mark.parametrize(
    "values",
    [
        {"leaves_on": date(2026, 11, 13)},
        {"works_on": "0"},  # Mondays alone
        {"member": None},
    ],
)
def test_rep_reads_nothing_on_a_day_off_or_of_a_row_that_is_not_theirs(rep, values):
    Rep.objects.filter(pk=rep.pk).update(**values)

    assert send() == 0


def test_rep_with_nothing_to_do_is_not_written_to(rep):
    CrmRecord.objects.update(touched_on=date(2026, 11, 16))

    assert send() == 0
    assert [one.state for one in Delivery.objects.all()] == [DeliveryState.NOTHING]


def test_switched_off_means_off(rep):
    rep.member.user.mail_digests = False
    rep.member.user.save()

    assert (send(), Delivery.objects.count()) == (0, 0)


def test_manager_reads_the_stalled_deals_on_monday(rep):
    manager = MembershipFactory(program=rep.program, role=Role.TEAM_LEAD, team=rep.team)

    send(TUESDAY)
    assert not Delivery.objects.filter(user=manager.user).exists()
    send(TUESDAY + timedelta(days=6))

    told = Delivery.objects.get(user=manager.user)
    assert (told.key, told.state) == ("digest:manager:2026-W48", DeliveryState.QUEUED)
    assert "Orrery for the west wing" in told.body


def test_executive_reads_the_month_only_when_something_is_measured(rep):
    sponsor = MembershipFactory(program=rep.program, role=Role.SPONSOR)
    send(datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert Delivery.objects.get(user=sponsor.user).state == DeliveryState.NOTHING
    CrmRecord.objects.update(outcome="won", closed_on=date(2026, 12, 15), as_of=date(2026, 12, 31))

    send(datetime(2027, 1, 1, 8, tzinfo=UTC))

    told = Delivery.objects.get(user=sponsor.user, key="digest:executive:2027-01")
    assert told.state == DeliveryState.QUEUED
    assert "Not measured:" in told.body


@pytest.mark.parametrize(
    ("day", "month", "quarter"),
    [
        (date(2026, 10, 1), True, True),
        (date(2026, 11, 1), False, False),  # a Sunday
        (date(2026, 11, 2), True, False),
        (date(2026, 11, 3), False, False),
    ],
)
def test_month_begins_on_its_first_working_day(day, month, quarter):
    assert (begins_month(day), begins_quarter(day)) == (month, quarter)


def test_every_digest_comes_again():
    assert {name: next_day(one, date(2026, 11, 3)) for name, one in OF_AUDIENCE.items()} == {
        "rep": date(2026, 11, 3),
        "manager": date(2026, 11, 9),
        "sales": date(2026, 11, 9),
        "executive": date(2026, 12, 1),
        "board": date(2027, 1, 1),
    }


def test_page_and_rest_show_what_would_be_sent(client, rep):
    client.force_login(rep.member.user)
    with clock.at(TUESDAY):
        page = client.get(f"/p/{rep.program.slug}/digests/").content.decode()
        data = client.get(f"/api/v1/programs/{rep.program.slug}/digests/").json()
        client.force_login(MembershipFactory(role=Role.SPONSOR).user)
        foreign = client.get(f"/p/{rep.program.slug}/digests/").status_code

    assert "Orrery for the west wing" in page
    assert "Who gets which" not in page
    assert [(one["name"], one["is_on"]) for one in data] == [("rep", True)]
    assert "Orrery for the west wing" in data[0]["lines"][0]
    assert foreign == 404
