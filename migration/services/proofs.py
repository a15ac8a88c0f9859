"""Why rows are or may be one, laid by for whoever writes the clusters down: all of it is seen once, told in shares.

What a pair of rows said is known where all rows are compared. Its words are made from a
few columns of the rows in question, by any worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.alphabet import take
from migration.hygiene.block import Pairs
from migration.hygiene.bulk import Cleaned
from migration.hygiene.compare import RULES, Links, Matcher
from migration.hygiene.explain import explained
from migration.hygiene.features import Column, Table
from migration.hygiene.reading import Cells
from migration.hygiene.sheets import quoted
from migration.hygiene.weigh import Weighed
from migration.services.blocks import NO_ISSUES, Block
from migration.services.rows import to_json

Rows = NDArray[np.int64]
SINGLE = ("given", "family", "suffix", "birth", "company", "domain", "title", "street", "postcode", "city")
WEIGHED = ("points", "levels", "carriers", "shared")


def lay_by(matcher: Matcher, rows: Rows, links: Links) -> Block:
    """What `told` needs to tell of `links`, whose ends are places in `rows` of the matcher's table."""
    table = matcher.table
    weighed = matcher.weigh(Pairs(rows[links.left], rows[links.right]))
    own: dict[str, NDArray[Any]] = {
        "left": links.left, "right": links.right, "chance": links.probability, "rule": links.rule,
        "size": np.array([table.size]), "prior": np.array([matcher.known.prior]),
    }  # fmt: skip
    for kind in WEIGHED:
        own.update((f"{kind}.{name}", array) for name, array in getattr(weighed, kind).items())
    columns = {name: _narrow(getattr(table, name), rows)[0] for name in SINGLE}
    columns["email"], own["shared.email"] = _narrow(table.email, rows, own["shared.email"])
    phone, mobile = table.phones[:2]
    both = Column(np.concatenate([phone.codes[rows], mobile.codes[rows]]), phone.values, phone.counts)
    columns["phones"], own["shared.phone"] = _narrow(both, np.arange(2 * len(rows)), own["shared.phone"])
    for one in table.others[:1]:
        columns["other"] = _narrow(one, rows)[0]
    return Block(Cleaned(len(rows), columns, {}, [""], NO_ISSUES), own)


def _narrow(column: Column, rows: Rows, more: NDArray[Any] | None = None) -> tuple[Cells, NDArray[Any]]:
    """The column of some rows, and further codes into it, with only the texts they have."""
    codes = column.codes[rows] if more is None else np.concatenate([column.codes[rows], more])
    used, at = np.unique(codes, return_inverse=True)
    none = int(len(used) > 0 and used[0] < 0)
    made = (at - none).astype(np.int32)
    return Cells(made[: len(rows)], take(column.values, used[none:])), made[len(rows) :]


def told(block: Block, keys: Sequence[str]) -> list[str]:
    """The links of a block as `clusters.as_json` has them, as JSON; `keys` are those of its rows."""
    own, size = block.rows, block.clean.size
    columns = dict(block.clean.columns)
    phones = columns["phones"]
    table = SimpleNamespace(
        **{name: columns[name] for name in (*SINGLE, "email")},
        phones=[Cells(phones.codes[:size], phones.values), Cells(phones.codes[size:], phones.values)],
        others=[columns["other"]] if "other" in columns else [],
        size=int(own["size"][0]),
    )
    parts: dict[str, dict[str, Any]] = {kind: {} for kind in WEIGHED}
    for name, array in own.items():
        what, dot, field = name.partition(".")
        if dot:
            parts[what][field] = array
    weighed = SimpleNamespace(pairs=Pairs(own["left"], own["right"]), **parts)
    said = explained(cast(Table, table), cast(Weighed, weighed), float(own["prior"][0]))
    made = [
        f'["{field}",{points},{quoted(text)}],'
        for field, points, text in zip(said.fields, said.points, said.texts, strict=True)
    ]
    prior = f"{to_json(said.prior)}]]"
    named = list(map(quoted, keys))
    rules = [f'"{rule}","{"certain" if at else "review"}"' for at, rule in enumerate(RULES)]
    ends = zip(*(own[name].tolist() for name in ("left", "right", "rule", "chance")), pairwise(said.start), strict=True)
    return [
        f"[{named[left]},{named[right]},{rules[rule]},{round(chance, 4)},[{''.join(made[first:last])}{prior}"
        for left, right, rule, chance, (first, last) in ends
    ]
