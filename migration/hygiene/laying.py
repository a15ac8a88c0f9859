"""Columns of a file laid into fields as a mapping says: changed, cut, merged; nothing is lost (H5). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from migration.hygiene.reading import Cells, cells_of
from migration.hygiene.transforms import Transforms


class Laid(NamedTuple):
    """One column that goes somewhere: `merges` fills a field that another column has, `change` its values."""

    field: str
    header: str
    merges: bool
    change: Transforms | None
    cells: Cells


def lay(columns: Sequence[Laid], size: int) -> dict[str, Cells]:
    """Field -> column of `size` rows; mapped columns have to stand before those that merge into them.

    A merged column fills its field where that is empty; another value than the one there is
    joined to it, or kept under its own name. The rest that a transform cuts off fills its
    field last.
    """
    made: dict[str, Cells] = {}
    rests: list[tuple[str, list[str]]] = []
    for one in columns:
        cells = one.cells
        if one.change is not None:
            cut = [one.change.cut(text) for text in one.change.of_all(cells.texts())]
            cells = cells_of(text for text, _ in cut)
            if one.change.rest_to:
                rests.append((one.change.rest_to[0], [rest for _, rest in cut]))
        if one.field not in made:
            made[one.field] = cells
            continue
        there, texts = made[one.field].texts(), cells.texts()
        joint = one.change.joint if one.change is not None and one.merges else None
        if joint is not None:
            made[one.field] = cells_of(
                old + joint + text if old and text and text != old else old or text
                for text, old in zip(texts, there, strict=True)
            )
        elif one.merges:
            other = [text if old and text != old else "" for text, old in zip(texts, there, strict=True)]
            made[one.field] = cells_of(old or text for text, old in zip(texts, there, strict=True))
            if any(other):
                made[f"custom.{one.header[:70]}"] = cells_of(other)
        else:
            made[one.field] = cells_of(text or old for text, old in zip(texts, there, strict=True))
    for name, rest in rests:
        there = made[name].texts() if name in made else [""] * size
        made[name] = cells_of(old or text for text, old in zip(rest, there, strict=True))
    return made
