"""Duplicate review: one cluster a page, decided by a key press (H2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from crmprogram.intake.models import Upload
from crmprogram.program import together
from crmprogram.program.errors import DomainError
from crmprogram.web.paging import part_of
from migration import queries, queue, vocabulary
from migration.differences import segments
from migration.forms import ClusterForm
from migration.hygiene import merge
from migration.hygiene.compare import Pair
from migration.hygiene.features import Record as Cleaned
from migration.models import Band, Cluster, ClusterState, Decision, Run, RunRow
from migration.services import claims, decisions, reverts, review, second_looks
from migration.services.clusters import from_json
from migration.services.rows import load_rows
from migration.views.runs import RunView
from migration.words import MATCHES

CLUSTERS_A_PAGE = 100
COLUMNS = 12  # more records than that are not compared side by side
LONG = ("pairs", "groups", "undecided")  # of a cluster, not shown in a list, and carried along where one is sorted
SECONDS_EACH = 11  # used until the person's own pace is known


class Duplicates(RunView):
    """The newest run's next open cluster; its queue when nothing is open."""

    def get(self, request: HttpRequest) -> HttpResponse:
        run = Run.objects.of(self.program).cleaned().order_by("-pk").first()
        open_run = (
            Run.objects.of(self.program).cleaned().filter(clusters__state=ClusterState.OPEN).order_by("-pk").first()
        )
        if open_run is not None:
            cluster = queries.next_open(open_run)
            if self.can("data.review"):
                cluster = claims.claim_next(run=open_run, by=request.user)
            if cluster is None:  # others have all that is open in hand
                return self.done("migration:clusters", open_run.number)
            return self.done("migration:cluster", open_run.number, cluster.number)
        if run is not None:
            return self.done("migration:clusters", run.number)
        return self.page("migration/clusters.html", run=None, review=queries.ReviewCounts())


