"""Pages of the process map: the drawing, its lanes and steps, and the sign-offs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from crmprogram.program import policy
from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views import ProgramView
from phases.forms.process_map import ConnectForm, LaneForm, PlaceForm, SeenForm, StepForm
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.map_changes import CHANGED, DROPPED, NEW
from phases.models import Lane, MapState, ProcessMap, Step
from phases.queries import process_map as queries
from phases.services import map_steps
from phases.services import process_map as services

BOTH = "both"


class Drawn(ProgramView):
    """What the pages share that draw a map."""

    def drawn(self, state: str, template: str = "phases/map.html", status: int = 200, **more: Any) -> HttpResponse:
        """The map of one state, or with "#drawn" its part of the page alone."""
        content, picture = self.drawing(state)
        lanes = content.lanes
        return self.page(
            template,
            status=status,
            shown=state,
            state=MapState(state),
            content=content,
            picture=picture,
            leads_to={step.pk: " ".join(str(way.step.pk) for way in step.ways) for step in content.steps},
            may_sign={lane.pk for lane in lanes if policy.can(self.request.user, "audit.sign_lane", lane)},
            signed_by_me={
                lane.pk
                for lane in lanes
                if any(off.signed_by_id == self.request.user.pk for off in lane.valid_sign_offs)
            },
            can_copy=state == MapState.FUTURE and not lanes,
            **{"form": ConnectForm(drawn=content.map) if len(content.steps) > 1 else None, **more},
        )

    def drawing(self, state: str) -> tuple[queries.MapContent, Any]:
        content = queries.content_of(self.program, state)
        return content, queries.picture(content, self.url_of) if content.lanes else None

    def url_of(self, step: Step) -> str:
        """Where a press on a step leads those who may change it."""
        return reverse("phases:step", args=[self.program.slug, step.pk]) if self.can("audit.edit") else ""


class MapPage(Drawn):
    """The map of one state, or both with what differs."""

    action = "audit.view_map"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("state", MapState.CURRENT)
        if asked == BOTH:
            return self.both()
        return self.drawn(asked if asked in MapState.values else MapState.CURRENT)

    def both(self) -> HttpResponse:
        current, future = (queries.content_of(self.program, state) for state in MapState)
        pairs = queries.differences(current, future) if current.lanes and future.lanes else []
        shown = {
            MapState.CURRENT: {pair.was.key: DROPPED for pair in pairs if pair.kind == DROPPED},
            MapState.FUTURE: {pair.now.key: pair.kind for pair in pairs if pair.kind in {NEW, CHANGED}},
        }
        return self.page(
            "phases/map_both.html",
            shown=BOTH,
            pairs=pairs,
            counts=Counter(pair.kind for pair in pairs),
            repaired=sum(pair.is_repaired for pair in pairs),
            states=[
                (state, content, queries.picture(content, self.url_of, shown[state]) if content.lanes else None)
                for state, content in ((MapState.CURRENT, current), (MapState.FUTURE, future))
            ],
        )


class MapEdit(Drawn):
    """What the editing views share."""

    action = post_action = "audit.edit"

    def lane(self, pk: int) -> Lane:
        return get_object_or_404(Lane.objects.of(self.program).select_related("map__program"), pk=pk)

    def step(self, pk: int) -> Step:
        return get_object_or_404(Step.objects.of(self.program).select_related("lane__map__program"), pk=pk)

    def back(self, state: str, message: str = "", fragment: str = "") -> HttpResponse:
        """To the map of that state."""
        response = self.done("phases:map", message=message)
        name = "HX-Redirect" if "HX-Redirect" in response else "Location"
        query = f"?state={state}" if state != MapState.CURRENT else ""
        response[name] += query + (f"#{fragment}" if fragment else "")
        return response

    @property
    def part(self) -> str:
        """The template: the part that changed, or the page where no script asked for it."""
        return "phases/map.html#drawn" if self.request.htmx else "phases/map.html"

    def redrawn(self, state: str, refusal: DomainError | None = None, said: str = "") -> HttpResponse:
        """The map after an act on the drawing itself."""
        if refusal or self.request.htmx:
            return self.drawn(state, self.part, refusal.page_status if refusal else 200, refusal=refusal, said=said)
        return self.back(state, said)

    def seen(self) -> int:
        form = SeenForm(self.request.POST)
        return form.cleaned_data["seen_version"] if form.is_valid() else -1


class StartMap(MapEdit):
    """Fill an empty map with the typical process, or with a copy of the current one."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        state = MapState.FUTURE if request.POST.get("state") == MapState.FUTURE else MapState.CURRENT
        if request.POST.get("copy"):
            services.copy_to_future(program=self.program, by=request.user)
            return self.back(MapState.FUTURE, "The current map is copied. Change what shall be different.")
        services.start_from_typical(program=self.program, by=request.user, state=state)
        return self.back(state, "A typical process is drawn. Change it to how it is here.")


class AddLane(MapEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        state = request.GET.get("state", MapState.CURRENT)
        return self.page("phases/map_lane.html", form=LaneForm(initial={"state": state}), state=state)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = LaneForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in ("name", "function")}
            state = form.cleaned_data["state"] or MapState.CURRENT
            try:
                lane = services.add_lane(program=self.program, by=request.user, state=state, **values)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.back(state, f"The lane {lane.name} is added. Now its steps.", f"lane-{lane.pk}")
        return self.page("phases/map_lane.html", status=status, form=form, state=request.POST.get("state"))


