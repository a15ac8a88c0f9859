"""The dry run of the whole file, record by record, and its spot-check field by field (H6)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.jobs import queries as jobs
from crmprogram.program.errors import DomainError
from crmprogram.web.paging import part_of
from crmprogram.web.params import whole_number
from migration.models import DryRun, Outcome, Prediction, Record, Stage
from migration.services import dry_runs
from migration.views.runs import POLLING_ENDS, RunView

PAGE = 50


class DryRuns(RunView):
    """Every dry run of a run; a new one over the first 500 records or the whole file."""

    post_action = "data.load"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._show(self.run(number))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        limit = dry_runs.FIRST if request.POST.get("scope") == "first" else None
        try:
            made = dry_runs.start_dry_run(run=run, by=request.user, limit=limit)
        except DomainError as exc:
            return self._show(run, status=exc.page_status, error=exc)
        return self.done(
            "migration:dry-run", number, made.number, message="The dry run is working; nothing is written."
        )

    def _show(self, run: Any, status: int = 200, error: Any = None) -> HttpResponse:
        found = list(DryRun.objects.filter(run=run).select_related("started_by", "signed_by", "job"))
        for one in found:
            one.run = run
        return self.page(
            "migration/dry_runs.html",
            status=status,
            run=run,
            dry_runs=found,
            first=dry_runs.FIRST,
            missing=dry_runs.refusal(run) if run.is_cleaned else "",
            standing=dry_runs.standing(run) if run.is_cleaned else None,
            error=error,
        )


class OneDryRun(RunView):
    def dry_run(self, number: int, no: int) -> DryRun:
        run = self.run(number)
        found = DryRun.objects.filter(run=run).select_related("started_by", "signed_by", "job")
        dry_run = get_object_or_404(found, number=no)
        dry_run.run = run
        return dry_run


class DryRunPage(OneDryRun):
    """What a load would do: in numbers for every row read, and record by record."""

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        dry_run = self.dry_run(number, no)
        progress = jobs.progress(dry_run.job) if dry_run.job else None
        if request.htmx and progress:
            response = self.page("migration/dry_run.html#live", dry_run=dry_run, run=dry_run.run, progress=progress)
            if progress.is_over:
                response.status_code = POLLING_ENDS
                response["HX-Refresh"] = "true"
            return response
        outcome = request.GET.get("outcome", "") if request.GET.get("outcome", "") in Outcome.values else ""
        # records are read by their ids: joined, PostgreSQL reads all of them up to a deep page
        labels = Prefetch("record", Record.objects.only("label"))
        found = Prediction.objects.filter(dry_run=dry_run).defer("stage").prefetch_related(labels)
        if outcome:
            found = found.filter(outcome=outcome)
        stages = dry_run.counts.get("stages", {})
        order = {name: at for at, name in enumerate(Stage.LABELS)}
        return self.page(
            "migration/dry_run.html",
            run=dry_run.run,
            dry_run=dry_run,
            progress=progress,
            account=dry_runs.row_account(dry_run) if dry_run.limit is None else [],
            stages=[
                (Stage.LABELS.get(name, "Not staged"), [counts[one.value] for one in Outcome])
                for name, counts in sorted(stages.items(), key=lambda one: (one[0] not in order, order.get(one[0], 0)))
            ],
            outcomes=Outcome.choices,
            refused=dry_run.counts.get("reject", 0) - dry_run.counts.get("held", 0),
            outcome=outcome,
            part=part_of(found, request.GET, by=["record_id"], most=PAGE),
            stands=dry_run == dry_runs.standing(dry_run.run),
            checked=dry_run.items.count(),
        )


class SpotCheck(OneDryRun):
    """Fifty records beside their source; every field is ticked that came through (H6)."""

    post_action = "data.load"

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        return self._show(self.dry_run(number, no))

    def post(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        dry_run = self.dry_run(number, no)
        answers = [
            {
                "no": one,
                "right": request.POST.getlist(f"right-{one}"),
                "note": request.POST.get(f"note-{one}", ""),
            }
            for one in map(whole_number, request.POST.getlist("seen"))
            if one
        ]
        try:
            dry_runs.answer_spot_check(dry_run=dry_run, by=request.user, answers=answers)
            if request.POST.get("do") == "sign":
                dry_runs.sign_spot_check(dry_run=dry_run, by=request.user)
                return self.done("migration:dry-run", number, no, message="The spot-check is signed.")
        except DomainError as exc:
            return self._show(self.dry_run(number, no), status=exc.page_status, error=exc)
        return self.done("migration:spot-check", number, no, message="Saved.")

    def _show(self, dry_run: DryRun, status: int = 200, error: Any = None) -> HttpResponse:
        items = list(dry_run.items.select_related("record", "answered_by"))
        for one in items:
            one.record.program = self.program
        return self.page(
            "migration/spot_check.html",
            status=status,
            run=dry_run.run,
            dry_run=dry_run,
            items=items,
            answered=sum(one.wrong is not None for one in items),
            may_sign=self.can("data.sign"),
            error=error,
        )
