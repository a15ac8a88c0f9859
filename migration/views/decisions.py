"""Every decision about records, each undone at any time; second looks and how far people agree (H0, H2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from crmprogram.program.errors import DomainError
from crmprogram.web.paging import part_of
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView
from migration.models import Decision, DecisionKind, SecondLook, Verdict
from migration.services import reverts, review, second_looks
from migration.views.review import side_by_side
from migration.views.runs import RunView

PAGE = 50


class Decisions(ProgramView):
    """What people decided about records, newest first; by kind, by record key, those in force or all."""

    action = "data.view"
    post_action = "data.review"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        found = Decision.objects.of(self.program).select_related("program", "cluster")
        decision = get_object_or_404(found, pk=whole_number(request.POST.get("decision", "")))
        try:
            clusters = review.take_back(decision=decision, by=request.user)
        except DomainError as exc:
            return self._show(status=exc.page_status, error=exc)
        owed = reverts.waiting_in(*clusters)
        said = "The decision is taken back; later runs no longer obey it."
        if owed:
            said += f" {owed} loaded {'record waits' if owed == 1 else 'records wait'} to be taken back."
        return self.done("migration:decisions", message=said)

    def _show(self, status: int = 200, error: Any = None) -> HttpResponse:
        given = self.request.GET
        kind = given.get("kind", "") if given.get("kind", "") in DecisionKind.values else ""
        key, force = given.get("key", "").strip(), given.get("force", "")
        found = Decision.objects.of(self.program).select_related("by", "cluster__run", "run", "superseded_by__by")
        if kind:
            found = found.filter(kind=kind)
        if key:
            found = found.filter(pk__in=Decision.objects.filter(key_rows__key=key, program=self.program).values("pk"))
        if force == "yes":
            found = found.in_force()
        return self.page(
            "migration/decisions.html",
            status=status,
            part=part_of(found, given, by=["-pk"], most=PAGE),
            kind=kind,
            key=key,
            force=force,
            kinds=DecisionKind.choices,
            error=error,
        )


class SecondLooks(RunView):
    """How far first and second verdicts agree, where they do not, and what waits for me."""

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        looks = SecondLook.objects.filter(run=run)
        answered = looks.answered().select_related("first_by", "second_by", "cluster")
        mine = second_looks.waiting_for(run, request.user) if self.can("data.review") else looks.none()
        return self.page(
            "migration/second_looks.html",
            run=run,
            agreement=second_looks.agreement_of(run),
            drawn=looks.count(),
            waiting=looks.waiting().count(),
            mine=mine.first(),
            apart=[one for one in answered.order_by("-pk")[:500] if not one.agrees],
            percent=second_looks.PERCENT,
        )


class SecondLookPage(RunView):
    """One decided cluster, shown as if nobody had decided it."""

    action = post_action = "data.review"

    def get(self, request: HttpRequest, number: int, pk: int) -> HttpResponse:
        return self._show(number, pk)

    def post(self, request: HttpRequest, number: int, pk: int) -> HttpResponse:
        look = self._look(number, pk)
        try:
            second_looks.answer_second_look(look=look, by=request.user, verdict=request.POST.get("verdict", ""))
        except DomainError as exc:
            return self._show(number, pk, status=exc.page_status, error=exc)
        following = second_looks.waiting_for(look.run, request.user).first()
        if following is None:
            return self.done("migration:second-looks", number, message="That was the last one for you.")
        return self.done("migration:second-look", number, following.pk)

    def _look(self, number: int, pk: int) -> SecondLook:
        run = self.run(number)
        found = SecondLook.objects.filter(run=run, cluster__isnull=False).exclude(first_by=self.request.user)
        look = get_object_or_404(found.select_related("cluster"), pk=pk)
        look.run = run
        return look

    def _show(self, number: int, pk: int, status: int = 200, error: Any = None) -> HttpResponse:
        look = self._look(number, pk)
        sides, lines = side_by_side(look.run, look.cluster)
        return self.page(
            "migration/second_look.html",
            status=status,
            run=look.run,
            look=look,
            sides=sides,
            lines=lines,
            several=len(sides) > 2,
            verdicts=[(one.value, one.label) for one in Verdict],
            waiting=second_looks.waiting_for(look.run, self.request.user).count(),
            error=error,
        )


class TakenBack(RunView):
    """Loaded records that later decisions changed: what waits, and the press that takes their loads back."""

    post_action = "data.load"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._show(self.run(number))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        run = self.run(number)
        try:
            done = reverts.take_back_loads(run=run, by=request.user)
        except DomainError as exc:
            return self._show(run, status=exc.page_status, error=exc)
        said = f"{done.get('done', 0)} taken back, {done.get('left', 0)} left because they changed since."
        return self.done("migration:reverts", number, message=f"{said} Load their stages again to write them anew.")

    def _show(self, run: Any, status: int = 200, error: Any = None) -> HttpResponse:
        waiting = reverts.queued(run)
        return self.page(
            "migration/reverts.html",
            status=status,
            run=run,
            total=waiting.count(),
            waiting=list(waiting[:100]),
            settled=list(reverts.settled(run)[:50]),
            error=error,
        )
