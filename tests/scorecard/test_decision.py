"""The decision record: drafted from the data, edited, signed, frozen (V11)."""

import hashlib
import json

import pytest
from django.db import IntegrityError, transaction

from crmprogram.program.errors import Conflict, Invalid, NotYours
from crmprogram.program.models import Role
from scorecard import decision
from scorecard.errors import DecisionRefused, RatingRefused
from scorecard.models import DecisionRecord, ListState, Selection
from scorecard.services import card
from scorecard.services import decision as services
from tests.factories import MembershipFactory
from tests.scorecard.conftest import panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def rated(program, runner):
    """Vendor 01 scores highest and falls to the veto, 02 leads, 03 is the second rater's own first."""

    def score(v, c, r):
        if v == 0:
            return 3 if c == 0 else 5
        if v == 1:
            return 5 if r == 0 else 4
        return 4 if r == 0 else (5 if c == 1 else 4)

    listed, people = panel(program, runner, 3, 2, score)
    return listed, people


def select(program, by, vendor):
    """A standing selection as its service leaves it; how it is made is tested with the vendors."""
    vendor.state = ListState.SELECTED
    vendor.save()
    return Selection.objects.create(program=program, vendor=vendor, rationale="Best fit", selected_by=by)


def digest(program, by, record):
    facts = services.facts_now(program.scorecard, by)
    return decision.digest(decision.text_of(facts, record.rationale, record.dissent))


def test_draft_names_winner_margin_veto_and_dissent(program, runner, rated):
    one = services.draft_decision(program=program, by=runner)

    assert one.rationale.startswith("Vendor 02 leads. Vendor 02 is 0.42 ahead of Vendor 03.")
    assert "Vendor 01 (4.50) is out: Workflow fit below the veto floor." in one.rationale
    assert one.dissent == f"{rated[1][1]}'s own sheet puts Vendor 03 first."
    assert services.draft_decision(program=program, by=runner) == one  # one draft at a time


def test_signed_record_is_frozen_with_its_facts(program, runner, rated):
    selection = select(program, runner, rated[0][1])
    one = services.draft_decision(program=program, by=runner)
    one = services.edit_decision(record=one, by=runner, rationale="Fit decides.", dissent="", seen_version=1)

    one = services.sign_decision(record=one, by=runner, seen_digest=digest(program, runner, one))
    frozen = one.text
    criterion = program.scorecard.criteria.get(key="data-model")
    card.settle_cell(vendor=selection.vendor, criterion=criterion, by=runner, value=1, reason="Later doubt")

    one.refresh_from_db()
    assert (one.text, one.sha256) == (frozen, hashlib.sha256(frozen.encode()).hexdigest())
    assert json.loads(one.text)["selected"] == "Vendor 02"
    assert json.loads(one.text)["rationale"] == "Fit decides."
    with pytest.raises(DecisionRefused, match="signed"):
        services.edit_decision(record=one, by=runner, rationale="Other", dissent="", seen_version=one.version)
    assert services.draft_decision(program=program, by=runner).round == 2


def test_signature_is_refused_when_the_data_moved(program, runner, rated):
    select(program, runner, rated[0][1])
    one = services.draft_decision(program=program, by=runner)
    seen = digest(program, runner, one)
    criterion = program.scorecard.criteria.get(key="data-model")
    card.settle_cell(vendor=rated[0][1], criterion=criterion, by=runner, value=4, reason="Seen again")

    with pytest.raises(Conflict):
        services.sign_decision(record=one, by=runner, seen_digest=seen)


def test_record_without_a_selection_cannot_be_signed(program, runner, rated):
    one = services.draft_decision(program=program, by=runner)

    with pytest.raises(DecisionRefused, match="Select the vendor first"):
        services.sign_decision(record=one, by=runner, seen_digest=digest(program, runner, one))


def test_record_of_an_eliminated_vendor_cannot_be_signed(program, runner, rated):  # V4
    select(program, runner, rated[0][0])
    one = services.draft_decision(program=program, by=runner)

    with pytest.raises(DecisionRefused, match="is eliminated"):
        services.sign_decision(record=one, by=runner, seen_digest=digest(program, runner, one))


def test_draft_waits_for_every_rating_and_for_the_blind(program, runner, rated):  # V3
    late = MembershipFactory(program=program, role=Role.VP_SALES)
    card.invite_rater(scorecard=program.scorecard, membership=late, by=runner)

    with pytest.raises(DecisionRefused, match="not complete"):
        services.draft_decision(program=program, by=runner)
    with pytest.raises(RatingRefused):
        services.draft_decision(program=program, by=late.user)


def test_only_who_selects_may_draft_and_an_empty_rationale_is_refused(program, runner, rated):
    with pytest.raises(NotYours):
        services.draft_decision(program=program, by=rated[1][0].membership.user)
    one = services.draft_decision(program=program, by=runner)
    with pytest.raises(Invalid):
        services.edit_decision(record=one, by=runner, rationale=" ", dissent="", seen_version=1)
    with pytest.raises(Conflict):
        services.edit_decision(record=one, by=runner, rationale="Fit", dissent="", seen_version=9)


def test_database_refuses_a_signature_without_a_text(program, runner, rated):
    one = services.draft_decision(program=program, by=runner)

    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionRecord.objects.filter(pk=one.pk).update(signed_by=runner, signed_at=one.drafted_at)


def test_page_drafts_edits_signs_and_shows_the_frozen_record(client, program, runner, rated):
    select(program, runner, rated[0][1])
    client.force_login(runner)
    url = f"/p/{program.slug}/scorecard/decision/"

    client.post(url, {"draft": "1"})
    client.post(url, {"rationale": "Fit <b>decides</b>.", "dissent": "None left.", "seen_version": "1"})
    page = client.get(url)
    assert client.post(url, {"sign": "1", "seen_digest": page.context["digest"]}).status_code == 303

    signed = client.get(f"{url}1/").content.decode()
    assert "Vendor 02 is chosen: decision record 1" in signed
    assert "Fit &lt;b&gt;decides&lt;/b&gt;." in signed
    file = client.get(f"{url}1/record.json").content
    assert hashlib.sha256(file).hexdigest() == DecisionRecord.objects.get().sha256


def test_record_over_rest(client, program, runner, rated):
    select(program, runner, rated[0][1])
    client.force_login(runner)
    url = f"/api/v1/programs/{program.slug}/decision-records/"

    first = client.post(url).json()
    text = {"rationale": "Fit decides.", "seen_version": first["version"]}
    assert client.post(f"{url}1/edit/", text, "application/json").json()["version"] == 2
    assert client.post(f"{url}1/sign/", {"seen_digest": "0" * 64}, "application/json").status_code == 409
    seen = client.get(f"{url}1/preview/").json()
    signed = client.post(f"{url}1/sign/", {"seen_digest": seen["digest"]}, "application/json").json()

    assert (signed["text"], signed["sha256"]) == (seen["text"], seen["digest"])
    assert client.get(f"{url}1/preview/").json() == seen
