"""Several people review at once: whoever has a cluster open keeps it for a few minutes (H2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.errors import Conflict
from crmprogram.program.models import User
from migration.models import Cluster, ClusterState, ReviewClaim, Run

LASTS = timedelta(minutes=3)
TRIES = 20  # clusters somebody else may take while one is looked for


def open_to(run: Run, by: Any) -> Any:
    """Open clusters of the queue that nobody else has in hand."""
    taken = ReviewClaim.objects.filter(run=run, until__gt=clock.now()).exclude(by=by).values("cluster")
    return Cluster.objects.filter(run=run).queue().open().exclude(pk__in=taken)


@transaction.atomic
def claim(*, cluster: Cluster, by: User) -> ReviewClaim | None:
    """Take an open cluster in hand, giving up the one held before; None when another person has it."""
    now = clock.now()
    mine = ReviewClaim.objects.filter(cluster=cluster, by=by)
    known = getattr(cluster, "claim", None)  # spares an update; what it says may be over by now, and does no harm
    is_mine = cluster.state == ClusterState.OPEN and known is not None and known.by_id == by.pk
    if is_mine and mine.filter(until__gt=now).update(until=now + LASTS):
        return ReviewClaim(cluster=cluster, run_id=cluster.run_id, by=by, until=now + LASTS)
    elsewhere, over = Q(run=cluster.run_id, by=by) & ~Q(cluster=cluster), Q(cluster=cluster, until__lte=now) & ~Q(by=by)
    ReviewClaim.objects.filter(elsewhere | over).delete()
    if cluster.state != ClusterState.OPEN:
        return None
    taken = ReviewClaim(cluster=cluster, run_id=cluster.run_id, by=by, until=now + LASTS)
    ReviewClaim.objects.bulk_create([taken], ignore_conflicts=True)
    return taken if mine.update(until=now + LASTS) else None


def claim_next(*, run: Run, by: User, after: int = 0) -> Cluster | None:
    """Claim the next open cluster that nobody has in hand, from the start again at the queue's end."""
    for _ in range(TRIES):
        free = open_to(run, by).select_related("claim")
        found = free.filter(position__gt=after).first() or free.first()
        if found is None or claim(cluster=found, by=by) is not None:
            return found
    return None


def held_by_another(cluster: Cluster, by: Any) -> ReviewClaim | None:
    """The claim of somebody else on the cluster, while it lasts."""
    return (
        ReviewClaim.objects.filter(cluster=cluster, until__gt=clock.now()).exclude(by=by).select_related("by").first()
    )


def require_free(cluster: Cluster, by: User) -> None:
    """Raise Conflict while another person has the open cluster in hand."""
    if cluster.state == ClusterState.OPEN and (other := held_by_another(cluster, by)):
        raise Conflict(f"{other.by.display} has this cluster open just now. Take the next one, or wait a few minutes.")
