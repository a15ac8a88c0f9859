from datetime import date
from functools import cache

import pytest

from crmprogram.demo.synthetic import contacts
from migration.hygiene.compare import Record
from migration.hygiene.dates import Order
from migration.hygiene.standardise import Context, standardise_rows
from tests.migration.hygiene.strangers import Strangers

CONTEXT = Context(date_orders={"birth_date": Order.MDY, "last_activity_at": Order.MDY})


def cleaned(rows):
    """(records, rows with `_person` and `_traps`) of generated rows."""
    bare = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
    clean = standardise_rows(bare, context=CONTEXT)
    return [Record(c.values["source_id"], c.values) for c in clean], rows


@pytest.fixture(scope="session")
def contacts_of():
    """The demo's contacts, cleaned, of a size; made once."""

    @cache
    def make(size, seed=5):
        return cleaned(list(contacts(size, seed, date(2026, 11, 1))))

    return make


@pytest.fixture(scope="session")
def stranger_contacts():
    """Contacts by another hand, cleaned, of a size; made once."""

    @cache
    def make(size, seed=3):
        return cleaned(list(Strangers(seed).rows(size)))

    return make
