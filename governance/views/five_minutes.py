"""The sponsor's five minutes, on one page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property

from crmprogram.program import policy
from governance.five_minutes import FiveMinutes
from phases.dossier import Sheet
from phases.models import Decision, Gate
from phases.queries.rounds import live_delegation
from phases.views.gates import GateView


class FiveMinutesPage(GateView):
    """What needs a decision, and the decision itself; the form is the gate's own.

    Everybody who reads the gates may open it, since anybody can be the Accountable or the delegate.
    """

    action = "gates.view"

    @cached_property
    def five(self) -> FiveMinutes:
        return FiveMinutes(self.look, self.request.user)

    @cached_property
    def gate(self) -> Gate:
        gate = self.look.gates.gates.get(self.five.number)
        if gate is None:
            raise Http404("This program has no gates.")
        return gate

    @cached_property
    def sheet(self) -> Sheet:
        return self.five.sheet

    def get(self, request: HttpRequest) -> HttpResponse:
        may_decide = policy.can(request.user, "gate.decide", self.gate) and self.pending is not None
        return self.page(
            "governance/five_minutes.html",
            five=self.five,
            gate=self.gate,
            sheet=self.sheet,
            review=self.pending,
            form=self.decision_form() if may_decide else None,
            accountable=self.program.accountable,
            delegation=live_delegation(self.program),
            sent_back=self.sent_back,
            reopened=self.last_decided(Decision.REOPENED),
            is_fresh=self.fresh_at is not None,
            sponsorship=self.five.matrix.sponsorship,
            meetings=self.five.meetings,
        )
