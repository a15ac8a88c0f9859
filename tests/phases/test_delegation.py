"""Somebody else signs while the sponsor is away (G7)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid, NotYours
from crmprogram.program.models import Function, Role, User
from phases.dossier import Sheet
from phases.errors import AlreadyDecided, DelegationRefused, NotFresh
from phases.models import Delegation, Dossier
from phases.services import waivers
from phases.services.delegation import end_delegation, name_delegate
from tests.factories import MembershipFactory, PositionFactory


@pytest.fixture
def cfo(gated):
    """A C-level position that a member holds."""
    member = MembershipFactory(
        program=gated, role=Role.TEAM_LEAD, function=Function.FINANCE, user__first_name="Finance Chief"
    )
    return PositionFactory(program=gated, title="Chief Financial Officer", level="c_level", membership=member)


@pytest.fixture
def name(gated, cfo):
    def delegate(**more):
        values = {
            "position": cfo,
            "by": gated.sponsor,
            "reason": "On leave",
            "until_on": clock.today(gated) + timedelta(days=9),
            "fresh_at": clock.wall(),
        }
        return name_delegate(program=gated, **{**values, **more})

    return delegate


def person(position):
    """The holder as a request would load them."""
    return User.objects.get(pk=position.membership.user_id)


def test_delegate_signs_and_both_names_stand(gated, cfo, name, request_it, sign):
    delegation = name()

    review = sign(request_it(), by=person(cfo))

    assert (review.decided_by, review.on_behalf_of) == (person(cfo), gated.sponsor)
    said = Sheet.read(review.dossier.text).review
    assert (said["decided_by"], said["decided_as"]) == ("Finance Chief", "Chief Financial Officer")
    assert (said["on_behalf_of"], said["on_behalf_as"]) == ("Executive Sponsor", "Chief Revenue Officer")
    assert audit.history(review).first().after["on_behalf_of"] == "Executive Sponsor"
    assert audit.history(delegation).get().verb == "delegate.named"


def test_sponsor_signs_for_themselves_beside_a_delegate(name, request_it, sign):
    name()

    assert sign(request_it()).on_behalf_of is None


def test_delegate_never_signs_what_they_requested(cfo, name, gate, sign, request_it):
    name()

    with pytest.raises(NotYours, match="Who requested a gate may not sign"):
        sign(request_it(by=person(cfo)), by=person(cfo))


def test_nobody_signs_in_the_name_of_who_requested(gated, cfo, name, request_it, sign):
    gated.memberships.filter(user=gated.sponsor).update(role=Role.TEAM_LEAD)
    name()

    with pytest.raises(NotYours, match="nobody can sign it in their name"):
        sign(request_it(by=User.objects.get(pk=gated.sponsor.pk)), by=person(cfo))


def test_delegate_grants_no_waiver_and_names_nobody(gated, cfo, name, gate, answers):
    name()
    answers.say("audit.gaps", False, value=1)

    for key in ("waiver.grant", "threshold.set", "delegate.name"):
        assert not policy.can(person(cfo), key, gated)
    with pytest.raises(NotYours):
        waivers.grant_waiver(gate=gate, criterion="A2", by=person(cfo), reason="r", stand_in="s", fresh_at=clock.wall())


def test_delegation_counts_from_its_first_to_its_last_day(gated, cfo, name):
    today = clock.today(gated)
    name(from_on=today + timedelta(days=2), until_on=today + timedelta(days=5))

    def may(days):
        with clock.at(clock.now() + timedelta(days=days)):
            return policy.can(person(cfo), "gate.decide", gated)

    assert [may(days) for days in (0, 2, 5, 6)] == [False, True, True, False]


def test_delegation_ends_with_the_sponsor_or_by_their_word(gated, cfo, name):
    delegation = name()
    end_delegation(delegation=delegation, by=gated.sponsor)
    assert not policy.can(person(cfo), "gate.decide", gated)
    with pytest.raises(DelegationRefused, match="ended already"):
        end_delegation(delegation=delegation, by=gated.sponsor)

    name()
    heir = MembershipFactory(program=gated, role=Role.VP_SALES)
    gated.accountable = PositionFactory(program=gated, title="VP Sales", level="vp", membership=heir)
    gated.save()
    assert not policy.can(person(cfo), "gate.decide", gated)


def test_new_delegation_takes_the_place_of_the_old(gated, name):
    first, second = name(), name(reason="Longer")

    assert list(Delegation.objects.of(gated).open()) == [second]
    first.refresh_from_db()
    assert first.ended_by == gated.sponsor


@pytest.mark.parametrize(
    ("days", "error"), [(29, None), (30, Invalid), (-1, Invalid)], ids=["30 days", "31 days", "passed"]
)
def test_delegation_lasts_thirty_days_at_most(gated, name, days, error):
    last = clock.today(gated) + timedelta(days=days)
    if error is None:
        assert name(until_on=last).until_on == last
    else:
        with pytest.raises(error):
            name(until_on=last)


def test_delegate_is_an_executive_who_is_there(gated, cfo, name):
    manager = PositionFactory(
        program=gated, title="Manager", level="manager", membership=MembershipFactory(program=gated)
    )
    for position, why in (
        (manager, "Only a VP or higher"),
        (PositionFactory(program=gated, title="Chief of nothing", level="c_level"), "Nobody holds"),
        (gated.accountable, "your own position"),
    ):
        with pytest.raises(DelegationRefused, match=why):
            name(position=position)
    with pytest.raises(NotFresh):
        name(fresh_at=None)
    with pytest.raises(NotYours):
        name(by=gated.runner)
    assert not Delegation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sponsor_and_delegate_at_once_sign_once(gated, cfo, name, request_it, sign):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads share one connection to a database in memory; PostgreSQL runs this")
    name()
    review, start, outcomes = request_it(), threading.Barrier(2), []

    def press(by):
        try:
            start.wait(timeout=10)
            outcomes.append(sign(review, by=by).decision)
        except AlreadyDecided as exc:
            outcomes.append(exc.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[by]) for by in (gated.sponsor, person(cfo))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["already_decided", "approved"]
    assert Dossier.objects.count() == 1
