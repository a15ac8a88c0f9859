"""One program through three lenses: five phases, the evidence table, ten steps (G12)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.method import SignedForm
from phases.queries import gates, steps
from phases.queries.pace import paces
from phases.services import steps as services
from phases.steps import BY_NUMBER
from phases.views.signing import SigningView

LENSES = (("phases", "Five phases"), ("evidence", "Evidence table"), ("steps", "Ten steps"))


class LensesPage(ProgramView):
    """The same checks, read in another order."""

    action = "gates.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        lens = request.GET.get("lens", "phases")
        lens = lens if lens in dict(LENSES) else "phases"
        return self.page("phases/lenses.html", lens=lens, lenses=LENSES, **getattr(self, f"_{lens}")())

    def _phases(self) -> dict[str, Any]:
        rows = [(pace, gates.assess(self.look, pace.number)) for pace in paces(self.look)]
        met = sum(sheet.met for _, sheet in rows)
        total = sum(sheet.total for _, sheet in rows)
        return {"rows": rows, "met": met, "total": total, "heading": f"{met} of {total} exit criteria are met"}

    def _evidence(self) -> dict[str, Any]:
        rows = steps.evidence_table(self.look)
        answers = [one for _, found in rows for one in found]
        met = sum(one.is_met for one in answers)
        return {"rows": rows, "heading": f"{met} of {len(answers)} pieces of evidence are there"}

    def _steps(self) -> dict[str, Any]:
        rows = steps.all_steps(self.look)
        first = next((one.step for one in rows if not one.is_done), None)
        said = f"Step {first.number} is next: {first.title.lower()}" if first else "All steps are done"
        return {"rows": rows, "heading": said}


class StepAct(SigningView):
    """Start a step, or waive its order as the sponsor."""

    action = "gates.view"

    def found(self, number: int, wave: int) -> steps.Standing:
        if number not in BY_NUMBER or wave not in steps.waves_of(self.look, BY_NUMBER[number]):
            raise Http404("There is no such step.")
        return steps.standing_of(self.look, number, wave)

    def back(self, message: str, number: int) -> HttpResponse:
        answer = self.done("phases:lenses", message=message)
        name = "HX-Redirect" if "HX-Redirect" in answer else "Location"
        answer[name] = f"{answer[name]}?lens=steps#step-{number}"
        return answer


class StartStep(StepAct):
    post_action = "step.start"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int, wave: int) -> HttpResponse:
        self.found(number, wave)
        services.start_step(program=self.program, step=number, wave=wave, by=request.user)
        return self.back(f"Step {number} is started.", number)


class WaiveOrder(StepAct):
    """What is missing, and the reason to go on without it."""

    post_action = "step.waive"

    def get(self, request: HttpRequest, number: int, wave: int) -> HttpResponse:
        return self.shown(self.found(number, wave), SignedForm(is_fresh=self.is_fresh))

    def post(self, request: HttpRequest, number: int, wave: int) -> HttpResponse:
        found, form = self.found(number, wave), SignedForm(request.POST, is_fresh=self.is_fresh)
        if not form.is_valid():
            return self.shown(found, form, 422)
        try:
            services.waive_order(
                program=self.program,
                step=number,
                wave=wave,
                by=request.user,
                reason=form.cleaned_data["reason"],
                fresh_at=self.fresh(form),
            )
        except DomainError as error:
            return self.shown(found, form, self.refuse(form, error))
        return self.back(f"The order is waived for step {number}.", number)

    def shown(self, found: steps.Standing, form: SignedForm, status: int = 200) -> HttpResponse:
        return self.page("phases/step_waive.html", status, one=found, form=form)
