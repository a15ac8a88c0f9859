"""The chapters of the data: an export, its cleaning, a part of its review, a rehearsal of the load."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from crmprogram.demo import orrery, synthetic
from crmprogram.demo.cast import Cast
from crmprogram.intake.models import SourceRow, Upload
from crmprogram.intake.services import store_upload
from migration.models import Cluster, Run, RunRow, SampleAudit, Stage, StageState
from migration.services import dry_runs, loading, mapping, merges, review, runs, sampling

MERGED, SPLIT = 18, 6  # clusters that people settle each way; the others wait in the queue
SEED = 7


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
    """Make the run, sign the proposed mapping, and clean."""
    if not Run.objects.of(cast.program).exists():
        upload = Upload.objects.of(cast.program).get(name=orrery.EXPORT_NAME)
        with cast.work.commit():
            run = runs.create_run(
                program=cast.program, by=cast["crm-specialist"], uploads=[upload], name="Legacy contacts", region="DE"
            )
            mapping.sign_mapping(run=run, by=cast["sales-ops"])
            runs.start_run(run=run, by=cast["crm-specialist"])
    cast.finish()


def review_some(cast: Cast) -> None:
    """Settle a part of the queue as people who know the customers would: by who they really are."""
    run = _run(cast)
    told = synthetic.contacts(cast.size, orrery.EXPORT_SEED, cast.today)
    person = {row["source_id"]: row["_person"] for row in told}
    waiting = {one.pk: one for one in Cluster.objects.filter(run=run).open().order_by("number")}
    rows = RunRow.objects.filter(run=run, cluster__in=Cluster.objects.filter(run=run).open())
    keys = {pk: (cluster, key) for pk, cluster, key in rows.values_list("pk", "cluster_id", "key")}
    who: dict[int, dict[str, str]] = {pk: {} for pk in waiting}
    for pk, cells in SourceRow.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "cells"):
        cluster, key = keys[pk]
        who[cluster][key] = person[json.loads(cells)[0]]
    one_person = [pk for pk, found in who.items() if len(set(found.values())) == 1][:MERGED]
    strangers = [pk for pk, found in who.items() if len(set(found.values())) == len(found)][:SPLIT]
    for number, pk in enumerate(sorted([*one_person, *strangers])):
        by = cast["enablement"] if number % 3 == 0 else cast["crm-specialist"]
        with cast.work.commit():
            if pk in strangers:
                review.split_cluster(cluster=waiting[pk], by=by)
            else:
                review.merge_cluster(cluster=waiting[pk], by=by)


def sign_the_merges(cast: Cast) -> None:
    run = _run(cast)
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
    _try_dry(cast)
    stage = _first_stage(cast)
    if stage is not None and stage.state == StageState.WAITING:
        loading.start_stage(stage=stage, by=cast["crm-specialist"])
    cast.finish()


def _try_dry(cast: Cast) -> None:
    run = _run(cast)
    if dry_runs.standing(run) is None:
        dry_runs.start_dry_run(run=run, by=cast["crm-specialist"], seed=SEED)
        cast.finish()
    run = _run(cast)
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
    stage = _first_stage(cast)
    if stage is None or SampleAudit.objects.filter(stage=stage).exists():
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
    return Run.objects.of(cast.program).get()
