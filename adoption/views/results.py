"""Further signals, results, figures and what every number means (M6 to M9)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from adoption.dictionary import DEFINITIONS, Definition
from adoption.forms import FigureForm
from adoption.queries import FIGURES, Weeks, newest_figures
from adoption.queries.report import report
from adoption.queries.signals import result_rows, signal_rows, verdict_of
from adoption.services.figures import enter_figure
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response

SHOWN = [name for name in Definition._fields if name != "rule"]  # where a rule is written is for its authors


class Results(AdoptionView):
    """Signals by week, results by quarter, and the figures people enter."""

    post_action = "adoption.figures"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, **more: Any) -> HttpResponse:
        team, count = self.chosen()
        scope = f"team:{team.pk}" if team else "all"
        weeks = Weeks(self.program, count=count)
        quarters, results = result_rows(self.program, scope)
        figures = newest_figures(self.program)
        given = {
            "team": team,
            "teams": self.teams(),
            "count": count,
            "ranges": (6, 12, 26),
            "weeks": weeks.weeks,
            "signals": signal_rows(self.program, weeks, scope),
            "quarters": quarters,
            "results": results,
            "verdict": verdict_of(results),
            "figures": [(one, *_said(one)) for one in sorted(figures.values(), key=lambda one: -one.pk)],
            "missing": [label for key, (label, *_) in FIGURES.items() if not any(key == each for each, *_ in figures)],
            "form": FigureForm(program=self.program),
        }
        return self.page("adoption/results.html", status=status, **(given | more))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FigureForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.shown(422, form=form)
        try:
            enter_figure(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(exc.page_status, form=form, error=exc)
        return self.done("adoption:results", message="Entered.")


def _said(one: Any) -> tuple[str, Any, str]:
    """Label, value in whole units, and what the unit is."""
    label, _, kind = FIGURES.get(one.key, (one.key, "", "number"))
    return label, one.value / 100, kind


class Definitions(AdoptionView):
    """The dictionary: what every number counts, of what, and what it leaves out."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("adoption/definitions.html", definitions=DEFINITIONS)


class DefinitionsFile(AdoptionView):
    """The dictionary as CSV (X4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return csv_response(
            "adoption-definitions.csv",
            [[name.capitalize() for name in SHOWN], *([getattr(one, name) for name in SHOWN] for one in DEFINITIONS)],
        )


class ReportFile(AdoptionView):
    """Every number by week and team with the reason where there is none, and the signals and results, as CSV."""

    def get(self, request: HttpRequest) -> HttpResponse:
        lines = report(self.program)
        rows: list[list[Any]] = [
            ["Week", "Team", "Metric", "Numerator", "Denominator", "Value", "Why not measured", "Target", "State"]
        ]
        rows += [
            [
                one.week,
                one.team,
                one.label,
                one.numerator,
                one.denominator,
                one.value,
                one.reason,
                one.target,
                one.state,
            ]
            for one in lines
        ]
        weeks = Weeks(self.program, count=12)
        for _, label, cells in signal_rows(self.program, weeks):
            rows += [
                [str(week), "all", label, cell.share.part, cell.share.whole, cell.text, "", "", ""]
                for week, cell in zip(weeks.weeks, cells, strict=True)
            ]
        quarters, results = result_rows(self.program)
        for result, cells in results:
            rows += [
                [quarter, "all", result.label, cell.share.part, cell.share.whole, cell.text, "", "", cell.note]
                for quarter, cell in zip(quarters, cells, strict=True)
            ]
        return csv_response(f"adoption-report-{self.program.slug}.csv", rows)