class Clusters(RunView):
    """The queue of a run: what was asked, what is decided, what is open; by score, rule or size."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        asked = {name: request.GET.get(name, "") for name in ("state", "score", "rule", "sort")}
        found = queue.clusters_of(run, state=asked["state"], score=asked["score"], rule=asked["rule"])
        found = found.select_related("decided_by").defer(*LONG)
        part = part_of(found, request.GET, by=queue.order_of(asked["sort"]), most=CLUSTERS_A_PAGE)
        for one in part.rows:
            one.run = run
        return self.page(
            "migration/clusters.html",
            run=run,
            part=part,
            review=queries.review_counts(run),
            next_open=queries.next_open(run),
            seconds=second_looks.waiting_for(run, request.user).count() if self.can("data.review") else 0,
            bands=Band.objects.filter(run=run).exists(),
            asked=asked,
            is_filtered=any(asked.values()),
            choices=[
                ("state", "State", [("", "Asked of people"), *ClusterState.choices]),
                ("score", "Score", [("", "Any"), *((key, label) for key, label, *_ in queue.SCORES)]),
                ("rule", "Found by", [("", "Any rule"), *MATCHES.items()]),
                ("sort", "Order", [("", "Surest first"), *((key, label) for key, (label, _) in queue.SORTS.items())]),
            ],
        )


class ClusterPage(RunView):
    """Records side by side, what differs, why they may be one; merge, split or leave for later."""

    post_action = "data.review"

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        run = self.run(number)
        cluster = self._cluster(run, no)
        is_ahead = request.GET.get("ahead") == "1"  # read before it is the reviewer's turn: nobody takes it in hand
        takes = self.can("data.review") and not is_ahead
        mine = claims.claim(cluster=cluster, by=request.user) if takes else None
        template = "migration/cluster.html#cluster" if request.htmx else "migration/cluster.html"
        return self.page(template, **self._context(run, cluster, is_mine=mine is not None))

    def post(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        run = self.run(number)
        cluster = self._cluster(run, no)
        form = ClusterForm(request.POST)
        if not form.is_valid():
            return self._answer(run, cluster, status=422, error="The decision was not understood. Load the page again.")
        do, said = form.cleaned_data["do"], ""
        try:
            if do != "next":
                decided, words = self._decided(run, cluster, form.cleaned_data)
                run.summary = decided.run.summary  # of which one less is open
                said = f"{words}{_owed(decided)}"
        except DomainError as exc:
            return self._answer(run, self._cluster(run, no), status=exc.status if exc.status != 400 else 422, error=exc)
        if do == "undo":
            return self._answer(run, self._cluster(run, no), said=said)
        following = claims.claim_next(run=run, by=request.user, after=cluster.position)
        if following is None or (do == "next" and following.pk == cluster.pk):
            return self.done("migration:clusters", number, message=said or "No other cluster is open.")
        following.run = run
        return self._answer(run, following, said=said, is_mine=True)

    def _decided(self, run: Run, cluster: Cluster, told: dict[str, Any]) -> tuple[Cluster, str]:
        """The cluster after what the form says was done with it, and that in words. Raises DomainError."""
        by, no, posted = self.request.user, cluster.number, self.request.POST
        if told["do"] == "split":
            cluster = review.split_cluster(cluster=cluster, by=by, seen=told["seen"])
            return cluster, f"Cluster {no} is split; its records are remembered as not the same."
        if told["do"] == "undo":
            cluster = review.undo_decision(cluster=cluster, by=by, seen=told["seen"])
            return cluster, f"The decision about cluster {no} is taken back."
        include, survivor = posted.getlist("include"), told["survivor"]
        fields = {name[6:]: posted[name] for name in posted if name.startswith("field-")}
        fields = {name: key for name, key in fields.items() if key in include}
        cluster = review.merge_cluster(
            cluster=cluster, by=by, include=include, fields=_chosen(run, cluster, include, fields), seen=told["seen"],
            survivor=survivor if survivor in include else "",
        )  # fmt: skip
        return cluster, f"Merged {len(include)} records of cluster {no}."

    def _answer(
        self,
        run: Run,
        cluster: Cluster,
        *,
        status: int = 200,
        error: Any = None,
        said: str = "",
        is_mine: bool = False,
    ) -> HttpResponse:
        """The fragment of `cluster` for htmx, else its page: by redirect when all went well."""
        url = cluster.get_absolute_url()
        if not self.request.htmx and status == 200:
            return self.done("migration:cluster", run.number, cluster.number, message=said)
        name = "migration/cluster.html#cluster" if self.request.htmx else "migration/cluster.html"
        response = self.page(name, status=status, **self._context(run, cluster, error=error, is_mine=is_mine))
        if self.request.htmx and status == 200:
            response["HX-Push-Url"] = url
            if said:
                response["HX-Trigger"] = json.dumps({"toast": {"text": said}})
        return response

    def _cluster(self, run: Run, no: int) -> Cluster:
        cluster = get_object_or_404(Cluster.objects.select_related("decided_by", "claim"), run=run, number=no)
        cluster.run = run
        return cluster

    def _context(self, run: Run, cluster: Cluster, error: Any = None, is_mine: bool = False) -> dict[str, Any]:
        """What the page shows, read in two queries; `is_mine`: nobody else can have the cluster open."""
        user = self.request.user
        free = claims.open_to(run, user).defer("pairs", "groups")
        later, first = free.filter(position__gt=cluster.position)[:1], free[:1]
        mine = Decision.objects.filter(run=run, by=user).in_force().select_related("cluster").order_by("-pk")[:1]
        compared, uploads = compared_rows(cluster), run.uploads.all()
        told = queries.last_told(run, user)
        before, after = queries.queue_around(cluster)
        newest = review.naming(cluster, RunRow.objects.filter(cluster=cluster).values("key"))
        owed, history = reverts.owed_by(cluster), queries.history_of(cluster)
        together.fill(compared, uploads, later, first, told, mine, before, after, newest, owed, history)
        keys = {one["pk"]: one["key"] for one in compared}
        chosen = decisions.choosing(run.program, keys.values())
        rows = sorted(load_rows(run, keys, beside=[chosen]), key=lambda one: one.key)
        sides = _sides(cluster, rows, uploads)
        lines = _lines(run, rows, sides, decisions.Choices(chosen))
        pairs = sorted((from_json(one) for one in cluster.pairs), key=lambda one: (-one.probability, one.a, one.b))
        shown = min(pairs, key=lambda one: abs(one.probability - cluster.probability), default=None)
        counts = queries.review_counts(run)
        following = next(iter([*later, *first]), None)
        pace = queries.pace_of(run, user, told)
        last = next((one.cluster for one in mine if one.cluster_id != cluster.pk), None)
        asks = cluster.state == ClusterState.OPEN and not is_mine
        return {
            "run": run,
            "cluster": cluster,
            "sides": sides,
            "lines": lines,
            "hidden": cluster.size - len(sides),
            "survivor": _survivor(run, rows),
            "parts": [(_short(part.text), part.points) for part in shown.parts] if shown else [],
            "why": shown,
            "said": [(part.text, part.points) for part in shown.parts] if shown else [],
            "total": _total(shown) if shown else "",
            "pairs": pairs[:20],
            "queue": [*before, *after][: queries.AROUND],
            "review": counts,
            "minutes": ceil(counts.open * (pace or SECONDS_EACH) / 60),
            "is_own_pace": pace is not None,
            "following": following if following and following.pk != cluster.pk else None,
            "seen": next((one["decision_id"] for one in newest), 0),
            "holder": claims.held_by_another(cluster, user) if asks else None,
            "owed": len(owed),
            "history": history,
            "last": last,
            "question": {"contact": "Same person?", "account": "Same company?"}.get(run.object, "Same record?"),
            "error": error,
        }


class UndoLast(RunView):
    """Take back one's last decision in the run and go to its cluster."""

    post_action = "data.review"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        last = (
            Decision.objects.filter(run=run, by=request.user, cluster__isnull=False).in_force().order_by("-pk").first()
        )
        if last is None:
            return self.done("migration:clusters", number, message="There is nothing of yours to take back.")
        cluster = review.undo_decision(cluster=last.cluster, by=request.user)
        url = reverse("migration:cluster", args=[self.program.slug, number, cluster.number])
        if request.htmx:
            response = HttpResponse()
            response["HX-Redirect"] = url
            return response
        return HttpResponseRedirect(url, status=303)


