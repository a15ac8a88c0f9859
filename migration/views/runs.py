"""Runs: the list, a new one, its page, its mapping, and what controls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.intake.models import Upload
from crmprogram.jobs import queries as jobs
from crmprogram.program import together
from crmprogram.program.errors import DomainError
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from migration import queries, vocabulary
from migration.forms import ReasonForm, RunForm
from migration.models import MappingColumn, Run, SampleAudit, Space, Treatment
from migration.services import loading, mapping, merges, reverts, runs, sampling, set_summary, sets
from migration.words import MATCHES

POLLING_ENDS = 286


class RunView(ProgramView):
    """A page of one run."""

    action = "data.view"

    def run(self, number: int) -> Run:
        found = Run.objects.of(self.program).select_related(
            "program", "job", "mapping__signed_by", "created_by", "started_by", "cancelled_by", "migration_set"
        )
        return get_object_or_404(found, number=number)


class Runs(ProgramView):
    """Every run of the program, newest first, and files that wait for one."""

    action = "data.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        held = Run.objects.current().of(self.program).filter(uploads__isnull=False).values("uploads")
        free = Upload.objects.of(self.program).at_hand().exclude(pk__in=held)
        files = list(free.order_by("-pk")[:20])
        return self.page(
            "migration/runs.html",
            runs=list(queries.runs_of(self.program)[:100]),
            sets=set_summary.sets_of(self.program),
            files=files,
            may_begin=any(one.kept_count for one in files),
        )


class NewRun(ProgramView):
    """Choose files and begin a run with its mapping."""

    action = post_action = "data.run"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = RunForm(program=self.program, initial={"uploads": request.GET.getlist("file")})
        return self.page("migration/run_new.html", form=form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RunForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.page("migration/run_new.html", status=422, form=form)
        try:
            made = sets.begin(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error(None, str(exc))
            return self.page("migration/run_new.html", status=409, form=form)
        if isinstance(made, Run):
            return self.done("migration:mapping", made.number, message=f"{made.code} begun. Look at its mapping.")
        return self.done("migration:set", made.number, message=f"{made.code} begun. Look at each of its mappings.")


class RunPage(RunView):
    """One run: steps, live progress, quality, problems, stages, account, rejects, log."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        progress = jobs.progress(run.job) if run.job else None
        if request.htmx and progress:
            response = self.page("migration/run.html#live", run=run, progress=progress, **self._live(run, progress))
            if progress.is_over:
                response.status_code = POLLING_ENDS
                response["HX-Refresh"] = "true"  # the results below were not there while it ran
            return response
        return self.page("migration/run.html", **self._context(run, progress))

    def _live(self, run: Run, progress: Any) -> dict[str, Any]:
        uploads = run.uploads.order_by("pk").select_related("program")
        stages = run.stages.filter(space=Space.REHEARSAL).select_related("job")
        columns = MappingColumn.objects.filter(mapping=run.mapping_id).order_by().values("treatment")
        together.fill(uploads, stages, columns, *merges.asked(run))
        for stage in stages:
            stage.run = run
        treatments = [one["treatment"] for one in columns]
        review = queries.review_counts(run)
        signature = merges.standing_signature(run) if run.is_cleaned else None
        return {
            "uploads": uploads,
            "review": review,
            "signature": signature,
            "stages": stages,
            "steps": queries.steps(run, review, progress, uploads, treatments, stages, signature),
        }

    def _context(self, run: Run, progress: Any) -> dict[str, Any]:
        live = self._live(run, progress)
        owed = reverts.queued(run).order_by().select_related(None).values("state").annotate(n=Count("pk"))
        stage_rows = _stage_rows(run, beside=[owed]) if run.is_cleaned else []
        problems = queries.problems(run)
        return {
            "run": run,
            "progress": progress,
            **live,
            "quality": queries.quality(run, live["review"]),
            "scale": [(0, "0%"), (50, "50%"), (100, "100%")],
            "problems": problems,
            "dirt": queries.dirt(run),
            "owed": sum(one["n"] for one in owed) if run.is_cleaned else 0,
            "largest": max((one.total for one in problems), default=1),
            "account": queries.account_parts(run),
            "matches": [
                (MATCHES.get(rule, rule), count) for rule, count in sorted(run.summary.get("pairs", {}).items())
            ],
            "stage_rows": stage_rows,
            "loadable": run.object in vocabulary.LOADABLE,
            "log": list(reversed(run.summary.get("log", [])))[:12],
        }


