"""The other objects of a set, read as they came by those that are worked before them (H2, H3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from crmprogram.intake.models import Upload
from migration.hygiene.bulk import Cleaned, clean_columns
from migration.hygiene.links import BETWEEN, plain_id
from migration.models import Run
from migration.services import cleaning
from migration.services.columns import read_part
from migration.services.following import id_of, later, vendor_of
from migration.services.rows import Reader, context_of


def after(run: Run, objects: Collection[str]) -> Run | None:
    """The run of one of these objects in the set of `run` that is worked after it."""
    return next((one for one in later(run) if one.object in objects and one.mapping is not None), None)


def parts_of(run: Run, names: Collection[str]) -> Iterator[tuple[Upload, Cleaned]]:
    """Some fields of a run that is still to be cleaned, part by part, in standard form."""
    reader, uploads = Reader(run.mapping), {one.pk: one for one in run.uploads.all()}
    for plan in cleaning.plan_rows(run):
        upload = uploads[plan.params["upload"]]
        chunk = read_part(reader, upload, plan.params, plan.total)
        told = {name: cells for name, cells in chunk.columns.items() if name in names}
        yield upload, clean_columns(told, chunk.size, context=context_of(run, upload))


class Rows:
    """The rows of a run by their ids, as a pointer of some system names them; `keys` are theirs."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.at: dict[str, dict[str, int]] = {}
        for row, key in enumerate(keys):
            self.at.setdefault(vendor_of(key), {}).setdefault(plain_id(id_of(key)), row)

    def of(self, system: str, text: str) -> int:
        """The row that a cell names first; -1 for none."""
        first = text.split(BETWEEN)[0]
        page = self.at.get(vendor_of(system)) or (next(iter(self.at.values())) if len(self.at) == 1 else {})
        return page.get(plain_id(first), -1)
