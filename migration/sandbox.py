"""The built-in target: a CRM of our own tables to rehearse every load in (H6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crmprogram.program import clock
from crmprogram.program.models import Program
from migration.models import SandboxRecord
from migration.targets import Item, Result, Stored, diff

SEARCHED = ("given_name", "family_name", "full_name", "company", "email", "phone", "mobile", "city")


class Sandbox:
    """One space of one program's sandbox, for records of one object."""

    def __init__(self, program: Program, space: str, object_: str) -> None:
        self.program, self.space, self.object = program, space, object_

    def _rows(self):
        return SandboxRecord.objects.filter(program=self.program, space=self.space, object=self.object)

    def read(self, keys: Sequence[str]) -> dict[str, Stored]:
        rows = self._rows().filter(key__in=list(keys)).values_list("key", "fields", "version", "changed_at")
        return {key: Stored(fields, version, at) for key, fields, version, at in rows}

    def plan(self, batch: Sequence[Item]) -> list[Result]:
        stored = self.read([item.key for item in batch])
        return [diff(item, stored.get(item.key)) for item in batch]

    def apply(self, batch: Sequence[Item]) -> list[Result]:
        """Write creates and updates in bulk; call it inside the transaction that tells of them."""
        results = self.plan(batch)
        now = clock.now()
        written = [
            SandboxRecord(
                program=self.program,
                space=self.space,
                object=self.object,
                key=one.key,
                fields=dict(one.after),
                search=searched(one.after),
                version=one.version,
                changed_at=now,
            )
            for one in results
            if one.outcome in {"create", "update"}
        ]
        SandboxRecord.objects.bulk_create(
            written,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["program", "space", "object", "key"],
            update_fields=["fields", "search", "version", "changed_at"],
        )
        return results

    def revert(self, results: Iterable[Result]) -> list[Result]:
        """Restore `before` (or delete what was created) where the version is still the one that was written."""
        results = list(results)
        written = self._rows().filter(key__in=[one.key for one in results])
        rows = {one.key: one for one in written.only("key", "version", "changed_at")}  # what they hold goes
        undone, gone, restored = [], [], []
        for one in results:
            there = rows.get(one.key)
            if there is None or there.version != one.version or one.outcome not in {"create", "update"}:
                continue
            undone.append(one)
            if one.before is None:
                gone.append(there.pk)
                continue
            there.fields, there.search = dict(one.before), searched(one.before)
            there.version, there.changed_at = max(one.version - 1, 1), one.before_at or there.changed_at
            restored.append(there)
        self._rows().filter(pk__in=gone).delete()
        SandboxRecord.objects.bulk_update(restored, ["fields", "search", "version", "changed_at"], batch_size=200)
        return undone


def searched(fields: Mapping[str, str]) -> str:
    """The text a person finds a record by: names, company, mail, phone, in lower case."""
    return " ".join(value for name in SEARCHED if (value := fields.get(name, ""))).casefold()[:400]
