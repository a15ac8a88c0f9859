"""After the signature: re-affirm or reopen a gate, and name who signs while the sponsor is away (G7, G9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from crmprogram.program import policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views import ProgramView
from phases import freshness
from phases.errors import NotFresh
from phases.forms.rounds import DelegateForm
from phases.models import Decision, Delegation
from phases.queries.rounds import live_delegation
from phases.services import delegation, rounds
from phases.services.signing import require_fresh
from phases.views.gates import RequestGate


class DecideAgain(RequestGate):
    """Re-affirm or reopen; a refusal keeps what was typed."""

    post_action = "gate.decide"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = self.again_form(request.POST)
        if not form.is_valid():
            return self.gate_page(self.template, 422, again_form=form)
        data = form.cleaned_data
        act = rounds.reaffirm_gate if data["decision"] == Decision.REAFFIRMED else rounds.reopen_gate
        try:
            act(
                gate=self.gate,
                by=request.user,
                reason=data["note"],
                seen_digest=data["seen_digest"],
                seen=data["seen"],
                fresh_at=self.fresh(data["password"]),
            )
        except DomainError as error:
            form.add_error("password" if isinstance(error, NotFresh) else None, str(error))
            form.data = form.data.copy()
            form.data["seen_digest"], form.data["seen"] = self.sheet.digest, self.sheet.basis
            return self.gate_page(self.template, error.page_status, again_form=form, error=error)
        said = "re-affirmed" if data["decision"] == Decision.REAFFIRMED else "reopened"
        return self.done("phases:gate", number, message=f"Gate {number} is {said}.")


class DelegationPage(ProgramView):
    """Who signs while the sponsor is away, and who did."""

    action = "gates.view"
    post_action = "delegate.name"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.shown(422, form=form)
        data = form.cleaned_data
        try:
            named = delegation.name_delegate(
                program=self.program,
                position=data["position"],
                by=request.user,
                reason=data["reason"],
                until_on=data["until_on"],
                fresh_at=self.fresh(data.get("password", "")),
            )
        except DomainError as error:
            field = error.details.get("field") if isinstance(error, Invalid) else None
            field = "password" if isinstance(error, NotFresh) else field
            form.add_error(field if field in form.fields else None, str(error))
            return self.shown(error.page_status, form=form)
        return self.done("phases:delegation", message=f"{named.title} may sign until {named.until_on:%-d %b %Y}.")

    @cached_property
    def fresh_at(self) -> datetime | None:
        at = freshness.fresh_at(self.request)
        try:
            require_fresh(at)
        except NotFresh:
            return None
        return at

    def fresh(self, password: str) -> datetime | None:
        return freshness.confirm(self.request, password) if password else self.fresh_at

    def form(self, data: Any = None) -> DelegateForm:
        return DelegateForm(data, program=self.program, is_fresh=self.fresh_at is not None)

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        may_name = self.can("delegate.name")
        rows = Delegation.objects.of(self.program).select_related("sponsor__user", "delegate__user", "ended_by")
        given = {
            "now": live_delegation(self.program),
            "rows": rows[:50],
            "accountable": self.program.accountable,
            "may_name": may_name,
            "why_not": policy.refusal(self.request.user, "delegate.name", self.program),
            "form": self.form() if may_name else None,
        }
        return self.page("phases/delegation.html", status, **{**given, **context})


class EndDelegation(DelegationPage):
    """Take it back before its last day."""

    action = post_action = "delegate.name"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.done("phases:delegation")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(Delegation.objects.of(self.program).select_related("program__accountable"), pk=pk)
        delegation.end_delegation(delegation=found, by=request.user)
        return self.done("phases:delegation", message="The delegation is ended.")
