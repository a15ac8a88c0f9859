"""Pages of the program floor: settings, teams, history, the jump box, background work."""

from __future__ import annotations

import copy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.jobs.models import Job
from crmprogram.jobs.services import label
from crmprogram.program import services, waves
from crmprogram.program.models import AuditEntry, Team
from crmprogram.web import jump, shell
from crmprogram.web.forms_program import REFUSALS, ProgramForm, TeamForm, take_refusal
from crmprogram.web.templatetags.rollout import verb_words
from crmprogram.web.views import ProgramView

ENTRIES_A_PAGE = 50


def number_of(text: str | None) -> int | None:
    """A row's key from the address; None when it is none."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


class Next(ProgramView):
    """What the person owes in one program, as its line in the list of programs asks for it."""

    action = "program.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        items = shell.next_for(request.user, self.program, self.look)
        return self.page("web/programs.html#next", items=items)


class Settings(ProgramView):
    """What the program is (P1). Everybody reads it, the Sales Ops Manager changes it."""

    action = "program.view"
    post_action = "program.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = ProgramForm(instance=copy.copy(self.program))
        if not self.can("program.edit"):
            for field in form.fields.values():
                field.disabled = True
        return self.page("web/settings.html", form=form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProgramForm(request.POST, instance=copy.copy(self.program))
        if form.is_valid():
            try:
                services.update_program(program=self.program, by=request.user, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return self.done("web:settings", message="The settings are saved.")
        self.program.refresh_from_db()
        return self.page("web/settings.html", status=422, form=form)


class Teams(ProgramView):
    """Teams by wave, and what P4 asks of their dates."""

    action = "teams.view"
    post_action = "teams.edit"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(TeamForm(instance=Team(program=self.program)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TeamForm(request.POST, instance=Team(program=self.program))
        if form.is_valid():
            try:
                team = services.save_team(program=self.program, by=request.user, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return self.done("web:teams", message=f"{team.name} is added to wave {team.wave}.")
        return self._page(form, status=422)

    def _page(self, form: TeamForm, status: int = 200) -> HttpResponse:
        teams = list(Team.objects.of(self.program))
        return self.page(
            "web/teams.html",
            status=status,
            teams=teams,
            seats=sum(team.seats for team in teams),
            advice=waves.advise(teams),
            warnings=waves.order_warnings(teams),
            form=form,
        )


class EditTeam(ProgramView):
    """One team: change it, or remove it."""

    action = "teams.view"
    post_action = "teams.edit"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        team = get_object_or_404(Team.objects.of(self.program), pk=pk)
        return self.page("web/team.html", team=team, form=TeamForm(instance=copy.copy(team)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        team = get_object_or_404(Team.objects.of(self.program), pk=pk)
        form = TeamForm(request.POST, instance=copy.copy(team))
        if form.is_valid():
            try:
                services.save_team(program=self.program, by=request.user, team=team, **form.cleaned_data)
            except REFUSALS as error:
                take_refusal(form, error)
            else:
                return self.done("web:teams", message=f"{team.name} is saved.")
        team.refresh_from_db()
        return self.page("web/team.html", status=422, team=team, form=form)


class RemoveTeam(ProgramView):
    action = post_action = "teams.edit"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        team = get_object_or_404(Team.objects.of(self.program), pk=pk)
        services.remove_team(team=team, by=request.user)
        return self.done("web:teams", message=f"{team.name} is removed.")


class History(ProgramView):
    """The audit trail of the program, newest first; filtered by what was done, and by what it was done to.

    `subject` is "phases.waiver:3" for one thing, "phases.scope,phases.scopeitem" for all of some kinds.
    """

    action = "program.history"

    def get(self, request: HttpRequest) -> HttpResponse:
        entries = AuditEntry.objects.of(self.program).select_related("by")
        verb, subject = request.GET.get("verb", ""), request.GET.get("subject", "")
        if verb:
            entries = entries.filter(verb=verb)
        if subject:
            kinds, _, key = subject.partition(":")
            entries = entries.filter(subject_type__in=kinds.split(","))
            entries = entries.filter(subject_id=key) if key else entries
        if before := number_of(request.GET.get("before")):
            entries = entries.filter(pk__lt=before)
        rows = list(entries.order_by("-pk")[: ENTRIES_A_PAGE + 1])
        verbs = AuditEntry.objects.of(self.program).order_by("verb").values_list("verb", flat=True).distinct()
        return self.page(
            "web/history.html",
            rows=rows[:ENTRIES_A_PAGE],
            older=rows[ENTRIES_A_PAGE - 1].pk if len(rows) > ENTRIES_A_PAGE else None,
            verbs=[(one, verb_words(one)) for one in verbs],
            verb=verb,
            subject=subject,
            before=before,
        )


class Jump(ProgramView):
    """Pages and things by name or number; the box asks for the list alone."""

    action = "program.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "")[:80]
        hits = jump.look_up(self.program, request.user, text)
        template = "web/jump.html#hits" if request.htmx else "web/jump.html"
        return self.page(template, hits=hits, text=text)


class Jobs(ProgramView):
    """Background work of the program, newest first."""

    action = "jobs.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        jobs = Job.objects.of(self.program).select_related("program", "started_by")
        if before := number_of(request.GET.get("before")):
            jobs = jobs.filter(pk__lt=before)
        rows: list[Any] = list(jobs.order_by("-pk")[: ENTRIES_A_PAGE + 1])
        older = rows[ENTRIES_A_PAGE - 1].pk if len(rows) > ENTRIES_A_PAGE else None
        shown = [(job, label(job)) for job in rows[:ENTRIES_A_PAGE]]
        return self.page("web/jobs.html", rows=shown, older=older, before=before)
