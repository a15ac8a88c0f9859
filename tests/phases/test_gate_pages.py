"""The gate review as people use it: without script, and with htmx."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import AuditEntry, Role
from crmprogram.web import shell
from phases.models import GateReview, Phase, Waiver
from phases.registry import Look, unknown
from phases.services import waivers
from tests.factories import GatedProgramFactory, MembershipFactory, PositionFactory

PASSWORD = "correct horse battery"


@pytest.fixture
def page(gated):
    return lambda name="gate", *args: reverse(f"phases:{name}", args=[gated.slug, *(args or (1,))])


@pytest.fixture
def as_sponsor(client, gated):
    """Signed in long ago: signing asks for the password."""
    client.force_login(gated.sponsor)
    session = client.session
    session["fresh_at"] = (clock.wall() - timedelta(hours=1)).isoformat()
    session.save()
    return client


@pytest.fixture
def as_runner(client, gated):
    client.force_login(gated.runner)
    return client


@pytest.fixture
def decide(as_sponsor, page, look_at):
    """Post the decision form as the page would, after it was shown."""

    def post(decision, htmx=False, **more):
        sheet = look_at()
        data = {"decision": decision, "seen_digest": sheet.digest, "seen": sheet.basis, **more}
        headers = {"HX-Request": "true"} if htmx else {}
        return as_sponsor.post(page("gate-decide"), data, headers=headers)

    return post


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("role", [Role.SALES_OPS, Role.VIEWER, Role.PARTICIPANT])
def test_every_gate_shows_its_criteria_to_every_member(client, gated, page, number, role):
    client.force_login(MembershipFactory(program=gated, role=role).user)

    response = client.get(page("gate", number))

    assert response.status_code == 200
    assert response.context["sheet"].criteria[0].number == f"{number}.1"
    assert response.context["form"] is None


def test_gate_of_another_program_is_not_there(client, stranger, page):
    client.force_login(stranger)

    assert client.get(page()).status_code == 404


def test_gate_six_is_not_there(as_runner, page):
    assert as_runner.get(page("gate", 6)).status_code == 404


def test_gates_lead_to_the_one_that_is_worked_towards(as_runner, gated, page):
    assert as_runner.get(reverse("phases:gates", args=[gated.slug])).url == page()


def test_nothing_is_preselected_and_approve_says_why_it_is_not_there(as_sponsor, answers, request_it, page):
    answers.say("audit.gaps", False, value=3, threshold=5)
    request_it()

    html = as_sponsor.get(page()).content.decode()

    panel = html[html.index('id="decide"') : html.index("</aside>")]
    assert " checked" not in panel
    assert "Not available while 1.2 is neither met nor waived." in " ".join(panel.split())
    assert 'value="approved" disabled' in panel


def test_request_is_made_from_the_page(as_runner, gated, page):
    response = as_runner.post(page("gate-request"), {"note": "Ready."})

    assert (response.status_code, response.url) == (303, page())
    assert GateReview.objects.get().note == "Ready."
    assert "Withdraw the request" in as_runner.get(page()).content.decode()


def test_refused_request_keeps_the_note_and_says_why(as_runner, gated, page):
    gated.on_hold, gated.hold_reason = True, "The sponsor left."
    gated.save()

    response = as_runner.post(page("gate-request"), {"note": "Ready."})

    assert response.status_code == 409
    assert "The sponsor left." in response.content.decode()


def test_request_is_withdrawn_from_the_page(as_runner, request_it, page):
    request_it()

    assert as_runner.post(page("gate-withdraw")).status_code == 303
    assert GateReview.objects.get().decision == "withdrawn"
    assert as_runner.post(page("gate-withdraw")).status_code == 404


def test_sponsor_sends_back_without_a_password(decide, request_it, answers):
    answers.say("audit.gaps", False, value=3, threshold=5)
    request_it()

    response = decide("sent_back", note="Find two more.", returned_for=["A2"])

    assert response.status_code == 303
    review = GateReview.objects.get()
    assert (review.decision, review.reason, review.returned_for) == ("sent_back", "Find two more.", ["A2"])


def test_sponsor_signs_with_the_password_in_the_form(decide, request_it, as_sponsor, page):
    request_it()

    response = decide("approved", password=PASSWORD)

    assert (response.status_code, response.url) == (303, page())
    html = as_sponsor.get(page()).content.decode()
    assert "Gate 1 is signed: 5 of 5 criteria were met" in html
    assert GateReview.objects.get().dossier.sha256 in html


def test_a_fresh_sign_in_signs_without_a_second_password(client, gated, request_it, look_at, page):
    request_it()
    client.post(reverse("web:login"), {"username": gated.sponsor.username, "password": PASSWORD})
    sheet = look_at()

    response = client.post(page("gate-decide"), {"decision": "approved", "seen_digest": sheet.digest})

    assert response.status_code == 303


@pytest.mark.parametrize(("password", "status"), [("wrong", 403), ("", 422)])
def test_signing_with_a_wrong_or_no_password_is_refused(decide, request_it, password, status):
    request_it()

    response = decide("approved", password=password)

    assert response.status_code == status
    assert "password" in response.context["form"].errors
    assert GateReview.objects.get().decision == "pending"


def test_another_sessions_password_does_not_count(as_sponsor, decide, request_it):
    request_it()
    session = as_sponsor.session
    session["fresh_at"], session["fresh_user"] = clock.wall().isoformat(), 0
    session.save()

    assert decide("approved").status_code == 422


def test_nothing_chosen_is_refused(decide, request_it):
    request_it()

    response = decide("")

    assert (response.status_code, response.context["form"].errors["decision"]) == (422, ["Choose what you decide."])


def test_stale_page_is_told_what_changed_and_keeps_the_note(decide, request_it, answers, look_at, as_sponsor, page):
    request_it()
    seen = look_at()
    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")

    response = as_sponsor.post(
        page("gate-decide"),
        {"decision": "sent_back", "seen_digest": seen.digest, "seen": seen.basis, "note": "Keep me."},
    )

    html = response.content.decode()
    assert response.status_code == 409
    assert "1.2 was met and is not met." in html
    assert "Keep me." in html
    assert look_at().digest in html  # the next click decides on what is shown now


def test_htmx_gets_the_panel_alone_and_goes_to_the_page_when_done(decide, request_it, page):
    request_it()

    refused = decide("approved", htmx=True, password="wrong")
    assert refused.status_code == 403
    assert refused.content.decode().strip().startswith('<aside class="decide"')

    done = decide("approved", htmx=True, password=PASSWORD)
    assert (done.status_code, done["HX-Redirect"]) == (200, page())


def test_runner_cannot_decide(as_runner, request_it, page, look_at):
    request_it()

    response = as_runner.post(page("gate-decide"), {"decision": "approved", "seen_digest": look_at().digest})

    assert response.status_code == 403
    assert GateReview.objects.get().decision == "pending"


def test_waiver_is_granted_and_revoked_from_the_page(decide, as_sponsor, answers, request_it, page):
    answers.say("audit.gaps", False, value=3, threshold=5)
    request_it()

    response = decide("waive:A2", reason="Two teams are away.", stand_in="They are heard later.", password=PASSWORD)
    assert response.status_code == 303
    html = as_sponsor.get(page()).content.decode()
    assert "Waiver W-01" in html
    assert "They are heard later." in html

    revoke = page("waiver-revoke", 1, 1)
    assert as_sponsor.get(revoke).status_code == 200
    assert as_sponsor.post(revoke, {"password": PASSWORD}).status_code == 303
    assert Waiver.objects.get().revoked_at is not None
    assert as_sponsor.post(revoke, {"password": PASSWORD}).status_code == 409


def test_waiver_form_names_what_is_missing(decide, answers, request_it):
    answers.say("audit.gaps", False, value=3, threshold=5)
    request_it()

    response = decide("waive:A2", password=PASSWORD)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"reason", "stand_in"}


def test_sponsor_criterion_offers_no_waiver(as_sponsor, answers, request_it, page):
    answers.say("governance.sponsor", False)
    request_it()

    html = as_sponsor.get(page()).content.decode()
    assert "waive:A4" not in html


def test_signed_gate_is_drawn_from_its_dossier_alone(as_sponsor, request_it, sign, answers, page):
    sign(request_it())
    answers.say("audit.gaps", False, value=1, threshold=5, unit="gaps")
    answers["audit.goal"] = unknown("The goal is gone.")

    response = as_sponsor.get(page())

    html = response.content.decode()
    assert [row.state for row in response.context["sheet"].criteria] == ["met"] * 5
    assert "7 gaps" in html
    assert "The goal is gone." not in html
    assert "gates/1/decide/" not in html


def test_dossier_downloads_as_its_exact_text(as_runner, request_it, sign, page):
    review = sign(request_it())

    response = as_runner.get(page("gate-dossier", 1, 1))

    assert response.content.decode() == review.dossier.text
    assert response["Digest"] == f"sha-256={review.dossier.sha256}"
    assert json.loads(response.content)["review"]["decision"] == "approved"


def test_round_that_was_sent_back_can_be_read_later(as_runner, answers, request_it, sign, page):
    answers.say("audit.gaps", False, value=3, threshold=5, unit="gaps")
    sign(request_it(), "sent_back", reason="Find two more.", returned_for=["A2"])
    answers.say("audit.gaps", True, value=7, threshold=5)

    html = as_runner.get(page("gate-round", 1, 1)).content.decode()

    assert "Gate 1 was sent back: 4 of 5 criteria were met, 1 not met" in html
    assert "Find two more." in html
    assert as_runner.get(page("gate-round", 1, 2)).status_code == 404


def test_sponsor_reads_own_reason_until_the_gate_is_requested_again(as_sponsor, page, request_it, sign):
    sign(request_it(), "sent_back", reason="Find two more.")

    html = as_sponsor.get(page()).content.decode()

    assert "Find two more." in html
    assert "Nobody has requested this gate again." in html


def test_owner_of_the_phase_is_named_from_the_page(as_runner, gated, page):
    position = PositionFactory(program=gated, title="VP Sales")

    assert as_runner.post(page("phase-owner"), {"owner": position.pk}).status_code == 303
    assert Phase.objects.get(program=gated, number=1).owner == position
    assert as_runner.post(page("phase-owner"), {"owner": PositionFactory().pk}).status_code == 422


def test_history_folds_to_the_newest_and_shows_all_when_asked(as_runner, gated, gate, page):
    for no in range(12):
        AuditEntry.objects.create(
            program=gated,
            verb="gate.requested",
            subject_type="phases.gatereview",
            subject_id=str(no),
            subject_text="Gate 1",
            after={"gate": 1},
        )

    assert len(as_runner.get(page()).context["events"]) == 8
    assert len(as_runner.get(f"{page()}?history=all").context["events"]) == 12


def test_gate_page_costs_the_same_with_a_long_history(as_runner, gated, request_it, sign, page):
    costs = []
    for rounds in (1, 2, 17):  # 1, 3 and 20 rounds in all
        for _ in range(rounds):
            sign(request_it(), "sent_back", reason="Again.")
        with CaptureQueriesContext(connection) as asked:
            as_runner.get(page())
        costs.append(len(asked))

    assert costs == [costs[0]] * 3
    assert costs[0] <= 40


# --- the frame (rail, next for me) ---------------------------------------------------------


def spine(program):
    return [(one.state, one.gate_state, one.gate_text) for one in shell._spine[0](Look(program))]


def test_rail_shows_the_present_phase_and_what_became_of_its_gate(gated, request_it, sign):
    ahead = [("next", "next", "")] * 4
    assert spine(gated) == [("now", "now", ""), *ahead]

    review = request_it()
    assert spine(gated)[0] == ("now", "now", "requested")

    sign(review, "sent_back", reason="No.")
    assert spine(gated)[0] == ("now", "no", "sent back")

    sign(request_it())
    today = clock.today(gated)
    assert spine(gated)[:2] == [("ok", "ok", f"{today.day} {today:%b}"), ("now", "now", "")]


def owed(user, program):
    mine = [one for one in shell.next_for(user, program, Look(program)) if "Gate" in one.title or "Waiver" in one.title]
    return [one.title for one in mine]


def test_ready_gate_is_next_for_the_runner_then_for_the_sponsor(gated, request_it, sign, answers):
    assert (owed(gated.runner, gated), owed(gated.sponsor, gated)) == (["Request Gate 1"], [])

    review = request_it()
    assert (owed(gated.runner, gated), owed(gated.sponsor, gated)) == ([], ["Decide Gate 1"])

    answers.say("audit.gaps", False, value=3, threshold=5)
    sign(review, "sent_back", reason="Find two more.")
    assert owed(gated.runner, gated) == ["Gate 1 was sent back: “Find two more.”"]


def test_waiver_that_ends_soon_is_next_for_the_sponsor(gated, gate, answers):
    answers.say("audit.gaps", False, value=3, threshold=5)
    waivers.grant_waiver(
        gate=gate,
        criterion="A2",
        by=gated.sponsor,
        reason="r",
        stand_in="s",
        ends_on=clock.today(gated) + timedelta(days=6),
        fresh_at=clock.wall(),
    )

    assert owed(gated.sponsor, gated) == ["Waiver W-01 ends"]
    assert "Waiver W-01 ends" not in owed(gated.runner, gated)


def test_nothing_is_next_for_a_stranger(gated, stranger):
    assert owed(stranger, gated) == []


def test_another_programs_gate_is_untouched(gated, request_it, sign):
    other = GatedProgramFactory()
    sign(request_it())

    assert spine(other)[0] == ("now", "now", "")