def _stage_rows(run: Run, beside: Sequence[QuerySet]) -> list[dict[str, Any]]:
    """The stages with what is ready, held and audited; fills `beside` with them."""
    audits = SampleAudit.objects.filter(stage__run=run, stage__space=Space.REHEARSAL).order_by("pk")
    standings = loading.standings(run, Space.REHEARSAL, beside=[audits, *beside])
    newest = {one.stage_id: one for one in audits}
    rows = []
    for one in standings:
        audit = newest.get(one.stage.pk)
        said = sampling.result_sentence(audit) if audit else ""
        rows.append(
            {
                "stage": one.stage,
                "ready": one.ready,
                "held": one.held,
                "why_not": one.why_not,
                "audit": audit,
                "said": said,
            }
        )
    return rows


class ProfilePage(RunView):
    """What is in each column before anything is changed: filled, distinct, kind, most frequent, patterns (H9)."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        return self.page("migration/profile.html", run=run, columns=queries.profile_columns(run))


class MappingPage(RunView):
    """Each column of each file: where it goes, or why it does not; signed in the end (H5)."""

    post_action = "data.run"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._show(self.run(number))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        typed = _typed(request.POST)
        try:
            mapping.change_mapping(run=run, by=request.user, columns=typed)
            if request.POST.get("do") == "save":
                return self.done("migration:mapping", number, message="The mapping is saved.")
            mapping.sign_mapping(run=run, by=request.user)
            if request.POST.get("do") == "sign":
                return self.done("migration:mapping", number, message="The mapping is signed.")
            if run.migration_set is not None and not run.is_cleaned:
                said = f"The mapping of {run.code} is signed."
                return self.done("migration:set", run.migration_set.number, message=said)
            runs.start_run(run=run, by=request.user)
        except DomainError as exc:
            return self._show(self.run(number), status=exc.status if exc.status != 400 else 422, error=exc, typed=typed)
        return self.done("migration:run", number, message=f"{run.code} is running.")

    def _show(self, run: Run, status: int = 200, error: Any = None, typed: list | None = None) -> HttpResponse:
        columns = list(run.mapping.columns.select_related("upload").order_by("upload_id", "index"))
        kept = {int(one["id"]): one for one in typed or ()}
        for one in columns:
            one.upload.program = self.program
            for name in ("treatment", "field", "reason"):
                if one.pk in kept:
                    setattr(one, name, kept[one.pk].get(name, getattr(one, name)))
        files: dict[int, dict[str, Any]] = {}
        for one in columns:
            files.setdefault(one.upload_id, {"upload": one.upload, "columns": []})["columns"].append(one)
        return self.page(
            "migration/mapping.html",
            status=status,
            run=run,
            mapping=run.mapping,
            files=list(files.values()),
            targets=vocabulary.targets(run.object),
            treatments=Treatment.choices,
            missing=mapping.missing_sentences(run.mapping),
            proposed=sum(one.is_proposed for one in columns),
            dropped=sum(one.treatment == Treatment.DROP for one in columns),
            custom=sum(one.treatment == Treatment.CUSTOM for one in columns),
            total=len(columns),
            versions=list(run.mappings.select_related("signed_by", "created_by")),
            may_change=queries.may_change(run),
            error=error,
        )


def _typed(post: Any) -> list[dict[str, str]]:
    """The columns as they were typed: treatment-<id>, field-<id>, reason-<id>."""
    typed = []
    for name in post:
        if name.startswith("treatment-") and whole_number(name[10:]):
            pk = name[10:]
            typed.append(
                {
                    "id": pk,
                    "treatment": post[name],
                    "field": post.get(f"field-{pk}", ""),
                    "reason": post.get(f"reason-{pk}", ""),
                }
            )
    return typed


class StartRun(RunView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = runs.start_run(run=self.run(number), by=request.user)
        return self.done("migration:run", number, message=f"{run.code} is running.")


class StopRun(RunView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        runs.stop_run(run=self.run(number), by=request.user)
        return self.done("migration:run", number, message="The run stops after its present part. What is done stays.")


class ResumeRun(RunView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        runs.resume_run(run=self.run(number), by=request.user)
        return self.done("migration:run", number, message="The run goes on from where it stopped.")


class CancelRun(RunView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        run = runs.cancel_run(run=self.run(number), by=request.user, reason=reason)
        return self.done("migration:runs", message=f"{run.code} is cancelled. Its files can be cleaned again.")
