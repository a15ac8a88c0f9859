"""The Audit's tables as CSV files (X4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.http import HttpRequest, StreamingHttpResponse

from crmprogram.web.downloads import csv_response
from crmprogram.web.templatetags.rollout import WHOLE_CURRENCIES
from crmprogram.web.views import ProgramView
from phases.models import MapState
from phases.queries import needs, process_map


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
