"""Attendance on pages and over REST (R2, R3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmprogram.program import clock
from crmprogram.program.models import Program, Role
from crmprogram.web import shell
from governance.models import Meeting
from phases.registry import Look
from tests.governance.conftest import ACCEPTED

pytestmark = pytest.mark.django_db


def program_of(member):
    return Program.objects.get(pk=member.program_id)


def url(member, path):
    return f"/p/{member.program.slug}/{path}"


def test_sponsor_page_draws_the_strip_and_offers_to_record(client, held, record):
    record(held, "attended", "missed")
    client.force_login(held.user)
    with clock.at(ACCEPTED + timedelta(days=18)):
        page = client.get(url(held, "sponsor/")).content.decode()

    assert 'aria-label="Weekly stand-up: 1 of 3 kept, 1 missed, 1 not recorded"' in page
    assert page.count('class="rec"') == 1
    assert '<time datetime="2026-01-22">Thu 22 Jan</time>' in page
    assert f'action="{url(held, "meetings/record/")}"' in page


def test_recording_works_without_script(client, held):
    client.force_login(held.user)
    with clock.at(ACCEPTED + timedelta(days=4)):
        answer = client.post(
            url(held, "meetings/record/"), {"kind": "stand_up", "period": "2026-W02", "outcome": "attended"}
        )

    assert (answer.status_code, answer.url) == (303, url(held, "meetings/") + "#attendance")
    assert Meeting.objects.get().outcome == "attended"


def test_excuse_without_a_reason_is_shown_with_its_field(client, held):
    client.force_login(held.user)
    with clock.at(ACCEPTED + timedelta(days=4)):
        answer = client.post(
            url(held, "meetings/record/"), {"kind": "stand_up", "period": "2026-W02", "outcome": "excused"}
        )

    assert answer.status_code == 422
    assert "An excused absence needs its reason." in answer.content.decode()


def test_meeting_that_was_not_due_answers_409(client, held):
    client.force_login(held.user)
    answer = client.post(url(held, "meetings/record/"), {"kind": "stand_up", "period": "1999-W01"})

    assert answer.status_code == 409


def test_sponsor_is_offered_no_form_for_themselves(client, held, cro):
    cro.role = Role.VP_SALES
    cro.save()
    client.force_login(cro.user)
    with clock.at(ACCEPTED + timedelta(days=4)):
        page = client.get(url(held, "meetings/")).content.decode()

    assert "Your own attendance is recorded by somebody else." in page
    assert 'class="rec"' not in page


def test_hold_is_told_on_every_page(client, held, record):
    record(held, *["missed"] * 4)
    client.force_login(held.user)
    page = client.get(url(held, "meetings/")).content.decode()

    assert "The program is on hold" in page
    assert "missed 4 meetings in a row. No gate can be requested until they attend again" in page


def test_who_runs_the_program_owes_the_records(held, cro):
    with clock.at(ACCEPTED + timedelta(days=11)):
        look = Look(program_of(held))
        owed = {
            member: [one.title for one in _next(member, look) if one.title.startswith("Record")]
            for member in (held, cro)
        }

    assert owed == {held: ["Record 2 meetings"], cro: []}


def _next(member, look):
    return shell.next_for(member.user, look.program, look)


def test_meetings_over_rest(client, held):
    client.force_login(held.user)
    address = f"/api/v1/programs/{held.program.slug}/meetings/"
    body = {"kind": "stand_up", "period": "2026-W02", "outcome": "missed"}
    with clock.at(ACCEPTED + timedelta(days=4)):
        first = client.post(f"{address}record/", body, content_type="application/json")
        again = client.post(f"{address}record/", body, content_type="application/json")
        refused = client.post(f"{address}record/", body | {"period": "2026-W30"}, content_type="application/json")
        told = client.get(address).json()

    assert (first.status_code, first.json()) == (200, again.json())
    assert (refused.status_code, refused.json()["code"]) == (409, "not_due")
    assert (told["misses_in_a_row"], told["is_absent"]) == (1, False)
    assert told["meetings"][0]["last"] == [{"period": "2026-W02", "due_on": "2026-01-08", "state": "Missed"}]
