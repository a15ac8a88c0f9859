"""The gate review: read it, request it, decide it; and its dossier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from crmprogram.program import clock, policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views import ProgramView
from phases import freshness, registry
from phases.dossier import Sheet
from phases.errors import NotFresh
from phases.forms.gates import (
    APPROVE,
    SEND_BACK,
    WAIVE,
    DecisionForm,
    OwnerForm,
    PasswordForm,
    RequestForm,
    ThresholdForm,
)
from phases.forms.rounds import AgainForm
from phases.method import LAST_GATE, PHASES
from phases.models import Decision, Dossier, Gate, GateReview, Threshold, Waiver
from phases.queries import gates as queries
from phases.queries import pace, rounds
from phases.queries.rounds import quarter_of
from phases.services import gates as services
from phases.services import thresholds, waivers
from phases.services.signing import require_fresh

HISTORY_SHOWN = 8


class GateView(ProgramView):
    """What the pages of one gate share."""

    action = "gates.view"

    @cached_property
    def gate(self) -> Gate:
        gate = self.look.gates.gates.get(self.kwargs["number"])
        if gate is None:
            raise Http404("There is no such gate.")
        return gate

    @cached_property
    def sheet(self) -> Sheet:
        """The live sheet."""
        return queries.assess(self.look, self.gate.number)

    @cached_property
    def pending(self) -> GateReview | None:
        return self.look.gates.pending(self.gate.number)

    @cached_property
    def fresh_at(self) -> datetime | None:
        """The time of the password, if it still counts."""
        at = freshness.fresh_at(self.request)
        try:
            require_fresh(at)
        except NotFresh:
            return None
        return at

    def decision_form(self, *data: Any) -> DecisionForm:
        return DecisionForm(
            *data,
            sheet=self.sheet,
            is_pending=self.pending is not None,
            is_fresh=self.fresh_at is not None,
            today=clock.today(self.program),
            may_waive=self.can("waiver.grant"),
        )

    @property
    def signed(self) -> GateReview | None:
        """The sponsor's last word while the gate stands; None while it is worked towards."""
        affirmed = self.look.gates.affirmation(self.gate.number)
        if affirmed is None or self.pending is not None:
            return None
        is_next_quarter = self.gate.number == LAST_GATE and affirmed.period != quarter_of(clock.today(self.program))
        return None if is_next_quarter else affirmed

    def gate_page(self, template: str = "phases/gate.html", status: int = 200, **context: Any) -> HttpResponse:
        """The page of the gate as it stands: live, or from the dossier once it is signed."""
        number, gates = self.gate.number, self.look.gates
        signed = self.signed
        sheet = Sheet.read(signed.dossier.text) if signed else self.sheet
        may_decide = policy.can(self.request.user, "gate.decide", self.gate)
        drift = rounds.drift_of(self.look, number) if signed else []
        doubt = rounds.doubt_of(self.look, number) if signed else None
        is_all = self.request.GET.get("history") == "all"
        events = queries.history_of_gate(self.program, number)
        return self.page(
            template,
            status,
            **{
                "gate": self.gate,
                "phase": PHASES[number],
                "sheet": sheet,
                "review": signed or self.pending,
                "signed": signed,
                "state": self.diamond(sheet, bool(signed)),
                "may_decide": may_decide and not signed,
                "why_not_decide": policy.refusal(self.request.user, "gate.decide", self.gate),
                "why_not_request": "" if signed else services.why_not_requestable(self.look, number),
                "may_request": policy.can(self.request.user, "gate.request", self.gate),
                "is_requester": bool(self.pending) and self.pending.requested_by_id == self.request.user.pk,
                "accountable": self.program.accountable,
                "form": self.decision_form() if may_decide and not signed else None,
                "request_form": RequestForm(),
                "pace": pace.paces(self.look)[number - 1],
                "open_phase": gates.phases.get(number),
                "owner_form": self.owner_form(),
                "waivers": [one for (gate, _), one in gates.waivers.items() if gate == number],
                "sent_back": self.sent_back,
                "reopened": self.last_decided(Decision.REOPENED),
                "rounds": gates.reviews[number],
                "drift": drift,
                "is_drifted": any(one.settled_in is None for one in drift),
                "doubt": doubt,
                "later": rounds.later_signatures(self.look, number) if signed and may_decide else [],
                "again_form": self.again_form() if signed and may_decide else None,
                "delegation": rounds.live_delegation(self.program),
                "events": events if is_all else events[:HISTORY_SHOWN],
                "event_count": len(events),
                "is_all": is_all,
                "is_open": self.request.GET.get("open") == "all",
                "is_fresh": self.fresh_at is not None,
                **context,
            },
        )

    def owner_form(self) -> OwnerForm | None:
        """For those who may name the owner of the phase."""
        phase = self.look.gates.phases.get(self.gate.number)
        if phase is None or not self.can("phase.own"):
            return None
        return OwnerForm(program=self.program, initial={"owner": phase.owner_id})

    def again_form(self, *data: Any) -> AgainForm:
        """For a signed gate: re-affirm it, or reopen it."""
        return AgainForm(*data, sheet=self.sheet, is_fresh=self.fresh_at is not None)

    @property
    def sent_back(self) -> GateReview | None:
        """The last round, when it was sent back and nothing was requested since."""
        return self.last_decided(Decision.SENT_BACK)

    def last_decided(self, decision: Decision) -> GateReview | None:
        """The last round, when this is what became of it."""
        latest = self.look.gates.latest(self.gate.number)
        return latest if latest and latest.decision == decision else None

    def diamond(self, sheet: Sheet, is_signed: bool) -> str:
        if is_signed:
            return "ok"
        phase = self.look.gates.phases.get(self.gate.number)
        if phase is None or phase.started_on is None:
            return "next"
        return "now" if sheet.is_ready else "no"

    def fresh(self, password: str) -> datetime | None:
        """The time of the password: of the one given now, else of the session's."""
        return freshness.confirm(self.request, password) if password else self.fresh_at


