"""Merges by rule are signed by a person before anything is loaded (H2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from crmprogram.program import audit, clock, policy, together
from crmprogram.program.errors import Conflict
from crmprogram.program.models import User
from migration.errors import LoadRefused
from migration.models import Cluster, ClusterState, Decision, MergeSignature, Run
from migration.services import drawing

SAMPLE_OF_MERGES = 50  # ours (H2)
KNOWN_SECONDS = 12 * 3600
KEPT_DIGEST = "merges"  # in the summary of a run


def automatic_merges(run: Run):
    """Clusters that a rule merged and nobody was asked about."""
    return Cluster.objects.filter(run=run, state=ClusterState.BY_RULE)


def asked(run: Run) -> tuple[QuerySet, QuerySet]:
    """The last signature of the merges and the last decision of the run."""
    signed = MergeSignature.objects.filter(run=run).select_related("signed_by").order_by("-pk")[:1]
    return run.__dict__.setdefault(
        "_merges", (signed, Decision.objects.filter(run=run).order_by("-pk").values("pk")[:1])
    )


def merge_digest(run: Run, decided: QuerySet | None = None) -> str:
    """SHA-256 over every automatic merge: which keys became one.

    The run keeps it from its end until a decision changes one of them; then it is worked
    out anew after each decision. `decided` is the run's last one, where it is read already.
    """
    if kept := run.summary.get(KEPT_DIGEST):
        return kept
    if decided is None:
        decided = Decision.objects.filter(run=run).order_by("-pk").values("pk")[:1]
    last = next((one["pk"] for one in decided), None)
    known = f"merges-{run.pk}-{run.finished_at and run.finished_at.timestamp()}-{last}"
    found: str | None = cache.get(known) if run.finished_at else None
    if found is None:
        found = digest_of(run)
        cache.set(known, found, timeout=KNOWN_SECONDS)
    return found


def digest_of(run: Run) -> str:
    """The digest, worked out: every automatic merge is read."""
    total = hashlib.sha256()
    for key, groups in automatic_merges(run).order_by("key").values_list("key", "groups").iterator():
        total.update(json.dumps([key, groups]).encode())
    return total.hexdigest()


def merge_sample(run: Run, seed: int) -> list[int]:
    """Numbers of the automatic merges to look at; the same seed draws the same ones."""
    return drawn_of(run, seed, automatic_merges(run).count())


def drawn_of(run: Run, seed: int, count: int) -> list[int]:
    """The sample, where it is known how many automatic merges there are."""
    merged, told = automatic_merges(run), f"{run.pk}:{seed}"
    return drawing.draw(merged, "number", of=count, size=SAMPLE_OF_MERGES, seed=told)


def standing_signature(run: Run) -> MergeSignature | None:
    """The signature that covers the merges as they are now; None when none does.

    Asked once per run object: the digest reads every automatic merge.
    """
    if "_standing" not in run.__dict__:
        run.__dict__["_standing"] = _standing(run)
    return run.__dict__["_standing"]


def _standing(run: Run) -> MergeSignature | None:
    signed, decided = asked(run)
    together.fill(signed, decided)
    last = next(iter(signed), None)
    return last if last is not None and last.digest == merge_digest(run, decided) else None


@transaction.atomic
def sign_merges(
    *, run: Run, by: User, seed: int, looked_at: Sequence[int], seen_digest: str, note: str = ""
) -> MergeSignature:
    """Sign the summary of automatic merges after looking at the seeded sample (H2).

    Raises LoadRefused when the sample was not looked at to its end, Conflict when the
    merges changed since `seen_digest`.
    """
    policy.require(by, "data.sign", run)
    run = Run.objects.select_related("program", "job").get(pk=run.pk)
    if not run.is_cleaned:
        raise LoadRefused(f"{run.code} is not cleaned yet; there is nothing to sign.")
    digest = merge_digest(run)
    if seen_digest != digest:
        raise Conflict("The merges changed since you opened the summary. Look at it again.")
    sample = merge_sample(run, seed)
    if missing := set(sample) - set(looked_at):
        raise LoadRefused(
            f"{len(missing)} of the {len(sample)} sampled merges are not ticked yet.", missing=sorted(missing)
        )
    signature = MergeSignature.objects.create(
        run=run, seed=seed, sample=sample, digest=digest, note=note.strip(), signed_by=by, signed_at=clock.now(),
        counts={"merges": automatic_merges(run).count(), "merged_rows": run.counts.get("merged", 0)},
    )  # fmt: skip
    audit.record(by=by, verb="merges.signed", subject=run, after={**signature.counts, "sample": len(sample)})
    return signature
