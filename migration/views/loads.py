"""Sign the merges, load a stage, audit its sample (H2, H7, H8)."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.jobs import queries as jobs
from crmprogram.jobs import services as job_services
from crmprogram.program import together
from crmprogram.program.errors import DomainError
from crmprogram.web.params import whole_number
from migration import vocabulary
from migration.forms import SignMergesForm
from migration.models import Cluster, Record, RunRow, SampleAudit, Space, Stage
from migration.services import loading, merges, reconciling, rollback, sampling
from migration.services.rows import load_rows
from migration.views.runs import POLLING_ENDS, RunView
from migration.words import MATCHES


class Merges(RunView):
    """What rules merged, a seeded sample to look at, and the signature (H2)."""

    post_action = "data.sign"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        seed = whole_number(request.GET.get("seed", ""))
        return self._show(self.run(number), seed if seed < 1_000_000 else 0)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        form = SignMergesForm(request.POST)
        if not form.is_valid():
            return self._show(run, 0, status=422, error="The form was not complete. Look at the sample again.")
        looked_at = [whole_number(one) for one in request.POST.getlist("looked")]
        try:
            merges.sign_merges(run=run, by=request.user, looked_at=looked_at, **form.cleaned_data)
        except DomainError as exc:
            return self._show(run, form.cleaned_data["seed"], status=exc.status, error=exc, looked=looked_at)
        return self.done("migration:run", number, message="The merges are signed. The dry run comes next.")

    def _show(self, run: Any, seed: int, status: int = 200, error: Any = None, looked: Any = ()) -> HttpResponse:
        signature = merges.standing_signature(run) if run.is_cleaned else None
        if not seed:
            seed = signature.seed if signature else random.SystemRandom().randint(1, 999_999)
        count = merges.automatic_merges(run).count() if run.is_cleaned else 0
        clusters = Cluster.objects.filter(run=run, number__in=merges.drawn_of(run, seed, count)).order_by("number")
        return self.page(
            "migration/merges.html",
            status=status,
            run=run,
            seed=seed,
            digest=merges.merge_digest(run, merges.asked(run)[1]) if run.is_cleaned else "",
            signature=signature,
            merges=count,
            sample=merged_rows(run, clusters),
            rules=[
                (MATCHES.get(rule, rule), count)
                for rule, count in sorted(run.summary.get("pairs", {}).items())
                if rule != "likely"
            ],
            looked=set(looked),
            error=error,
        )


SHOWN = ("given_name", "family_name", "email", "phone", "mobile", "company", "website", "city", "source_id")


def merged_rows(run: Any, clusters: QuerySet[Cluster]) -> list[dict[str, Any]]:
    """Each sampled cluster with its rows' most telling values and what became of them. Two queries."""
    ids = clusters.order_by().values("pk")
    keys = RunRow.objects.filter(cluster__in=ids).values("pk", "key", "cluster_id")
    living = Record.objects.filter(cluster__in=ids).living().order_by("-pk")
    together.fill(clusters, keys, living)
    rows = {row.id: row for row in load_rows(run, {one["pk"]: one["key"] for one in keys})}
    records = {one.cluster_id: one for one in living}
    of: dict[int, list[Any]] = {}
    for one in keys:
        of.setdefault(one["cluster_id"], []).append(rows[one["pk"]])
    shown = []
    for one in clusters:
        one.run = run
        members = sorted(of.get(one.pk, []), key=lambda row: row.key)
        names = [name for name in SHOWN if any(row.values.get(name) for row in members)]
        record = records.get(one.pk)
        shown.append(
            {
                "cluster": one,
                "rules": [MATCHES.get(rule, rule) for rule in one.rules if rule != "likely"],
                "heads": [vocabulary.label_of(run.object, name) for name in names],
                "rows": [[row.values.get(name, "") for name in names] for row in members],
                "result": [record.fields.get(name, "") for name in names] if record else [],
            }
        )
    return shown


class StageView(RunView):
    """What belongs to one stage of the rehearsal."""

    def stage(self, number: int, order: int) -> Stage:
        run = self.run(number)
        found = Stage.objects.filter(run=run, space=Space.REHEARSAL).select_related("job")
        stage = get_object_or_404(found, order=order)
        stage.run = run
        return stage

    def show(self, stage: Stage, status: int = 200, error: Any = None, progress: Any = None) -> HttpResponse:
        """The stage's page, with what was refused if something was."""
        if progress is None and stage.job:
            progress = jobs.progress(stage.job)
        audits, first = stage.audits.select_related("drawn_by", "signed_by"), stage.items.order_by().values("pk")[:1]
        standings = loading.standings(stage.run, stage.space, beside=[audits, first])
        standing = next(one for one in standings if one.stage.pk == stage.pk)
        return self.page(
            "migration/stage.html",
            status=status,
            error=error,
            stage=stage,
            run=stage.run,
            progress=progress,
            ready=standing.ready,
            held=standing.held,
            why_not=standing.why_not,
            reconciled=reconciling.lines(stage),
            loaded=bool(first),
            left=list(stage.items.select_related("record")[:50]) if stage.counts.get("left") else [],
            why_not_live=loading.why_not_live(self.program),
            audits=[(one, sampling.result_sentence(one)) for one in audits],
            open_audit=next((one for one in audits if one.signed_at is None), None),
        )


