"""The Audit's tables as CSV files (X4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.http import HttpRequest, StreamingHttpResponse

from crmprogram.program import clock
from crmprogram.web.downloads import csv_response
from crmprogram.web.templatetags.rollout import WHOLE_CURRENCIES
from crmprogram.web.views import ProgramView
from phases.models import MapState, Progress
from phases.queries import configuration, needs, process_map, requirements


class GapsFile(ProgramView):
    """Every gap with its arithmetic; money in whole units of the currency."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"gaps-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        currency = self.program.currency
        yield [
            "No.",
            "What is broken",
            "Kind",
            "Where",
            "Volume a year",
            "Of what",
            "Rate in %",
            f"Value of each, {currency}",
            f"A year, {currency}",
            "Source",
            "Confidence",
            "Closed by",
        ]
        for gap in needs.gap_list(self.program).gaps:
            yield [
                gap.number,
                gap.title,
                gap.get_kind_display(),
                f"{gap.step.lane.name}: {gap.step.name}" if gap.step else "",
                "" if gap.volume is None else gap.volume,
                gap.volume_of,
                "" if gap.rate_percent is None else gap.rate_percent,
                self.whole(gap.value),
                self.whole(gap.yearly_cost),
                gap.source,
                gap.get_confidence_display(),
                "; ".join(one.name for one in gap.capabilities.all()),
            ]

    def whole(self, minor: int | None) -> object:
        if minor is None:
            return ""
        return minor if self.program.currency in WHOLE_CURRENCIES else Decimal(minor) / 100


class CapabilitiesFile(ProgramView):
    """Every capability with its bucket, priority and what asks for it."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"capabilities-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield ["No.", "Capability", "Bucket", "Phase", "Rank", "Gaps", "Steps", "Detail"]
        for bucket, rows in needs.by_bucket(self.program):
            for one in rows:
                yield [
                    one.number,
                    one.name,
                    bucket.label,
                    one.get_phase_display() if one.phase else "",
                    one.rank or "",
                    "; ".join(gap.title for gap in one.gaps.all()),
                    "; ".join(f"{step.lane.name}: {step.name}" for step in one.steps.all()),
                    one.detail,
                ]


class MapFile(ProgramView):
    """The steps of both maps, lane by lane."""

    action = "audit.view_map"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"process-map-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield ["Map", "Lane", "Signed off", "Step", "Tool", "Data captured", "How it fails", "Leads to"]
        for state in MapState:
            for lane in process_map.content_of(self.program, state).lanes:
                for step in lane.steps.all():
                    yield [
                        state.label,
                        lane.name,
                        "yes" if lane.signed_at else "no",
                        step.name,
                        step.tool,
                        step.data_captured,
                        step.failure_mode,
                        "; ".join(
                            f"{way.step.lane.name}: {way.step.name}" + (f" (if {way.label})" if way.label else "")
                            for way in step.ways
                        ),
                    ]


class RequirementsFile(ProgramView):
    """Every requirement with what asks for it and what it ends in."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"requirements-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield [
            "No.",
            "Requirement",
            "Kind",
            "How soon",
            "Gaps",
            "Capabilities",
            "Steps",
            "Heard in",
            "Configuration items",
            "What is done",
            "What is then seen",
            "Traceable",
        ]
        for one in requirements.requirement_rows(self.program):
            yield [
                one.number,
                one.title,
                one.get_kind_display(),
                one.get_bucket_display(),
                "; ".join(gap.title for gap in one.gaps.all()),
                "; ".join(capability.name for capability in one.capabilities.all()),
                "; ".join(str(step) for step in one.steps.all()),
                "; ".join(finding.interview.who for finding in one.findings.all()),
                "; ".join(item.name for item in one.items.all()),
                one.acceptance_test,
                one.acceptance_result,
                "yes" if one.is_traceable else "no",
            ]


class InterviewsFile(ProgramView):
    """Every finding under its interview; roles without one stand empty."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"interviews-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield ["Role", "Title", "Held on", "What was heard", "Gaps", "Requirements"]
        for role in requirements.heard(self.program, clock.today(self.program)):
            held = [*role.held, *role.planned]
            if not held:
                yield [role.role.label, "", "", "", "", ""]
            for one in held:
                first = [role.role.label, one.who, one.held_on]
                if not one.findings.all():
                    yield [*first, "", "", ""]
                for finding in one.findings.all():
                    yield [
                        *first,
                        finding.text,
                        "; ".join(gap.title for gap in finding.gaps.all()),
                        "; ".join(requirement.title for requirement in finding.requirements.all()),
                    ]


class ConfigurationFile(ProgramView):
    """The configuration spec with the state of each item."""

    action = "audit.view"

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        return csv_response(f"configuration-{self.program.slug}.csv", self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        yield [
            "No.",
            "Kind",
            "Pipeline",
            "Name",
            "What it means",
            "Owner",
            "Fields to advance",
            "Exit criterion",
            "As the vendor delivers it",
            "How it is built",
            "Requirements",
            "State",
        ]
        for _, rows in configuration.spec_of(self.program).by_kind:
            for one in rows:
                yield [
                    one.number,
                    one.get_kind_display(),
                    one.parent.name if one.parent else "",
                    one.name,
                    one.definition,
                    one.owner.title if one.owner else "",
                    one.fields_to_advance,
                    one.exit_criterion,
                    "yes" if one.is_vendor_default else "no",
                    one.get_build_display(),
                    "; ".join(requirement.title for requirement in one.requirements.all()),
                    Progress(one.progress).label if one.progress else "Planned",
                ]
