"""What accounts and people of a set say of each other when they are matched (H2).

Whose accounts are one have one company, however it is spelled; who has records at two
accounts speaks for these being one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene.bulk import Cleaned, clean_columns
from migration.hygiene.links import BETWEEN, plain_id
from migration.hygiene.reading import Cells
from migration.linking import people_at_both, with_company
from migration.models import Run
from migration.services import blocks, cleaning, matching
from migration.services.clusters import Loaded
from migration.services.columns import read_part
from migration.services.following import Follower, id_of, later, vendor_of
from migration.services.rows import Reader, context_of

ACCOUNT = "account_id"
TELLING = frozenset({"given_name", "family_name", "full_name", "email", "mobile", "country"})
CHUNK_POINTERS = 4_000


def match_run(run: Run, work: Work) -> None:
    """Find who is one, people by the companies that their accounts are, accounts by their people; see `matching`."""
    if run.object in vocabulary.PERSON_OBJECTS:
        matching.match_run(run, work, compared=columns_of)
    else:
        matching.match_run(run, work, shared=people_of if run.object in vocabulary.COMPANY_OBJECTS else None)


def people_of(run: Run, loaded: Loaded) -> dict[tuple[str, str], int]:
    """How many people have records at both of two accounts, by the keys of these; before the people are matched.

    They are read as they came, and what tells of them is put into standard form.
    """
    people = next((one for one in later(run) if one.object in vocabulary.PERSON_OBJECTS), None)
    if people is None or people.mapping is None:
        return {}
    reader, uploads = Reader(people.mapping), {one.pk: one for one in people.uploads.all()}
    rows = _Rows(loaded.keys)
    parts: list[Cleaned] = []
    at = [matching.NOBODY]
    for plan in cleaning.plan_rows(people):
        upload = uploads[plan.params["upload"]]
        chunk = read_part(reader, upload, plan.params, plan.total)
        if ACCOUNT not in chunk.columns:
            continue
        accounts = chunk.columns[ACCOUNT]
        places = [rows.of(matching.system_of(upload), text) for text in accounts.values]
        at.append(np.array([*places, -1], dtype=np.int64)[accounts.codes])
        told = {name: cells for name, cells in chunk.columns.items() if name in TELLING}
        parts.append(clean_columns(told, chunk.size, context=context_of(people, upload)))
    if not parts:
        return {}
    found = people_at_both(blocks.join(parts) if len(parts) > 1 else parts[0], np.concatenate(at))
    return {(loaded.keys[one], loaded.keys[two]): n for (one, two), n in found.items()}


class _Rows:
    """The rows of a run of accounts by their ids, as a pointer of some system names them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.at: dict[str, dict[str, int]] = {}
        for row, key in enumerate(keys):
            self.at.setdefault(vendor_of(key), {}).setdefault(plain_id(id_of(key)), row)

    def of(self, system: str, text: str) -> int:
        """The row that a cell names first; -1 for none."""
        first = text.split(BETWEEN)[0]
        page = self.at.get(vendor_of(system)) or (next(iter(self.at.values())) if len(self.at) == 1 else {})
        return page.get(plain_id(first), -1)


def columns_of(run: Run, loaded: Loaded) -> Mapping[str, Cells]:
    """The columns of a run of people as they are compared. Two queries for each 4,000 accounts that are named."""
    columns = loaded.clean.columns
    follower = Follower(run)
    if ACCOUNT not in columns or not follower.knows("account"):
        return columns
    cells = columns[ACCOUNT]
    place: dict[tuple[str, int], int] = {}
    of = np.full(loaded.clean.size, -1, dtype=np.int64)
    for row, (key, code) in enumerate(zip(loaded.keys, cells.codes.tolist(), strict=True)):
        if code >= 0:
            of[row] = place.setdefault((vendor_of(key), code), len(place))
    told = [(f"{vendor}/{run.object}:", {ACCOUNT: cells.values[code]}) for vendor, code in place]
    names: list[str] = []
    for at in range(0, len(told), CHUNK_POINTERS):
        for ends in follower.ends(told[at : at + CHUNK_POINTERS]):
            names.append(next((end.record.label for end in ends if end.record is not None), ""))
    known = np.append(np.array([bool(name) for name in names], dtype=bool), False)
    return with_company(columns, names, np.where(known[of], of, -1))
