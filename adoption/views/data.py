"""Owners of the CRM, and the files that were counted (M9)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from adoption import events
from adoption.forms import AbsenceForm, CountForm, MergeForm, RepForm, SettleForm
from adoption.models import Absence, Counting, Metric, OwnerName, Rep, RepState
from adoption.queries import SIGNALS, SILENT
from adoption.queries.own_row import people_for
from adoption.queries.reps import namesakes
from adoption.services import counting as services
from adoption.services import reps
from adoption.services.targets import compute_again
from adoption.views.dashboard import AdoptionView
from crmprogram.intake.models import Upload
from crmprogram.jobs import queries as jobs
from crmprogram.program.errors import DomainError
from crmprogram.program.models import Team
from crmprogram.web.downloads import csv_response
from crmprogram.web.params import whole_number

POLLING_ENDS = 286
SERVICE = re.compile(
    r"\b(integration|api|admin|administrator|sync|service|automation|automated|bot|system|connector|workflow"
    r"|process|import|migration|no-?reply)\b"
)


def _owners(program: Any):
    """Owners with how much was counted for them."""
    logged = Count("activities", filter=Q(activities__why_not="", activities__is_bulk=False))
    found = Rep.objects.of(program).select_related("team", "program", "same_as")
    return found.annotate(logged=logged, last=Max("activities__logged_on"))


def hints(program: Any, rows: Sequence[Rep]) -> dict[int, str]:
    """What speaks for an owner who has left, or is no person: said, never decided here."""
    names = OwnerName.objects.of(program).filter(key__in=[one.key for one in rows])
    inactive = set(names.filter(is_active=False).values_list("key", flat=True))
    same = namesakes(rows)
    found: dict[int, str] = {pk: f"the same words as {one.code}, {one.key}: one person?" for pk, one in same.items()}
    for one in rows:
        if one.state in {RepState.EXCLUDED, RepState.MERGED}:
            continue
        if one.leaves_on and one.last and one.last > one.leaves_on:  # type: ignore[attr-defined]
            found[one.pk] = f"logs after the last day, {one.leaves_on:%Y-%m-%d}"
        elif one.key in inactive and one.leaves_on is None:
            found[one.pk] = "inactive in the CRM's users export: enter the last day"
        elif SERVICE.search(one.key):
            found[one.pk] = "named like a service user: is this a person?"
    return found


class Reps(AdoptionView):
    """Who the owners are: unknown first, then by team, then those who are no reps."""

    action = "adoption.by_rep"
    post_action = "adoption.reps"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, status: int = 200, **more: Any) -> HttpResponse:
        rows = list(_owners(self.program))
        given = {
            "unknown": [one for one in rows if one.state == RepState.UNKNOWN],
            "hints": hints(self.program, rows),
            "counted": sorted(
                (one for one in rows if one.state == RepState.COUNTED), key=lambda one: (one.team.name, one.number)
            ),
            "excluded": [one for one in rows if one.state == RepState.EXCLUDED],
            "merged": [one for one in rows if one.state == RepState.MERGED],
            "form": SettleForm(program=self.program),
            "merge_form": MergeForm(program=self.program, auto_id="merge_%s"),
            "ticked": set(),
        }
        return self.page("adoption/reps.html", status=status, **(given | more))

    def merge(self, request: HttpRequest, ticked: set[int]) -> HttpResponse:
        form = MergeForm(
            {"rep": request.POST.get("into", ""), "reason": request.POST.get("known_by", "")}, program=self.program
        )
        if not form.is_valid():
            return self.shown(422, error="Choose the rep, and say how you know that it is one person.", ticked=ticked)
        names = list(Rep.objects.of(self.program).filter(pk__in=ticked))
        try:
            reps.merge_reps(names=names, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(exc.page_status, error=exc, ticked=ticked)
        said = f"{', '.join(one.code for one in names)} and {form.cleaned_data['rep'].code} are one."
        return self.done("adoption:reps", message=f"{said} The weeks are being computed again.")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SettleForm(request.POST, program=self.program)
        ticked = {whole_number(one) for one in request.POST.getlist("rep")}
        if request.POST.get("do") == "merge":
            return self.merge(request, ticked)
        if not form.is_valid():
            return self.shown(422, form=form, ticked=ticked)
        chosen = list(Rep.objects.of(self.program).filter(pk__in=ticked))
        excluded = request.POST.get("do") == "exclude"
        data = form.cleaned_data
        try:
            reps.settle_reps(
                program=self.program,
                by=request.user,
                reps=chosen,
                team=None if excluded else data["team"],
                excluded=excluded,
                reason=data["reason"],
            )
        except DomainError as exc:
            return self.shown(exc.status if exc.status != 400 else 422, form=form, error=exc, ticked=ticked)
        return self.done("adoption:reps", message=f"Settled {len(chosen)}. The weeks are being computed again.")


class RepsFile(AdoptionView):
    """The owners as CSV."""

    action = "adoption.by_rep"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows: list[list[Any]] = [["Code", "Owner in the CRM", "State", "Team", "First day", "Last day", "Pilot from"]]
        rows += [
            [one.code, one.key, one.get_state_display(), one.team or "", one.starts_on or "", one.leaves_on or "",
             one.pilot_on or ""]
            for one in Rep.objects.of(self.program).select_related("team")
        ]  # fmt: skip
        return csv_response(f"reps-{self.program.slug}.csv", rows)


class RepPage(AdoptionView):
    """One rep: team, days, leave."""

    action = "adoption.by_rep"
    post_action = "adoption.reps"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self.shown(number)

    def find(self, number: int) -> Rep:
        return get_object_or_404(Rep.objects.of(self.program).select_related("program", "team"), number=number)

    def shown(self, number: int, status: int = 200, **more: Any) -> HttpResponse:
        rep = self.find(number)
        initial = {name: getattr(rep, name) for name in ("team", "starts_on", "leaves_on", "pilot_on")}
        initial["works_on"] = list(rep.works_on)
        given = {
            "rep": rep,
            "absences": list(rep.absences.all()),
            "form": RepForm(initial=initial, program=self.program),
            "absence_form": AbsenceForm(),
            "names": list(rep.other_names.order_by("number")),
            "merge_form": MergeForm(program=self.program, without=rep.pk),
            "people": people_for(rep),
        }
        return self.page("adoption/rep.html", status=status, **(given | more))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        rep, do = self.find(number), request.POST.get("do", "")
        try:
            if do == "remove":
                absence = get_object_or_404(
                    Absence.objects.filter(rep=rep).select_related("rep__program"),
                    pk=whole_number(request.POST.get("absence", "")),
                )
                reps.remove_absence(absence=absence, by=request.user)
            elif do == "merge":
                merge_form = MergeForm(request.POST, program=self.program, without=rep.pk)
                if not merge_form.is_valid():
                    return self.shown(number, 422, merge_form=merge_form)
                reps.merge_reps(names=[rep], by=request.user, **merge_form.cleaned_data)
            elif do == "apart":
                names = Rep.objects.of(self.program).filter(Q(pk=rep.pk) | Q(same_as=rep)).select_related("program")
                reps.take_apart(
                    name=get_object_or_404(names, pk=whole_number(request.POST.get("name", ""))), by=request.user
                )
            elif do == "absence":
                absence_form = AbsenceForm(request.POST)
                if not absence_form.is_valid():
                    return self.shown(number, 422, absence_form=absence_form)
                reps.add_absence(rep=rep, by=request.user, **absence_form.cleaned_data)
            else:
                form = RepForm(request.POST, program=self.program)
                if not form.is_valid():
                    return self.shown(number, 422, form=form)
                reps.change_rep(rep=rep, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(number, exc.status if exc.status != 400 else 422, error=exc)
        return self.done("adoption:rep", number, message="Saved. The weeks are being computed again.")


class Imports(AdoptionView):
    """Files that were counted, and those that could be; every week again after a go-live was moved."""

    post_action = "adoption.import"

    def post(self, request: HttpRequest) -> HttpResponse:
        compute_again(program=self.program, by=request.user)
        return self.done("adoption:imports", message="Every week is being computed again.")

    def get(self, request: HttpRequest) -> HttpResponse:
        counted = Counting.objects.of(self.program).select_related("upload", "job", "started_by")
        done = list(counted[:100])
        for one in done:
            one.program = self.program
        waiting = Upload.objects.of(self.program).at_hand().filter(object__in=services.OBJECTS, counting__isnull=True)
        return self.page("adoption/imports.html", counted=done, waiting=list(waiting[:100]))


class ImportPage(AdoptionView):
    """One file: start counting it, then what counted and what did not, and why."""

    post_action = "adoption.import"

    def find(self, number: int) -> Upload:
        return get_object_or_404(Upload.objects.of(self.program).select_related("program"), number=number)

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        upload = self.find(number)
        return self.progress(upload) if getattr(request, "htmx", False) else self.shown(upload)

    def progress(self, upload: Upload) -> HttpResponse:
        """The progress alone; the account was not there while it ran, so the end asks for the whole page."""
        counting = get_object_or_404(Counting.objects.filter(job__isnull=False).select_related("job"), upload=upload)
        counting.program, counting.upload, progress = self.program, upload, jobs.progress(counting.job)
        context = {"progress": progress, "live_url": counting.get_absolute_url()}
        response = self.page("components/job_progress.html", **context)
        if progress.is_over:
            response.status_code = POLLING_ENDS
            response["HX-Refresh"] = "true"
        return response

    def shown(self, upload: Upload, status: int = 200, **more: Any) -> HttpResponse:
        counting = Counting.objects.filter(upload=upload).select_related("job", "started_by").first()
        if counting:
            counting.program, counting.upload = self.program, upload
        progress = jobs.progress(counting.job) if counting and counting.job else None
        given = {
            "upload": upload,
            "counting": counting,
            "progress": progress,
            "form": CountForm(),
            "zone": services.zone_of(upload),
            **_account(counting),
        }
        return self.page("adoption/import.html", status=status, **(given | more))

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        upload, form = self.find(number), CountForm(request.POST)
        if not form.is_valid():
            return self.shown(upload, 422, form=form)
        try:
            services.start_counting(upload=upload, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            return self.shown(upload, exc.status if exc.status != 400 else 422, form=form, error=exc)
        return self.done("adoption:import", number, message=f"{upload.code} is being counted.")


RULES = {
    "owner.missing": "Names no owner",
    "row.spilled": "A line that spilled over from the record above",
    "date.unlikely": "Logged before 1990: another calendar, or no date",
    "date.missing": "Does not say when it was logged",
    "date.future": "Logged, or planned for, after the file was uploaded",
    "date.order_unknown": "Date can be read in two ways",
    "date.unreadable": "Date cannot be read",
    "date.impossible": "No day or time that exists",
}


LOGIN_WHY = {
    "failed": "failed",
    "robot": "by a tool",
    "owner.missing": "names nobody",
    "date.missing": "without a time",
}
SHOWN_CHANGES = 40
ORDERS = {"day_first": "the day comes first", "month_first": "the month comes first"}


def _account(counting: Counting | None) -> dict[str, Any]:
    """The account of a file in words: every row counted, not counted with its reason, or not readable."""
    if counting is None or not counting.finished_at:
        return {}
    counts, upload = counting.counts, counting.upload
    headers = dict(zip(upload.mapped, upload.headers, strict=True))
    given: dict[str, Any] = {
        **_changes(counting),
        "orders": [(headers.get(name, name), ORDERS[order]) for name, order in sorted(counting.orders.items())],
        "login_why": [(LOGIN_WHY.get(why, why), n) for why, n in sorted(counts.get("why", {}).items())],
    }
    if not counting.is_activity:
        return given
    unknown = Rep.objects.of(counting.program).unknown().filter(activities__counting=counting).distinct().count()
    not_counted = [(events.WHY.get(why, why), n) for why, n in sorted(counts["why"].items())]
    return given | {
        "kinds": sorted(counts["kinds"].items(), key=lambda one: -one[1]),
        "active": sum(counts["kinds"].values()),
        "left_out": sum(counts["why"].values()),
        "unreadable": sum(counts["refused"].values()),
        "not_counted": not_counted,
        "bulk": counts.get("bulk", 0),
        "refused": [(RULES.get(rule, rule), n) for rule, n in sorted(counts["refused"].items())],
        "unknown_owners": unknown,
    }


def _changes(counting: Counting) -> dict[str, Any]:
    """What the file changed, of all and of teams: week, number, where, before and now."""
    teams = {f"team:{one.pk}": one.name for one in Team.objects.of(counting.program)}
    labels = {**dict(Metric.choices), **SIGNALS, SILENT: "Reps silent for five days"}
    found = counting.counts.get("changes", [])

    def said(share: list[int] | None) -> str:
        return f"{share[0]:,} of {share[1]:,}" if share and share[1] else "not measured"

    shown = [
        (week, labels.get(key, key), teams.get(scope, scope), said(before), said(now))
        for week, key, scope, before, now in found
        if not scope.startswith("object:")
    ]
    return {"changes": shown[:SHOWN_CHANGES], "more_changes": max(0, len(shown) - SHOWN_CHANGES)}
