from datetime import date

import pytest

from migration.hygiene.account import Account
from migration.hygiene.gate import Life, Stage, life, missing, months_before, refusals, stage_of
from migration.hygiene.outcome import Dating, Rules
from migration.hygiene.reading import cells_of
from migration.hygiene.standardise import Context, standardise_record

TODAY = date(2026, 11, 1)
GOOD = {"email": "ann@acme.example", "family_name": "Weber"}


def rules(values, **more):
    clean = standardise_record(values, context=Context())
    return [r.rule for r in refusals(clean.values, issues=clean.issues, required=("family_name",), **more)]


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        (GOOD, []),
        ({"phone": "206-555-0100", "family_name": "Weber"}, []),
        ({"family_name": "Weber"}, ["identity.missing"]),
        ({"email": "test@test.com", "family_name": "Weber"}, ["identity.missing", "email.placeholder"]),
        ({"email": "ann@acme.example"}, ["required.missing"]),
        ({**GOOD, "phone": "123"}, ["phone.unassigned"]),
        ({**GOOD, "country": "Atlantis"}, ["country.unknown"]),
        ({"email": "info@acme.example", "family_name": "Weber"}, []),  # a mailbox of a department is real
    ],
)
def test_gate_says_every_reason(values, reasons):
    assert rules(values) == reasons


def test_open_duplicate_is_refused():
    assert rules(GOOD, has_open_duplicate=True) == ["duplicate.open"]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"last_activity_at": "2025-10-31"}, Life.DEAD),
        ({"last_activity_at": "2025-11-01"}, Life.ALIVE),  # twelve months to the day
        ({"last_activity_at": "2025-11-01T10:00:00Z"}, Life.ALIVE),
        ({}, Life.CANNOT_TELL),
        ({"last_activity_at": "unreadable"}, Life.CANNOT_TELL),
        ({"updated_at": "2020-01-01"}, Life.CANNOT_TELL),  # an edit is no engagement
        ({"last_activity_at": "2019-01-01", "lifecycle_stage": "Customer"}, Life.ALIVE),
        ({"last_activity_at": "2019-01-01", "has_open_deal": "true"}, Life.ALIVE),
        ({"last_activity_at": "2019-01-01", "lifecycle_stage": "former customer"}, Life.DEAD),
    ],
)
def test_dead_contacts_are_told_by_engagement_alone(values, verdict):
    assert life(values, today=TODAY) is verdict


def test_threshold_of_dead_contacts_is_a_setting():
    values = {"last_activity_at": "2025-10-31"}

    assert life(values, today=TODAY, months=13) is Life.ALIVE


@pytest.mark.parametrize(
    ("values", "stage"),
    [
        ({"lifecycle_stage": "customer"}, Stage.CUSTOMERS),
        ({"last_activity_at": "2026-05-01"}, Stage.PROSPECTS),
        ({"last_activity_at": "2026-04-30"}, Stage.DORMANT),
        ({"last_activity_at": "2026-04-30", "has_open_deal": "true"}, Stage.PROSPECTS),
        ({}, Stage.DORMANT),
    ],
)
def test_stage_follows_life_and_activity(values, stage):
    assert stage_of(values, today=TODAY) is stage


DEALS = (
    ({"stage": "Closed Won", "last_activity_at": "2024-01-01"}, Stage.CUSTOMERS),
    ({"stage": "Proposal", "last_activity_at": "2024-01-01"}, Stage.PROSPECTS),
    ({"stage": "Signed", "closed_at": "2026-09-01"}, Stage.DORMANT),
    ({"stage": "Closed Lost", "last_activity_at": "2026-10-01"}, Stage.PROSPECTS),
    ({"is_closed": "false", "stage": "Closed Won"}, Stage.PROSPECTS),
    ({"is_won": "true"}, Stage.CUSTOMERS),
)


def test_stage_of_a_deal_follows_how_it_stands_one_by_one_and_in_columns():
    assert [stage_of(values, today=TODAY, is_deal=True) for values, _ in DEALS] == [stage for _, stage in DEALS]
    names = sorted({name for values, _ in DEALS for name in values})
    columns = {name: cells_of([values.get(name, "") for values, _ in DEALS]) for name in names}
    dating = Dating(columns, Rules(TODAY, is_person=False, is_deal=True))
    found = dating.stages({name: cells.codes for name, cells in columns.items()}, len(DEALS))
    assert [list(Stage)[one] for one in found.tolist()] == [stage for _, stage in DEALS]


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 12, date(2025, 1, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_months_before_stays_in_the_month(day, months, before):
    assert months_before(day, months) == before


@pytest.mark.parametrize(
    ("account", "difference", "balanced"),
    [
        (Account(read=10, kept=6, merged=1, archived=1, quarantined=1, blank=1), 0, True),
        (Account(read=10, kept=6), 4, False),
        (Account(read=10, kept=11), -1, False),
        (Account(read=0, kept=1, merged=-1), 0, False),
        (Account(), 0, True),
    ],
)
def test_account_balances_to_the_row(account, difference, balanced):
    assert (account.difference, account.balanced) == (difference, balanced)


def test_accounts_of_shards_add_up():
    parts = [Account(read=3, kept=2, blank=1), Account(read=2, merged=2)]

    assert sum(parts, Account()) == Account(read=5, kept=2, merged=2, blank=1)


def test_account_says_by_how_much_it_fails():
    assert Account(read=3, kept=1).says().endswith("does not balance: 2 rows are missing.")


def test_account_says_the_company_of_who_points_at_it():  # H10
    values = {"family_name": "Meyer", "email": "a@b.example", "account_id": "0012"}

    assert missing(values, ["company", "industry"]) == ["industry"]
    assert missing({**values, "account_id": ""}, ["company"]) == ["company"]