def _owed(cluster: Cluster) -> str:
    """What a decision after the load leaves to do."""
    owed = reverts.waiting_in(cluster)
    return f" {owed} loaded {'record waits' if owed == 1 else 'records wait'} to be taken back." if owed else ""


def compared_rows(cluster: Cluster) -> Any:
    """Id and key of the cluster's rows as far as they are compared side by side, by key."""
    return RunRow.objects.filter(cluster=cluster).order_by("key").values("pk", "key")[:COLUMNS]


def side_by_side(run: Run, cluster: Cluster) -> tuple[list[queries.Side], list[dict[str, Any]]]:
    """The records and what differs, without a word of what was decided (for a second look)."""
    uploads = run.uploads.all()
    rows = load_rows(run, {one["pk"]: one["key"] for one in compared_rows(cluster)}, beside=[uploads])
    rows.sort(key=lambda one: one.key)
    sides = _sides(cluster, rows, uploads)
    return sides, _lines(run, rows, sides)


def _sides(cluster: Cluster, rows: list, uploads: Iterable[Upload]) -> list[queries.Side]:
    group_of = {key: at for at, group in enumerate(cluster.groups) for key in group}
    files = {one.pk: one for one in uploads}
    return [
        queries.Side(
            no, row.key, row.id, files[row.id >> 24].name, row.id & 0xFFFFFF, group_of.get(row.key, 0), row.values
        )
        for no, row in enumerate(rows, start=1)
    ]


def _golden(rows: list) -> merge.Golden:
    doubtful = {(row.key, one.field) for row in rows for one in row.issues}
    return merge.golden([Cleaned(row.key, row.values) for row in rows], doubtful=doubtful)


def _survivor(run: Run, rows: list) -> str:
    return merge.survivor([Cleaned(row.key, row.values) for row in rows]) if rows else ""


def _chosen(run: Run, cluster: Cluster, include: list[str], fields: dict[str, str]) -> dict[str, str]:
    """Only the choices that differ from what the rules choose: the rest stays the rules' doing."""
    keys = dict(RunRow.objects.filter(cluster=cluster, key__in=include).values_list("pk", "key"))
    rows = load_rows(run, keys)
    if len(rows) < 2:
        return fields
    best = _golden(rows)
    values = {row.key: row.values for row in rows}
    return {
        name: key
        for name, key in fields.items()
        if key in values and values[key].get(name, "") != best.values.get(name, "")
    }


def _lines(
    run: Run, rows: list, sides: list[queries.Side], chosen: decisions.Choices | None = None
) -> list[dict[str, Any]]:
    """One line per field: the survivor's value and why, and each record's value with what differs.

    `chosen` is what people chose before; None leaves it out.
    """
    if not rows:
        return []
    keys = [row.key for row in rows]
    told = chosen.of(keys) if chosen else None
    best = _golden(rows)
    order = {one.name: at for at, one in enumerate(vocabulary.targets(run.object))}
    names = sorted({name for row in rows for name in row.values}, key=lambda name: (order.get(name, 999), name))
    lines = []
    for name in names:
        choice = best.lineage.get(name)
        value, why, key = best.values.get(name, ""), choice.reason if choice else "", choice.keys[0] if choice else ""
        if told and name in told.fields:
            key = told.fields[name]
            value = next(row.values.get(name, "") for row in rows if row.key == key)
            why = f"chosen by {told.by}" if told.by else "chosen"
        texts = [row.values.get(name, "") for row in rows]
        same = len(set(texts)) == 1
        lines.append(
            {
                "name": name,
                "label": vocabulary.label_of(run.object, name),
                "value": value,
                "why": "" if same else why,
                "same": same,
                "cells": [
                    {
                        "side": side,
                        "picked": side.key == key,
                        "value": text,
                        "segments": segments(text, value),
                    }
                    for side, text in zip(sides, texts, strict=True)
                ],
            }
        )
    return lines


def _total(pair: Pair) -> str:
    return f"Sum {sum(part.points for part in pair.parts):.1f} bits, probability {queue.score(pair.probability)}"


def _short(text: str) -> str:
    said = text.partition(":")[0].partition(", ")[0]
    return said if len(said) <= 30 else f"{said[:29]}…"
