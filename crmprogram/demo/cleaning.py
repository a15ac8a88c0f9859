"""The chapters of the data: sources, standard, an export and its cleaning, review, a rehearsal of the load."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crmprogram.demo import orrery, synthetic
from crmprogram.demo.cast import Cast
from crmprogram.intake.models import SourceRow, Upload
from crmprogram.intake.services import store_upload
from migration.models import (
    Band,
    Cluster,
    MappingColumn,
    Run,
    RunRow,
    SampleAudit,
    SourceSystem,
    Stage,
    StageState,
    Verdict,
)
from migration.services import (
    bands,
    dry_runs,
    inventory,
    loading,
    mapping,
    merges,
    review,
    runs,
    sampling,
    second_looks,
    standards,
)

MERGED, SPLIT = 16, 6  # clusters that people settle each way; the others wait in the queue
SEED = 7


def list_the_sources(cast: Cast) -> None:
    """Which systems hold customers, and which of them stay behind (H1)."""
    for name, obj, owner, records, reason in orrery.SOURCES:
        if not SourceSystem.objects.of(cast.program).filter(name=name).exists():
            inventory.save_system(
                program=cast.program,
                by=cast["crm-specialist"],
                name=name,
                object=obj,
                owner=owner,
                record_count=records or cast.size,
                is_migrated=not reason,
                reason=reason,
            )


def write_the_standard(cast: Cast) -> None:
    """What a clean record is, in the words of the people who will use it (H11)."""
    standards.write_standard(program=cast.program, by=cast["crm-specialist"], content=orrery.STANDARD)


def sign_the_standard(cast: Cast) -> None:
    if (written := standards.latest(cast.program)) is not None and written.signed_at is None:
        standards.sign_standard(standard=written, by=cast["vp-sales"])


def export(cast: Cast) -> None:
    """Write a dirty export and put it in as the CRM specialist would."""
    if not Upload.objects.of(cast.program).filter(name=orrery.EXPORT_NAME).exists():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / orrery.EXPORT_NAME
            synthetic.write_export(path, rows=cast.size, seed=orrery.EXPORT_SEED, today=cast.today)
            cast.work.beat()
            with path.open("rb") as stream:
                store_upload(
                    program=cast.program,
                    by=cast["crm-specialist"],
                    name=orrery.EXPORT_NAME,
                    stream=stream,
                    size=path.stat().st_size,
                )
    cast.finish()


def clean(cast: Cast) -> None:
    """Make the run, correct the proposed mapping and sign it, and clean."""
    if not Run.objects.of(cast.program).filter(name=orrery.RUN).exists():
        upload = Upload.objects.of(cast.program).get(name=orrery.EXPORT_NAME)
        with cast.work.commit():
            SourceSystem.objects.of(cast.program).get(name=orrery.SOURCES[0][0]).uploads.add(upload)
            run = runs.create_run(
                program=cast.program, by=cast["crm-specialist"], uploads=[upload], name=orrery.RUN, region="DE"
            )
            columns = {one.header: one for one in MappingColumn.objects.filter(mapping=run.mapping)}
            changes = [{"id": columns[header].pk, **told} for header, told in orrery.MAPPED if header in columns]
            mapping.change_mapping(run=run, by=cast["crm-specialist"], columns=changes)
            mapping.sign_mapping(run=run, by=cast["sales-ops"])
            runs.start_run(run=run, by=cast["crm-specialist"])
    cast.finish()


def review_some(cast: Cast) -> None:
    """Settle a part of the queue as people who know the customers would: by who they really are."""
    run = _run(cast)
    waiting = {one.pk: one for one in Cluster.objects.filter(run=run).open().order_by("number")}
    # those drawn for a second look come first, so that the story has some to tell of
    who = dict(sorted(_persons(cast, run).items(), key=lambda one: not second_looks.is_drawn(waiting[one[0]])))
    one_person = [pk for pk, found in who.items() if len(set(found)) == 1][:MERGED]
    strangers = [pk for pk, found in who.items() if len(set(found)) == len(found)][:SPLIT]
    for number, pk in enumerate(sorted([*one_person, *strangers])):
        by = cast["enablement"] if number % 3 == 0 else cast["crm-specialist"]
        with cast.work.commit():
            if pk in strangers:
                review.split_cluster(cluster=waiting[pk], by=by)
            else:
                review.merge_cluster(cluster=waiting[pk], by=by)


def look_again(cast: Cast) -> None:
    """A twentieth is judged a second time by another person, who once sees it otherwise."""
    run = _run(cast)
    for username in ("enablement", "crm-specialist"):
        for number, look in enumerate(second_looks.waiting_for(run, cast[username])):
            doubts = number == 0 and username == "enablement"
            second_looks.answer_second_look(
                look=look, by=cast[username], verdict=Verdict.PART if doubts else look.first
            )


def accept_a_band(cast: Cast) -> None:
    """The surest proposals are too many to be read: a sample is judged, then the band is accepted as one decision."""
    run = _run(cast)
    if not Band.objects.filter(run=run).exists():
        with cast.work.commit():
            low, high = orrery.BAND
            if not bands.in_band(run, low, high).exists():
                return
            band = bands.draw_band(run=run, by=cast["crm-specialist"], low=low, high=high, seed=SEED)
            numbers = dict(Cluster.objects.filter(run=run, number__in=band.sample).values_list("pk", "number"))
            who = _persons(cast, run, list(numbers))
            judged = {numbers[pk]: len(set(found)) == 1 for pk, found in who.items()}
            bands.judge_band(band=band, by=cast["crm-specialist"], judged=judged)
            band.refresh_from_db()
            if not bands.refusal(band):
                bands.accept_band(band=band, by=cast["vp-sales"])
    cast.finish()


def _persons(cast: Cast, run: Run, clusters: Sequence[int] | None = None) -> dict[int, list[str]]:
    """Who the rows of each open cluster really are, by the cluster's id; of `clusters` alone if they are named."""
    told = synthetic.contacts(cast.size, orrery.EXPORT_SEED, cast.today)
    person = {row["source_id"]: row["_person"] for row in told}
    rows = RunRow.objects.filter(run=run, cluster__in=Cluster.objects.filter(run=run).open())
    if clusters is not None:
        rows = rows.filter(cluster__in=clusters)
    cluster_of = dict(rows.order_by("cluster__number", "pk").values_list("pk", "cluster_id"))
    cells = dict(SourceRow.objects.filter(pk__in=cluster_of).values_list("pk", "cells"))
    who: dict[int, list[str]] = {}
    for pk, cluster in cluster_of.items():
        who.setdefault(cluster, []).append(person[json.loads(cells[pk])[0]])
    return who


