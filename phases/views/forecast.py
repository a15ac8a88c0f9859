"""Days in phase, and the forecast of the go-live with its arithmetic (G10)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crmprogram.web.views import ProgramView
from phases.queries.pace import INTEGRATION_WEEKS, forecast, paces


class ForecastPage(ProgramView):
    """How the day of the go-live is worked out, phase by phase."""

    action = "gates.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        found, target = forecast(self.look), self.program.go_live_on
        return self.page(
            "phases/forecast.html",
            forecast=found,
            paces=paces(self.look),
            scale=max((one.high or 0 for one in paces(self.look)), default=0),
            late=(found.on - target).days if found and target else None,
            weeks=INTEGRATION_WEEKS,
        )
