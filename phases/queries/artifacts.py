"""Read the six strategy artifacts: two are live records, four are documents (P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse

from crmprogram.program.models import Program
from phases import registry
from phases.models import ArtifactKind, ArtifactVersion
from phases.registry import Look

ABOUT = {
    ArtifactKind.DATA_MODEL: "Entities, required fields, source of truth, flows.",
    ArtifactKind.PIPELINES: "Per stage: action, responsible, fields to advance, what happens on exit.",
    ArtifactKind.MEASUREMENT: "Leading and lagging KPIs, dashboards, who reviews them.",
    ArtifactKind.GOVERNANCE: "Owner, cadence, change control. Signed before go-live.",
}


class ArtifactFacts:
    """The newest version of each document, with `signed_at`; read once in a look."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def versions(self) -> dict[str, list[ArtifactVersion]]:
        """By kind, newest first."""
        found: dict[str, list[ArtifactVersion]] = {kind: [] for kind in ArtifactKind.values}
        rows = ArtifactVersion.objects.of(self.program).with_signature().select_related("owner", "written_by")
        for one in rows.defer("body").order_by("kind", "-number"):
            one.program = self.program
            found[one.kind].append(one)
        return found

    def newest(self, kind: str) -> ArtifactVersion | None:
        return next(iter(self.versions[kind]), None)


registry.facts("artifacts")(ArtifactFacts)


@dataclass(frozen=True)
class Artifact:
    """One of the six as it stands. `state` is missing, draft, shared or signed."""

    title: str
    about: str
    state: str
    version: int | None
    owner: str
    as_of: datetime | None
    url: str
    is_live: bool = False

    @property
    def shape(self) -> str:
        return {"missing": "unmet", "draft": "none", "shared": "watch", "signed": "met"}[self.state]

    @property
    def word(self) -> str:
        return {"missing": "Not written", "draft": "Draft", "shared": "Shared", "signed": "Signed off"}[self.state]


def state_of(version: ArtifactVersion | None) -> str:
    """Missing, draft, shared or signed."""
    if version is None:
        return "missing"
    return "signed" if version.signed_at else "shared" if version.shared_at else "draft"


def artifacts(look: Look) -> list[Artifact]:
    """All six, in the order of the rule: goal and scope from their live records."""
    audit, slug = look.audit, look.program.slug
    goal = audit.goal
    goal_state = "missing" if goal is None else "signed" if goal.shared_at else "draft"
    scope_state = "missing" if not audit.scope_in else "signed" if audit.scope_signed_at else "draft"
    live = [
        Artifact(
            "Goal statement",
            "Outcome, metric with baseline and target, date.",
            "shared" if goal_state == "signed" else goal_state,
            goal.number if goal else None,
            "",
            (goal.shared_at or goal.written_at) if goal else None,
            reverse("phases:goal", args=[slug]),
            True,
        ),
        Artifact(
            "Scope",
            "In, out, deferred to Iterate.",
            scope_state,
            audit.scope_version,
            "",
            audit.scope_signed_at,
            reverse("phases:scope", args=[slug]),
            True,
        ),
    ]
    return live + [_document(look, ArtifactKind(kind)) for kind in ArtifactKind.values]


def _document(look: Look, kind: ArtifactKind) -> Artifact:
    one = look.artifacts.newest(kind)
    return Artifact(
        kind.label,
        ABOUT[kind],
        state_of(one),
        one.number if one else None,
        one.owner.title if one and one.owner else "",
        (one.signed_at or one.shared_at or one.written_at) if one else None,
        reverse("phases:artifact", args=[look.program.slug, kind]),
    )
