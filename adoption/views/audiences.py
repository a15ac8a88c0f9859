"""A dashboard for each audience, the records behind its numbers, and who sees which row (M8)."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from adoption import charts, queries
from adoption.charts_periods import periods
from adoption.forms_escalations import AcknowledgeForm
from adoption.models import Metric, Rep
from adoption.queries.audiences import CADENCE, Audience, audience_of, series_of
from adoption.queries.building import WEEKLY, Built, as_rows, build, scope_of, waves_of
from adoption.queries.pipeline import LISTS, Scope, named, names_of
from adoption.services.own_rows import say_who
from adoption.views.dashboard import RANGES, SHOWN, Dashboard
from crmprogram.intake.fields import fields_of
from crmprogram.program import policy
from crmprogram.program.models import Membership, Team
from crmprogram.web.downloads import csv_response
from crmprogram.web.params import whole_number
from crmprogram.web.views import ProgramView

KEPT = ("audience", "team", "wave", "weeks", "rep")  # what a link to another view takes along
PAGE_ROWS = 100


class Filtered(ProgramView):
    """Base: audience, team, wave, range and rep as the address says, else as the person's role does."""

    action = "adoption.view"

    @cached_property
    def audience(self) -> Audience:
        given = self.request.GET.get("audience", "")
        return Audience(given) if given in Audience.values else audience_of(self.membership)

    @cached_property
    def all_teams(self) -> list[Team]:
        return list(Team.objects.of(self.program).filter(reps__state="counted").distinct())

    @cached_property
    def scope(self) -> Scope:
        """A manager's own team by default; who may not read single reps sees teams all the same."""
        team, wave = (whole_number(self.request.GET.get(name, "")) for name in ("team", "wave"))
        own = self.membership.team_id if self.audience == Audience.MANAGER else None
        if own and not {"team", "wave"} & set(self.request.GET):
            team = own
        return scope_of(self.all_teams, team, wave)

    @cached_property
    def count(self) -> int:
        given = whole_number(self.request.GET.get("weeks", ""))
        return given if given in RANGES else 12

    @cached_property
    def own_rep(self) -> Rep | None:
        return Rep.objects.of(self.program).counted().filter(member=self.membership).select_related("team").first()

    @cached_property
    def rep(self) -> Rep | None:
        """The rep of the address, for those who may read others; else one's own (policy)."""
        number = whole_number(self.request.GET.get("rep", ""))
        if not number or (not self.can("adoption.by_rep") and self.own_rep and self.own_rep.number == number):
            return self.own_rep
        policy.require(self.request.user, "adoption.by_rep", self.program)
        found = Rep.objects.of(self.program).counted().select_related("team", "program")
        return get_object_or_404(found, number=number)

    @property
    def team(self) -> Team | None:
        return self.scope.teams[0] if self.scope.teams and len(self.scope.teams) == 1 else None

    @property
    def wave(self) -> int:
        is_wave = self.scope.teams is not None and self.scope.label.startswith("wave ")
        return self.scope.teams[0].wave if is_wave and self.scope.teams else 0

    @property
    def waves(self) -> list[int]:
        return waves_of(self.all_teams)

    @property
    def tabs(self) -> list[tuple[str, str, str, bool]]:
        """(address, name, how often it is read, whether it is this one); the filters go along."""
        kept = {name: value for name, value in self.request.GET.items() if name in {"team", "wave", "weeks"}}
        base = reverse("adoption:dashboard", args=[self.program.slug])
        return [
            (f"{base}?{urlencode({'audience': one.value} | kept)}", one.label, CADENCE[one], one == self.audience)
            for one in Audience
            if one != Audience.MANAGER or self.can("adoption.by_rep")
        ]

    @property
    def filters(self) -> str:
        """The filters of this page as a query, for its file and its lists."""
        return urlencode(self._kept())

    def _kept(self) -> dict[str, str]:
        return {name: value for name, value in self.request.GET.items() if name in KEPT and value}

    def list_url(self, kind: str, **changes: Any) -> str:
        """Where the records behind a number are; without a kind the view itself, of one team or one rep."""
        given = {name: value for name, value in self._kept().items() if name != "audience"}
        given |= {name: str(value) for name, value in changes.items()}
        if "team" in changes:
            given.pop("wave", None)
        if self.scope.teams and not {"team", "wave", "rep"} & set(given):
            given |= {"team": str(self.scope.teams[0].pk)}  # a manager's own team, which the address does not say
        if kind:
            return f"{reverse('adoption:records', args=[self.program.slug])}?{urlencode({'kind': kind} | given)}"
        given["audience"] = Audience.REP if "rep" in changes else self.audience
        return f"{reverse('adoption:dashboard', args=[self.program.slug])}?{urlencode(given)}"

    def safe_url(self, kind: str, **changes: Any) -> str:
        """A link to records, for those who may read them; whose own row it is may."""
        if (kind or "rep" in changes) and self.audience != Audience.REP and not self.can("adoption.by_rep"):
            return ""
        return self.list_url(kind, **changes)

    def built(self) -> Built | None:
        """The numbers; None where the person has no row of their own yet."""
        if self.audience == Audience.REP and self.rep is None:
            return None
        if self.audience == Audience.MANAGER:
            policy.require(self.request.user, "adoption.by_rep", self.program)
        return build(
            self.program,
            self.audience,
            self.scope,
            teams=self.all_teams,
            count=self.count,
            url=self.safe_url,
            rep=self.rep if self.audience == Audience.REP else None,
        )


