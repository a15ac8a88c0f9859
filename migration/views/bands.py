"""Bands: a sample judged by a person stands for the clusters nobody can read one by one (H2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.jobs import queries as jobs
from crmprogram.program.errors import DomainError
from migration import queue
from migration.forms import BandForm
from migration.models import Band, Cluster
from migration.services import bands
from migration.views.loads import merged_rows
from migration.views.runs import POLLING_ENDS, RunView

A_PAGE = 10  # sampled clusters judged on one page


class Bands(RunView):
    """What is open by likelihood, and the bands that were drawn; a new one is drawn here."""

    post_action = "data.review"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._show(self.run(number), BandForm())

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run, form = self.run(number), BandForm(request.POST)
        if not form.is_valid():
            return self._show(run, form, status=422)
        try:
            band = bands.draw_band(run=run, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self._show(run, form, status=exc.page_status, error=exc)
        return self.done("migration:band", number, band.number)

    def _show(self, run: Any, form: BandForm, status: int = 200, error: Any = None) -> HttpResponse:
        people = ("drawn_by", "accepted_by", "undone_by")
        found = list(Band.objects.filter(run=run).select_related(*people).order_by("-pk"))
        for one in found:
            one.run, one.said = run, bands.bound_sentence(one)
        return self.page(
            "migration/bands.html",
            status=status,
            run=run,
            form=form,
            bands=found,
            error=error,
            ranges=[
                (label, low, min(high, bands.SUREST), bands.in_band(run, low, high).count())
                for _, label, low, high in queue.SCORES
            ],
        )


class BandPage(RunView):
    """One band: its sample, ten at a time, then its acceptance; what became of it."""

    post_action = "data.review"

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        band = self.band(number, no)
        if request.htmx and band.job:
            response = self.page("migration/band.html#live", band=band, run=band.run, progress=jobs.progress(band.job))
            if jobs.progress(band.job).is_over:
                response.status_code = POLLING_ENDS
                response["HX-Refresh"] = "true"
            return response
        return self.show(band)

    def post(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        band = self.band(number, no)
        judged = {
            int(name[6:]): request.POST[name] == "right"
            for name in request.POST
            if name.startswith("judge-") and name[6:].isdecimal()
        }
        try:
            band = bands.judge_band(band=band, by=request.user, judged=judged)
        except DomainError as exc:
            return self.show(band, status=exc.page_status, error=exc)
        return self.done("migration:band", number, no, message=f"{len(band.judged)} of {len(band.sample)} are judged.")

    def band(self, number: int, no: int) -> Band:
        run = self.run(number)
        found = Band.objects.filter(run=run).select_related("drawn_by", "accepted_by", "undone_by", "job")
        band = get_object_or_404(found, number=no)
        band.run = run
        return band

    def show(self, band: Band, status: int = 200, error: Any = None) -> HttpResponse:
        """The band's page, with what was refused if something was."""
        waiting = [one for one in band.sample if str(one) not in band.judged][:A_PAGE]
        shown = Cluster.objects.filter(run=band.run, number__in=waiting).order_by("number")
        wrong = [int(number) for number, right in band.judged.items() if not right]
        return self.page(
            "migration/band.html",
            status=status,
            run=band.run,
            band=band,
            sample=merged_rows(band.run, shown) if not band.accepted_at else [],
            wrong=Cluster.objects.filter(run=band.run, number__in=wrong).order_by("number"),
            why_not=bands.refusal(band),
            said=bands.bound_sentence(band),
            progress=jobs.progress(band.job) if band.job else None,
            error=error,
        )


class AcceptBand(BandPage):
    """Accept the band, or take it back as a whole."""

    post_action = "data.sign"

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        return self.show(self.band(number, no))

    def post(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        band = self.band(number, no)
        undo = request.POST.get("do") == "undo"
        try:
            (bands.undo_band if undo else bands.accept_band)(band=band, by=request.user)
        except DomainError as exc:
            return self.show(self.band(number, no), status=exc.page_status, error=exc)
        said = "The band is being taken back." if undo else "The band is accepted; its clusters are being decided."
        return self.done("migration:band", number, no, message=said)
