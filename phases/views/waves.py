"""Pages of pilots and waves (P4, G6)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock, waves
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.waves import CloseForm, MeasureForm, PilotForm, ReviewForm, StartForm
from phases.models import Pilot
from phases.queries import waves as queries
from phases.services import waves as services
from phases.views.signing import SigningView


class WavesPage(ProgramView):
    """The pilot, the waves with what stands before them, and their reviews."""

    action = "gates.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        facts = self.look.waves
        found = queries.all_waves(self.look)
        today = clock.today(self.program)
        return self.page(
            "phases/waves.html",
            pilot=facts.pilot,
            pilots=facts.pilots,
            verdict=queries.pilot_verdict(facts.pilot, today) if facts.pilot else None,
            advice=waves.advise(facts.teams),
            warnings=waves.order_warnings(facts.teams),
            waves=found,
            next=next((one for one in found if one.start is None and not one.is_live), None),
            live=[one for one in found if one.is_live],
            due=sum(len(one.due) for one in found),
            today=today,
        )


class PilotPage(SigningView):
    """Plan the pilot, or change it; note what was measured; close it."""

    action = "gates.view"
    post_action = "wave.plan"

    @property
    def pilot(self) -> Pilot | None:
        return next((one for one in self.look.waves.pilots if one.closed_at is None), None)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown(PilotForm(program=self.program, pilot=self.pilot))

    def post(self, request: HttpRequest) -> HttpResponse:
        pilot = self.pilot
        form = PilotForm(request.POST, program=self.program, pilot=pilot)
        if not form.is_valid():
            return self.shown(form, 422)
        try:
            if pilot is None:
                services.plan_pilot(program=self.program, by=request.user, **form.cleaned_data)
            else:
                services.change_pilot(pilot=pilot, by=request.user, **form.cleaned_data)
        except DomainError as error:
            return self.shown(form, self.refuse(form, error))
        return self.done("phases:waves", message="The pilot is saved.")

    def shown(self, form: PilotForm, status: int = 200) -> HttpResponse:
        return self.page("phases/pilot.html", status, form=form, pilot=self.pilot)


class PilotAct(SigningView):
    """Note a measure of a pilot, or close it."""

    action = "gates.view"
    post_action = "wave.plan"
    is_closing = False

    def found(self, number: int) -> Pilot:
        return get_object_or_404(Pilot.objects.of(self.program).select_related("program", "team"), number=number)

    def form(self, data: Any = None) -> Any:
        if self.is_closing:
            return CloseForm(data)
        return MeasureForm(data, initial={"on": clock.today(self.program)})

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(self.found(number), self.form())

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        pilot, form = self.found(number), self.form(request.POST)
        if not form.is_valid():
            return self.shown(pilot, form, 422)
        do = services.close_pilot if self.is_closing else services.note_measure
        try:
            do(pilot=pilot, by=request.user, **form.cleaned_data)
        except DomainError as error:
            return self.shown(pilot, form, self.refuse(form, error))
        said = "is closed" if self.is_closing else "has a new measure"
        return self.done("phases:waves", message=f"Pilot {pilot.label} {said}.")

    def shown(self, pilot: Pilot, form: Any, status: int = 200) -> HttpResponse:
        return self.page("phases/pilot_act.html", status, pilot=pilot, form=form, is_closing=self.is_closing)


class StartWave(SigningView):
    """The sponsor decides the go-live of a wave, on what is met and what is not."""

    action = "gates.view"
    post_action = "wave.start"

    def found(self, number: int) -> queries.Wave:
        if number not in self.look.waves.numbers:
            raise Http404("There is no such wave.")
        return queries.wave_of(self.look, number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        wave = self.found(number)
        on = wave.live_on if wave.live_on and wave.live_on >= clock.today(self.program) else None
        return self.shown(wave, self.form(wave, initial={"starts_on": on}))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        wave = self.found(number)
        form = self.form(wave, request.POST)
        if not form.is_valid():
            return self.shown(wave, form, 422)
        data = form.cleaned_data
        try:
            services.start_wave(
                program=self.program,
                wave=number,
                by=request.user,
                starts_on=data["starts_on"],
                reason=data["reason"],
                fresh_at=self.fresh(form),
            )
        except DomainError as error:
            return self.shown(wave, form, self.refuse(form, error))
        return self.done("phases:waves", message=f"Wave {number} goes live on {data['starts_on']:%-d %b %Y}.")

    def form(self, wave: queries.Wave, *data: Any, **more: Any) -> StartForm:
        return StartForm(*data, is_fresh=self.is_fresh, needs_reason=bool(wave.short), **more)

    def shown(self, wave: queries.Wave, form: StartForm, status: int = 200) -> HttpResponse:
        return self.page("phases/wave_start.html", status, wave=wave, form=form)


class ReviewWave(SigningView):
    """Record the review that was due first."""

    action = "gates.view"
    post_action = "wave.plan"

    def found(self, number: int) -> queries.Wave:
        if number not in self.look.waves.numbers:
            raise Http404("There is no such wave.")
        return queries.wave_of(self.look, number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        wave = self.found(number)
        first = wave.due[0] if wave.due else None
        return self.shown(wave, ReviewForm(initial={"due_on": first, "held_on": clock.today(self.program)}))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        wave, form = self.found(number), ReviewForm(request.POST)
        if not form.is_valid():
            return self.shown(wave, form, 422)
        try:
            services.review_wave(program=self.program, wave=number, by=request.user, **form.cleaned_data)
        except DomainError as error:
            return self.shown(wave, form, self.refuse(form, error))
        return self.done("phases:waves", message=f"The review of wave {number} is recorded.")

    def shown(self, wave: queries.Wave, form: ReviewForm, status: int = 200) -> HttpResponse:
        return self.page("phases/wave_review.html", status, wave=wave, form=form)