class CurrentGate(ProgramView):
    """The gate that is worked towards."""

    action = "gates.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.done("phases:gate", self.look.gates.current)


class GatePage(GateView):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.gate_page()


class GateRound(GateView):
    """A decided round, drawn from its dossier alone."""

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        reviews = GateReview.objects.of(self.program).select_related("dossier", "decided_by", "requested_by")
        review = get_object_or_404(reviews, gate__number=number, round=no, dossier__isnull=False)
        sheet = Sheet.read(review.dossier.text)
        state = "ok" if review.decision in {Decision.APPROVED, Decision.REAFFIRMED} else "no"
        frozen = {"form": None, "again_form": None, "may_decide": False, "sent_back": None, "reopened": None}
        return self.gate_page(
            sheet=sheet, review=review, signed=review, state=state, drift=[], is_drifted=False, doubt=None, **frozen
        )


class RequestGate(GateView):
    post_action = "gate.request"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = RequestForm(request.POST)
        if not form.is_valid():
            return self.gate_page(self.template, 422, request_form=form)
        try:
            services.request_gate(gate=self.gate, by=request.user, note=form.cleaned_data["note"])
        except DomainError as error:
            return self.gate_page(self.template, error.page_status, request_form=form, error=error)
        return self.done("phases:gate", number, message=f"Gate {number} is requested. The sponsor is told.")

    @property
    def template(self) -> str:
        return "phases/gate.html#decision" if self.request.htmx else "phases/gate.html"


class WithdrawRequest(RequestGate):
    """Take one's own request back."""

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        review = self.pending
        if review is None:
            raise Http404("Nothing is requested.")
        services.withdraw_request(review=review, by=request.user)
        return self.done("phases:gate", number, message="The request is withdrawn.")


class DecideGate(RequestGate):
    """Approve, send back, or waive a criterion; refusals keep what was typed."""

    post_action = "gate.decide"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = self.decision_form(request.POST)
        if not form.is_valid():
            return self.gate_page(self.template, 422, form=form)
        try:
            message = self.decide(form)
        except DomainError as error:
            field = error.details.get("field") if isinstance(error, Invalid) else None
            if isinstance(error, NotFresh):
                field = "password"
            form.add_error(field if field in form.fields else None, str(error))
            # the page shows the evidence as it is now, and the next click decides on that
            form.data = form.data.copy()
            form.data["seen_digest"], form.data["seen"] = self.sheet.digest, self.sheet.basis
            return self.gate_page(self.template, error.page_status, form=form, error=error)
        return self.done("phases:gate", number, message=message)

    def decide(self, form: DecisionForm) -> str:
        """Do what was chosen; returns the sentence that says so."""
        data, number = form.cleaned_data, self.gate.number
        if data["decision"].startswith(WAIVE):
            waiver = waivers.grant_waiver(
                gate=self.gate,
                criterion=form.criterion,
                by=self.request.user,
                reason=data["reason"],
                stand_in=data["stand_in"],
                ends_on=data["ends_on"],
                fresh_at=self.fresh(data["password"]),
            )
            return f"Waiver {waiver.label} stands."
        review = self.pending
        assert review is not None  # the form offers both only while a request waits
        services.decide_gate(
            review=review,
            by=self.request.user,
            decision=data["decision"],
            seen_digest=data["seen_digest"],
            seen=data["seen"],
            reason=data["note"],
            returned_for=data["returned_for"] if data["decision"] == SEND_BACK else [],
            fresh_at=self.fresh(data["password"]) if data["decision"] == APPROVE else None,
        )
        return f"Gate {number} is signed." if data["decision"] == APPROVE else f"Gate {number} was sent back."


