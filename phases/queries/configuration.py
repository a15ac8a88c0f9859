"""Read the configuration spec, and what of it is signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Prefetch

from crmprogram.program.models import Program
from phases.models import Build, ConfigItem, ItemKind, Progress, Requirement, SpecSignature

# what a signature stands for; to serve other requirements is no other configuration
SIGNED_FIELDS = (
    "kind",
    "parent_id",
    "name",
    "definition",
    "owner_id",
    "fields_to_advance",
    "exit_criterion",
    "is_vendor_default",
    "is_common",
    "build",
    "spent",
)


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


def fingerprints(items: Iterable[ConfigItem]) -> list[list]:
    """[number, SHA-256 of what the spec says of it] of each item.

    The stages of a pipeline stand in their order, which is signed too; the others by number.
    """

    def place(one: ConfigItem) -> tuple[int, int, int]:
        return (one.parent_id or 0, one.order if one.parent_id else 0, one.number)

    return [[one.number, sha256_of([getattr(one, name) for name in SIGNED_FIELDS])] for one in sorted(items, key=place)]


def sha256_of(said: list) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Signing:
    """The spec as it stands beside what was signed last.

    `digest` names the present spec; `bare` are items that are not fully specified; `signatures` newest first.
    """

    items: list[list]
    bare: list[ConfigItem]
    signatures: list[SpecSignature]

    @cached_property
    def digest(self) -> str:
        return sha256_of(self.items)

    @property
    def newest(self) -> SpecSignature | None:
        return self.signatures[0] if self.signatures else None

    @property
    def is_signed(self) -> bool:
        return bool(self.items) and self.newest is not None and self.newest.digest == self.digest

    @property
    def standing(self) -> list[SpecSignature]:
        """The signatures under the spec as it stands."""
        found = []
        for one in self.signatures:
            if one.digest != self.digest:
                break
            found.append(one)
        return found

    @cached_property
    def changes(self) -> dict[str, int]:
        """Items "changed", "added" and "removed" since the newest signature; "moved" is 1 for another order of stages.

        All are 0 while nothing was signed.
        """
        now = dict(self.items)
        before = dict(self.newest.items) if self.newest else now
        same = {number for number, digest in now.items() if before.get(number) == digest}
        order = [[number for number in rows if number in same] for rows in (before, now)]
        return {
            "changed": len(before.keys() & now.keys()) - len(same),
            "added": len(now.keys() - before.keys()),
            "removed": len(before.keys() - now.keys()),
            "moved": int(order[0] != order[1]),
        }

    @property
    def since(self) -> str:
        """What changed since the newest signature, in words; "" when nothing did."""
        found = self.changes
        said = [
            f"{found[word]} {'item' if found[word] == 1 else 'items'} {word}"
            for word in ("changed", "added", "removed")
            if found[word]
        ]
        return ", ".join([*said, *(["stages put in another order"] if found["moved"] else [])])

    @property
    def why_not(self) -> str:
        """Why the spec as it stands cannot be signed; "" when it can."""
        if not self.items:
            return "No configuration is specified yet, so there is nothing to sign."
        if self.bare:
            one = len(self.bare) == 1
            rest = f" and {len(self.bare) - 3} more" if len(self.bare) > 3 else ""
            names = ", ".join(f"{item.name} ({', '.join(item.missing)})" for item in self.bare[:3])
            return f"{len(self.bare)} {'item is' if one else 'items are'} not fully specified: {names}{rest}."
        return ""


def signing_of(program: Program, items: Iterable[ConfigItem] | None = None) -> Signing:
    """What of the spec is signed; `items` when they were read before."""
    rows = list(ConfigItem.objects.of(program)) if items is None else list(items)
    signatures = SpecSignature.objects.of(program).select_related("signed_by").order_by("-pk")
    return Signing(fingerprints(rows), [one for one in rows if one.missing], list(signatures))


@dataclass(frozen=True)
class ConfigurationFacts:
    """What the checks read: the items with `progress` and `is_traced`; the signatures where they are asked for."""

    program: Program
    items: list[ConfigItem]

    @property
    def latest(self) -> datetime | None:
        return max((one.progress_at or one.changed_at for one in self.items), default=None)

    @cached_property
    def signing(self) -> Signing:
        return signing_of(self.program, self.items)


def configuration_facts(program: Program) -> ConfigurationFacts:
    """One query, whatever the size."""
    served = ConfigItem.requirements.through.objects.filter(configitem=OuterRef("pk"))
    rows = ConfigItem.objects.of(program).with_progress().annotate(is_traced=Exists(served)).order_by("number")
    return ConfigurationFacts(program, list(rows))
