"""The internal system owner, what people attest (R5, C5, F)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from governance import services
from governance.forms import AttestForm, OwnerForm, ReleaseForm
from governance.models import Attestation, Statement, SystemOwner


class OwnerPage(ProgramView):
    """Who owns the system after go-live, with the support agreement; and who did before."""

    action = "raci.view"
    post_action = "owner.name"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OwnerForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(422, form=form)
        try:
            owner = services.name_system_owner(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(exc.status, form=form, error=exc)
        return self.done("governance:owner", message=f"{owner.membership.user.display} owns the system.")

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        owner = self.look.governance.owner
        initial = {"membership": owner.membership_id, "agreement": owner.agreement} if owner else {}
        past = SystemOwner.objects.of(self.program).exclude(ended_at=None).select_related("membership__user")
        given = {
            "owner": owner,
            "past": past,
            "form": OwnerForm(program=self.program, initial=initial),
            "release_form": ReleaseForm(auto_id="release-%s"),
        }
        return self.page("governance/owner.html", status=status, **(given | context))


class ReleaseOwner(OwnerPage):
    post_action = "owner.name"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("governance:owner")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReleaseForm(request.POST, auto_id="release-%s")
        if not form.is_valid():
            return self.shown(422, release_form=form)
        try:
            services.release_system_owner(program=self.program, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            return self.shown(exc.status, release_form=form, error=exc)
        return self.done("governance:owner", message="Nobody owns the system now. Name another person.")


class AttestedPage(ProgramView):
    """What no record can show, and who said it."""

    action = "raci.view"
    post_action = "attest"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AttestForm(request.POST, auto_id=f"{request.POST.get('statement', '')[:20]}-%s")
        if not form.is_valid():
            return self.shown(422, failed=form)
        try:
            said = services.attest(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error(None, str(exc))
            return self.shown(exc.page_status, failed=form)
        return self.done("governance:attested", message="Attested. It counts for 90 days.", fragment=said.statement)

    def shown(self, status: int = 200, failed: AttestForm | None = None) -> HttpResponse:
        rows = Attestation.objects.of(self.program).select_related("attested_by").order_by("-pk")
        history: dict[str, list[Attestation]] = {value: [] for value in Statement.values}
        for one in rows[:200]:
            history[one.statement].append(one)
        shown = []
        for value, label in Statement.choices:
            form = AttestForm(initial={"statement": value}, auto_id=f"{value}-%s")
            if failed is not None and failed.data.get("statement") == value:
                form = failed
            shown.append((value, label, history[value], form))
        return self.page("governance/attested.html", status=status, statements=shown, failed=failed)
