"""A twentieth of the decisions is judged again by another person who does not see the first verdict."""

from __future__ import annotations

import hashlib

from django.db import transaction

from crmprogram.program import audit, clock, policy
from crmprogram.program.errors import Invalid
from crmprogram.program.models import User
from migration.errors import DecisionRefused
from migration.hygiene.agreement import Agreement, agreement
from migration.models import Cluster, Run, SecondLook, Verdict

PERCENT = 5


def is_drawn(cluster: Cluster) -> bool:
    """Is this cluster one of the twentieth? Drawn by its run and key, so that nobody chooses."""
    digest = hashlib.sha256(f"{cluster.run_id}:{cluster.key}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < PERCENT


def ask_again(cluster: Cluster, first: Verdict, by: User) -> None:
    """Put a decided cluster up for a second look, when it is drawn; a changed first verdict is the one that counts."""
    if is_drawn(cluster):
        found = SecondLook.objects.filter(cluster=cluster).first()
        if found is None:
            SecondLook.objects.create(
                run=cluster.run, cluster=cluster, label=cluster.label, first=first, first_by=by, asked_at=clock.now()
            )
        elif not found.second:
            found.first, found.first_by = first, by
            found.save(update_fields=["first", "first_by"])


def forget(cluster: Cluster) -> None:
    """The first verdict was taken back: nothing is left to agree with."""
    SecondLook.objects.filter(cluster=cluster, second="").delete()


def waiting_for(run: Run, user: User):
    """Second looks this person may give: those another one decided first."""
    return SecondLook.objects.filter(run=run).waiting().exclude(first_by=user).select_related("cluster")


@transaction.atomic
def answer_second_look(*, look: SecondLook, by: User, verdict: str) -> SecondLook:
    """Give the second verdict, without changing the decision.

    Raises DecisionRefused for one's own decision and when somebody answered already.
    """
    look = SecondLook.objects.lock(look.pk)
    look.run = Run.objects.select_related("program").get(pk=look.run_id)
    policy.require(by, "data.review", look)
    if verdict not in Verdict.values:
        raise Invalid("Say whether they are the same, some of them, or not.", field="verdict")
    if look.first_by_id == by.pk:
        raise DecisionRefused("You decided this one first; the second look is another person's.")
    if look.second:
        raise DecisionRefused("Somebody has given the second look already.")
    look.second, look.second_by, look.second_at = Verdict(verdict), by, clock.now()
    look.save(update_fields=["second", "second_by", "second_at"])
    audit.record(by=by, verb="second_look.given", subject=look, program=look.run.program, after={"agrees": look.agrees})
    return look


def agreement_of(run: Run) -> Agreement:
    """How far first and second verdicts of a run agree."""
    return agreement(SecondLook.objects.filter(run=run).answered().values_list("first", "second"))
