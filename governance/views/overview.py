"""The overview of a program: what is found, what is to do, and the evidence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crmprogram.web.views import ProgramView
from governance import failure_modes


class Overview(ProgramView):
    """Where the program stands."""

    action = "overview.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("governance/overview.html", modes=failure_modes.detect(self.look))


class FailureModes(ProgramView):
    """Every failure mode with how it is told and its fix."""

    action = "overview.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("governance/failure_modes.html", modes=failure_modes.detect(self.look))
