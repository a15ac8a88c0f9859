"""Where data comes from, and how clean it stays (H1, H12)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program import clock
from crmprogram.program.errors import DomainError
from crmprogram.web.views import ProgramView
from migration import vocabulary
from migration.forms import SourceSystemForm
from migration.models import SourceSystem
from migration.services import audits, inventory


class Audits(ProgramView):
    """Every cleaned export as an audit: the trend, new duplicates, and when the next is due (H12)."""

    action = "data.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = [one for one in audits.audits_of(self.program) if one.run.object in vocabulary.PERSON_OBJECTS]
        rows = [
            {
                "audit": one,
                "duplicates": audits.share(one.duplicates, one.records + one.duplicates),
                "incomplete": audits.share(one.incomplete, one.records),
                "stale": audits.share(one.stale, one.records),
                "clean": audits.share(one.clean, one.records),
                "created": audits.share(one.new_duplicates, one.new_rows),
            }
            for one in found
        ]
        due = audits.due_on(self.program)
        return self.page(
            "migration/audits.html",
            rows=list(reversed(rows)),
            clean=[(f"{row['audit'].at:%d %b}", row["clean"]) for row in rows],
            last=rows[-1] if rows else None,
            due=due,
            overdue=due is not None and due < clock.today(self.program),
        )


class Inventory(ProgramView):
    """The systems that hold customer data, with owners, counts and exports (H1)."""

    action = "data.view"
    post_action = "data.standard"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(SourceSystemForm(program=self.program))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SourceSystemForm(request.POST, program=self.program)
        if not form.is_valid():
            return self._show(form, status=422)
        try:
            inventory.save_system(program=self.program, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self._show(form, status=exc.page_status, error=exc)
        return self.done("migration:inventory", message="The system is in the inventory.")

    def _show(self, form: SourceSystemForm, status: int = 200, error: Any = None) -> HttpResponse:
        return self.page(
            "migration/inventory.html",
            status=status,
            form=form,
            error=error,
            systems=list(inventory.systems_of(self.program)),
            missing=inventory.missing_sentences(self.program),
        )


class SystemPage(ProgramView):
    """One system, to be corrected or taken out."""

    action = post_action = "data.standard"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        system = self._system(pk)
        return self._show(system, SourceSystemForm(instance=system, program=self.program))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        system = self._system(pk)
        if request.POST.get("do") == "remove":
            inventory.remove_system(system=system, by=request.user)
            return self.done("migration:inventory", message="The system is out of the inventory.")
        form = SourceSystemForm(request.POST, program=self.program)
        if not form.is_valid():
            return self._show(system, form, status=422)
        try:
            inventory.save_system(program=self.program, by=request.user, system=system, **form.cleaned_data)
        except DomainError as exc:
            return self._show(self._system(pk), form, status=exc.page_status, error=exc)
        return self.done("migration:inventory", message="Saved.")

    def _system(self, pk: int) -> SourceSystem:
        return get_object_or_404(SourceSystem.objects.of(self.program), pk=pk)

    def _show(self, system: SourceSystem, form: Any, status: int = 200, error: Any = None) -> HttpResponse:
        return self.page("migration/source_system.html", status=status, system=system, form=form, error=error)
