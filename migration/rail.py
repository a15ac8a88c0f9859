"""Data work in the rail, and what people owe to it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from crmprogram.intake.models import Upload
from crmprogram.program import policy
from crmprogram.program.models import Program
from crmprogram.web import shell
from crmprogram.web.shell import FileStep, NextItem
from migration import vocabulary
from migration.models import Run, StageState

shell.rail_item(
    phase=3,
    order=10,
    label="Data hygiene",
    url="migration:runs",
    action="data.view",
    count=lambda look: "live" if look.migration.working else look.migration.runs or "",
)
shell.rail_item(
    phase=3,
    order=20,
    label="Duplicate review",
    url="migration:duplicates",
    action="data.view",
    count=lambda look: look.migration.open_clusters or "",
)
shell.rail_item(
    phase=3,
    order=30,
    label="Sandbox",
    url="migration:sandbox",
    action="data.view",
    count=lambda look: f"{look.migration.rehearsed:,}" if look.migration.rehearsed else "",
)


shell.rail_item(phase=3, order=5, label="Data sources", url="migration:inventory", action="data.view")
shell.rail_item(phase=3, order=7, label="Quality standard", url="migration:standard", action="data.view")
shell.rail_item(phase=5, order=15, label="Hygiene audits", url="migration:audits", action="data.view")


@shell.next_item
def owed(user: Any, program: Program, look: Any) -> list[NextItem]:
    """A mapping to sign, a failed run, clusters to review, merges to sign, a sample to answer."""
    known = look.migration
    items: list[NextItem] = []

    def owes(action: str) -> bool:
        return policy.can(user, action, program)

    if known.waiting and owes("data.run"):
        run = known.waiting
        url = reverse("migration:mapping", args=[program.slug, run.number])
        if run.migration_set and run.mapping and run.mapping.signed_at:
            of, url = run.migration_set, reverse("migration:set", args=[program.slug, run.migration_set.number])
            items.append(NextItem(f"Start {of.code}", "Its objects are cleaned one after the other.", url))
        else:
            items.append(NextItem(f"Sign the mapping of {run.code}", "Cleaning starts from the signed mapping.", url))
    if known.open_clusters and owes("data.review"):
        word = "cluster" if known.open_clusters == 1 else "clusters"
        items.append(
            NextItem(
                f"Review {known.open_clusters:,} duplicate {word}",
                "Undecided duplicates are held back from the import.",
                reverse("migration:duplicates", args=[program.slug]),
                "watch",
                order=40,
            )
        )
    for stage in known.stages:
        if stage.state == StageState.LOADED and owes("data.load"):
            url = reverse("migration:stage", args=[program.slug, stage.run.number, stage.order])
            items.append(
                NextItem(f"Audit the sample of stage {stage.order}", "The next stage waits for it.", url, "watch")
            )
    return items


@shell.file_step
def cleaned(user: Any, upload: Upload) -> list[FileStep]:
    """The run that holds a file, or the way to one."""
    slug = upload.program.slug
    if run := Run.objects.current().filter(uploads=upload).select_related("program").first():
        return [FileStep(f"Open {run.code}", run.get_absolute_url(), is_done=True, order=10)]
    if upload.object not in vocabulary.LOADABLE or not policy.can(user, "data.run", upload.program):
        return []
    return [FileStep("Clean this file", f"{reverse('migration:run-new', args=[slug])}?file={upload.pk}", order=10)]
