"""Escalations: what waits for whom, and one episode with its weeks, story and answer (M5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from adoption import queries
from adoption.forms import AcknowledgeForm
from adoption.models import Escalation, Metric
from adoption.services import escalations
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError


class Escalations(AdoptionView):
    """Every episode, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found = Escalation.objects.of(self.program).select_related(
            "team", "addressee__user", "owner__user", "acknowledged_by", "reopens"
        )
        rows = list(found.told()[:200])
        for one in rows:
            one.program = self.program
        return self.page("adoption/escalations.html", rows=rows, open=sum(one.is_unanswered for one in rows))


class EscalationPage(AdoptionView):
    """One episode: the rule, the weeks, who was told, the answer (M5)."""

    post_action = "adoption.acknowledge"

    def find(self, number: int) -> Escalation:
        found = Escalation.objects.of(self.program).select_related(
            "program", "team", "addressee__user", "owner__user", "acknowledged_by", "reopens__program"
        )
        return get_object_or_404(found, number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.find(number))

    def shown(self, one: Escalation, status: int = 200, **more: Any) -> HttpResponse:
        off = queries.days_off(self.program) if one.is_unanswered else set()
        given = {
            "one": one,
            "is_rate": one.key == Metric.RATE,
            "goes_up_on": queries.goes_up_on(one, off),
            "overdue": queries.is_overdue(one, off),
            "may_acknowledge": one.is_unanswered and self.can("adoption.acknowledge"),
            "form": AcknowledgeForm(program=self.program),
        }
        return self.page("adoption/escalation.html", status=status, **(given | more))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        one, form = self.find(number), AcknowledgeForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(one, 422, form=form)
        try:
            escalations.acknowledge(escalation=one, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(self.find(number), exc.status if exc.status != 400 else 422, form=form, error=exc)
        return self.done("adoption:escalation", number, message=f"{one.code} is acknowledged.")
