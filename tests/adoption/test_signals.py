"""Logins, records and results, and every number again by SQL of its own (M1, M6, M7)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from adoption import deals, queries
from adoption.metrics import Share
from adoption.models import CrmRecord, LoginDay, Metric, Rep
from adoption.queries.signals import Cell, Result, verdict_of
from adoption.services import reps as rep_services
from crmprogram.program import clock
from phases.models import Fact

LIVE = date(2026, 5, 4)  # a Monday, as in conftest
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
LOGINS = ["Username", "Login Time", "Login Type", "Source IP", "Status"]
USERS = ["Id", "Username", "Email", "Name", "IsActive", "ProfileId"]
DEALS = ["Id", "Name", "StageName", "Amount", "CloseDate", "OwnerId", "CreatedDate", "LastModifiedDate"]


@pytest.fixture(autouse=True)
def told():
    with clock.at(NOW):
        yield


def share(program, key, period, scope="all"):
    one = Fact.objects.of(program).filter(key=key, period=period, scope=scope).first()
    return (one.numerator, one.denominator) if one else None


def login(who, day, hour=9, status="Success"):
    return [who, f"{day} {hour:02d}:00", "Application", "203.0.113.7", status]


def deal(
    pk, stage="Prospecting", owner="ann", closes="2026-06-30", made="2026-01-05", touched="2026-05-20", amount=100
):
    return [f"006{pk:012d}", f"Deal {pk}", stage, amount, closes, owner, made, touched]


def test_login_counts_once_a_day_and_a_failed_one_never(program, east, settle, count):
    settle(east, "ann", "ben")
    rows = [
        login("ann", LIVE), login("ann", LIVE, 15), login("ann", LIVE + timedelta(days=1)),
        login("ben", LIVE, status="Invalid Password"), login("ben", LIVE + timedelta(days=4)),
    ]  # fmt: skip
    first = count(rows, LOGINS)
    again = count(first.upload)

    assert first.object == "login"
    assert (first.counts["logins"], first.counts["why"]) == (4, {"failed": 1})
    assert again.counts["changed"] == []
    assert LoginDay.objects.count() == 3
    assert share(program, queries.LOGINS, "2026-W19") == (3, 10)


def test_week_without_any_login_is_not_measured(program, east, settle, count):
    settle(east, "ann")
    count([login("ann", LIVE), login("ann", LIVE + timedelta(days=14))], LOGINS)

    assert share(program, queries.LOGINS, "2026-W20") is None


def test_names_of_one_person_meet_by_the_users_export(program, east, settle, count):
    settle(east, "Ann Lee")
    users = [
        ["0055j00000AT6I1AAL", "ann@corp.example", "ann@example.com", "Ann Lee", "true", "p"],
        ["0055j00000AT6I2AAL", "ben@corp.example", "shared@example.com", "Ben May", "false", "p"],
        ["0055j00000AT6I3AAL", "cleo@corp.example", "shared@example.com", "Cleo Field", "true", "p"],
    ]
    found = count(users, USERS)
    count([login("ann@corp.example", LIVE), login("shared@example.com", LIVE)], LOGINS)

    assert found.counts["users"] == 3
    assert set(LoginDay.objects.values_list("rep__key", flat=True)) == {"ann lee", "shared@example.com"}
    assert Rep.objects.count() == 2


def test_records_are_compared_with_the_export_before(program, east, settle, count):
    settle(east, "ann", "ben")
    count([deal(1), deal(2), deal(3, made="2026-05-10")], DEALS, as_of=date(2026, 5, 22))
    moved = [deal(1, owner="ben", touched="2026-05-28"), deal(2), deal(3, made="2026-05-10", touched="2026-05-27")]
    twin = ["006000000000099", "deal 3", "Prospecting", 5, "2026-06-30", "ann", "2026-05-26", "2026-05-26"]
    later = count([*moved, [*twin]], DEALS, as_of=date(2026, 5, 29))
    again = count(later.upload, as_of=date(2026, 5, 29))

    for found in (later, again):
        assert {name: found.counts[name] for name in ("seen", "updated", "created", "moved")} == {
            "seen": 4,
            "updated": 3,
            "created": 1,
            "moved": 1,
        }
    assert share(program, queries.MOVED, "2026-W22") == (1, 4)
    assert share(program, queries.UPDATES, "2026-W22") == (3, 2)
    assert CrmRecord.objects.count() == 4


def test_new_contact_that_was_there_is_a_duplicate(program, east, settle, count):
    settle(east, "ann")
    headers = ["Id", "LastName", "FirstName", "Email", "AccountId", "OwnerId", "CreatedDate"]
    rows = [
        ["003000000000001", "Lee", "Ann", "ann@example.com", "1", "ann", "2025-01-05"],
        ["003000000000002", "Lee", "A.", "ANN@example.com", "2", "ann", "2026-05-28"],
        ["003000000000003", "May", "Ben", "ben@example.com", "2", "ann", "2026-05-28"],
    ]
    count(rows, headers, as_of=date(2026, 5, 29))

    assert share(program, queries.DUPLICATES, "2026-W22") == (1, 2)


def test_results_are_exact_against_sql(program, east, west, settle, count):
    settle(east, "ann")
    settle(west, "ben")
    rows = [
        deal(n, ["Closed Won", "Closed Lost", "Proposal"][n % 3], ["ann", "ben"][n % 2], f"2026-0{1 + n % 5}-1{n % 9}")
        for n in range(1, 40)
    ]
    count([[*row[:6], "2025-12-01", row[7]] for row in rows], DEALS)

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.team_id, CASE WHEN d.closed_on < '2026-04-01' THEN '2026-Q1' ELSE '2026-Q2' END AS quarter,
                   SUM(CASE WHEN d.outcome = 'won' THEN 1 ELSE 0 END), COUNT(*)
            FROM adoption_crmrecord d JOIN adoption_rep r ON r.id = d.rep_id
            WHERE d.outcome <> 'open' GROUP BY 1, 2
            """
        )
        by_sql = {(f"team:{team}", quarter): (int(won), closed) for team, quarter, won, closed in cursor.fetchall()}
    ours = {
        (one.scope, one.period): (one.numerator, one.denominator)
        for one in Fact.objects.of(program).filter(key=Result.WIN_RATE, scope__startswith="team")
    }

    assert ours == by_sql
    assert sum(closed for _, closed in by_sql.values()) == 26
    assert share(program, Result.CYCLE, "2026-Q1")[1] == sum(
        won for (_, quarter), (won, _) in by_sql.items() if quarter == "2026-Q1"
    )