def sign_merges(cast: Cast) -> None:
    sign_the_merges(cast, _run(cast))


def sign_the_merges(cast: Cast, run: Run) -> None:
    """Look at the sample of what rules merged, and sign."""
    if merges.standing_signature(run) is not None:
        return
    merges.sign_merges(
        run=run,
        by=cast["sales-ops"],
        seed=SEED,
        looked_at=merges.merge_sample(run, SEED),
        seen_digest=merges.merge_digest(run),
        note="Fifty looked at one by one; no two persons became one.",
    )


def rehearse(cast: Cast) -> None:
    """Predict the whole file, check fifty records field by field, then load the first stage that has records."""
    try_dry(cast, _run(cast))
    stage = _first_stage(cast)
    if stage is not None and stage.state == StageState.WAITING:
        loading.start_stage(stage=stage, by=cast["crm-specialist"])
    cast.finish()


def try_dry(cast: Cast, run: Run) -> None:
    """Predict the whole file, answer the spot-check as it is, and sign it."""
    if dry_runs.standing(run) is None:
        dry_runs.start_dry_run(run=run, by=cast["crm-specialist"], seed=SEED)
        cast.finish()
    run = Run.objects.get(pk=run.pk)
    dry_run = dry_runs.standing(run)
    if dry_run is None or dry_run.signed_at:
        return
    with cast.work.commit():
        answers = [
            {
                "no": one.no,
                "right": [line["field"] for line in one.comparison if line["ok"]],
                "note": "" if all(line["ok"] for line in one.comparison) else "Differs from the source.",
            }
            for one in dry_run.items.all()
        ]
        dry_runs.answer_spot_check(dry_run=dry_run, by=cast["crm-specialist"], answers=answers)
        dry_runs.sign_spot_check(dry_run=dry_run, by=cast["sales-ops"])


def audit_the_sample(cast: Cast) -> None:
    """Compare a hundred loaded records with their source, answer each, and sign."""
    if (stage := _first_stage(cast)) is not None:
        audit_stage(cast, stage)


def audit_stage(cast: Cast, stage: Stage) -> None:
    """Draw a sample of what is loaded of a stage, answer each record, and sign."""
    if SampleAudit.objects.filter(stage=stage).exists():
        return
    with cast.work.commit():
        audit = sampling.draw_sample(stage=stage, by=cast["crm-specialist"], seed=SEED)
        answers = [
            {
                "no": one.no,
                "matches": not one.differences,
                "note": "Differs from the source." if one.differences else "",
            }
            for one in audit.items.all()
        ]
        sampling.answer_sample(audit=audit, by=cast["crm-specialist"], answers=answers)
        sampling.sign_sample(audit=audit, by=cast["sales-ops"])


def _first_stage(cast: Cast) -> Stage | None:
    stages = Stage.objects.filter(run=_run(cast)).select_related("run", "job").order_by("order")
    return next((one for one in stages if loading.ready_records(one).exists()), None)


def _run(cast: Cast) -> Run:
    return Run.objects.of(cast.program).get(name=orrery.RUN)
