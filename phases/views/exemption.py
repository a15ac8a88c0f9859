"""Pick left out, because the platform was chosen before (G6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from crmprogram.program.errors import DomainError
from phases.errors import ExemptionRefused
from phases.forms.method import SignedForm
from phases.models import Exemption
from phases.services import exemption as services
from phases.views.signing import SigningView


class PickExempt(SigningView):
    """Read the statement; sign it, or approve a change of platform, as the sponsor."""

    action = "gates.view"
    post_action = "pick.exempt"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._page(form, 422)
        standing = self.look.gates.exemption
        try:
            if request.POST.get("act") == "change":
                if standing is None:
                    raise ExemptionRefused("There is no statement to end.")
                services.approve_platform_change(
                    exemption=standing, by=request.user, reason=form.cleaned_data["reason"], fresh_at=self.fresh(form)
                )
                return self.done("phases:pick-exempt", message="The platform may change: Pick applies again.")
            services.sign_exemption(
                program=self.program, by=request.user, statement=form.cleaned_data["reason"], fresh_at=self.fresh(form)
            )
        except DomainError as error:
            return self._page(form, self.refuse(form, error))
        return self.done("phases:pick-exempt", message="Pick is not applicable: the statement is signed.")

    def _form(self, data: Any = None) -> SignedForm:
        standing = self.look.gates.exemption
        return SignedForm(data, is_fresh=self.is_fresh, label="Reason" if standing else "Statement")

    def _page(self, form: SignedForm, status: int = 200) -> HttpResponse:
        return self.page(
            "phases/pick_exempt.html",
            status,
            form=form,
            standing=self.look.gates.exemption,
            refusal=services.why_not_exempt(self.look),
            rows=Exemption.objects.of(self.program).select_related("signed_by", "ended_by"),
        )