def test_weeks_are_exact_against_sql(program, east, west, settle, count):
    settle(east, "ann", "cleo")
    settle(west, "ben")
    rows = []
    for n in range(1, 160):
        at = f"{LIVE + timedelta(days=n * 7 % 26)} {8 + n % 9:02d}:{n % 60:02d}:{n % 47:02d}"
        rows.append([n, ["Call", "Email", "Meeting"][n % 3], ["ann", "ben", "cleo"][n % 3 if n % 5 else 0], at, at, ""])
    count(rows)

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.period, r.team_id, COUNT(DISTINCT CONCAT(a.rep_id, '|', a.logged_on)),
                   SUM(CASE WHEN a.kind IN ('call', 'email') THEN 1 ELSE 0 END)
            FROM adoption_activity a JOIN adoption_rep r ON r.id = a.rep_id
            WHERE a.why_not = '' AND NOT a.is_bulk
              AND EXTRACT(ISODOW FROM a.logged_on) < 6 GROUP BY 1, 2
            """
            if connection.vendor == "postgresql"
            else """
            SELECT a.period, r.team_id, COUNT(DISTINCT a.rep_id || '|' || a.logged_on),
                   SUM(CASE WHEN a.kind IN ('call', 'email') THEN 1 ELSE 0 END)
            FROM adoption_activity a JOIN adoption_rep r ON r.id = a.rep_id
            WHERE a.why_not = '' AND NOT a.is_bulk
              AND strftime('%w', a.logged_on) NOT IN ('0', '6') GROUP BY 1, 2
            """
        )
        by_sql = {(period, f"team:{team}"): days for period, team, days, _ in cursor.fetchall()}
    ours = {
        (one.period, one.scope): one.numerator
        for one in Fact.objects.of(program).filter(key=Metric.DAILY, scope__startswith="team", numerator__gt=0)
    }

    assert ours == by_sql
    assert len(ours) >= 6


@pytest.mark.parametrize(
    ("rates", "state"),
    [([40, 41, 42, 0], "met"), ([40, 40, 40, 0], "warn"), ([40, 39, 39, 38, 0], "unmet"), ([40, 0], "unknown")],
)
def test_win_rate_without_gain_is_amber_after_two_quarters_and_audited_after_three(rates, state):
    cells = [Cell(Share(one, 100), "") for one in rates]

    assert verdict_of([(Result.WIN_RATE, cells)])[0] == state


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ({"stage": "Closed Won"}, "won"),
        ({"stage": "closedlost", "closed_at": "2026-01-01"}, "lost"),
        ({"stage": "Negotiation"}, "open"),
        ({"is_won": "TRUE", "stage": "Signed"}, "won"),
        ({"is_closed": "1", "is_won": "0", "stage": "Signed"}, "lost"),
        ({"is_closed": "false", "stage": "Closed Won"}, "open"),
        ({"status": "won", "stage": "3"}, "won"),
        ({"lost_at": "2026-01-01"}, "lost"),
    ],
)
def test_outcome_follows_what_the_crm_says(record, outcome):
    assert deals.outcome_of(record) == outcome


def test_team_works_on_the_days_of_its_country_and_a_part_timer_on_theirs(program, member, east, settle, count, ring):
    (ann,) = settle(east, "ann")
    ring(rep_services.set_calendar, program=program, by=member.user, team=east, country="DE", part="")
    ring(rep_services.change_rep, rep=ann, by=member.user, works_on="0123")
    rows = [
        [n, "Call", "ann", f"2026-05-{day:02d} 09:00", f"2026-05-{day:02d} 09:00", ""]
        for n, day in enumerate((11, 18, 22))
    ]
    count(rows)

    assert share(program, Metric.DAILY, "2026-W20") == (1, 3)  # Ascension Day on the Thursday
    assert share(program, Metric.DAILY, "2026-W21") == (1, 4)  # the Friday is no working day of this rep
