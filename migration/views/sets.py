"""A migration set: its objects in order, the links between them, one press that works them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.web.views import ProgramView
from migration.forms import ReasonForm
from migration.models import MigrationSet
from migration.services import rollback, set_summary, sets
from migration.views.runs import POLLING_ENDS


class SetView(ProgramView):
    """A page of one set."""

    action = "data.view"

    def migration_set(self, number: int) -> MigrationSet:
        found = MigrationSet.objects.of(self.program).select_related("program", "job", "created_by", "started_by")
        return get_object_or_404(found, number=number)


class SetPage(SetView):
    """Objects in the order of working with progress and account, links, and what is next (H0, H2, H7)."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        of = self.migration_set(number)
        summary = set_summary.summary_of(of)
        if not request.htmx:
            return self.page("migration/set.html", set=of, summary=summary, parts=set_summary.ENDS)
        response = self.page("migration/set.html#live", set=of, summary=summary, parts=set_summary.ENDS)
        if not summary.moves:
            response.status_code = POLLING_ENDS
            response["HX-Refresh"] = "true"  # links and totals were not there while it worked
        return response


class StartSet(SetView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        of = sets.start_set(migration_set=self.migration_set(number), by=request.user)
        return self.done("migration:set", number, message=f"{of.code} is running, one object after the other.")


class ClearSet(SetView):
    """Take all its records out of the rehearsal, what points before what is pointed at (H7)."""

    post_action = "data.load"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        rollback.clear_set(migration_set=self.migration_set(number), by=request.user)
        return self.done("migration:set", number, message="The rehearsal is being cleared, the last object first.")


class StopClearing(SetView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        rollback.stop_clearing(migration_set=self.migration_set(number), by=request.user)
        return self.done("migration:set", number, message="It stops after its present part.")


class ResumeClearing(SetView):
    post_action = "data.load"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        rollback.resume_clearing(migration_set=self.migration_set(number), by=request.user)
        return self.done("migration:set", number, message="It goes on from where it stopped.")


class CancelSet(SetView):
    post_action = "data.run"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        of = sets.cancel_set(migration_set=self.migration_set(number), by=request.user, reason=reason)
        return self.done("migration:runs", message=f"{of.code} is cancelled. Its files can be cleaned again.")
