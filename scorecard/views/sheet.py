"""The own rating sheet: saved as one types, submitted when it is complete (V3)."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views import ProgramView
from scorecard import queries
from scorecard.forms import CellForm, EvidenceFileForm
from scorecard.models import Criterion, Rater, Rating, Vendor
from scorecard.services import card as services
from scorecard.services import files


class SheetPage(ProgramView):
    """One vendor at a time, every criterion with its anchors."""

    action = post_action = "scorecard.rate"

    def get(self, request: HttpRequest, vendor: int = 0, status: int = 200, **more: Any) -> HttpResponse:
        rater = self.rater()
        if rater is None:
            return self.page("scorecard/sheet_none.html", status=status)
        return self.page("scorecard/sheet.html", status=status, **self.sheet(rater, vendor), **more)

    def post(self, request: HttpRequest, vendor: int = 0) -> HttpResponse:
        """Save the cells of one vendor; every cell that can be saved is, the others are named."""
        rater = self.rater()
        if rater is None:
            return self.page("scorecard/sheet_none.html", status=409)
        here = get_object_or_404(Vendor.objects.of(self.program).short_listed(), pk=vendor)
        if errors := self.save(rater, here):
            return self.get(request, vendor, status=422, errors=errors)
        next_one = request.POST.get("next", "")
        to = int(next_one) if next_one.isdecimal() else here.pk
        return self.done("scorecard:sheet-vendor", to, message=f"Your ratings of {here} are saved.")

    def save(self, rater: Rater, vendor: Vendor) -> dict[int, str]:
        """Save what was sent of `vendor`'s cells; the refusals by criterion."""
        errors = {}
        for criterion in rater.scorecard.criteria.all():
            if f"{criterion.pk}-note" in self.request.POST and (error := self.save_cell(rater, vendor, criterion)):
                errors[criterion.pk] = error
        return errors

    def save_cell(self, rater: Rater, vendor: Vendor, criterion: Criterion, **seen: int) -> str:
        """Save one cell as it was sent; why it was refused, or ""."""
        form = CellForm(self.request.POST, prefix=str(criterion.pk))
        if not form.is_valid():
            return " ".join(text for texts in form.errors.values() for text in texts)
        try:
            services.rate(
                rater=rater, vendor=vendor, criterion=criterion, by=self.request.user, **form.cleaned_data, **seen
            )
        except DomainError as exc:
            return str(exc)
        return ""

    def sheet(self, rater: Rater, vendor: int) -> dict[str, Any]:
        """What the page shows: the vendors with what is owed, and the rows of one of them."""
        vendors = list(Vendor.objects.of(self.program).short_listed())
        criteria = list(rater.scorecard.criteria.all())
        given = {(one.vendor_id, one.criterion_id): one for one in rater.ratings.all()}
        here = next((one for one in vendors if one.pk == vendor), vendors[0] if vendors else None)
        missing = queries.missing_cells(vendors, criteria, given)
        return {
            "rater": rater,
            "vendors": vendors,
            "here": here,
            "rows": [(one, given.get((here.pk, one.pk)) if here else None) for one in criteria],
            "owed": {one.name: sum(name == one.name for name, _, _ in missing) for one in vendors},
            "missing": missing,
            "cells": len(vendors) * len(criteria),
            "scale": range(1, 6),
        }

    def rater(self) -> Rater | None:
        mine = Rater.objects.of(self.program).expected().filter(membership=self.membership)
        return mine.select_related("scorecard__program", "membership__user").first()


class SheetCell(SheetPage):
    """One cell, sent while it is being filled in; the answer is its state and what is still owed.

    It says which version it was typed over: one that was long on its way does not undo a later save.
    """

    def get(self, request: HttpRequest, vendor: int, criterion: int) -> HttpResponse:  # type: ignore[override]
        return self.done("scorecard:sheet-vendor", vendor)

    def post(self, request: HttpRequest, vendor: int, criterion: int) -> HttpResponse:  # type: ignore[override]
        rater = self.rater()
        if rater is None:
            return self.page("scorecard/sheet_none.html", status=409)
        here = get_object_or_404(Vendor.objects.of(self.program).short_listed(), pk=vendor)
        one = get_object_or_404(rater.scorecard.criteria.all(), pk=criterion)
        seen = request.POST.get(f"{criterion}-seen", "")
        problem = self.save_cell(rater, here, one, **({"seen_version": int(seen)} if seen.isdecimal() else {}))
        shown = self.sheet(rater, vendor)
        given = next(given for criterion, given in shown["rows"] if criterion == one)
        return self.page(
            "scorecard/sheet.html#saved",
            status=422 if problem else 200,
            criterion=one,
            given=given,
            problem=problem,
            swap_oob=True,
            **shown,
        )


