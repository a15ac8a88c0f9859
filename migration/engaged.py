"""Who is on an open deal, by the deals of the same CRM: such people are alive (H3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake import deals
from migration.hygiene.alphabet import joined
from migration.hygiene.bulk import Cleaned
from migration.hygiene.outcome import Mask, deal_outcomes
from migration.hygiene.reading import Cells

FLAG = "has_open_deal"
RULE = "deal.open"
POINTER = "contact_id"


def open_deals(columns: Mapping[str, Cells], size: int) -> Mask:
    """Which of `size` deals are open."""
    return deal_outcomes(columns, {name: cells.codes for name, cells in columns.items()}, size) == deals.OPEN


def engage(clean: Cleaned, rows: NDArray[np.int64]) -> None:
    """Say of these rows of people that they have an open deal; what a file says itself stays."""
    cells = clean.columns.get(FLAG, Cells(np.full(clean.size, -1, dtype=np.int32), []))
    marked = np.zeros(clean.size, dtype=bool)
    marked[rows] = True
    marked &= ~cells.has("true".__eq__)
    if not marked.any():
        return
    clean.added += FLAG not in clean.columns
    values = joined([cells.values, ["true"]]) if len(cells.values) else ["true"]
    clean.columns[FLAG] = Cells(np.where(marked, np.int32(len(cells.values)), cells.codes), values)
    clean.names_of_rules = [*clean.names_of_rules, RULE]
    own = clean.rules.get(FLAG, np.zeros(clean.size, dtype=np.int8))
    clean.rules[FLAG] = np.where(marked, np.int8(len(clean.names_of_rules) - 1), own)
