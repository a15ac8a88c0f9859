"""Read the configuration spec."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch

from crmprogram.program.models import Program
from phases.models import Build, ConfigItem, ItemKind, Progress, Requirement


@dataclass(frozen=True)
class Spec:
    """The items in order, each with `progress`; what is missing between them and a configured system."""

    items: list[ConfigItem]

    def of_kind(self, kind: ItemKind) -> list[ConfigItem]:
        return [one for one in self.items if one.kind == kind]

    @property
    def by_kind(self) -> list[tuple[ItemKind, list[ConfigItem]]]:
        """The kinds that have items; stages stand under their pipelines."""
        rows: list[tuple[ItemKind, list[ConfigItem]]] = []
        for kind in ItemKind:
            found = self.of_kind(kind)
            if kind == ItemKind.PIPELINE:
                stages = self.of_kind(ItemKind.STAGE)
                found = [row for one in found for row in (one, *(s for s in stages if s.parent_id == one.pk))]
            if found and kind != ItemKind.STAGE:
                rows.append((kind, found))
        return rows

    @property
    def passed(self) -> list[ConfigItem]:
        return [one for one in self.items if one.progress == Progress.PASSED]

    @property
    def custom(self) -> list[ConfigItem]:
        """What somebody will have to maintain."""
        return [one for one in self.items if one.build != Build.STANDARD]

    @property
    def maintenance(self) -> int:
        """Of those whose cost is known, over five years, in minor units."""
        return sum(one.maintenance or 0 for one in self.custom)


def spec_of(program: Program) -> Spec:
    """The whole spec in two queries."""
    rows = (
        ConfigItem.objects.of(program)
        .with_progress()
        .select_related("parent", "owner")
        .prefetch_related(Prefetch("requirements", Requirement.objects.order_by("number")))
        .in_order()
    )
    return Spec(list(rows))


@dataclass(frozen=True)
class ConfigurationFacts:
    """What the check reads: the items with `progress` and `is_traced`."""

    items: list[ConfigItem]

    @property
    def latest(self) -> datetime | None:
        return max((one.progress_at or one.changed_at for one in self.items), default=None)


def configuration_facts(program: Program) -> ConfigurationFacts:
    """One query, whatever the size."""
    served = ConfigItem.requirements.through.objects.filter(configitem=OuterRef("pk"))
    return ConfigurationFacts(
        list(ConfigItem.objects.of(program).with_progress().annotate(is_traced=Exists(served)).order_by("number"))
    )
