"""The portfolio: every program a person may see (G10, P1)."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views import View

from crmprogram.web.downloads import csv_response
from governance.portfolio import ALL, ATTENTION, HOLD, Row, chosen, portfolio
from phases.method import PHASES

ROWS_A_PAGE = 100
SHOWN = ((ALL, "All"), (ATTENTION, "Need attention"), (HOLD, "On hold"))
HEADER = (
    "company", "program", "your role", "phase", "state", "criteria met", "criteria", "days in phase",
    "typical from", "typical to", "target go-live", "forecast", "due",
)  # fmt: skip


class PortfolioView(LoginRequiredMixin, View):
    """The rows a person may see, and what the filter leaves of them."""

    def rows(self) -> tuple[list[Row], list[Row]]:
        found = portfolio(self.request.user)
        return found, chosen(found, self.request.GET.get("show", ALL), self.request.GET.get("phase", ""))


class Portfolio(PortfolioView):
    """State, phase, gate position, pace and what is due, the most pressing first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        every, shown = self.rows()
        context = {
            "page": Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page")),
            "count": len(every),
            "pressing": sum(one.needs_attention for one in every),
            "shown": SHOWN,
            "show": request.GET.get("show", ALL),
            "phase": request.GET.get("phase", ""),
            "phases": [(str(number), info.name) for number, info in PHASES.items()],
            "by_phase": dict(Counter(one.phase for one in every)),
        }
        return render(request, "governance/portfolio.html", context)


class PortfolioFile(PortfolioView):
    """The same table as CSV."""

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        _, shown = self.rows()
        lines = (
            (
                one.program.company, one.program.name, one.role, one.phase, one.word,
                "" if one.met is None else one.met, one.total, "" if one.pace.days is None else one.pace.days,
                one.pace.low or "", one.pace.high or "", one.program.go_live_on or "", one.forecast or "",
                "; ".join(f"{due.text} {due.on or ''}".strip() for due in one.due),
            )
            for one in shown
        )  # fmt: skip
        return csv_response("portfolio.csv", [HEADER, *lines])
