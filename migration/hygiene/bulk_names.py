"""The names of all rows at once: a full name taken apart, a suffix on its own, names that look swapped (H4)."""

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import names, nicknames
from migration.hygiene.issues import issue
from migration.hygiene.making import Made
from migration.hygiene.reading import Cells
from migration.hygiene.text import fold


def split_names(made: Made) -> None:
    """A full name taken apart, a suffix out of the family name, names that look swapped."""
    full = made.columns.get("full_name")
    if full is not None:
        _split_full(made, full)
    family, suffix = made.columns.get("family_name"), made.columns.get("suffix")
    if family is None:
        return
    free = np.ones(made.size, dtype=bool) if suffix is None else suffix.codes < 0
    parted = [names.suffix_of(value) if value else ("", "") for value in family.values]
    found = [code for code, part in enumerate(parted) if part[1]]
    if found:
        at = np.full(len(parted) + 1, -1, dtype=np.int32)
        at[found] = np.arange(len(found))
        codes = at[family.codes]
        made.lay("family_name", free, codes, [parted[code][0] for code in found], "name.suffix")
        made.lay("suffix", free, codes, [parted[code][1] for code in found], "name.suffix")
    _say_swapped(made)


def _split_full(made: Made, full: Cells) -> None:
    def filled(name: str) -> NDArray[np.bool_]:
        column = made.columns.get(name)
        return np.zeros(made.size, dtype=bool) if column is None else column.codes >= 0

    given, family = filled("given_name"), filled("family_name")
    rows = (full.codes >= 0) & ~(given & family)
    used = np.unique(full.codes[rows]).tolist()
    parts = {code: names.parse(full.values[code]) for code in used}
    alone = {code: (issue("name.single", full.values[code], "full_name"),) for code in used if not parts[code].given}
    if alone:
        made.said.add(np.where(rows & ~given & ~family, full.codes, -1), alone, len(full.values))
    for name, part in (
        ("given_name", "given"),
        ("middle_name", "middle"),
        ("family_name", "family"),
        ("suffix", "suffix"),
        ("salutation", "salutation"),
    ):
        texts = [(code, text) for code in used if (text := getattr(parts[code], part))]
        if not texts:
            continue
        at = np.full(len(full.values) + 1, -1, dtype=np.int32)
        at[[code for code, _ in texts]] = np.arange(len(texts))
        values = [names.cased(text, is_family=name == "family_name") for _, text in texts]
        made.lay(name, rows & ~filled(name), at[full.codes], values, "name.from_full_name")


def _say_swapped(made: Made) -> None:
    given, family = made.columns.get("given_name"), made.columns.get("family_name")
    if given is None or family is None:
        return
    rows = given.has(lambda v: nicknames.is_family_only(fold(v))) & family.has(
        lambda v: nicknames.is_given_only(fold(v))
    )
    at = np.flatnonzero(rows)
    if not len(at):
        return
    said: dict[str, int] = {}
    codes = np.full(made.size, -1, dtype=np.int32)
    for row in at.tolist():
        text = f"{given.values[given.codes[row]]} {family.values[family.codes[row]]}"
        codes[row] = said.setdefault(text, len(said))
    found = {code: (issue("name.swapped", text, "given_name"),) for text, code in said.items()}
    made.said.add(codes, found, len(said))
