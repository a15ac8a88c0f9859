"""Pages of the goal: read it with its versions, write the next one, share it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.goal import GoalForm, ShareForm
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.models import GoalVersion
from phases.queries import goal as queries
from phases.services import goal as services

VERSIONS_SHOWN = 30


class GoalPage(ProgramView):
    """The newest goal, with whom it was shared, and what each version changed."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(self, status: int = 200, share_form: ShareForm | None = None) -> HttpResponse:
        versions = list(
            GoalVersion.objects.of(self.program)
            .with_sharing()
            .select_related("written_by")
            .prefetch_related("shares__recipient__user", "shares__shared_by")
            .newest_first()[: VERSIONS_SHOWN + 1]
        )
        older = [*versions[1:], None]
        goal = versions[0] if versions else None
        sponsors = list(queries.sponsors(self.program))
        has_it = {share.recipient_id for share in goal.shares.all()} if goal else set()
        return self.page(
            "phases/goal.html",
            status=status,
            goal=goal,
            versions=[
                (version, queries.changes_between(before, version))
                for version, before in zip(versions, older, strict=False)
            ][:VERSIONS_SHOWN],
            warnings=queries.warnings(goal, clock.today(self.program)) if goal else [],
            share_form=share_form or ShareForm(program=self.program),
            has_sponsor=bool(sponsors),
            to_share=[one for one in sponsors if one.pk not in has_it],
        )


class EditGoal(ProgramView):
    """Write the next version, starting from the present one."""

    action = post_action = "audit.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        goal = GoalVersion.objects.of(self.program).newest_first().first()
        return self.page("phases/goal_form.html", form=GoalForm.of(goal), goal=goal)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = GoalForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                goal = services.write_goal(program=self.program, by=request.user, **form.cleaned_data)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:goal", message=f"Version {goal.number} is written. Share it with the sponsor.")
        goal = GoalVersion.objects.of(self.program).newest_first().first()
        return self.page("phases/goal_form.html", status=status, form=form, goal=goal)


class ShareGoal(GoalPage):
    """Record that a version was put before the sponsor."""

    action = "audit.view"
    post_action = "audit.share_goal"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        goal = get_object_or_404(GoalVersion.objects.of(self.program).select_related("program"), number=number)
        form = ShareForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.show(UNPROCESSABLE, form)
        try:
            services.share_goal(goal=goal, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            return self.show(put_refusal(form, refusal), form)
        return self.done("phases:goal", message=f"Version {goal.number} is recorded as shared with the sponsor.")
