"""The overview of a program: what is found, what is to do, and the evidence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crmprogram.web import shell
from crmprogram.web.views import ProgramView
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
