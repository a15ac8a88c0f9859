"""The part of an Audit that listens: interviews, requirements, the configuration spec, and plans made of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crmprogram.demo import spec
from crmprogram.demo.cast import Cast
from crmprogram.demo.story import on
from crmprogram.program.models import Position, Team
from phases.models import ArtifactKind, Capability, ConfigItem, Gap, Requirement
from phases.services import artifacts, configuration, requirements, waves

PILOT_TEAM = "Enterprise"
PILOT_WEEKS = 6
BEFORE_GO_LIVE = timedelta(weeks=8)


def listen(cast: Cast) -> None:
    """Interviews of the weeks before, with what each is about (Audit content)."""
    gaps = _numbered(Gap, cast)
    for told in spec.INTERVIEWS:
        held = requirements.add_interview(
            program=cast.program,
            by=cast["sales-ops"],
            role=told.role,
            who=told.who,
            held_on=on(told.days_ago, 9)(cast.today).date(),
            summary=told.summary,
        )
        for text, about in told.findings:
            requirements.add_finding(
                interview=held, by=cast["sales-ops"], text=text, traces={"gaps": [gaps[one - 1] for one in about]}
            )


def write_the_requirements(cast: Cast) -> None:
    gaps, must_haves = _numbered(Gap, cast), _numbered(Capability, cast)
    for told in spec.REQUIREMENTS:
        done, seen = told.test
        requirements.add_requirement(
            program=cast.program,
            by=cast["sales-ops"],
            kind=told.kind,
            title=told.title,
            acceptance_test=done,
            acceptance_result=seen,
            traces={
                "gaps": [gaps[one - 1] for one in told.gaps],
                "capabilities": [must_haves[one - 1] for one in told.must_haves],
            },
        )


def specify(cast: Cast) -> None:
    """Say what shall be set up, for which requirement; one requirement ends in nothing yet, and shows it."""
    needed = _numbered(Requirement, cast)
    owners = {one.title: one for one in Position.objects.of(cast.program)}
    pipelines: dict[str, ConfigItem] = {}
    for told in spec.ITEMS:
        item = configuration.add_item(
            program=cast.program,
            by=cast["sales-ops"],
            kind=told.kind,
            name=told.name,
            definition=told.definition,
            owner=owners[told.owner],
            parent=pipelines.get(told.pipeline),
            fields_to_advance=told.fields,
            exit_criterion=told.leaves,
            requirements=[needed[one - 1] for one in told.serves],
        )
        if told.kind == "pipeline":
            pipelines[told.name] = item


def write_the_artifacts(cast: Cast) -> None:
    """Three of the documents; the sponsor has signed the first, the others are shared (P5)."""
    owner = Position.objects.of(cast.program).get(title="CRM Specialist")
    for kind, body in spec.ARTIFACTS.items():
        version = artifacts.write_artifact(
            program=cast.program, by=cast["sales-ops"], kind=kind, seen_number=0, body=body, owner=owner
        )
        version = artifacts.share_artifact(version=version, by=cast["sales-ops"])
        if kind == ArtifactKind.DATA_MODEL:
            artifacts.sign_artifact(version=version, by=cast["sponsor"])


def plan_the_pilot(cast: Cast) -> None:
    """One region tries it before the first wave goes live (P4)."""
    team = Team.objects.of(cast.program).get(name=PILOT_TEAM)
    starts_on = cast.program.starts_on + timedelta(days=cast.told.go_live_days) - BEFORE_GO_LIVE
    waves.plan_pilot(
        program=cast.program,
        by=cast["sales-ops"],
        team=team,
        region=team.region,
        use_case="From a web lead to a proposal, in the CRM and nowhere else.",
        metric="Web leads called within a day",
        unit="%",
        baseline=Decimal(22),
        target=Decimal(80),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(weeks=PILOT_WEEKS, days=-1),
    )


def _numbered(model, cast: Cast) -> list:
    return list(model.objects.of(cast.program).order_by("number"))
