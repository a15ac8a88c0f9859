"""The matrix, its cells, the criteria with their weights, the raters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from crmprogram.jobs import queries as jobs
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.downloads import csv_response
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from scorecard import firmness, queries, scoring, table, workbook
from scorecard.costs import load_costs
from scorecard.forms import (
    ConsensusForm,
    CriterionForm,
    ExcuseForm,
    RaterForm,
    ReasonForm,
    SimulationForm,
    TemplateForm,
)
from scorecard.models import Criterion, Rater, Rating, Scorecard, Vendor
from scorecard.services import card as services
from scorecard.services import simulations
from scorecard.simulation import packed


class CardView(ProgramView):
    """Base: the program's scorecard, and the matrix laid out for the reader."""

    action = "scorecard.view"

    @property
    def card(self) -> Scorecard:
        return get_object_or_404(Scorecard.objects.select_related("program"), program=self.program)

    @cached_property
    def matrix(self) -> queries.Matrix:
        return self.look.pick.matrix or queries.load_matrix(self.card)

    @property
    def open_matrix(self) -> queries.Matrix:
        """The matrix for a reader who owes no ratings; raises RatingRefused for others (V3)."""
        if self.matrix.is_blind_to(self.request.user):
            services.refuse_blind(self.matrix.card, self.request.user)
        return self.matrix


class MatrixPage(CardView):
    """The matrix. Who still owes ratings sees no scores at all: a mean of one is a rating (V3)."""

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        matrix = self.matrix
        mine = next((one for one in matrix.raters if one.membership_id == self.membership.pk), None)
        is_blind = matrix.is_blind_to(request.user) and bool(matrix.vendors)
        rows = [] if is_blind else load_costs(self.program, matrix.vendors)
        return self.page(
            "scorecard/matrix.html",
            status=status,
            matrix=matrix,
            table=None if is_blind else table.build(matrix),
            lead=table.lead(matrix),
            costs={row.vendor.pk: row for row in rows},
            has_costs=any(row.cost for row in rows),
            cost_top=max((row.cost.total for row in rows if row.cost), default=0),
            mine=mine,
            is_blind=is_blind,
            knew=queries.knew_before(matrix.raters),
            changes=matrix.card.weight_changes.select_related("by")[:5],
            rater_form=RaterForm(program=self.program),
            reason_form=ReasonForm(),
            **more,
        )


class MatrixFile(CardView):
    """The matrix as CSV: criteria down, vendors across, then what decides; nothing the page does not show."""

    def get(self, request: HttpRequest) -> HttpResponse:
        laid = table.build(self.open_matrix)
        costs = {row.vendor.pk: row.cost for row in load_costs(self.program, self.matrix.vendors)}
        columns = laid.columns

        def line(name: str, weight: object, cells: Iterable[object]) -> list[object]:
            return [name, weight, *cells]

        rows = [line("Criterion", "Weight %", (one.vendor.name for one in columns))]
        rows += [line(row.criterion.name, row.criterion.weight, (cell.mean for cell in row.cells)) for row in laid.rows]
        rows += [
            line("Weighted total", laid.weight_sum, (one.total for one in columns)),
            line("Rank", "", ("out" if one.score.rank is None else one.score.rank for one in columns)),
            line("Rank by total", "", (one.score.rank_by_total for one in columns)),
            line("Standing", "", (one.badge for one in columns)),
            line("Why", "", (one.said for one in columns)),
            line("Must-haves missing", "", ("; ".join(each.name for each in one.missing) for one in columns)),
            line(
                f"Three-year cost, {self.program.currency} in minor units",
                "",
                (cost.total if (cost := costs[one.vendor.pk]) else "" for one in columns),
            ),
        ]
        return csv_response(f"scorecard-{self.program.slug}.csv", rows)


