"""The signature under the configuration spec, and what stands on it (P4, G6)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmprogram.jobs.models import Outbox
from crmprogram.program import audit, clock
from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from phases.models import SpecSignature
from phases.queries import configuration as queries
from phases.queries import waves
from phases.registry import MET, NOT_MET, UNKNOWN, Look, examine
from phases.services import configuration as services
from tests.factories import MembershipFactory, PositionFactory, TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner():
    return MembershipFactory(role=Role.SALES_OPS)


@pytest.fixture
def sponsor(runner):
    return MembershipFactory(program=runner.program, role=Role.SPONSOR)


@pytest.fixture
def items(runner):
    """A pipeline with two stages, and a field; each says all it has to."""
    given = {"owner": PositionFactory(program=runner.program), "definition": "As agreed"}
    pipeline = specify(runner, "pipeline", "New business", **given)
    leaves = {"parent": pipeline, "fields_to_advance": "Amount", "exit_criterion": "Call held", **given}
    stages = [specify(runner, "stage", name, **leaves) for name in ("Qualified", "Offered")]
    return [pipeline, *stages, specify(runner, "field", "Region", **given)]


def specify(member, kind, name, **more):
    return services.add_item(program=member.program, by=member.user, kind=kind, name=name, **more)


def sign(member, seen=None):
    seen = queries.signing_of(member.program).digest if seen is None else seen
    return services.sign_spec(program=member.program, by=member.user, seen_digest=seen)


def signed(program):
    return examine(Look(program), "phases.configuration_signed")


def test_signature_holds_for_the_spec_as_it_stands(sponsor, items):
    assert signed(sponsor.program).verdict is NOT_MET

    made = sign(sponsor)

    found = signed(sponsor.program)
    assert (found.verdict, found.value, found.as_of) == (MET, 4, made.signed_at)
    assert sponsor.user.display in found.summary
    assert audit.history(made).get().verb == "config.signed"
    assert Outbox.objects.filter(topic="config.signed").count() == 1


def test_change_makes_the_signature_stale_and_says_what_changed(runner, sponsor, items):
    sign(sponsor)
    change = {"item": items[3], "by": runner.user}
    services.change_item(**change, seen_version=1, definition="Where the buyer is")
    services.remove_item(item=items[1], by=runner.user, seen_version=1)
    specify(runner, "field", "Size")
    specify(runner, "field", "Segment")

    found = queries.signing_of(runner.program)
    assert found.changes == {"changed": 1, "added": 2, "removed": 1, "moved": 0}
    assert (found.is_signed, found.since) == (False, "1 item changed, 2 items added, 1 item removed")
    assert signed(runner.program).verdict is NOT_MET
    assert found.since in signed(runner.program).summary


def test_order_of_the_stages_is_signed_too(runner, sponsor, items):
    sign(sponsor)

    services.move_item(item=items[2], by=runner.user, up=True)
    assert queries.signing_of(runner.program).since == "stages put in another order"

    services.move_item(item=items[2], by=runner.user, up=False)  # as it was signed
    assert queries.signing_of(runner.program).is_signed


def test_what_is_built_and_tested_leaves_the_signature(runner, sponsor, items):
    sign(sponsor)

    services.record_progress(
        item=items[0], by=runner.user, seen_version=1, progress="configured", evidence="Set up on the sandbox"
    )

    assert signed(runner.program).verdict is MET


def test_nothing_is_signed_before_the_spec_is_whole(runner, sponsor):
    assert signed(runner.program).verdict is UNKNOWN
    with pytest.raises(Invalid, match="nothing to sign"):
        sign(sponsor)

    specify(runner, "pipeline", "New business", definition="As agreed")
    with pytest.raises(Invalid, match=r"New business \(owner\)"):
        sign(sponsor)


def test_signer_has_seen_what_is_signed_and_signs_once(runner, sponsor, items):
    seen = queries.signing_of(runner.program).digest
    services.change_item(item=items[0], by=runner.user, seen_version=1, definition="New customers")
    with pytest.raises(Conflict):
        sign(sponsor, seen)

    sign(sponsor)
    with pytest.raises(Invalid, match="already"):
        sign(sponsor)
    sign(MembershipFactory(program=runner.program, role=Role.VP_SALES))
    assert len(queries.signing_of(runner.program).standing) == 2


def test_who_writes_the_spec_does_not_sign_it(runner, items):
    with pytest.raises(NotYours):
        sign(runner)
    assert not SpecSignature.objects.exists()


def test_page_signs_and_shows_what_changed_since(client, runner, sponsor, items):
    slug = runner.program.slug
    page, act = reverse("phases:configuration", args=[slug]), reverse("phases:config-sign", args=[slug])
    client.force_login(runner.user)
    assert act not in client.get(page).content.decode()
    client.force_login(sponsor.user)
    digest = queries.signing_of(runner.program).digest
    assert f'value="{digest}"' in client.get(page).content.decode()
    assert client.post(act, {"seen_digest": "0"}).status_code == 409
    assert client.post(act, {"seen_digest": digest}).status_code == 303
    shown = client.get(page).content.decode()
    assert "all 4 items as they stand" in shown
    assert act not in shown
    services.change_item(item=items[0], by=runner.user, seen_version=1, definition="New customers")
    shown = client.get(page).content.decode()
    assert "1 item changed" in shown
    assert act in shown


def test_api_signs_what_it_read(client, runner, sponsor, items):
    base = f"/api/v1/programs/{runner.program.slug}/configuration/"
    client.force_login(sponsor.user)
    before = client.get(base).json()
    assert (before["is_signed"], before["signatures"]) == (False, [])

    after = client.post(f"{base}sign/", {"seen_digest": before["digest"]}, "application/json").json()

    assert (after["is_signed"], after["signatures"][0]["role"]) == (True, "sponsor")
    services.change_item(item=items[0], by=runner.user, seen_version=1, definition="New customers")
    assert client.get(base).json()["changes"] == {"changed": 1, "added": 0, "removed": 0, "moved": 0}


def test_all_at_once_stands_on_audit_and_configuration(runner, sponsor, items, monkeypatch):
    program = runner.program
    TeamFactory(program=program, seats=10, go_live_on=clock.today(program) + timedelta(days=14))

    def pilot(is_audited=True):
        look = Look(program)
        monkeypatch.setattr(type(look.gates), "approval", lambda self, number: is_audited or None)
        return waves.pilot_condition(look)

    assert (pilot().state, "is not signed" in pilot().said) == ("unmet", True)
    sign(sponsor)
    assert pilot().state == "met"
    assert (pilot(is_audited=False).state, "Gate 1 is not signed" in pilot(is_audited=False).said) == ("unmet", True)
    services.change_item(item=items[0], by=runner.user, seen_version=1, definition="New customers")
    assert (pilot().state, "1 item changed" in pilot().said) == ("unmet", True)
