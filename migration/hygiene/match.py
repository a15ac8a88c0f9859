"""All records of a file matched in one go, as arrays: the road of the command line and of the worker (H2).

    table = Table.from_columns(keys, columns)
    found = match_table(table, Thresholds())
    found.cluster, found.decision, found.probability, found.reason   # one entry per row, in the order given

Nothing is explained until it is asked for: `found.explain(link)` builds the Pair of one link.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.cluster import cluster
from migration.hygiene.compare import Matcher, Pair, Thresholds
from migration.hygiene.features import Codes, Table

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
Rows = tuple[Codes, Codes]


class Decision(IntEnum):
    """What happened to a record."""

    NONE = 0  # it is nobody's duplicate
    AUTOMATIC = 1  # merged by a certain rule, or by a person's earlier decision
    REVIEW = 2  # it, or the cluster it was merged into, waits for a person


DECISIONS = ("none", "automatic", "review")  # by Decision, as written to files


@dataclass(slots=True)
class Matched:
    """What came of a table. All arrays have one entry per row, in the order the rows were given.

    `cluster`: row number of the record with the smallest key among those merged without
    a person; a record alone has its own number. `proposed`: the same if every proposal
    is answered with yes. `decision`: a Decision. `probability`: of the strongest link that
    holds the record in its cluster (automatic) or review; 1.0 for a record alone.
    `reason`: code into `reasons`, the one sentence that says why ("" for a record alone).
    """

    cluster: NDArray[np.int64]
    proposed: NDArray[np.int64]
    decision: NDArray[np.int8]
    probability: NDArray[np.float32]
    reason: NDArray[np.int32]
    reasons: list[str]
    pairs: list[Pair]


def match_table(
    table: Table,
    cut: Thresholds | None = None,
    *,
    map: Map = map,  # noqa: A002 - it is one
    same: Rows | None = None,
    different: Rows | None = None,
) -> Matched:
    """Compare, propose and cluster the rows of `table`.

    `map(function, items)` runs shards: the built-in one here, `forked(processes)` on the
    command line; the result never depends on it. `same` and `different` are people's
    decisions as two arrays of row numbers (in the order given).
    """
    matcher = Matcher.of(table, cut)
    keys = np.array(table.keys, dtype=object)
    place = np.empty(table.size, dtype=np.int64)
    place[table.order] = np.arange(table.size)

    def links(rows: Rows | None) -> list[tuple[str, str]]:
        return [] if rows is None else list(zip(keys[place[rows[0]]], keys[place[rows[1]]], strict=True))

    pairs = matcher.pairs()
    found = cluster(pairs, same=links(same), different=links(different), differ=matcher.differ, cut=matcher.cut)
    at = dict(zip(table.keys, table.order.tolist(), strict=True))
    own = np.arange(table.size)
    merged, proposed = own.copy(), own.copy()
    decision = np.zeros(table.size, dtype=np.int8)
    probability = np.ones(table.size, dtype=np.float32)
    reason = np.zeros(table.size, dtype=np.int32)
    reasons = {"": 0}
    for group, kind, rows in (
        *((g, Decision.AUTOMATIC, g.members) for g in found.merged),
        *((g, Decision.REVIEW, g.members) for g in found.reviews),
    ):
        numbers = [at[key] for key in rows]
        if kind is Decision.AUTOMATIC:
            merged[numbers] = numbers[0]
        proposed[numbers] = numbers[0]
        decision[numbers] = kind
        for pair in reversed(group.links if kind is Decision.AUTOMATIC else group.pairs):
            text = f"{pair.rule}: {'; '.join(p.text for p in pair.parts[:3])}"
            for key in (pair.a, pair.b):
                probability[at[key]] = pair.probability
                reason[at[key]] = reasons.setdefault(text, len(reasons))
    return Matched(merged, proposed, decision, probability, reason, list(reasons), pairs)
