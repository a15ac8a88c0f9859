"""Targets of the two-week rule, required fields, days off (M2, M5, M9)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from adoption import queries
from adoption.forms import CalendarForm, FieldsForm, HolidayForm, TargetForm
from adoption.models import Holiday, Metric, TeamCalendar
from adoption.queries import Targets, Weeks
from adoption.services import targets
from adoption.services.reps import add_holiday, set_calendar
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError
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
                    "value": own.value(key),
                    "own": own.row(key),
                    "escalates": own.escalates(key),
                    "fired": len(queries.fired(weeks, own, key)),
                    "is_rate": key == Metric.RATE,
                }
                for key in Metric
            ],
            "of_teams": [one for one in own.rows if one.team_id],
            "history": queries.HISTORY_WEEKS,
            "holidays": list(Holiday.objects.of(self.program).select_related("team")),
            "form": TargetForm(program=self.program),
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

    def tried(self, form: TargetForm) -> HttpResponse:
        """Say how often the rule would have fired, and set nothing."""
        data = form.cleaned_data
        weeks = queries.try_target(self.program, data["key"], data["value"], data["team"])
        return self.shown(form=form, tried={"weeks": weeks, "label": Metric(data["key"]).label, **data})

    def post(self, request: HttpRequest) -> HttpResponse:
        do = request.POST.get("do", "target")
        name, form, service, extra = {
            "holiday": ("holiday_form", HolidayForm(request.POST, program=self.program), add_holiday, {}),
            "calendar": ("calendar_form", CalendarForm(request.POST, program=self.program), set_calendar, {}),
            "fields": (
                "fields_form",
                FieldsForm(request.POST, object=self.object),
                targets.require_fields,
                {"object": self.object},
            ),
        }.get(do, ("form", TargetForm(request.POST, program=self.program), targets.set_target, {}))
        if not form.is_valid():
            return self.shown(422, **{name: form})
        if do == "try":
            return self.tried(form)
        try:
            service(program=self.program, by=request.user, **form.cleaned_data, **extra)
        except DomainError as exc:
            return self.shown(exc.status if exc.status != 400 else 422, **{name: form}, error=exc)
        return self.done("adoption:targets", message="Saved.")
