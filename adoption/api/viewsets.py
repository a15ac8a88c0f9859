"""Adoption over REST: the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from adoption import queries
from adoption.api import serializers
from adoption.metrics import Week
from adoption.models import Absence, ActivityWeek, Counting, Escalation, EscalationState, Holiday, Metric, Rep, Target
from adoption.services import counting, escalations, reps, targets
from adoption.services.own_rows import say_who
from crmprogram.program import policy
from crmprogram.web.api import ProgramViewSet
from crmprogram.web.viewsets import REFUSED
from phases.models import Fact


def _listed(serializer: type) -> Any:
    return extend_schema(responses={200: serializer(many=True), **REFUSED})


def _one(serializer: type) -> Any:
    return extend_schema(responses={200: serializer, **REFUSED})


@extend_schema_view(list=_listed(serializers.RepSerializer), retrieve=_one(serializers.RepSerializer))
class RepViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Owners of the CRM: who counts as a rep, of which team, on which days (M9)."""

    queryset = Rep.objects.select_related("program", "team").prefetch_related("absences")
    serializer_class = serializers.RepSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    page_ordering = "number"
    rights = {
        "list": "adoption.by_rep",
        "retrieve": "adoption.by_rep",
        "create": "adoption.reps",
        "partial_update": "adoption.reps",
        "settle": "adoption.reps",
        "merge": "adoption.reps",
        "take_apart": "adoption.reps",
        "absences": "adoption.reps",
        "person": "adoption.reps",
        "remove_absence": "adoption.reps",
    }

    @extend_schema(
        request=serializers.RepEntriesSerializer, responses={200: serializers.RepSerializer(many=True), **REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        """Enter known owners with their teams, before any export names them."""
        rows = [(one["key"], one["team"]) for one in self.validated(serializers.RepEntriesSerializer)["reps"]]
        return self.answer(reps.enter_reps(program=self.program, by=request.user, rows=rows))

    @extend_schema(request=serializers.RepChangeSerializer, responses={200: serializers.RepSerializer, **REFUSED})
    def partial_update(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(serializers.RepChangeSerializer)
        reps.change_rep(rep=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        request=serializers.RepSettleSerializer, responses={200: serializers.RepSerializer(many=True), **REFUSED}
    )
    @action(["post"], detail=False, pagination_class=None)
    def settle(self, request: Request, slug: str) -> Response:
        """Say that owners are reps of a team, or no reps."""
        data = self.validated(serializers.RepSettleSerializer)
        return self.answer(reps.settle_reps(program=self.program, by=request.user, **data))

    @extend_schema(
        request=serializers.RepMergeSerializer, responses={200: serializers.RepSerializer(many=True), **REFUSED}
    )
    @action(["post"], detail=True, pagination_class=None)
    def merge(self, request: Request, slug: str, number: str) -> Response:
        """Say that other owners are this rep under another name; what they log is the rep's."""
        data = self.validated(serializers.RepMergeSerializer)
        return self.answer(reps.merge_reps(rep=self.get_object(), by=request.user, **data))

    @extend_schema(request=None, responses={200: serializers.RepSerializer, **REFUSED})
    @action(["post"], detail=True, url_path="take-apart")
    def take_apart(self, request: Request, slug: str, number: str) -> Response:
        """Undo the merge of this owner into a rep."""
        reps.take_apart(name=self.get_object(), by=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=serializers.RepPersonSerializer, responses={200: serializers.RepSerializer, **REFUSED})
    @action(["post"], detail=True)
    def person(self, request: Request, slug: str, number: str) -> Response:
        """Say which member a rep is: that member sees this row as their own (M8)."""
        data = self.validated(serializers.RepPersonSerializer)
        say_who(rep=self.get_object(), by=request.user, member=data["member"])
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=serializers.AbsenceSerializer, responses={200: serializers.RepSerializer, **REFUSED})
    @action(["post"], detail=True)
    def absences(self, request: Request, slug: str, number: str) -> Response:
        data = self.validated(serializers.AbsenceSerializer)
        reps.add_absence(rep=self.get_object(), by=request.user, **data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None, **REFUSED})
    @action(["delete"], detail=True, url_path=r"absences/(?P<absence>\d{1,12})")
    def remove_absence(self, request: Request, slug: str, number: str, absence: str) -> Response:
        found = Absence.objects.filter(rep=self.get_object()).select_related("rep__program")
        reps.remove_absence(absence=get_object_or_404(found, pk=absence), by=request.user)
        return Response(status=204)

    def answer(self, found: list[Rep]) -> Response:
        rows = self.get_queryset().filter(pk__in=[one.pk for one in found])
        return Response(self.get_serializer(rows, many=True).data)


@extend_schema_view(list=_listed(serializers.CountingSerializer), retrieve=_one(serializers.CountingSerializer))
class CountingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Exports counted for adoption, by the number of their file, with the account of their rows."""

    queryset = Counting.objects.select_related("upload", "job", "started_by", "program")
    serializer_class = serializers.CountingSerializer
    lookup_field = "upload__number"
    lookup_url_kwarg = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {"list": "adoption.view", "retrieve": "adoption.view", "create": "adoption.import"}

    @extend_schema(
        request=serializers.CountingStartSerializer, responses={202: serializers.CountingSerializer, **REFUSED}
    )
    def create(self, request: Request, slug: str) -> Response:
        """Count an uploaded file; again gives the same."""
        data = self.validated(serializers.CountingStartSerializer)
        return Response(self.get_serializer(counting.start_counting(by=request.user, **data)).data, status=202)


@extend_schema_view(list=_listed(serializers.ActivityWeekSerializer), retrieve=_one(serializers.ActivityWeekSerializer))
class ActivityWeekViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Weeks of activity: whole or to date, and whether their data is in doubt (M5)."""

    queryset = ActivityWeek.objects.select_related("confirmed_by")
    serializer_class = serializers.ActivityWeekSerializer
    lookup_field = "period"
    lookup_value_regex = "[0-9W-]{5,10}"  # 2026-W21; what is no week is not there
    rights = {
        "list": "adoption.view",
        "retrieve": "adoption.view",
        "confirm": "adoption.import",
        "facts": "adoption.view",
        "compute": "adoption.import",
    }

    @property
    def page_ordering(self) -> tuple[str, ...]:
        return ("-period", "scope", "key") if self.action == "facts" else ("-period",)

    @extend_schema(
        request=serializers.WeekNoteSerializer, responses={200: serializers.ActivityWeekSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def confirm(self, request: Request, slug: str, period: str) -> Response:
        """Say that the data of a doubtful week is right."""
        data = self.validated(serializers.WeekNoteSerializer)
        return Response(self.get_serializer(targets.confirm_week(week=self.get_object(), by=request.user, **data)).data)

    @extend_schema(request=None, responses={202: None, **REFUSED})
    @action(["post"], detail=False)
    def compute(self, request: Request, slug: str) -> Response:
        """Compute every week again, for example after a go-live was moved."""
        targets.compute_again(program=self.program, by=request.user)
        return Response(status=202)

    @extend_schema(
        parameters=[OpenApiParameter("scope", str, description="all, pilot, team:ID or rep:ID; every scope if absent")],
        responses={200: serializers.AdoptionFactSerializer(many=True), **REFUSED},
    )
    @action(["get"], detail=False)
    def facts(self, request: Request, slug: str) -> Response:
        """The weekly figures of the last 26 weeks behind every chart, newest first."""
        weeks, own = queries.Weeks(self.program, count=26), queries.Targets(self.program)
        found = Fact.objects.of(self.program).filter(key__in=Metric.values, period__gte=str(weeks.weeks[0]))
        if not policy.can(request.user, "adoption.by_rep", self.program):
            found = found.exclude(Q(scope__startswith="rep:") | Q(scope__startswith="pilot:"))
        if scope := request.query_params.get("scope"):
            found = found.filter(scope=scope)
        page = self.paginate_queryset(found)
        rows = []
        for fact in page or []:
            point = weeks.told(fact.key, fact.scope, Week.read(fact.period), fact)
            rows.append(
                {
                    "week": fact.period,
                    "metric": fact.key,
                    "scope": fact.scope,
                    "numerator": fact.numerator,
                    "denominator": fact.denominator,
                    "is_complete": point.is_complete,
                    "is_small": point.is_small,
                    "doubt": point.doubt,
                    "target": own.value(fact.key, fact.scope, point.week),
                    "at_target": own.verdict(fact.key, point.share, fact.scope, point.week),
                }
            )
        return self.get_paginated_response(serializers.AdoptionFactSerializer(rows, many=True).data)


STATE = OpenApiParameter("state", str, enum=EscalationState.values, description="Only episodes in this state.")


@extend_schema_view(
    list=extend_schema(parameters=[STATE], responses={200: serializers.EscalationSerializer(many=True), **REFUSED}),
    retrieve=_one(serializers.EscalationSerializer),
)
class EscalationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProgramViewSet):
    """Episodes of metrics worse than target, and their answers (M5)."""

    queryset = Escalation.objects.with_people().prefetch_related("notes__by")
    serializer_class = serializers.EscalationSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"
    rights = {
        "list": "adoption.view",
        "retrieve": "adoption.view",
        "acknowledge": "adoption.acknowledge",
        "plan": "adoption.acknowledge",
        "comment": "adoption.follow",
        "close": "adoption.follow",
    }

    def get_queryset(self) -> QuerySet[Escalation]:
        found = super().get_queryset()
        state = self.request.query_params.get("state")
        return found.filter(state=state) if state and self.action == "list" else found

    def done(self) -> Response:
        """The episode as it is now."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        request=serializers.AcknowledgeSerializer, responses={200: serializers.EscalationSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def acknowledge(self, request: Request, slug: str, number: str) -> Response:
        """Answer with a plan, its owner and its day, once per episode."""
        data = self.validated(serializers.AcknowledgeSerializer)
        escalations.acknowledge(escalation=self.get_object(), by=request.user, **data)
        return self.done()

    @extend_schema(request=serializers.ReplanSerializer, responses={200: serializers.EscalationSerializer, **REFUSED})
    @action(["post"], detail=True)
    def plan(self, request: Request, slug: str, number: str) -> Response:
        """Change the plan of an acknowledged episode, with the reason."""
        data = self.validated(serializers.ReplanSerializer)
        escalations.change_plan(escalation=self.get_object(), by=request.user, **data)
        return self.done()

    @extend_schema(
        request=serializers.EscalationCommentSerializer, responses={200: serializers.EscalationSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def comment(self, request: Request, slug: str, number: str) -> Response:
        """Write a line into the story of an episode."""
        data = self.validated(serializers.EscalationCommentSerializer)
        escalations.comment(escalation=self.get_object(), by=request.user, **data)
        return self.done()

    @extend_schema(
        request=serializers.EscalationOutcomeSerializer, responses={200: serializers.EscalationSerializer, **REFUSED}
    )
    @action(["post"], detail=True)
    def close(self, request: Request, slug: str, number: str) -> Response:
        """Close an episode that is over, with what came of it."""
        data = self.validated(serializers.EscalationOutcomeSerializer)
        escalations.close(escalation=self.get_object(), by=request.user, **data)
        return self.done()


@extend_schema_view(list=_listed(serializers.AdoptionTargetSerializer))
class AdoptionTargetViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Targets of the program, its teams and phases, with their rules and history; required fields (M2, M3, M5)."""

    queryset = Target.objects.select_related("team", "changed_by")
    serializer_class = serializers.AdoptionTargetSerializer
    rights = {
        "list": "adoption.view",
        "history": "adoption.view",
        "create": "adoption.targets",
        "tried": "adoption.targets",
        "fields": "adoption.targets",
    }

    @property
    def page_ordering(self) -> tuple[str, ...]:
        return ("-pk",) if self.action == "history" else ("key", "team", "phase", "pk")

    def get_queryset(self) -> QuerySet[Target]:
        found = super().get_queryset()
        return found.in_force() if self.action == "list" else found

    @extend_schema(responses={200: serializers.AdoptionTargetSerializer(many=True), **REFUSED})
    @action(["get"], detail=False)
    def history(self, request: Request, slug: str) -> Response:
        """Every target that was ever set, newest first: who, since when, and why."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses={200: serializers.AdoptionTargetSerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        """Set a target; for the same metric, team and phase it takes the place of the one before."""
        data = self.validated(serializers.AdoptionTargetSerializer)
        return Response(self.get_serializer(targets.set_target(program=self.program, by=request.user, **data)).data)

    @extend_schema(
        request=serializers.TargetTrialSerializer, responses={200: serializers.TargetTriedSerializer, **REFUSED}
    )
    @action(["post"], detail=False, url_path="try", pagination_class=None)
    def tried(self, request: Request, slug: str) -> Response:
        """Say when the rule would have fired with this target, by team; nothing is set (M5)."""
        found = queries.try_rule(self.program, **self.validated(serializers.TargetTrialSerializer))
        trials = [
            {
                "scope": one.scope,
                "name": one.name,
                "measured": one.measured,
                "episodes": [
                    {"weeks": [str(week) for week in it.weeks], "fired": str(it.breached),
                     "back": str(it.recovered) if it.recovered else None}
                    for it in one.episodes
                ],
            }
            for one in found
        ]  # fmt: skip
        return Response({"of": queries.HISTORY_WEEKS, "trials": trials})

    @extend_schema(
        request=serializers.RequiredFieldsSerializer, responses={200: serializers.RequiredFieldsSerializer, **REFUSED}
    )
    @action(["post"], detail=False)
    def fields(self, request: Request, slug: str) -> Response:
        """Say which fields of an object are required from the start."""
        data = self.validated(serializers.RequiredFieldsSerializer)
        rules = targets.require_fields(
            program=self.program, by=request.user, object=data["object"], fields=data["fields_required"]
        )
        return Response({"object": data["object"], "fields_required": [one.field for one in rules]})


@extend_schema_view(list=_listed(serializers.HolidaySerializer))
class HolidayViewSet(mixins.ListModelMixin, ProgramViewSet):
    """Days off, of one team or of all (M9)."""

    queryset = Holiday.objects.all()
    serializer_class = serializers.HolidaySerializer
    rights = {"list": "adoption.view", "create": "adoption.targets"}

    @extend_schema(responses={200: serializers.HolidaySerializer, **REFUSED})
    def create(self, request: Request, slug: str) -> Response:
        data = self.validated(serializers.HolidaySerializer)
        return Response(self.get_serializer(reps.add_holiday(program=self.program, by=request.user, **data)).data)
