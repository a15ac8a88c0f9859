"""All records of a file matched in one go, as arrays: the road of the command line and of the worker (H2).

    table = Table.from_columns(keys, columns)
    found = match_table(table, Thresholds())
    found.cluster, found.decision, found.probability, found.reason   # one entry per row, in the order given

Nothing is explained until it is asked for: `found.matcher.explained(links)` says what every field said.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs
from migration.hygiene.compare import RULES, Links, Map, Matcher, Thresholds
from migration.hygiene.explain import sentence
from migration.hygiene.features import Codes, Table
from migration.hygiene.group import NOTHING, Groups, group

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
    `links` and `groups` are by row of the table, which is sorted by key.
    """

    cluster: NDArray[np.int64]
    proposed: NDArray[np.int64]
    decision: NDArray[np.int8]
    probability: NDArray[np.float32]
    reason: NDArray[np.int32]
    reasons: list[str]
    matcher: Matcher
    links: Links
    groups: Groups


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
    matcher = Matcher.of(table, cut, map=map)
    place = np.empty(table.size, dtype=np.int64)
    place[table.order] = np.arange(table.size)

    def pairs(rows: Rows | None) -> Pairs:
        if rows is None:
            return NOTHING
        one, two = place[np.asarray(rows[0], np.int64)], place[np.asarray(rows[1], np.int64)]
        return Pairs(np.minimum(one, two), np.maximum(one, two))

    decided = pairs(same)
    links = matcher.links()
    groups = group(matcher, links, same=decided, different=pairs(different))
    return _by_row(matcher, links, groups, decided)


def _by_row(matcher: Matcher, links: Links, groups: Groups, decided: Pairs) -> Matched:
    """The groups told row by row, in the order the rows were given."""
    size, order = matcher.table.size, matcher.table.order
    merged, proposed = groups
    decision = np.zeros(size, dtype=np.int8)
    many = np.bincount(merged, minlength=size)[merged] > 1
    decision[many] = Decision.AUTOMATIC
    waiting = np.zeros(size, dtype=bool)
    waiting[proposed[merged != proposed]] = True
    decision[waiting[proposed]] = Decision.REVIEW
    probability = np.ones(size, dtype=np.float32)
    why = np.zeros(size, dtype=np.int64)
    by_person = (len(RULES) << 32) + 1
    for rows in decided:
        why[rows] = by_person
    code = (links.rule.astype(np.int64) << 32) + (links.told.astype(np.int64) << 1) + 1
    held = (links.rule > 0) & (merged[links.left] == merged[links.right])
    asked = (links.rule == 0) & (proposed[links.left] == proposed[links.right])
    asked &= merged[links.left] != merged[links.right]
    for chosen in (held, asked):
        at = np.flatnonzero(chosen)
        # The strongest link is written last; among equals the first row's.
        at = at[np.lexsort((-links.right[at], -links.left[at], links.probability[at]))]
        for rows in (links.right[at], links.left[at]):
            probability[rows], why[rows] = links.probability[at], code[at]
    distinct, reason = np.unique(why, return_inverse=True)
    place = np.empty(size, dtype=np.int64)
    place[order] = np.arange(size)
    return Matched(
        cluster=order[merged[place]],
        proposed=order[proposed[place]],
        decision=decision[place],
        probability=probability[place],
        reason=reason[place].astype(np.int32),
        reasons=[_reason(one) for one in distinct.tolist()],
        matcher=matcher,
        links=links,
        groups=groups,
    )


def _reason(code: int) -> str:
    if not code:
        return ""
    rule, told = code >> 32, (code & 0xFFFFFFFF) >> 1
    return f"{(*RULES, 'decision.same')[rule]}: {sentence(told)}".removesuffix(": ")
