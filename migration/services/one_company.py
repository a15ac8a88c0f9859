"""What accounts and people of a set say of each other when they are matched (H2).

Whose accounts are one have one company, however it is spelled; who has records at two
accounts speaks for these being one; who is on an open deal is alive (H3).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.deals import SAID_BY
from crmprogram.jobs.runner import Work
from migration import engaged, vocabulary
from migration.hygiene.bulk import Cleaned
from migration.hygiene.reading import Cells
from migration.linking import people_at_both, with_company
from migration.models import Run
from migration.services import blocks, matching, siblings
from migration.services.clusters import Loaded
from migration.services.following import Follower, vendor_of

ACCOUNT = "account_id"
TELLING = frozenset({"given_name", "family_name", "full_name", "email", "mobile", "country"})
CHUNK_POINTERS = 4_000


def match_run(run: Run, work: Work) -> None:
    """Find who is one, by what the other objects of the set say as well; see `matching.match_run`."""
    matching.match_run(run, work, hear=hear)


def hear(run: Run, loaded: Loaded) -> None:
    """People have the companies that their accounts are, and open deals; accounts have people."""
    if run.object in vocabulary.PERSON_OBJECTS:
        engage_people(run, loaded)
        loaded.compared = columns_of(run, loaded)
    elif run.object in vocabulary.COMPANY_OBJECTS:
        loaded.shared = people_of(run, loaded)


def people_of(run: Run, loaded: Loaded) -> dict[tuple[str, str], int]:
    """How many people have records at both of two accounts, by the keys of these; before the people are matched."""
    if (people := siblings.after(run, vocabulary.PERSON_OBJECTS)) is None:
        return {}
    rows = siblings.Rows(loaded.keys)
    parts: list[Cleaned] = []
    at = [matching.NOBODY]
    for upload, part in siblings.parts_of(people, {ACCOUNT, *TELLING}):
        if ACCOUNT in part.columns:
            parts.append(part)
            at.append(_targets(part.columns[ACCOUNT], rows, matching.system_of(upload)))
    if not parts:
        return {}
    found = people_at_both(blocks.join(parts) if len(parts) > 1 else parts[0], np.concatenate(at))
    return {(loaded.keys[one], loaded.keys[two]): n for (one, two), n in found.items()}


def engage_people(run: Run, loaded: Loaded) -> None:
    """Say of everybody on an open deal of the set that they have one: nobody archives them (H3)."""
    if (of := siblings.after(run, {vocabulary.DEAL})) is None:
        return
    rows = siblings.Rows(loaded.keys)
    found = [matching.NOBODY]
    for upload, part in siblings.parts_of(of, {engaged.POINTER, *SAID_BY}):
        if engaged.POINTER in part.columns:
            at = _targets(part.columns[engaged.POINTER], rows, matching.system_of(upload))
            found.append(at[(at >= 0) & engaged.open_deals(part.columns, part.size)])
    engaged.engage(loaded.clean, np.concatenate(found))


def _targets(cells: Cells, rows: siblings.Rows, system: str) -> NDArray[np.int64]:
    """By row, which of `rows` its pointer leads to; -1 for none."""
    return np.array([*(rows.of(system, text) for text in cells.values), -1], dtype=np.int64)[cells.codes]


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
