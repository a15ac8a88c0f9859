"""The decision record: draft, edit, sign, read (V11)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from scorecard import decision
from scorecard.models import DecisionRecord, Scorecard
from scorecard.services import decision as services


class DecisionPage(ProgramView):
    """The open draft beside the facts as they stand, and the records that were signed."""

    action = "scorecard.view"
    post_action = "scorecard.select"

    def get(self, request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
        records = list(DecisionRecord.objects.of(self.program).select_related("signed_by", "drafted_by"))
        draft = next((one for one in records if one.signed_at is None), None)
        card = Scorecard.objects.select_related("program").get(program=self.program)
        facts, refused = None, ""
        try:
            facts = services.facts_now(card, request.user)
        except DomainError as exc:
            refused = str(exc)
        seen = decision.digest(decision.text_of(facts, draft.rationale, draft.dissent)) if facts and draft else ""
        return self.page(
            "scorecard/decision.html",
            status=status,
            draft=draft if facts else None,
            signed=[one for one in records if one.signed_at],
            facts=facts,
            refused=refused,
            digest=seen,
            **more,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            said = self.act(request)
        except DomainError as exc:
            return self.get(request, status=exc.page_status, error=exc)
        return self.done("scorecard:decision", message=said)

    def act(self, request: HttpRequest) -> str:
        """Begin, save or sign, by the button that was pressed; what to tell the person."""
        if "draft" in request.POST:
            services.draft_decision(program=self.program, by=request.user)
            return "The draft is written from the data. Make it yours."
        record = get_object_or_404(DecisionRecord.objects.of(self.program).drafts())
        if "sign" in request.POST:
            services.sign_decision(record=record, by=request.user, seen_digest=request.POST.get("seen_digest", ""))
            return "The record is signed and frozen."
        version = request.POST.get("seen_version", "")
        services.edit_decision(
            record=record,
            by=request.user,
            rationale=request.POST.get("rationale", ""),
            dissent=request.POST.get("dissent", ""),
            seen_version=int(version) if version.isdecimal() else 0,
        )
        return "The draft is saved. Read it once more, then sign."


class SignedPage(ProgramView):
    """A signed record, drawn from its frozen text alone."""

    action = "scorecard.view"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.find(number)
        return self.page("scorecard/decision_signed.html", record=one, facts=json.loads(one.text))

    def find(self, number: int) -> DecisionRecord:
        signed = DecisionRecord.objects.of(self.program).signed().select_related("signed_by")
        return get_object_or_404(signed, round=number)


class SignedFile(SignedPage):
    """The exact bytes that were signed; their SHA-256 is on the page."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        one = self.find(number)
        response = HttpResponse(one.text.encode(), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="decision-{self.program.slug}-{one.round}.json"'
        response["Cache-Control"] = "no-store"
        return response
