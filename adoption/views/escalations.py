"""Escalations: what waits for whom, and one episode with its weeks, story and answer (M5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from adoption import queries
from adoption.forms_escalations import AcknowledgeForm, CloseForm, CommentForm, ReplanForm
from adoption.models import Escalation, EscalationState, Metric
from adoption.queries.cautions import cautions_of
from adoption.queries.episodes import age_of, drawn, due_of, story_of
from adoption.services import escalations
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response

SHOWN = 200  # of those that are over; the CSV has all
CAUTIONS = {Metric.FIELDS: ["touched"], Metric.STALE: ["touched"]}  # of the others: activity without outcome


def _group(one: Escalation) -> str:
    if one.is_unanswered:
        return "waiting"
    if one.is_to_close:
        return "to_close"
    return {EscalationState.ACKNOWLEDGED: "planned", EscalationState.WATCH: "watch"}.get(
        EscalationState(one.state), "over"
    )


GROUPS = {
    "waiting": ("Wait for an answer", "five working days, then they go up to the sponsor"),
    "planned": ("A plan is running", "until a whole week is at target"),
    "to_close": ("Over, to be closed", "with what came of the plan"),
    "watch": ("Watched", "one week worse than target; a second in a row is escalated"),
    "over": ("Closed", "newest first"),
}


class Escalations(AdoptionView):
    """Every episode by what it waits for: its age, what is due, by whom and until when."""

    def get(self, request: HttpRequest) -> HttpResponse:
        off = queries.days_off(self.program)
        groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
        rows = list(Escalation.objects.of(self.program).told().with_people()[:SHOWN])
        for one in rows:
            groups[_group(one)].append({"one": one, "due": due_of(one, off), "age": age_of(one)})
        return self.page(
            "adoption/escalations.html",
            groups=[(name, *GROUPS[name], found) for name, found in groups.items() if found],
            rows=rows,
            open=len(groups["waiting"]),
            late=sum(one["due"].is_late for one in groups["waiting"]),
        )


class EscalationsFile(AdoptionView):
    """Every episode as CSV (X4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows: list[list[Any]] = [
            ["Episode", "Metric", "Where", "State", "Target", "Weeks worse", "Began", "Escalated", "Went up",
             "Acknowledged", "Plan", "Owner", "Due", "Over", "Why", "Closed", "Outcome"]
        ]  # fmt: skip
        for one in Escalation.objects.of(self.program).told().with_people():
            owner = one.owner.user.display if one.owner else ""
            row = (
                [one.code, one.get_key_display(), one.where, one.get_state_display(), one.target,
                 ", ".join(row[0] for row in one.weeks), one.began_at, one.escalated_at, one.went_up_at,
                 one.acknowledged_at, one.plan, owner, one.due_on, one.ended_at, one.ending, one.closed_at, one.outcome]
            )  # fmt: skip
            rows.append(["" if cell is None else cell for cell in row])
        return csv_response(f"escalations-{self.program.slug}.csv", rows)


class EscalationPage(AdoptionView):
    """One episode: its weeks, what is due, its story, and the answer with a plan (M5)."""

    post_action = "adoption.acknowledge"

    def find(self, number: int) -> Escalation:
        return get_object_or_404(Escalation.objects.of(self.program).with_people(), number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.find(number))

    def shown(self, one: Escalation, status: int = 200, **more: Any) -> HttpResponse:
        plan = {"plan": one.plan, "owner": one.owner_id, "due_on": one.due_on}
        may_answer, may_follow = self.can("adoption.acknowledge"), self.can("adoption.follow")
        given = {
            "one": one,
            "is_rate": one.key == Metric.RATE,
            "is_limit": one.key == Metric.STALE,
            "due": due_of(one, queries.days_off(self.program) if one.is_unanswered else ()),
            "age": age_of(one),
            "drawn": drawn(one),
            "story": story_of(one),
            "next": Escalation.objects.of(self.program).filter(reopens=one).first() if one.is_over else None,
            "cautions": cautions_of(self.program, one.team, CAUTIONS.get(Metric(one.key), ["quiet"])),
            "may_acknowledge": one.is_unanswered and may_answer,
            "may_replan": one.state == EscalationState.ACKNOWLEDGED and may_answer,
            "may_close": one.is_to_close and may_follow,
            "may_comment": may_follow,
            "form": AcknowledgeForm(program=self.program),
            "plan_form": ReplanForm(program=self.program, initial=plan),
            "close_form": CloseForm(),
            "comment_form": CommentForm(),
        }
        return self.page("adoption/escalation.html", status=status, **(given | more))

    def act(self, number: int, name: str, form: Any, service: Any, said: str) -> HttpResponse:
        one = self.find(number)
        if not form.is_valid():
            return self.shown(one, 422, **{name: form})
        try:
            service(escalation=one, by=self.request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(self.find(number), exc.status if exc.status != 400 else 422, **{name: form}, error=exc)
        return self.done("adoption:escalation", number, message=said.format(one.code))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = AcknowledgeForm(request.POST, program=self.program)
        return self.act(number, "form", form, escalations.acknowledge, "{} is acknowledged.")


class ChangePlan(EscalationPage):
    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = ReplanForm(request.POST, program=self.program)
        return self.act(number, "plan_form", form, escalations.change_plan, "The plan of {} is changed.")


class CommentEscalation(EscalationPage):
    post_action = "adoption.follow"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = CommentForm(request.POST)
        return self.act(number, "comment_form", form, escalations.comment, "Your comment stands in {}.")


class CloseEscalation(EscalationPage):
    post_action = "adoption.follow"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.act(number, "close_form", CloseForm(request.POST), escalations.close, "{} is closed.")
