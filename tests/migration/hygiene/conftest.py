from datetime import date

import pytest

from crmprogram.demo.synthetic import contacts
from migration.hygiene.compare import Record
from migration.hygiene.dates import Order
from migration.hygiene.standardise import Context, standardise_rows

CONTEXT = Context(date_orders={"birth_date": Order.MDY, "last_activity_at": Order.MDY})


@pytest.fixture(scope="session")
def contacts_of():
    """Generated contacts, cleaned: (records, rows with `_person` and `_traps`) of a size, made once."""
    made = {}

    def make(size, seed=5):
        if (size, seed) not in made:
            rows = list(contacts(size, seed, date(2026, 11, 1)))
            bare = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
            clean = standardise_rows(bare, context=CONTEXT)
            made[size, seed] = [Record(c.values["source_id"], c.values) for c in clean], rows
        return made[size, seed]

    return make
