"""The strategy test: three reps, two questions, each quarter (P8)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.forms_program import DateField
from crmprogram.web.views import ProgramView
from governance.models import StrategyAnswer, StrategyTest
from governance.services import strategy as services
from phases.queries.rounds import quarter_of

YES_NO = [("yes", "Yes"), ("no", "No")]


class AnswerForm(forms.Form):
    """Both answers in the rep's words, and whether they hold."""

    asked_on = DateField(label="Asked on")
    purpose = forms.CharField(label="“What is the CRM for?”", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    knows_purpose = forms.ChoiceField(label="Is that what the goal says?", choices=YES_NO, widget=forms.RadioSelect)
    measured_by = forms.CharField(
        label="“How are you measured in it?”", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    knows_measure = forms.ChoiceField(label="Is that how reps are measured?", choices=YES_NO, widget=forms.RadioSelect)


class StrategyTestPage(ProgramView):
    """The tests by quarter; draw the reps of this one."""

    action = "raci.view"
    post_action = "strategy.test"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            test = services.draw_reps(program=self.program, by=request.user)
        except DomainError as error:
            return self.shown(error.page_status, refusal=str(error))
        return self.done("governance:strategy-test", message=f"Three reps are drawn for {test.period}.")

    def shown(self, status: int = 200, **context: Any) -> HttpResponse:
        tests = list(
            StrategyTest.objects.of(self.program)
            .select_related("drawn_by")
            .prefetch_related("answers__noted_by")
            .order_by("-period")
        )
        period = quarter_of(clock.today(self.program))
        now = next((one for one in tests if one.period == period), None)
        answers = list(now.answers.all()) if now else []
        return self.page(
            "governance/strategy_test.html",
            status,
            **{
                "tests": tests,
                "period": period,
                "now": now,
                "answers": answers,
                "noted": sum(one.is_noted for one in answers),
                "knowing": sum(one.knows for one in answers),
                "goal": self.look.audit.goal,
                **context,
            },
        )


class NoteAnswer(ProgramView):
    """What one drawn rep said."""

    action = post_action = "strategy.test"

    def found(self, pk: int) -> StrategyAnswer:
        return get_object_or_404(StrategyAnswer.objects.of(self.program).select_related("test__program"), pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.shown(self.found(pk), AnswerForm(initial={"asked_on": clock.today(self.program)}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        answer, form = self.found(pk), AnswerForm(request.POST)
        if not form.is_valid():
            return self.shown(answer, form, 422)
        data = form.cleaned_data
        known = {name: data[name] == "yes" for name in ("knows_purpose", "knows_measure")}
        try:
            services.note_answer(answer=answer, by=request.user, **{**data, **known})
        except DomainError as error:
            field = error.details.get("field") if isinstance(error, Invalid) else None
            form.add_error(field if field in form.fields else None, str(error))
            return self.shown(answer, form, error.page_status)
        return self.done("governance:strategy-test", message=f"The answer of {answer.person} is noted.")

    def shown(self, answer: StrategyAnswer, form: AnswerForm, status: int = 200) -> HttpResponse:
        return self.page("governance/strategy_answer.html", status, answer=answer, form=form, goal=self.look.audit.goal)