class NameOwner(RequestGate):
    """Name who owns the phase before this gate (G6)."""

    post_action = "phase.own"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = OwnerForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.gate_page("phases/gate.html", 422, owner_form=form)
        phase = self.look.gates.phases[self.gate.number]
        phase.program = self.program
        owner = form.cleaned_data["owner"]
        services.name_owner(phase=phase, by=request.user, position=owner)
        return self.done("phases:gate", number, message=f"{owner.title} owns {phase.name}.")


class RevokeWaiver(GateView):
    """Ask for the password, then take the waiver back."""

    action = post_action = "waiver.grant"

    def get(self, request: HttpRequest, number: int, waiver: int) -> HttpResponse:
        return self.ask(waiver, PasswordForm())

    def post(self, request: HttpRequest, number: int, waiver: int) -> HttpResponse:
        found, form = self.find(waiver), PasswordForm(request.POST)
        if not form.is_valid():
            return self.ask(waiver, form, 422)
        try:
            waivers.revoke_waiver(waiver=found, by=request.user, fresh_at=self.fresh(form.cleaned_data["password"]))
        except DomainError as error:
            form.add_error("password" if isinstance(error, NotFresh) else None, str(error))
            return self.ask(waiver, form, error.page_status)
        return self.done("phases:gate", number, message=f"Waiver {found.label} is revoked.")

    def find(self, waiver: int) -> Waiver:
        return get_object_or_404(
            Waiver.objects.of(self.program).select_related("gate__program__accountable", "program__accountable"),
            number=waiver,
            gate__number=self.gate.number,
        )

    def ask(self, waiver: int, form: PasswordForm, status: int = 200) -> HttpResponse:
        found = self.find(waiver)
        return self.page(
            "phases/waiver_revoke.html",
            status,
            waiver=found,
            gate=self.gate,
            form=form,
            is_fresh=self.fresh_at is not None,
        )


class Thresholds(GateView):
    """What each criterion of the gate needs: default and in force, side by side (G8, G11)."""

    post_action = "threshold.set"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.thresholds_page()

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        key = next((one for one in registry.CHECKS if f"{one.replace('.', '-')}-check" in request.POST), "")
        form = self.forms(request.POST).get(key)
        if form is None:
            raise Http404("There is no such threshold.")
        if not form.is_valid():
            return self.thresholds_page(422, form)
        try:
            thresholds.set_threshold(
                program=self.program,
                check=key,
                phase=self.gate.number,
                params=form.params,
                by=request.user,
                reason=form.cleaned_data["reason"],
                fresh_at=self.fresh(form.cleaned_data.get("password", "")),
            )
        except DomainError as error:
            field = "password" if isinstance(error, NotFresh) else error.details.get("field")
            form.add_error(field if field in form.fields else None, str(error))
            return self.thresholds_page(error.page_status, form)
        return self.done("phases:gate-thresholds", number, message="The threshold is changed.")

    def forms(self, data: Any = None) -> dict[str, ThresholdForm]:
        """A form for each check of this gate that has a threshold; `data` binds the one that was sent."""
        return {
            row.check: ThresholdForm(data, check=row.check, values=row.params, is_fresh=self.fresh_at is not None)
            for row in self.sheet.criteria
            if row.params and row.waivable
        }

    def thresholds_page(self, status: int = 200, refused: ThresholdForm | None = None) -> HttpResponse:
        may_set, forms = self.can("threshold.set"), self.forms()
        rows = []
        for row in self.sheet.criteria:
            form = forms.get(row.check) if may_set else None
            if form is not None and refused is not None and refused.prefix == form.prefix:
                form = refused
            values = [(name.replace("_", " "), row.default_params[name], row.params[name]) for name in row.params]
            rows.append({"row": row, "values": values, "form": form})
        return self.page(
            "phases/gate_thresholds.html",
            status,
            gate=self.gate,
            rows=rows,
            may_set=may_set,
            why_not=policy.refusal(self.request.user, "threshold.set", self.gate),
            is_pending=any(self.look.gates.pending(number) for number in PHASES),
            history=Threshold.objects.of(self.program)
            .filter(phase__in=[0, self.gate.number], check_key__in=[row.check for row in self.sheet.criteria])
            .select_related("set_by")
            .order_by("-pk")[:50],
        )


class DossierFile(GateView):
    """The exact text of a decision's dossier; its SHA-256 is the file's name."""

    def get(self, request: HttpRequest, number: int, no: int) -> HttpResponse:
        dossier = get_object_or_404(Dossier.objects.of(self.program), review__gate__number=number, review__round=no)
        response = HttpResponse(dossier.text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="gate-{number}-round-{no}-{dossier.sha256[:12]}.json"'
        response["Digest"] = f"sha-256={dossier.sha256}"
        return response