class SheetFile(SheetPage):
    """The file of one cell, on a page of its own: attach one, or take it away."""

    def get(  # type: ignore[override]
        self, request: HttpRequest, vendor: int, criterion: int, status: int = 200, **more: Any
    ) -> HttpResponse:
        cell = self.cell(vendor, criterion)
        if cell is None:
            return self.page("scorecard/sheet_none.html", status=status)
        given = Rating.objects.filter(**cell).first()
        more.setdefault("form", EvidenceFileForm())
        return self.page("scorecard/sheet_file.html", status=status, given=given, **cell, **more)

    def post(self, request: HttpRequest, vendor: int, criterion: int) -> HttpResponse:  # type: ignore[override]
        cell = self.cell(vendor, criterion)
        if cell is None:
            return self.page("scorecard/sheet_none.html", status=409)
        form = EvidenceFileForm(request.POST, request.FILES)
        try:
            if "remove" in request.POST:
                given = get_object_or_404(Rating.objects.select_related("rater"), **cell)
                files.detach_file(rating=given, by=request.user)
                return self.done("scorecard:sheet-vendor", vendor, message="The file is taken away.")
            if not form.is_valid():
                return self.get(request, vendor, criterion, status=422, form=form)
            file = form.cleaned_data["file"]
            files.attach_file(by=request.user, file=file, file_name=file.name, **cell)
        except Invalid as exc:
            form.add_error("file", str(exc))
            return self.get(request, vendor, criterion, status=422, form=form)
        except DomainError as exc:
            return self.get(request, vendor, criterion, status=exc.page_status, form=form, error=exc)
        return self.done(
            "scorecard:sheet-vendor", vendor, fragment=f"c-{criterion}", message=f"{file.name} is attached."
        )

    def cell(self, vendor: int, criterion: int) -> dict[str, Any] | None:
        """Whose cell it is; None for somebody who is not asked to rate."""
        rater = self.rater()
        if rater is None:
            return None
        here = get_object_or_404(Vendor.objects.of(self.program).short_listed(), pk=vendor)
        one = get_object_or_404(rater.scorecard.criteria.all(), pk=criterion)
        return {"rater": rater, "vendor": here, "criterion": one}


class EvidenceFile(ProgramView):
    """The file of a rating, for whoever may see the rating (V3)."""

    action = "scorecard.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        seen = Rating.objects.of(self.program).visible_to(request.user).exclude(file_sha256="")
        return evidence_response(get_object_or_404(seen, pk=pk))


def evidence_response(rating: Rating) -> FileResponse:
    """The file to save, never to be shown by the browser; 404 when it is not kept any more."""
    path = files.evidence_path(rating.file_sha256)
    if not default_storage.exists(path):
        raise Http404("The file is not kept any more.")
    response = FileResponse(
        default_storage.open(path),
        as_attachment=True,
        filename=rating.file_name,
        content_type="application/octet-stream",
    )
    response["Cache-Control"] = "no-store"
    return response


class SubmitSheet(SheetPage):
    """Submit the own sheet with what is on the page, or take it back with a reason."""

    def get(self, request: HttpRequest, **more: Any) -> HttpResponse:
        return self.done("scorecard:sheet")

    def post(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        rater = self.rater()
        if rater is None:
            return self.page("scorecard/sheet_none.html", status=409)
        shown = request.POST.get("vendor", "")
        here = Vendor.objects.of(self.program).short_listed().filter(pk=shown if shown.isdecimal() else 0).first()
        try:
            if "reopen" in request.POST:
                services.reopen_sheet(rater=rater, by=request.user, reason=request.POST.get("reason", ""))
                return self.done("scorecard:sheet", message="The sheet is yours to mend again.")
            if here and (errors := self.save(rater, here)):
                return SheetPage.get(self, request, here.pk, status=422, errors=errors)
            services.submit_sheet(rater=rater, by=request.user)
        except DomainError as exc:
            return SheetPage.get(self, request, here.pk if here else 0, status=exc.page_status, error=exc)
        return self.done("scorecard:matrix", message="Your sheet counts now, and you see the others'.")