class Home(Filtered, Dashboard):
    """The dashboard of the audience a person belongs to; any other that they may read by its tab."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.audience == Audience.PROGRAM:
            return super().get(request)
        may_read_reps = self.can("adoption.by_rep")
        if self.audience == Audience.MANAGER and not may_read_reps:
            why = policy.refusal(request.user, "adoption.by_rep", self.program)
            return self.page("adoption/audience.html", status=403, why=why, teams=self.all_teams, ranges=RANGES)
        built = self.built()
        given: dict[str, Any] = {
            "teams": self.all_teams,
            "ranges": RANGES,
            "is_weekly": self.audience in WEEKLY,
            "may_read_reps": may_read_reps,
        }
        if built is None:
            return self.page("adoption/audience.html", **given)
        view = built.view
        wanted = [] if self.audience in {Audience.REP, Audience.BOARD} else self._escalations()
        return self.page(
            "adoption/audience.html",
            board=view,
            tiles=[
                (one, charts.spark_of(one.trend, one.goal, partial=one.partial), self.link_of(one, may_read_reps))
                for one in view.numbers
            ],
            tables=[(one, self.list_url(one.listed) if one.listed and may_read_reps else "") for one in view.tables],
            series=self._series(built),
            multiples=_multiples(built, self.all_teams) if self.audience == Audience.SALES else None,
            heat=self._heat(built) if self.audience == Audience.MANAGER else None,
            escalations=[
                (one, n == 0 and self.may_acknowledge(one), "unmet" if one.is_unanswered else "warn")
                for n, one in enumerate(wanted[:SHOWN])
            ],
            more=len(wanted) - SHOWN,
            form=AcknowledgeForm(program=self.program),
            heading=view.finding,
            **given,
        )

    def link_of(self, one: Any, may_read_reps: bool) -> str:
        """The list behind a number, for those who may read it."""
        if not one.listed or not one.is_measured or not (may_read_reps or self.audience == Audience.REP):
            return ""
        return self.list_url(
            one.listed, **({"rep": self.rep.number} if self.audience == Audience.REP and self.rep else {})
        )

    def _escalations(self) -> list[Any]:
        ids = None if self.scope.teams is None else {None, *(one.pk for one in self.scope.teams)}
        wanted = [one for one in self.look.adoption.standing if ids is None or one.team_id in ids]
        wanted.sort(key=lambda one: (not one.is_unanswered, one.team_id is not None, -one.number))
        for one in wanted:
            one.program = self.program
        return wanted

    def _series(self, built: Built) -> list[tuple[Any, Any]]:
        """The charts of the monthly and quarterly views."""
        if self.audience not in {Audience.EXECUTIVE, Audience.BOARD}:
            return []
        table = built.view.tables[0]
        labels = [row[0].value for row in reversed(table.rows)]
        found = [
            (one, periods(labels, one.trend, one.goal, partial=one.partial))
            for one in built.view.numbers
            if labels and len(one.trend) == len(labels)
        ]
        return [(one, chart) for one, chart in found if chart]

    def _heat(self, built: Built) -> Any:
        found = queries.heat(self.program, built.weeks, self.team, built.reps)
        teams = self.scope.teams
        blocks = [
            (
                one.team.name,
                f"median {one.median:g}" if one.median is not None else "",
                [row.counts for row in one.rows],
            )
            for one in found
            if teams is None or one.team in teams
        ]
        if not any(n is not None for _, _, reps in blocks for counts in reps for n in counts):
            return None
        return charts.heat([str(week) for week in built.weeks.weeks], blocks)


def _multiples(built: Built, teams: list[Team]) -> dict[str, Any] | None:
    """Daily active, one small chart a team, on one axis."""
    mine = [one for one in teams if built.view.scope.teams is None or one in built.view.scope.teams]
    rows = []
    drawn = [(team, series_of(built.weeks, Metric.DAILY, Scope(team.name, (team,)))) for team in mine]
    drawn = [(team, points) for team, points in drawn if any(one.share.whole for one in points)]
    target = built.targets.value(Metric.DAILY)
    low = charts.floor_of([[one.percent for one in points] for _, points in drawn], float(target or 0))
    for team, points in drawn:
        scope = f"team:{team.pk}"
        verdicts = [built.targets.verdict(Metric.DAILY, one.share, scope, one.week) for one in points]
        own = built.targets.value(Metric.DAILY, scope)
        chart = charts.small(
            [one.percent for one in points], float(own) if own is not None else None,
            bad=[one is False for one in verdicts], low=low, partial=queries.partial_of(points),
        )  # fmt: skip
        latest = next((one for one in reversed(points) if one.share.whole and one.is_complete), None)
        shown = latest or next(one for one in reversed(points) if one.share.whole)
        ok = built.targets.verdict(Metric.DAILY, shown.share, scope, shown.week)
        rows.append({"team": team, "chart": chart, "latest": shown, "ok": ok})
    return {"rows": rows, "low": low, "target": target, "weeks": built.weeks.weeks} if rows else None


class AudienceFile(Filtered):
    """The numbers and tables of a view as CSV (X4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.audience == Audience.PROGRAM:
            self.audience = Audience.SALES
        built = self.built()
        rows = as_rows(built.view) if built else [["Nobody has said yet which owner in the CRM you are."]]
        return csv_response(f"adoption-{self.audience}-{self.program.slug}.csv", rows)


class Records(Filtered):
    """The records behind a number, by name: which record, which field, whose."""

    def rows(self) -> tuple[str, str, Any]:
        """(kind, field, rows) of the address; of one's own rep alone without the right to read others."""
        kind = self.request.GET.get("kind", "")
        kind, field = kind if kind in LISTS else "stalled", self.request.GET.get("field", "")
        scope = self.scope
        if not self.can("adoption.by_rep") and self.rep is None:
            policy.require(self.request.user, "adoption.by_rep", self.program)
        if self.rep is not None and (self.request.GET.get("rep") or not self.can("adoption.by_rep")):
            scope = Scope(self.rep.code, None, names_of(self.rep))
        found = named(self.program, kind, scope)
        if field:
            found = found.annotate(lacks=Cast("missing", TextField())).filter(lacks__contains=f'"{field}"')
        self.scope = scope
        return kind, field, found

    def get(self, request: HttpRequest) -> HttpResponse:
        kind, field, found = self.rows()
        pages = Paginator(found, PAGE_ROWS)
        page = pages.get_page(request.GET.get("page", ""))
        return self.page(
            "adoption/records.html",
            kind=kind,
            title=LISTS[kind],
            kinds=LISTS,
            field=field,
            field_label=next(
                (
                    _label(object_, field)
                    for object_ in ("deal", "contact", "account", "lead")
                    if field in fields_of(object_)
                ),
                field,
            ),
            rows=[(one, [_label(one.object, name) for name in one.missing]) for one in page.object_list],
            total=pages.count,
            shown=page,
        )


def _label(object_: str, name: str) -> str:
    labels = fields_of(object_)
    return labels[name].label if name in labels else name


class RecordsFile(Records):
    """The same records as CSV."""

    def get(self, request: HttpRequest) -> HttpResponse:
        kind, _, found = self.rows()
        head = [
            "Object",
            "Record",
            "Name",
            "Rep",
            "Team",
            "Stage",
            "Amount",
            "Last update",
            "Expected",
            "Closed",
            "Missing",
        ]
        rows = (
            [one.object, one.record_id, one.name, one.rep or "", one.rep.team or "" if one.rep else "", one.stage,
             f"{one.amount / 100:.2f}" if one.amount is not None else "", one.touched_on or one.updated_on or "",
             one.expected_on or "", one.closed_on or "", ", ".join(one.missing)]
            for one in found
        )  # fmt: skip
        return csv_response(f"{kind}-{self.program.slug}.csv", [head, *rows])


class SayWho(ProgramView):
    """Say which member of the program a rep is."""

    action = "adoption.by_rep"
    post_action = "adoption.reps"

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        found = Rep.objects.of(self.program).select_related("program", "team", "member__user")
        rep = get_object_or_404(found, number=number)
        given = whole_number(request.POST.get("member", ""))
        members = Membership.objects.of(self.program).active().select_related("user")
        member = get_object_or_404(members, pk=given) if given else None
        say_who(rep=rep, by=request.user, member=member)
        said = f"{rep.code} is {member.user.display}." if member else f"{rep.code} is nobody of this program."
        return self.done("adoption:rep", number, message=said)
