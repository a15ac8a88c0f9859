"""Targets and the rule that watches each, required fields, days off (M2, M5, M9)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from adoption import charts_rules, queries
from adoption.forms import CalendarForm, FieldsForm, HolidayForm
from adoption.forms_escalations import RuleForm
from adoption.models import Holiday, Metric, Target, TeamCalendar
from adoption.queries import Targets, Trial, Weeks
from adoption.services import targets
from adoption.services.reps import add_holiday, set_calendar
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError
from phases.method import PHASES
from phases.models import FieldRule

RECORDS = {"deal": "Deals", "contact": "Contacts", "account": "Accounts", "lead": "Leads"}


class TargetsPage(AdoptionView):
    """Targets with how often the rule would have fired, required fields, days off (M2, M5, M9)."""

    post_action = "adoption.targets"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, **more: Any) -> HttpResponse:
        weeks, own = Weeks(self.program, count=queries.HISTORY_WEEKS), Targets(self.program)
        kind = self.object
        required = FieldRule.objects.of(self.program).required().filter(object=kind, stage="")
        given = {
            "rows": [
                {
                    "metric": key,
                    "slug": key.value.partition(".")[2],
                    "value": own.value(key),
                    "own": own.row(key),
                    "others": sum(one.key == key and bool(one.team_id or one.phase) for one in own.rows),
                    "escalates": own.escalates(key),
                    "needed": own.needed(key),
                    "fired": len(queries.fired(weeks, own, key)),
                    "is_rate": key == Metric.RATE,
                }
                for key in Metric
            ],
            "history": queries.HISTORY_WEEKS,
            "holidays": list(Holiday.objects.of(self.program).select_related("team")),
            "holiday_form": HolidayForm(program=self.program),
            "calendars": list(TeamCalendar.objects.of(self.program).select_related("team").order_by("team__name")),
            "calendar_form": CalendarForm(program=self.program),
            "kind": kind,
            "kinds": RECORDS,
            "fields_form": FieldsForm(object=kind, initial={"fields": list(required.values_list("field", flat=True))}),
        }
        return self.page("adoption/targets.html", status=status, **(given | more))

    @property
    def object(self) -> str:
        """The object whose required fields are shown, or set: deals when none is said."""
        given = self.request.POST.get("object") or self.request.GET.get("object") or ""
        return given if given in RECORDS else "deal"

    def post(self, request: HttpRequest) -> HttpResponse:
        name, form, service, extra = {
            "holiday": ("holiday_form", HolidayForm(request.POST, program=self.program), add_holiday, {}),
            "calendar": ("calendar_form", CalendarForm(request.POST, program=self.program), set_calendar, {}),
        }.get(
            request.POST.get("do", ""),
            (
                "fields_form",
                FieldsForm(request.POST, object=self.object),
                targets.require_fields,
                {"object": self.object},
            ),
        )
        if not form.is_valid():
            return self.shown(422, **{name: form})
        try:
            service(program=self.program, by=request.user, **form.cleaned_data, **extra)
        except DomainError as exc:
            return self.shown(exc.status if exc.status != 400 else 422, **{name: form}, error=exc)
        return self.done("adoption:targets", message="Saved.")


class RulePage(AdoptionView):
    """The rule of one metric: what is in force, what it would have done, its history; tried, then set (M5).

    The values in the query are tried and set nothing. A rule is switched on by who has seen what it
    would have done: `seen` in the form names the values that were shown.
    """

    post_action = "adoption.targets"

    def get(self, request: HttpRequest, metric: str) -> HttpResponse:
        if "value" not in request.GET:
            return self.shown(self.key_of(metric))
        form = RuleForm(request.GET, program=self.program, key=self.key_of(metric))
        return self.shown(self.key_of(metric), 200 if form.is_valid() else 422, form=form)

    def key_of(self, metric: str) -> Metric:
        try:
            return Metric(f"adoption.{metric}")
        except ValueError:
            raise Http404 from None

    def shown(self, key: Metric, status: int = 200, form: RuleForm | None = None, **more: Any) -> HttpResponse:
        own, tried = Targets(self.program), None
        if form is not None and form.is_valid():
            tried = Target(program=self.program, key=key, **{
                name: form.cleaned_data[name] for name in ("team", "phase", "value", "needed", "escalates")
            })  # fmt: skip
        trials = queries.backtest(self.program, key, tried=tried)
        value = own.value(key)
        initial = {"value": value, "needed": own.needed(key), "escalates": own.escalates(key)}
        given = {
            "key": key,
            "slug": key.value.partition(".")[2],
            "value": value,
            "is_on": own.escalates(key),
            "needed": own.needed(key),
            "is_rate": key == Metric.RATE,
            "is_limit": key == Metric.STALE,
            "in_force": [one for one in own.rows if one.key == key],
            "changes": [one for one in reversed(own.history) if one.key == key],
            "phases": PHASES,
            "tried": tried,
            "seen": form.seen if tried and form else "",
            "trials": trials,
            "fired": sum(len(one.fired) for one in trials),
            "strip": _strip(trials),
            "of": queries.HISTORY_WEEKS,
            "form": form or RuleForm(program=self.program, key=key, initial=initial),
        }
        return self.page("adoption/rule.html", status=status, **(given | more))

    def post(self, request: HttpRequest, metric: str) -> HttpResponse:
        key = self.key_of(metric)
        form = RuleForm(request.POST, program=self.program, key=key)
        if not form.is_valid():
            return self.shown(key, 422, form)
        if form.cleaned_data["escalates"] and request.POST.get("seen") != form.seen:
            return self.shown(key, form=form, asked=True)
        try:
            targets.set_target(program=self.program, by=request.user, key=key, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(key, exc.status if exc.status != 400 else 422, form, error=exc)
        return self.done("adoption:rule", metric, message=f"{key.label}: the target is set.")


def _strip(trials: list[Trial]) -> charts_rules.Strip | None:
    """The weeks of a backtest by scope, drawn; None when none is there."""
    weeks = sorted({one.point.week for trial in trials for one in trial.weeks})
    if not weeks:
        return None
    rows = []
    for trial in trials:
        judged = {one.point.week: one for one in trial.weeks}
        cells = []
        for week in weeks:
            one = judged.get(week)
            kind = "none" if one is None or one.verdict is None else "met" if one.verdict else "worse"
            words = {"none": "not measured", "met": "at target", "worse": "worse than target"}[kind]
            fires, inside = (one.fires, one.in_episode) if one else (False, False)
            cells.append((kind, fires, inside, f"{week}: {words}{', escalated' if fires else ''}"))
        count = len(trial.fired)
        rows.append((trial.name, cells, f"{count} time{'' if count == 1 else 's'}"))
    return charts_rules.strip([str(week) for week in weeks], rows)