class MatrixBook(CardView):
    """The matrix as a workbook, with the ratings that the reader may see and the costs."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return workbook.response(self.open_matrix, self.request.user)


class FirmPage(CardView):
    """How firm is the winner: what would have to change for another to lead (V10)."""

    post_action = "scorecard.simulate"

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        matrix = self.open_matrix
        last = matrix.card.simulations.select_related("job", "by").first()
        more.setdefault("form", SimulationForm())
        return self.page(
            "scorecard/firm.html",
            status=status,
            matrix=matrix,
            firm=firmness.build(matrix),
            means=firmness.raters_by_mean(matrix),
            simulation=last,
            progress=jobs.progress(last.job) if last and last.job and not last.finished_at else None,
            shares=firmness.shares(last, matrix) if last and last.finished_at else [],
            is_stale=last is not None and last.inputs != packed(queries.panel_of(matrix)),
            **more,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Simulate with the ratings as they are now."""
        form = SimulationForm(request.POST)
        if not form.is_valid():
            return self.get(request, status=422, form=form)
        try:
            simulations.start_simulation(scorecard=self.card, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.get(request, status=exc.page_status, error=exc)
        return self.done("scorecard:firm", fragment="simulation", message="The simulation has begun.")


class WhatIfPage(CardView):
    """Other weights and other ratings, on a copy that is this page's address: nothing is written, ever (V3)."""

    def other_scores(self, matrix: queries.Matrix) -> dict[tuple[int, int], int]:
        """Cells that everybody is supposed to have rated otherwise, by vendor and criterion."""
        found = {}
        for vendor in matrix.vendors:
            for one in matrix.criteria:
                score = whole_number(self.request.GET.get(f"cell-{vendor.pk}-{one.pk}", ""))
                if 1 <= score <= 5:
                    found[vendor.pk, one.pk] = score
        return found

    def get(self, request: HttpRequest) -> HttpResponse:
        matrix = self.open_matrix
        typed = {one.pk: request.GET.get(f"weight-{one.pk}", str(one.weight)) for one in matrix.criteria}
        error, then = "", None
        scores = self.other_scores(matrix)
        try:
            weights = {pk: int(text) for pk, text in typed.items()}
        except ValueError:
            error = "Weights are whole percents, for example 25."
        else:
            error = scoring.weights_problem(list(weights.values()))
            then = None if error else table.build(queries.with_weights(queries.with_ratings(matrix, scores), weights))
        return self.page(
            "scorecard/what_if.html",
            status=422 if error else 200,
            matrix=matrix,
            typed=typed,
            error=error,
            now=table.build(matrix),
            then=then,
            scores=scores,
            cells=[
                (one, [(vendor, scores.get((vendor.pk, one.pk))) for vendor in matrix.vendors])
                for one in matrix.criteria
            ],
            total=sum(int(text) for text in typed.values() if text.isdecimal()),
        )


class CellPage(CardView):
    """One cell with its ratings and evidence, as far as the reader may see them; consensus here."""

    post_action = "scorecard.consensus"

    def get(self, request: HttpRequest, vendor: int, criterion: int, status: int = 200, **more: Any) -> HttpResponse:
        cell = self.find(vendor, criterion)
        ratings = Rating.objects.filter(**cell).visible_to(request.user).select_related("rater__membership__user")
        shown = [one for one in ratings if one.rater.submitted_at or one.rater.membership_id == self.membership.pk]
        card = self.card
        hidden = queries.owes_ratings(card, request.user)
        settled = cell["vendor"].consensuses.filter(criterion=cell["criterion"]).select_related("by")
        late = Rater.objects.filter(scorecard=card, submitted_at__isnull=True).expected().count()
        return self.page(
            "scorecard/cell.html",
            status=status,
            **cell,
            ratings=shown,
            hidden=hidden,
            consensus=None if hidden else settled.first(),
            late=late,
            **more,
        )

    def post(self, request: HttpRequest, vendor: int, criterion: int) -> HttpResponse:
        cell = self.find(vendor, criterion)
        form = ConsensusForm(request.POST)
        typed = {"typed_value": request.POST.get("value", ""), "typed_reason": request.POST.get("reason", "")}
        if not form.is_valid():
            said = " ".join(text for texts in form.errors.values() for text in texts)
            return self.get(request, vendor, criterion, status=422, error=said, **typed)
        try:
            services.settle_cell(**cell, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.get(request, vendor, criterion, status=exc.page_status, error=exc, **typed)
        return self.done("scorecard:cell", vendor, criterion, message="The consensus is on record.")

    def find(self, vendor: int, criterion: int) -> dict[str, Any]:
        return {
            "vendor": get_object_or_404(Vendor.objects.of(self.program), pk=vendor),
            "criterion": get_object_or_404(Criterion.objects.of(self.program), pk=criterion),
        }


class CriteriaPage(CardView):
    """Weights with their live sum, anchors, veto floors."""

    post_action = "scorecard.edit"

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        card = self.card
        criteria = list(card.criteria.all())
        total = sum(one.weight for one in criteria)
        is_rated = bool(card.weights_locked_at) or Rating.objects.filter(criterion__scorecard=card).exists()
        more.setdefault("template_form", None if is_rated else TemplateForm())
        more.setdefault("reason", request.POST.get("reason", ""))
        return self.page("scorecard/criteria.html", status=status, card=card, criteria=criteria, total=total, **more)

    def post(self, request: HttpRequest) -> HttpResponse:
        card = self.card
        criteria = list(card.criteria.all())
        given = {one.pk: request.POST.get(f"weight-{one.pk}", "") for one in criteria}
        try:
            weights = {pk: int(text) for pk, text in given.items()}
        except ValueError:
            return self.refused(request, given, "Weights are whole percents, for example 25.", 422)
        seen = request.POST.get("seen_version", "")
        try:
            if preview := self.preview(card, weights):
                return self.get(request, typed=given, preview=preview)
            services.set_weights(
                scorecard=card,
                by=request.user,
                weights=weights,
                seen_version=int(seen) if seen.isdecimal() else 0,
                reason=request.POST.get("reason", ""),
            )
        except DomainError as exc:
            return self.refused(request, given, exc, exc.page_status)
        return self.done("scorecard:criteria", message="The weights are saved.")

    def preview(self, card: Scorecard, weights: dict[int, int]) -> dict[str, Any] | None:
        """Old and new ranking, once the weights are locked, until just these weights were looked at (V3).

        None where there is nothing to show: what cannot be saved is refused by the service.
        """
        key = " ".join(str(weights[pk]) for pk in sorted(weights))
        is_change = any(one.weight != weights[one.pk] for one in card.criteria.all())
        is_sound = bool(self.request.POST.get("reason", "").strip()) and not scoring.weights_problem(
            [*weights.values()]
        )
        if not (card.weights_locked_at and is_change and is_sound) or self.request.POST.get("previewed") == key:
            return None
        if not self.matrix.vendors:
            return None
        then = table.build(queries.with_weights(self.open_matrix, weights))
        return {"key": key, "now": table.build(self.matrix), "then": then}

    def refused(self, request: HttpRequest, given: dict[int, str], error: Any, status: int) -> HttpResponse:
        """The page again, with what was typed."""
        return self.get(request, status=status, error=error, typed=given)


class CriteriaTemplate(CriteriaPage):
    """Begin with a template's criteria, before anybody rated."""

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        if request.method == "GET":
            return self.done("scorecard:criteria")
        return super().get(request, status=status, **more)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TemplateForm(request.POST)
        if not form.is_valid():
            return self.get(request, status=422, template_form=form)
        seen = request.POST.get("seen_version", "")
        try:
            services.use_template(
                scorecard=self.card,
                by=request.user,
                seen_version=int(seen) if seen.isdecimal() else 0,
                **form.cleaned_data,
            )
        except DomainError as exc:
            return self.get(request, status=exc.page_status, error=exc)
        return self.done("scorecard:criteria", message="The template's criteria are in place.")


class CriterionPage(CardView):
    """Add a criterion (pk 0) or change one."""

    post_action = "scorecard.edit"

    def get(self, request: HttpRequest, pk: int, status: int = 200, **more: Any) -> HttpResponse:
        criterion = self.find(pk)
        form = more.pop("form", None) or CriterionForm(instance=criterion)
        return self.page(
            "scorecard/criterion.html", status=status, card=self.card, criterion=criterion, form=form, **more
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        criterion = self.find(pk)
        form = CriterionForm(request.POST, instance=self.find(pk))
        seen = request.POST.get("seen_version", "")
        version = int(seen) if seen.isdecimal() else 0
        try:
            if "remove" in request.POST and criterion:
                services.remove_criterion(criterion=criterion, by=request.user, seen_version=version)
                return self.done("scorecard:criteria", message="The criterion is removed.")
            if not form.is_valid():
                return self.get(request, pk, status=422, form=form)
            services.save_criterion(
                scorecard=self.card, by=request.user, seen_version=version, criterion=criterion, **form.cleaned_data
            )
        except DomainError as exc:
            return self.get(request, pk, status=exc.page_status, form=form, error=exc)
        return self.done("scorecard:criteria", message="The criterion is saved.")

    def find(self, pk: int) -> Criterion | None:
        return get_object_or_404(Criterion.objects.of(self.program), pk=pk) if pk else None


class Raters(CardView):
    """Invite a rater, excuse one."""

    post_action = "scorecard.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("scorecard:matrix", fragment="raters")

    def post(self, request: HttpRequest) -> HttpResponse:
        if excused := request.POST.get("excuse", ""):
            rater = get_object_or_404(Rater.objects.of(self.program), pk=excused if excused.isdecimal() else 0)
            given = ExcuseForm(request.POST)
            if not given.is_valid():
                raise Invalid("Say in at most 200 characters why nothing is expected from this rater.", field="reason")
            services.excuse_rater(rater=rater, by=request.user, **given.cleaned_data)
            return self.done("scorecard:matrix", fragment="raters", message=f"{rater} is excused.")
        form = RaterForm(request.POST, program=self.program)
        if not form.is_valid():
            raise Invalid("Choose a member to rate.", field="membership")
        rater = services.invite_rater(scorecard=self.card, by=request.user, membership=form.cleaned_data["membership"])
        return self.done("scorecard:matrix", fragment="raters", message=f"{rater} is asked to rate.")
