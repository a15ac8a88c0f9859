"""Whose accounts are one have one company, however it is spelled: what the people of a set are matched by (H2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crmprogram.jobs.runner import Work
from migration import vocabulary
from migration.hygiene.reading import Cells
from migration.linking import with_company
from migration.models import Run
from migration.services import matching
from migration.services.clusters import Loaded
from migration.services.following import Follower, vendor_of

ACCOUNT = "account_id"
CHUNK_POINTERS = 4_000


def match_run(run: Run, work: Work) -> None:
    """Find who is one, people with the companies that their accounts are; see `matching.match_run`."""
    matching.match_run(run, work, compared=columns_of if run.object in vocabulary.PERSON_OBJECTS else None)


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
