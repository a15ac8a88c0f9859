"""The chapters of a second CRM: accounts, contacts and deals as one set, loaded in their order (H1, H2, H7)."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from crmprogram.demo import cleaning, linked, orrery
from crmprogram.demo.cast import Cast
from crmprogram.intake.models import Upload
from crmprogram.intake.services import store_upload
from migration.models import Cluster, MigrationSet, Run, RunRow, SourceSystem, Stage, StageState
from migration.services import inventory, loading, mapping, review, sets
from migration.services.following import id_of, object_of

LOADED = ("customers", "prospects")  # the dormant are left for whoever looks at the demo


def export(cast: Cast) -> None:
    """Put the three exports in, and say whose they are."""
    for obj, name in orrery.SERVICE_FILES.items():
        if not Upload.objects.of(cast.program).filter(name=name).exists():
            with tempfile.TemporaryDirectory() as folder:
                _truth(cast, Path(folder))
                with (Path(folder) / f"{obj}s.csv").open("rb") as stream:
                    store_upload(program=cast.program, by=cast["crm-specialist"], name=name, stream=stream, object=obj)
    cast.finish()
    for obj, upload in _uploads(cast).items():
        if not SourceSystem.objects.of(cast.program).filter(name=orrery.SERVICE, object=obj).exists():
            with cast.work.commit():
                inventory.save_system(
                    program=cast.program,
                    by=cast["crm-specialist"],
                    name=orrery.SERVICE,
                    object=obj,
                    owner="Success Lead",
                    record_count=upload.read_count,
                    uploads=[upload],
                )


def clean(cast: Cast) -> None:
    """One set over the three files: what is pointed at before what points."""
    if not MigrationSet.objects.of(cast.program).exists():
        with cast.work.commit():
            made = sets.create_set(
                program=cast.program,
                by=cast["crm-specialist"],
                uploads=list(_uploads(cast).values()),
                name=orrery.SERVICE,
                region="DE",
            )
            for run in made.current_runs():
                mapping.sign_mapping(run=run, by=cast["sales-ops"])
            sets.start_set(migration_set=made, by=cast["crm-specialist"])
    cast.finish()


def decide(cast: Cast) -> None:
    """Settle every question of the set by who they really are; pointers follow what is merged."""
    with tempfile.TemporaryDirectory() as folder:
        truth = _truth(cast, Path(folder))
    who: Mapping[str, Mapping[str, int]] = {"account": truth.company, "contact": truth.contacts.person}
    waiting = Cluster.objects.filter(run__in=_runs(cast)).open().order_by("run", "number")
    for cluster in waiting.select_related("run__program"):
        keys = RunRow.objects.filter(cluster=cluster).order_by("key").values_list("key", flat=True)
        said = {key: who[object_of(key)][id_of(key)] for key in keys}
        (most, count), *_ = Counter(said.values()).most_common(1)
        with cast.work.commit():
            if count == 1:
                review.split_cluster(cluster=cluster, by=cast["crm-specialist"])
            else:
                alike = [key for key, one in said.items() if one == most]
                review.merge_cluster(cluster=cluster, by=cast["enablement"], include=alike)


def rehearse(cast: Cast) -> None:
    """Sign, try and load object after object, stage after stage, each validated by its sample."""
    for run in _runs(cast):
        cleaning.sign_the_merges(cast, run)
        cleaning.try_dry(cast, run)
        for stage in Stage.objects.filter(run=run, name__in=LOADED).select_related("run__program").order_by("order"):
            if stage.state == StageState.WAITING and loading.ready_records(stage).exists():
                with cast.work.commit():
                    loading.start_stage(stage=stage, by=cast["crm-specialist"])
                cast.finish()
            if loading.ready_records(stage).exists():
                cleaning.audit_stage(cast, stage)


def _truth(cast: Cast, folder: Path) -> linked.Linked:
    return linked.write_linked(
        folder, orrery.SERVICE_ROWS, seed=orrery.EXPORT_SEED, today=cast.today, first=orrery.SERVICE_FIRST
    )


def _uploads(cast: Cast) -> dict[str, Upload]:
    found = {one.name: one for one in Upload.objects.of(cast.program).filter(name__in=orrery.SERVICE_FILES.values())}
    return {obj: found[name] for obj, name in orrery.SERVICE_FILES.items()}


def _runs(cast: Cast) -> list[Run]:
    return MigrationSet.objects.of(cast.program).get().current_runs()
