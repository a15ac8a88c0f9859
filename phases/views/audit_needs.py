"""Pages of the gaps and of the capabilities."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.forms.needs import CapabilityForm, GapForm, MoveForm
from phases.forms.process_map import SeenForm
from phases.forms.refusal import UNPROCESSABLE, put_refusal
from phases.models import Bucket, Capability, Gap
from phases.queries import needs as queries
from phases.registry import CHECKS, examine
from phases.services import capabilities, gaps


class GapsPage(ProgramView):
    """Every gap with its arithmetic, the costliest first."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(
            "phases/gaps.html",
            found=queries.gap_list(self.program),
            evidence=examine(self.look, "audit.gaps", phase=1),
        )


class GapEdit(ProgramView):
    action = post_action = "audit.edit"

    def gap(self, number: int) -> Gap:
        return get_object_or_404(Gap.objects.of(self.program).select_related("program"), number=number)

    def form_page(self, form: GapForm, gap: Gap | None = None, status: int = 200) -> HttpResponse:
        return self.page("phases/gaps_form.html", status=status, form=form, gap=gap)


class AddGap(GapEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        step = request.GET.get("step", "")
        return self.form_page(GapForm(program=self.program, initial={"step": step if step.isdecimal() else None}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = GapForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                gap = gaps.add_gap(program=self.program, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:gaps", message=f"Gap {gap.number} is noted.", fragment=f"gap-{gap.number}")
        return self.form_page(form, status=status)


class EditGap(GapEdit):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        gap = self.gap(number)
        return self.form_page(GapForm(program=self.program, gap=gap), gap)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        gap = self.gap(number)
        form = GapForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            seen = form.cleaned_data["seen_version"] or 0
            try:
                gaps.change_gap(gap=gap, by=request.user, seen_version=seen, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                return self.done("phases:gaps", message=f"Gap {number} is changed.", fragment=f"gap-{number}")
        return self.form_page(form, gap, status)


class RemoveGap(GapEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        gaps.remove_gap(gap=self.gap(number), by=request.user, seen_version=seen_in(request))
        return self.done("phases:gaps", message=f"Gap {number} is removed.")


class CapabilitiesPage(ProgramView):
    """The four buckets; must-haves at go-live first."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(self, status: int = 200, refusal: DomainError | None = None) -> HttpResponse:
        buckets = queries.by_bucket(self.program)
        must = dict(buckets)[Bucket.MUST_GO_LIVE]
        limit = self.look.params_of(CHECKS["audit.must_haves"], 1, {})
        return self.page(
            "phases/capabilities.html",
            status=status,
            buckets=buckets,
            bucket_choices=Bucket.choices,
            must=must,
            untraced=[one for one in must if not one.is_traced],
            total=sum(len(rows) for _, rows in buckets),
            limit=limit,
            exception=queries.must_have_exception(self.program, clock.today(self.program)),
            evidence=examine(self.look, "audit.must_haves", phase=1),
            refusal=refusal,
        )


class CapabilityEdit(CapabilitiesPage):
    action = post_action = "audit.edit"

    def capability(self, number: int) -> Capability:
        return get_object_or_404(Capability.objects.of(self.program).select_related("program"), number=number)

    def form_page(self, form: CapabilityForm, capability: Capability | None = None, status: int = 200) -> HttpResponse:
        return self.page("phases/capabilities_form.html", status=status, form=form, capability=capability)


class AddCapability(CapabilityEdit):
    def get(self, request: HttpRequest) -> HttpResponse:
        initial: dict[str, Any] = {"bucket": request.GET.get("bucket", Bucket.MUST_GO_LIVE)}
        if request.GET.get("gap", "").isdecimal():
            initial["gaps"] = list(Gap.objects.of(self.program).filter(number=request.GET["gap"]))
        return self.form_page(CapabilityForm(program=self.program, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CapabilityForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                one = capabilities.add_capability(program=self.program, by=request.user, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                message = f"Capability {one.number} is added."
                return self.done("phases:capabilities", message=message, fragment=f"capability-{one.number}")
        return self.form_page(form, status=status)


class EditCapability(CapabilityEdit):
    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        found = self.capability(number)
        return self.form_page(CapabilityForm(program=self.program, capability=found), found)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        found = self.capability(number)
        form = CapabilityForm(request.POST, program=self.program)
        status = UNPROCESSABLE
        if form.is_valid():
            seen = form.cleaned_data["seen_version"] or 0
            try:
                capabilities.change_capability(capability=found, by=request.user, seen_version=seen, **form.values())
            except DomainError as refusal:
                status = put_refusal(form, refusal)
            else:
                message = f"Capability {number} is changed."
                return self.done("phases:capabilities", message=message, fragment=f"capability-{number}")
        return self.form_page(form, found, status)


class MoveCapability(CapabilityEdit):
    """Into another bucket; a refusal is said on the list itself."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = MoveForm(request.POST)
        if not form.is_valid():
            return self.show(UNPROCESSABLE)
        try:
            one = capabilities.move_capability(capability=self.capability(number), by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            return self.show(refusal.status, refusal)
        message = f"Capability {number} is now: {one.get_bucket_display()}."
        return self.done("phases:capabilities", message=message, fragment=f"capability-{number}")


class RankCapability(CapabilityEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        up = request.POST.get("to") == "up"
        capabilities.rank_capability(capability=self.capability(number), by=request.user, up=up)
        return self.done("phases:capabilities", fragment=f"capability-{number}")


class RemoveCapability(CapabilityEdit):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        capabilities.remove_capability(
            capability=self.capability(number), by=request.user, seen_version=seen_in(request)
        )
        return self.done("phases:capabilities", message=f"Capability {number} is removed.")


def seen_in(request: HttpRequest) -> int:
    """The version the form was drawn with; -1, which nothing has, when it is missing."""
    form = SeenForm(request.POST)
    return form.cleaned_data["seen_version"] if form.is_valid() else -1
