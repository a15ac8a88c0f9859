"""From an export to an answered escalation over REST, by two people with a token each.

The same way as tests/browser/test_adoption.py goes in a browser: a real export, two weeks worse
than target, the answer of the VP Sales, a better week (M1, M5, M9).
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crmprogram.jobs import services as jobs
from crmprogram.program import clock
from crmprogram.program import services as programs
from crmprogram.program.models import Role
from tests.factories import MembershipFactory

SAMPLE = Path(__file__).parents[1] / "data" / "samples" / "dynamics365" / "Appointments.csv"
LIVE = date(2024, 12, 2)  # the Monday of 2024-W49
HEADERS = "Subject,Start Time,End Time,Created On,Created By,Status,Owner,Required Attendees,Status Reason"


class Person:
    """A member with an access token of the program."""

    def __init__(self, member) -> None:
        expires = clock.now() + timedelta(days=90)
        program = member.program
        _, token = programs.make_token(program=program, by=member.user, name="journey", expires_at=expires)
        self.client = APIClient(headers={"Authorization": f"Bearer {token}"})
        self.base = f"/api/v1/programs/{program.slug}/"

    def get(self, path):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path, body=None, status=(200, 201, 202), **how):
        answer = self.client.post(self.base + path, body or {}, **{"format": "json", **how})
        assert answer.status_code in status, answer.content
        return answer.json()

    def count(self, content: bytes, name: str) -> dict:
        """Upload a file, have it read and counted; return the account of its rows."""
        file = SimpleUploadedFile(name, content, "text/csv")
        number = self.post("uploads/", {"file": file}, format="multipart")["number"]
        jobs.work_off()
        self.post("adoption-imports/", {"upload": number})
        jobs.work_off()
        found = self.get(f"adoption-imports/{number}/")
        assert found["state"] == "done"
        return found


def visits(**days) -> bytes:
    """Done appointments in the spelling of the sample: `owner=[days since LIVE]`."""
    lines = [HEADERS]
    for owner, since in days.items():
        for n in since:
            at = f"{LIVE + timedelta(days=n):%-m/%-d/%Y} 9:30"
            lines.append(f"Visit {n},{at},{at},{at},{owner},Completed,{owner},A customer,Completed")
    return "\r\n".join(lines).encode("utf-8-sig")


@pytest.fixture
def cast(db):
    """Sales Ops and the VP Sales of a program that is live since December 2024."""
    ops = MembershipFactory(
        role=Role.SALES_OPS, program__time_zone="America/New_York", program__starts_on=date(2024, 1, 8)
    )
    vp = MembershipFactory(role=Role.VP_SALES, program=ops.program)
    return ops, vp


def test_two_weeks_worse_than_target_are_escalated_answered_and_closed(cast):
    member, other = cast
    with clock.at(datetime(2024, 12, 23, 9, tzinfo=UTC)):
        ops, vp = Person(member), Person(other)
        team = ops.post(
            "teams/", {"name": "Enterprise", "function": "sales", "seats": 2, "wave": 1, "go_live_on": LIVE}
        )
        ops.post("reps/", {"reps": [{"key": "Ann", "team": team["id"]}, {"key": "Ben", "team": team["id"]}]})
        jobs.work_off()
        weekdays = [n for n in range(19) if n % 7 < 5]
        # the first week is whole, in the second and third Ben logs on two days of five
        counted = ops.count(visits(Ann=weekdays, Ben=[0, 1, 2, 3, 4, 7, 11, 15, 17]), "december.csv")
        assert counted["counts"]["kinds"] == {"meeting": 24}
        assert counted["weeks"] == ["2024-W49", "2024-W50", "2024-W51"]
        (opened,) = ops.get("escalations/")["results"]
        assert (opened["state"], [row[1:] for row in opened["weeks"]]) == ("escalated", [[7, 10], [7, 10]])
        answer = {"plan": "Stand-up in the CRM every morning.", "owner": member.pk, "due_on": "2024-12-31"}
        ops.post(f"escalations/{opened['number']}/acknowledge/", answer, status=(403,))
        answered = vp.post(f"escalations/{opened['number']}/acknowledge/", answer)
        assert (answered["state"], answered["plan"]) == ("acknowledged", "Stand-up in the CRM every morning.")

    with clock.at(datetime(2024, 12, 30, 9, tzinfo=UTC)):
        again = ops.count(visits(Ann=[*weekdays, 21, 22, 23, 24, 25], Ben=[21, 22, 23, 24, 25]), "overlaps.csv")
        assert again["counts"]["rows"] == 25  # 15 of them were in the file before, and change nothing
        closed = ops.get(f"escalations/{opened['number']}/")
        assert (closed["state"], closed["recovered_in"]) == ("recovered", "2024-W52")
        learnt = {"outcome": "The stand-up made both log the same day."}
        assert vp.post(f"escalations/{opened['number']}/close/", learnt)["closed_by"] == closed["acknowledged_by"]
        daily = [
            one for one in ops.get("activity-weeks/facts/?scope=all")["results"] if one["metric"] == "adoption.daily"
        ]
        assert [(one["week"], one["numerator"], one["denominator"]) for one in daily] == [
            ("2024-W52", 10, 10),
            ("2024-W51", 7, 10),
            ("2024-W50", 7, 10),
            ("2024-W49", 10, 10),
        ]


def test_real_export_is_counted_as_it_was_published(cast):
    """22 appointments of two owners: 3 are done, 1 is cancelled, 18 are open; nobody is guessed to be a rep."""
    ops = Person(cast[0])
    found = ops.count(SAMPLE.read_bytes(), "Appointments.csv")

    assert found["counts"]["rows"] == 22
    assert found["counts"]["kinds"] == {"meeting": 3}
    assert found["counts"]["why"] == {"cancelled": 1, "open": 18}
    owners = ops.get("reps/")["results"]
    assert sorted((one["key"], one["state"]) for one in owners) == [
        ("david mallory", "unknown"),
        ("mod administrator", "unknown"),
    ]