class StartStage(StageView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        stage = self.stage(number, order)
        start = loading.start_live_stage if request.POST.get("space") == Space.LIVE else loading.start_stage
        try:
            stage = start(stage=stage, by=request.user)
        except DomainError as exc:
            return self.show(self.stage(number, order), status=exc.status, error=exc)
        return self.done("migration:stage", number, order, message=f"{stage.label} are being loaded.")


class StagePage(StageView):
    """One stage: its load with progress, outcomes beside predictions, its sample audits."""

    def get(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        stage = self.stage(number, order)
        progress = jobs.progress(stage.job) if stage.job else None
        if request.htmx and progress:
            response = self.page("migration/stage.html#live", stage=stage, run=stage.run, progress=progress)
            if progress.is_over:
                response.status_code = POLLING_ENDS
                response["HX-Refresh"] = "true"
            return response
        return self.show(stage, progress=progress)


def _work_of(stage: Stage) -> str:
    """What is being done with a stage, in words."""
    kind = stage.job.kind if stage.job else ""
    clearing = "The clearing" if kind in {rollback.CLEARING, rollback.CLEARING_SET} else "The load"
    return "The rollback" if kind == rollback.KIND else clearing


class StopStage(StageView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        stage = self.stage(number, order)
        if stage.job is not None:
            job_services.stop_job(job=stage.job, by=request.user)
        return self.done("migration:stage", number, order, message=f"{_work_of(stage)} stops after its present part.")


class RollBackStage(StageView):
    """Take the stage out of the target: created records go, updated ones are as they were."""

    post_action = "data.load"

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        try:
            stage = rollback.roll_back_stage(stage=self.stage(number, order), by=request.user)
        except DomainError as exc:
            return self.show(self.stage(number, order), status=exc.page_status, error=exc)
        return self.done("migration:stage", number, order, message=f"{stage.label} are being rolled back.")


class ResumeStage(StageView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        stage = self.stage(number, order)
        if stage.job is not None:
            job_services.resume_job(job=stage.job, by=request.user)
        return self.done("migration:stage", number, order, message=f"{_work_of(stage)} goes on from where it stopped.")


class ClearRehearsal(RunView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = rollback.clear_rehearsal(run=self.run(number), by=request.user)
        last = run.stages.filter(job__kind=rollback.CLEARING).order_by("-order").values_list("order", flat=True)[0]
        return self.done("migration:stage", number, last, message="The rehearsal is being cleared.")


class DrawSample(StageView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        given = request.POST.get("seed", "").strip()
        sampling.draw_sample(
            stage=self.stage(number, order), by=request.user, seed=whole_number(given) if given else None
        )
        return self.done("migration:sample", number, order)


class SamplePage(StageView):
    """The drawn records, each beside its source; ticked one by one, then signed (H8)."""

    post_action = "data.load"

    def get(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        return self._show(self.stage(number, order))

    def post(self, request: HttpRequest, number: int, order: int) -> HttpResponse:
        stage = self.stage(number, order)
        audit = self._audit(stage)
        answers = [
            {"no": name[6:], "matches": request.POST[name] == "yes", "note": request.POST.get(f"note-{name[6:]}", "")}
            for name in request.POST
            if name.startswith("match-") and whole_number(name[6:])
        ]
        try:
            sampling.answer_sample(audit=audit, by=request.user, answers=answers)
            if request.POST.get("do") == "sign":
                sampling.sign_sample(audit=audit, by=request.user)
                return self.done("migration:stage", number, order, message="The sample is signed.")
        except DomainError as exc:
            return self._show(stage, status=exc.page_status, error=exc)
        goto = request.POST.get("goto", "")
        return self.done(
            "migration:sample", number, order, message="Saved.", fragment=f"r-{goto}" if whole_number(goto) else ""
        )

    def _audit(self, stage: Stage) -> SampleAudit:
        found = stage.audits.select_related("drawn_by", "signed_by", "stage__run__program").order_by("-pk")
        return get_object_or_404(found[:1])

    def _show(self, stage: Stage, status: int = 200, error: Any = None) -> HttpResponse:
        audit = self._audit(stage)
        items = list(audit.items.select_related("record__program", "answered_by"))
        for one in items:
            one.record.program = self.program
        return self.page(
            "migration/sample.html",
            status=status,
            stage=stage,
            run=stage.run,
            audit=audit,
            items=items,
            answered=sum(one.matches is not None for one in items),
            differing=sum(one.differences > 0 for one in items),
            said=sampling.result_sentence(audit),
            may_sign=self.can("data.sign"),
            error=error,
        )
