"""Checkpoints on day 30, 60, 90 and 180 of each wave, and the baselines they are compared with (M12)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from adoption.forms import BaselineForm, HoldForm
from adoption.milestones import GRACE
from adoption.queries.checkpoints import Standing, WaveCheckpoints, all_waves
from adoption.queries.outcomes import said
from adoption.services import checkpoints as services
from adoption.views.dashboard import AdoptionView
from crmprogram.program.errors import DomainError
from crmprogram.web.downloads import csv_response
from crmprogram.web.params import whole_number


class Failed(NamedTuple):
    """What was sent and not taken: the wave and day, and the form."""

    at: tuple[int, int]
    form: HoldForm | BaselineForm | None


class Checkpoints(AdoptionView):
    """Per wave: what was before, what the readings are, which checkpoint waits to be held."""

    post_action = "checkpoints.hold"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, failed: Failed | None = None, **more: Any) -> HttpResponse:
        waves = all_waves(self.look)
        standings = [one for wave in waves for one in wave.standings]
        ahead = [one for one in standings if one.state == "ahead"]
        asked = [one for one in standings if one.is_asked]
        given = {
            "waves": [(one, self.rows(one), self.holds(one, failed), self.baseline_form(one, failed)) for one in waves],
            "late": [one for one in standings if one.state == "late"],
            "due": [one for one in standings if one.state == "due"],
            "standings": standings,
            "first": min(asked, key=lambda one: one.due_on, default=None),
            "next": min(ahead, key=lambda one: one.due_on, default=None),
            "held": [one for one in standings if one.held],
            "unstored": [one for one in waves if one.live_on and not one.is_live and one.missing],
            "grace": GRACE.days,
            "failed": failed,
        }
        return self.page("adoption/checkpoints.html", status=status, **(given | more))

    def rows(self, wave: WaveCheckpoints) -> list[tuple[Any, Any, str]]:
        """Measure, baseline or None, and its value in words."""
        currency = self.program.currency
        return [(one, row, said(one.unit, row.value, currency) if row else "") for one, row in wave.baselines]

    def holds(self, wave: WaveCheckpoints, failed: Failed | None) -> list[tuple[Standing, HoldForm]]:
        """What can be held now, each with its form."""
        found = []
        for one in wave.standings:
            if one.is_open:
                is_it = failed and isinstance(failed.form, HoldForm) and failed.at == (one.wave, one.milestone.day)
                given = failed.form.data if failed and is_it else None
                found.append((one, HoldForm(given, auto_id=f"w{one.wave}d{one.milestone.day}_%s")))
        return found

    def baseline_form(self, wave: WaveCheckpoints, failed: Failed | None) -> BaselineForm:
        is_it = failed and isinstance(failed.form, BaselineForm) and failed.at[0] == wave.number
        return BaselineForm(failed.form.data if failed and is_it else None, auto_id=f"w{wave.number}_%s")  # type: ignore[union-attr]

    def post(self, request: HttpRequest) -> HttpResponse:
        wave, do = whole_number(request.POST.get("wave", "")), request.POST.get("do", "")
        day = whole_number(request.POST.get("day", ""))
        common: dict[str, Any] = {"program": self.program, "by": request.user, "wave": wave}
        form: HoldForm | BaselineForm | None = None
        try:
            if do == "measure":
                stored, short = services.store_baselines(**common, note=request.POST.get("note", ""))
                message = f"{len(stored)} stored, {len(short)} not measured."
            elif do == "baseline":
                form = BaselineForm(request.POST)
                if not form.is_valid():
                    return self.shown(422, Failed((wave, 0), form))
                services.enter_baseline(**common, **form.cleaned_data)
                message = "The baseline is stored."
            else:
                form = HoldForm(request.POST)
                if not form.is_valid():
                    return self.shown(422, Failed((wave, day), form))
                services.hold_checkpoint(**common, day=day, **form.cleaned_data)
                message = f"Day {day} of wave {wave} is held; its readings are kept."
        except DomainError as exc:
            return self.shown(exc.page_status, Failed((wave, day), form), error=exc)
        return self.done("adoption:checkpoints", message=message, fragment=f"wave-{wave}")


class CheckpointsFile(AdoptionView):
    """Every reading of every checkpoint as CSV (X4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows: list[list[Any]] = [
            ["Wave", "Day", "Due", "State", "Held on", "Measure", "Baseline", "Baseline up to", "Reading", "Needs",
             "Verdict", "Found", "Source", "As of", "Comment"]
        ]  # fmt: skip
        for wave in all_waves(self.look):
            for one in wave.standings:
                rows += _lines(one)
        return csv_response(f"checkpoints-{self.program.slug}.csv", rows)


def _lines(one: Standing) -> list[list[Any]]:
    held = one.held
    head = [one.wave, one.milestone.day, one.due_on, one.state, held.held_on if held else ""]
    comment = held.comment if held else ""
    if not one.readings:
        return [[*head, *[""] * 9, comment]]
    return [
        [*head, row.label, row.was, row.baseline_on, row.now, row.needs, row.verdict, row.said, row.source, row.as_of,
         comment]
        for row in one.readings
    ]  # fmt: skip
