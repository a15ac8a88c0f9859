"""Vendors and their lists, demos, references, the contract."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.core.files.storage import default_storage
from django.forms import formset_factory
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from phases.models import Capability
from scorecard import queries
from scorecard.defaults import LONG_LIST, SHORT_LIST, VENDORS, proposals
from scorecard.forms import (
    ContractForm,
    CoverageForm,
    DemoForm,
    MoveForm,
    PartForm,
    ReferenceForm,
    SelectForm,
    VendorEditForm,
    VendorForm,
)
from scorecard.models import Contract, Demo, ListState, Selection, Vendor
from scorecard.services import evidence as services
from scorecard.services import vendors as lists

PARTS_OFFERED = 4


class VendorsPage(ProgramView):
    """Long list, short list, finalists: add vendors and move them."""

    action = "scorecard.view"
    post_action = "scorecard.edit"

    def get(self, request: HttpRequest, status: int = 200, form: VendorForm | None = None, **more: Any) -> HttpResponse:
        vendors = list(Vendor.objects.of(self.program).prefetch_related("moves__by"))
        there = {one.name.casefold() for one in vendors}
        proposed = [
            one
            for one in proposals(self.program.industry, self.program.lead_sources)
            if one.vendor.name.casefold() not in there
        ]
        groups = [(state, [one for one in vendors if one.state == state]) for state in reversed(ListState)]
        order = [ListState.SELECTED, ListState.FINALIST, ListState.SHORT, ListState.LONG, ListState.DROPPED]
        groups.sort(key=lambda group: order.index(group[0]))
        return self.page(
            "scorecard/vendors.html",
            status=status,
            groups=[(ListState(state), found) for state, found in groups if found or state == ListState.LONG],
            total=sum(one.state != ListState.DROPPED for one in vendors),
            short=sum(one.state in {ListState.SHORT, ListState.FINALIST, ListState.SELECTED} for one in vendors),
            long_list=LONG_LIST,
            short_list=SHORT_LIST,
            form=form or VendorForm(),
            proposed=proposed,
            library=[one for one in VENDORS if one.name.casefold() not in there],
            **more,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = VendorForm(request.POST)
        if not form.is_valid():
            return self.get(request, status=422, form=form)
        try:
            vendor = lists.add_vendor(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error(None, str(exc))
            return self.get(request, status=exc.page_status, form=form)
        return self.done("scorecard:vendors", message=f"{vendor} is on the long list.")


class VendorPage(ProgramView):
    """One vendor: where it stands and why, its must-haves, demos and references."""

    action = "scorecard.view"

    def get(self, request: HttpRequest, pk: int, status: int = 200, **more: Any) -> HttpResponse:
        vendor = get_object_or_404(Vendor.objects.of(self.program), pk=pk)
        must = list(Capability.objects.of(self.program).must_haves().by_priority())
        covered = {one.capability_id: one for one in vendor.coverages.select_related("by")}
        demos = [
            (one, queries.why_demo_does_not_count(one, list(one.parts.all())))
            for one in vendor.demos.prefetch_related("parts__membership__user")
        ]
        references = [(one, queries.why_reference_does_not_count(one)) for one in vendor.references.all()]
        return self.page(
            "scorecard/vendor.html",
            status=status,
            vendor=vendor,
            moves=vendor.moves.select_related("by"),
            coverage=[(one, covered.get(one.pk)) for one in must],
            states=CoverageForm().fields["state"].choices,
            demos=demos,
            references=references,
            move_form=MoveForm(initial={"to": vendor.state}),
            select_form=SelectForm(),
            edit_form=more.pop("edit_form", None) or VendorEditForm(instance=copy(vendor)),
            **more,
        )


class EditVendor(VendorPage):
    """Mend what is said of a vendor."""

    post_action = "scorecard.edit"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        vendor = get_object_or_404(Vendor.objects.of(self.program), pk=pk)
        form = VendorEditForm(request.POST, instance=copy(vendor))
        if not form.is_valid():
            return self.get(request, pk, status=422, edit_form=form)
        try:
            lists.edit_vendor(vendor=vendor, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            form.add_error("name", str(exc))
            return self.get(request, pk, status=422, edit_form=form)
        return self.done("scorecard:vendor", pk, message="The vendor is saved.")


class MoveVendor(VendorPage):
    """Move between lists, select, or take the selection back."""

    post_action = "scorecard.edit"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        vendor = get_object_or_404(Vendor.objects.of(self.program), pk=pk)
        form = MoveForm(request.POST)
        if not form.is_valid():
            return self.get(request, pk, status=422, error="Choose the list to move it to.")
        try:
            lists.move_vendor(vendor=vendor, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.get(request, pk, status=exc.page_status, error=exc)
        return self.done("scorecard:vendor", pk, message=f"{vendor} is moved.")


class SelectVendor(VendorPage):
    post_action = "scorecard.select"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        vendor = get_object_or_404(Vendor.objects.of(self.program), pk=pk)
        try:
            if "withdraw" in request.POST:
                standing = get_object_or_404(
                    Selection.objects.of(self.program), vendor=vendor, withdrawn_at__isnull=True
                )
                lists.withdraw_selection(selection=standing, by=request.user, reason=request.POST.get("reason", ""))
                return self.done("scorecard:vendor", pk, message="The selection is taken back.")
            lists.select_vendor(vendor=vendor, by=request.user, rationale=request.POST.get("rationale", ""))
        except DomainError as exc:
            return self.get(request, pk, status=exc.page_status, error=exc)
        return self.done("scorecard:matrix", message=f"{vendor} is selected.")


class CoverVendor(VendorPage):
    """Say which must-haves the vendor covers; all rows of the form at once."""

    post_action = "scorecard.record"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        vendor = get_object_or_404(Vendor.objects.of(self.program), pk=pk)
        for capability in Capability.objects.of(self.program).must_haves():
            form = CoverageForm(request.POST, prefix=str(capability.pk))
            if form.is_valid():
                services.set_coverage(vendor=vendor, capability=capability, by=request.user, **form.cleaned_data)
        return self.done("scorecard:vendor", pk, fragment="coverage", message="The coverage is on record.")


class DemosPage(ProgramView):
    """Every demo and reference of the short list, and what each still lacks to count."""

    action = "scorecard.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        pick = self.look.pick
        demos = [(one, queries.why_demo_does_not_count(one, list(one.parts.all()))) for one in pick.demos]
        references = [(one, queries.why_reference_does_not_count(one)) for one in pick.references]
        return self.page("scorecard/demos.html", demos=demos, references=references)


class DemoPage(ProgramView):
    """Record a demo (pk 0) or mend one."""

    action = "scorecard.view"
    post_action = "scorecard.record"

    def get(self, request: HttpRequest, pk: int, status: int = 200, **more: Any) -> HttpResponse:
        demo = self.find(pk)
        parts = more.pop("parts", None) or self.parts(
            initial=[
                {"membership": one.membership_id, "side": one.side, "notes": one.notes} for one in demo.parts.all()
            ]
            if demo
            else None
        )
        form = more.pop("form", None) or DemoForm(
            instance=demo, program=self.program, initial={"vendor": request.GET.get("vendor")}
        )
        return self.page("scorecard/demo.html", status=status, demo=demo, form=form, parts=parts, **more)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        demo = self.find(pk)
        form = DemoForm(request.POST, instance=self.find(pk), program=self.program)
        parts = self.parts(data=request.POST)
        if not (form.is_valid() and parts.is_valid()):
            return self.get(request, pk, status=422, form=form, parts=parts)
        values = dict(form.cleaned_data)
        present = [one.cleaned_data for one in parts if one.cleaned_data.get("membership")]
        try:
            services.record_demo(demo=demo, by=request.user, parts=present, **values)
        except DomainError as exc:
            return self.get(request, pk, status=exc.page_status, form=form, parts=parts, error=exc)
        return self.done("scorecard:demos", message="The demo is on record.")

    def parts(self, **kwargs: Any):
        made = formset_factory(PartForm, extra=PARTS_OFFERED)
        return made(prefix="part", form_kwargs={"program": self.program}, **kwargs)

    def find(self, pk: int) -> Demo | None:
        found = Demo.objects.of(self.program).select_related("vendor__program")
        return get_object_or_404(found, pk=pk) if pk else None


class ReferencePage(ProgramView):
    """Record a reference call."""

    action = "scorecard.view"
    post_action = "scorecard.record"

    def get(
        self, request: HttpRequest, status: int = 200, form: ReferenceForm | None = None, **more: Any
    ) -> HttpResponse:
        form = form or ReferenceForm(program=self.program, initial={"vendor": request.GET.get("vendor")})
        return self.page("scorecard/reference.html", status=status, form=form, **more)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReferenceForm(request.POST, program=self.program)
        if not form.is_valid():
            return self.get(request, status=422, form=form)
        try:
            services.record_reference(by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.get(request, status=exc.page_status, form=form, error=exc)
        return self.done("scorecard:demos", fragment="references", message="The reference is on record.")


class ContractPage(ProgramView):
    """Attest the signed contract with its three clauses (B5)."""

    action = "scorecard.view"
    post_action = "scorecard.attest"

    def get(
        self, request: HttpRequest, status: int = 200, form: ContractForm | None = None, **more: Any
    ) -> HttpResponse:
        contracts = Contract.objects.of(self.program).select_related("vendor", "attested_by")
        return self.page(
            "scorecard/contract.html", status=status, form=form or ContractForm(), contracts=contracts, **more
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ContractForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.get(request, status=422, form=form)
        values = dict(form.cleaned_data)
        file = values.pop("file")
        try:
            services.attest_contract(program=self.program, by=request.user, file=file, file_name=file.name, **values)
        except DomainError as exc:
            return self.get(request, status=exc.page_status, form=form, error=exc)
        return self.done("scorecard:contract", message="The contract is attested.")


class ContractFile(ProgramView):
    action = "scorecard.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        contract = get_object_or_404(Contract.objects.of(self.program), pk=pk)
        path = services.contract_path(contract.file_sha256)
        if not default_storage.exists(path):
            raise Http404("The file is not kept any more.")
        response = FileResponse(default_storage.open(path), as_attachment=True, filename=contract.file_name)
        response["Cache-Control"] = "no-store"
        return response
