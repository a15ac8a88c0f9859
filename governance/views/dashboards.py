"""The registry of dashboards, and the log of their reviews (R12, D5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from governance import services
from governance.dashboards import Standing, graves
from governance.forms import DashboardForm, DashboardReviewForm
from governance.models import Dashboard, Kind

CHANGED = ("cadence", "owner")


def refused(form: Any, exc: DomainError) -> None:
    """Put what the rule said beside its field."""
    field = exc.details.get("field")
    form.add_error(field if field in form.fields else None, str(exc))


class DashboardsPage(ProgramView):
    """The registry of dashboards, and whether leadership reviews them (D5)."""

    action = "raci.view"
    post_action = "dashboard.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = DashboardForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(422, form=form)
        try:
            added = services.add_dashboard(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refused(form, exc)
            return self.shown(exc.page_status, form=form)
        return self.done("governance:dashboards", message=f"{added.name} is registered.")

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        matrix = self.look.governance
        reviews = next(one for one in matrix.meetings.commitments if one.kind is Kind.DASHBOARDS)
        boards = matrix.boards
        given = {
            "boards": boards,
            "graves": graves(boards),
            "due": [one for one in boards if one.is_due and not one.is_grave],
            "reviews": reviews,
            "form": DashboardForm(program=self.program),
        }
        return self.page("governance/dashboards.html", status=status, **(given | context))


class DashboardPage(ProgramView):
    """One dashboard: its reviews with what was decided; its owner records one, the registry's keepers change it."""

    action = "raci.view"
    post_action = "raci.view"  # the service asks: its owner may, whatever their role

    def find(self, pk: int) -> Standing:
        found = next((one for one in self.look.governance.boards if one.dashboard.pk == pk), None)
        if found is None:
            gone = get_object_or_404(Dashboard.objects.of(self.program).select_related("owner__user"), pk=pk)
            return Standing(gone, clock.today(self.program), gone.reviewed_on, None)
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.shown(pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        one = self.find(pk).dashboard
        if request.POST.get("do") == "change":
            form: Any = DashboardForm(request.POST, program=self.program, only=CHANGED)
            name, act = "form", services.change_dashboard
        else:
            form, name, act = DashboardReviewForm(request.POST), "review_form", services.review_dashboard
        if not form.is_valid():
            return self.shown(pk, 422, **{name: form})
        try:
            act(dashboard=one, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refused(form, exc)
            return self.shown(pk, exc.page_status, **{name: form})
        return self.done("governance:dashboard", pk, message="Saved.")

    def shown(self, pk: int, status: int = 200, **context: Any) -> HttpResponse:
        standing = self.find(pk)
        one, owner = standing.dashboard, standing.dashboard.owner
        given = {
            "standing": standing,
            "dashboard": one,
            "log": list(one.reviews.select_related("reviewed_by")[:60]),
            "may_review": self.can("dashboard.edit") or bool(owner and owner.user_id == self.request.user.pk),
            "form": DashboardForm(
                initial={"cadence": one.cadence, "owner": one.owner_id}, program=self.program, only=CHANGED
            ),
            "review_form": DashboardReviewForm(initial={"reviewed_on": standing.today}),
        }
        return self.page("governance/dashboard.html", status=status, **(given | context))


class RetireDashboard(DashboardsPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("governance:dashboards")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        dashboard = get_object_or_404(Dashboard.objects.of(self.program).select_related("program"), pk=pk)
        services.retire_dashboard(dashboard=dashboard, by=request.user)
        return self.done("governance:dashboards", message=f"{dashboard.name} is retired.")
