"""The list of clusters: what is asked of people, by score, by rule, by size (H2)."""

from __future__ import annotations

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from migration.models import Cluster, ClusterState, Run
from migration.words import MATCHES

SCORES = (  # key, words, from (including), to (excluding; 2 is above all)
    ("high", "0.99 and more", 0.99, 2),
    ("middle", "0.90 to 0.99", 0.9, 0.99),
    ("low", "Below 0.90", 0, 0.9),
)
SORTS = {  # key: words, order
    "unsure": ("Least sure first", ["-number"]),
    "size": ("Most records first", ["-size", "number"]),
}


def score(probability: float) -> str:
    """A likelihood as it is written: never 1.00, because no match by likelihood is certain.

    >>> score(0.99987), score(0.9149), score(0.0004)
    ('>0.99', '0.91', '<0.01')
    """
    if probability >= 0.99:
        return ">0.99"
    return "<0.01" if probability < 0.01 else f"{int(100 * probability) / 100:.2f}"


def clusters_of(run: Run, *, state: str = "", score: str = "", rule: str = "") -> QuerySet[Cluster]:
    """The clusters of a run; without a state those a person is, or was, asked about. Unknown words filter nothing."""
    found = Cluster.objects.filter(run=run)
    found = found.filter(state=state) if state in ClusterState.values else found.reviews()
    for key, _, least, below in SCORES:
        if key == score:
            found = found.filter(probability__gte=least, probability__lt=below)
    if rule in MATCHES:
        found = found.annotate(rule_text=Cast("rules", TextField())).filter(rule_text__contains=f'"{rule}"')
    return found


def order_of(sort: str) -> list[str]:
    """The columns of an order; numbers go from the surest to the least sure, so that most are read from the index."""
    return SORTS[sort][1] if sort in SORTS else ["number"]
