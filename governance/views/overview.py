"""The overview of a program: what is found, what is to do, and the evidence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crmprogram.web import shell
from crmprogram.web.views import ProgramView
from governance.first_steps import first_steps
from governance.overview import Overview


class OverviewPage(ProgramView):
    """Where the program stands: the finding first, the evidence below."""

    action = "overview.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        running = shell.jobs_of(request, self.program)
        return self.page("governance/overview.html", ov=Overview(self.look, request.user, running))


class FailureModesPage(ProgramView):
    """Every failure mode with what tells it and its fix."""

    action = "overview.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("governance/failure_modes.html", ov=Overview(self.look, request.user))


class StartPage(ProgramView):
    """The first steps of a new program, the one to do now on top."""

    action = "overview.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        steps = first_steps(self.look)
        first = next((one for one in steps if not one.done), None)
        return self.page("governance/start.html", steps=steps, first=first, done=sum(one.done for one in steps))