class EditLane(MapEdit):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        lane = self.lane(pk)
        return self.page("phases/map_lane.html", form=LaneForm(lane=lane), lane=lane, state=lane.map.state)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        lane = self.lane(pk)
        form = LaneForm(request.POST)
        status = UNPROCESSABLE
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in ("name", "function")}
            seen = form.cleaned_data["seen_version"] or 0
            try:
                services.change_lane(lane=lane, by=request.user, seen_version=seen, **values)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.back(lane.map.state, "The lane is changed.", f"lane-{lane.pk}")
        return self.page("phases/map_lane.html", status=status, form=form, lane=lane, state=lane.map.state)


class MoveLane(MapEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        lane = self.lane(pk)
        services.move_lane(lane=lane, by=request.user, up=request.POST.get("to") == "up")
        return self.back(lane.map.state, fragment=f"lane-{lane.pk}")


class RemoveLane(MapEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        lane = self.lane(pk)
        services.remove_lane(lane=lane, by=request.user, seen_version=self.seen())
        return self.back(lane.map.state, f"The lane {lane.name} is removed.")


class SignLane(MapEdit):
    """Sign a lane off; the service asks whether the person represents it."""

    action = "audit.view_map"
    post_action = "audit.sign_lane"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        lane = self.lane(pk)
        services.sign_lane(lane=lane, by=request.user, seen_version=self.seen())
        return self.back(lane.map.state, f"You signed off the lane {lane.name}.", "sign-offs")


class AddStep(MapEdit):
    def get(self, request: HttpRequest, lane: int) -> HttpResponse:
        found = self.lane(lane)
        last = found.steps.order_by("-order", "-pk").first()
        form = StepForm(drawn=found.map, initial={"lane": found.pk, "others": [last.pk] if last else []})
        return self.page("phases/map_step.html", form=form, lane=found)

    def post(self, request: HttpRequest, lane: int) -> HttpResponse:
        found = self.lane(lane)
        form = StepForm(request.POST, drawn=found.map)
        status = UNPROCESSABLE
        if form.is_valid():
            values = dict(form.cleaned_data)
            values.pop("seen_version")
            after = list(values.pop("others", []))
            try:
                step = map_steps.add_step(by=request.user, after=after, **values)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.back(found.map.state, f"The step {step.name} is added.", f"lane-{step.lane_id}")
        return self.page("phases/map_step.html", status=status, form=form, lane=found)


class EditStep(MapEdit):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        step = self.step(pk)
        return self.page(
            "phases/map_step.html", form=StepForm(drawn=step.lane.map, step=step), step=step, lane=step.lane
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        step = self.step(pk)
        state, lane = step.lane.map.state, step.lane
        form = StepForm(request.POST, drawn=lane.map)
        status = UNPROCESSABLE
        if form.is_valid():
            values = dict(form.cleaned_data)
            values["seen_version"] = values["seen_version"] or 0
            values["next_steps"] = list(values.pop("others", []))
            try:
                step = map_steps.change_step(step=step, by=request.user, **values)
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.back(state, f"The step {step.name} is changed.", f"lane-{step.lane_id}")
        return self.page("phases/map_step.html", status=status, form=form, step=step, lane=lane)


class MoveStep(MapEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        step = self.step(pk)
        map_steps.move_step(step=step, by=request.user, earlier=request.POST.get("to") == "earlier")
        return self.back(step.lane.map.state, fragment=f"lane-{step.lane_id}")


class PlaceStep(MapEdit):
    """Into a lane, before another step: what a drag or the arrow keys ask for."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        step = self.step(pk)
        drawn = step.lane.map
        form = PlaceForm(request.POST, drawn=drawn)
        if not form.is_valid():
            raise Invalid("Say into which lane, and before which of its steps.", field="lane")
        try:
            step = map_steps.place_step(step=step, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            return self.redrawn(drawn.state, refusal)
        return self.redrawn(drawn.state, said=f"{step.name} is number {step.order} of {step.lane.name}.")


class ConnectSteps(MapEdit):
    """Draw an arrow, or take it away."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, state: str) -> HttpResponse:
        drawn = get_object_or_404(ProcessMap.objects.of(self.program), state=state)
        form = ConnectForm(request.POST, drawn=drawn)
        if not form.is_valid():
            return self.drawn(state, self.part, UNPROCESSABLE, form=form)
        source, target, label, act = (form.cleaned_data[name] for name in ("source", "target", "label", "act"))
        if act == "turn":
            act = "cut" if source.arrows_out.filter(target=target).exists() else "draw"
        ends = {"source": source, "target": target, "by": request.user}
        try:
            if act == "cut":
                map_steps.disconnect_steps(**ends)
            else:
                map_steps.connect_steps(**ends, label=label)
        except DomainError as refusal:
            return self.redrawn(state, refusal)
        verb = "no longer leads" if act == "cut" else "leads"
        return self.redrawn(state, said=f"{source.name} {verb} to {target.name}.")


class RemoveStep(MapEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        step = self.step(pk)
        map_steps.remove_step(step=step, by=request.user, seen_version=self.seen())
        return self.back(step.lane.map.state, f"The step {step.name} is removed.", f"lane-{step.lane_id}")
