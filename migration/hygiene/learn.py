"""Weights learnt from a file without labels: how often records of one person agree, field by field.

Expectation and maximisation over a sample of the pairs: how likely each pair is one
person under the present weights; from that, how often each level of each field occurs
among one person's records; from that, the weights. What is usual (`USUAL`) counts as
much as a thousand pairs, so that a small or an odd file cannot run away with them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from migration.hygiene.carriers import Bits, Weights
from migration.hygiene.features import Table
from migration.hygiene.levels import Like, Line, Mail
from migration.hygiene.likeness import Name
from migration.hygiene.weigh import Known, Seen, points_of

ROUNDS = 4
# Duplicates per record that learning starts from: a file may have few, and then a large share would find them anywhere.
FEWEST = 0.02
RECORDS = 100  # so many records with the usual share of duplicates stand beside the file's own
FURTHEST = 5.0  # bits by which a file may differ from what is usual
LEVELS = 9

# Share of each level among records of one person that both have a value.
USUAL: Mapping[str, tuple[float, Mapping[int, float]]] = {
    "given_name": (
        200,
        {Name.SAME: 0.82, Name.RELATED: 0.06, Name.INITIAL: 0.05, Name.TYPO: 0.04, Name.FAR: 0.015,
         Name.DIFFERENT: 0.004},
    ),
    "family_name": (
        200,
        {Name.SAME: 0.92, Name.RELATED: 0.01, Name.INITIAL: 0.003, Name.TYPO: 0.04, Name.FAR: 0.01,
         Name.DIFFERENT: 0.015},
    ),
    "birth_date": (100, {Like.SAME: 0.95, Like.NEAR: 0.02, Like.FAR: 0.01, Like.DIFFERENT: 0.005}),
    "email": (
        100,
        {Mail.SAME: 0.55, Mail.NEAR: 0.04, Mail.ALIKE: 0.01, Mail.SAME_LOCAL: 0.03, Mail.PRIVATE_CONFLICT: 0.02,
         Mail.SAME_DOMAIN: 0.02, Mail.DIFFERENT: 0.33},
    ),
    "phone": (100, {Line.SAME: 0.55, Line.NEAR: 0.03, Line.MOBILE_CONFLICT: 0.01, Line.DIFFERENT: 0.4}),
    "company": (100, {Like.SAME: 0.75, Like.NEAR: 0.08, Like.DIFFERENT: 0.17}),
    "title": (100, {Like.SAME: 0.7, Like.NEAR: 0.05, Like.DIFFERENT: 0.25}),
    "city": (100, {Like.SAME: 0.8, Like.NEAR: 0.03, Like.DIFFERENT: 0.17}),
    "postcode": (100, {Like.SAME: 0.8, Like.NEAR: 0.03, Like.DIFFERENT: 0.17}),
    "street": (100, {Like.SAME: 0.65, Like.NEAR: 0.15, Like.DIFFERENT: 0.2}),
    "other": (20, {Like.SAME: 0.8, Like.NEAR: 0.02, Like.DIFFERENT: 0.1}),
}  # fmt: skip


def learn(table: Table, seen: Seen, known: Known, pairs: int, usual: float) -> tuple[Weights, float]:
    """Weights of `table` from a sample of its candidate `pairs`, and its duplicates per record, at most the `usual`.

    The weights and the prior of `known` are not looked at.
    """
    weights, share = Weights(), min(FEWEST, usual)
    levels = {name: found for name, found in seen.levels().items() if name in USUAL}
    for _ in range(ROUNDS):
        now = replace(known, weights=weights, prior=prior_of(share, table.size))
        total = points_of(table, seen, now).total + now.prior
        likely = 1 / (1 + np.exp2(-np.clip(total, -60, 60)))
        found = float(likely.sum()) * pairs / max(len(likely), 1)
        share = min((found + RECORDS * usual) / (table.size + RECORDS), usual)
        weights = Weights(
            {
                name: _shift(name, np.bincount(found, likely, LEVELS).astype(np.float64))
                for name, found in levels.items()
            }
        )
    return weights, share


def prior_of(share: float, size: int) -> float:
    """Odds in bits that two of `size` records are one, when each has `share` duplicates."""
    return float(np.log2(2 * share) - np.log2(max(size, 2)))


def _shift(name: str, seen: Bits) -> Bits:
    """Bits by which each level's share among `seen` (weights by level) differs from what is usual."""
    pseudo, usual = USUAL[name]
    told = sum(seen[level] for level in usual)
    made = np.zeros(LEVELS)
    for level, share in usual.items():
        made[level] = np.log2((seen[level] + pseudo * share) / (told + pseudo) / share)
    return np.clip(made, -FURTHEST, FURTHEST)
