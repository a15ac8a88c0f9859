"""What the steps of a run hand on, as columns in files: what one step has worked out, no other works out again.

The folder is the run's own. It lies beside the uploads, on the disk that all workers
share, holds what the run's rows hold, and goes when the run ends or is begun anew.
A block is written whole or not at all, and twice the same.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from migration.errors import BlocksGone
from migration.hygiene import alphabet
from migration.hygiene.alphabet import Packed, joined, packed
from migration.hygiene.bulk import Cleaned, Issues
from migration.hygiene.issues import Issue
from migration.hygiene.reading import Cells
from migration.models import Run

Array = NDArray[Any]
NO_ISSUES = Issues(np.zeros(0, np.int32), np.zeros(0, np.int32), [])
EDGE = 64  # bytes at which arrays begin


@dataclass(slots=True)
class Block:
    """Some rows of a run: `clean` in columns, and what else there is to say of each row."""

    clean: Cleaned
    rows: dict[str, Array]
    texts: dict[str, Sequence[str]] = field(default_factory=dict)


def folder_of(run: Run) -> Path:
    """Where the blocks of a run lie, by its job: a run that is begun anew does not find the old ones."""
    return Path(settings.DATA_DIR) / "runs" / str(run.pk) / str(run.job_id)


def forget(run: Run) -> None:
    """Delete the blocks of a run, of all its attempts."""
    shutil.rmtree(folder_of(run).parent, ignore_errors=True)


def write(run: Run, name: str, block: Block) -> None:
    """Keep a block under a name of its own; one that is there is replaced."""
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f"{name}.{uuid.uuid4().hex}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in _pieces(block):
                file.write(piece)
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)


def read(run: Run, name: str, columns: Iterable[str] | None = None) -> Block:
    """The block under a name, with some of its columns if they are named. Raises BlocksGone."""
    try:
        content = np.memmap(folder_of(run) / name, dtype=np.uint8, mode="r")
    except FileNotFoundError:
        raise BlocksGone(f"The working files of {run.code} are gone. Stop it and start it again.") from None
    end = int(content[:8].view(np.int64)[0])
    told = json.loads(bytes(content[8:end]))
    return _restored(_Stored(content, told), told, None if columns is None else set(columns))


# --- as bytes ------------------------------------------------------------------------------


def _pieces(block: Block) -> Iterable[bytes | memoryview]:
    """A number that says where the description ends, the description, then array after array."""
    arrays: list[Array] = []

    def put(array: Array) -> list[Any]:
        arrays.append(np.ascontiguousarray(array))
        return [array.dtype.str, len(array), len(arrays) - 1]

    def texts(values: Sequence[str]) -> list[Any]:
        values = packed(values, many=1) if len(values) else values
        if isinstance(values, Packed):
            return [put(values.data), [[at, text] for at, text in values.odd.items()]]
        whole = json.dumps(list(values)).encode()
        return [put(np.frombuffer(whole, dtype=np.uint8)), None]

    clean = block.clean
    told: dict[str, Any] = {
        "size": clean.size,
        "columns": {name: [put(cells.codes), texts(cells.values)] for name, cells in clean.columns.items()},
        "rules": {name: put(rules) for name, rules in clean.rules.items()},
        "names_of_rules": clean.names_of_rules,
        "issues": [
            put(clean.issues.rows),
            put(clean.issues.which),
            [[one.rule, one.field, one.raw, one.message] for one in clean.issues.table],
        ],
        "rows": {name: put(array) for name, array in block.rows.items()},
        "texts": {name: texts(values) for name, values in block.texts.items()},
    }
    starts = np.cumsum([0, *(-(-array.nbytes // EDGE) * EDGE for array in arrays)]).tolist()
    head = json.dumps([told, starts]).encode()
    head += b" " * (-(len(head) + 8) % EDGE)
    yield np.int64(len(head) + 8).tobytes()
    yield head
    for array in arrays:
        yield array.tobytes()
        yield b"\0" * (-array.nbytes % EDGE)


class _Stored:
    """The arrays of a file, asked for one by one; what is not asked for is not read."""

    def __init__(self, content: Array, told: list[Any]) -> None:
        self.content = content
        self.starts = told[1]
        self.first = int(content[:8].view(np.int64)[0])

    def array(self, put: list[Any]) -> Array:
        dtype, size, at = np.dtype(put[0]), put[1], put[2]
        first = self.first + self.starts[at]
        return np.asarray(self.content[first : first + dtype.itemsize * size]).view(dtype)

    def texts(self, put: list[Any]) -> Sequence[str]:
        if put[1] is None:
            made: list[str] = json.loads(self.array(put[0]).tobytes())
            return made
        return Packed(self.array(put[0]), dict(put[1]))


def _restored(stored: _Stored, head: list[Any], wanted: set[str] | None) -> Block:
    told = head[0]
    names = [name for name in told["columns"] if wanted is None or name in wanted]
    columns = {name: told["columns"][name] for name in names}
    rows, which, table = told["issues"]
    clean = Cleaned(
        told["size"],
        {name: Cells(stored.array(codes), stored.texts(values)) for name, (codes, values) in columns.items()},
        {name: stored.array(rules) for name, rules in told["rules"].items() if name in columns},
        told["names_of_rules"],
        Issues(stored.array(rows), stored.array(which), [Issue(*one) for one in table]),
    )
    return Block(
        clean,
        {name: stored.array(put) for name, put in told["rows"].items()},
        {name: stored.texts(put) for name, put in told["texts"].items()},
    )


# --- many blocks ---------------------------------------------------------------------------


def join(parts: Sequence[Cleaned]) -> Cleaned:
    """The rows of several blocks, one below the other; their texts stay packed."""
    size = sum(part.size for part in parts)
    names_of_rules = list(dict.fromkeys(["", *(rule for part in parts for rule in part.names_of_rules)]))
    columns: dict[str, Cells] = {}
    rules: dict[str, NDArray[np.int8]] = {}
    for name in dict.fromkeys(name for part in parts for name in part.columns):
        codes = np.full(size, -1, dtype=np.int32)
        own = np.zeros(size, dtype=np.int8)
        values: list[Sequence[str]] = []
        first = before = 0
        for part in parts:
            last = first + part.size
            cells = part.columns.get(name)
            if cells is not None:
                codes[first:last] = np.where(cells.codes >= 0, cells.codes + np.int32(before), np.int32(-1))
                values.append(cells.values)
                before += len(cells.values)
            if name in part.rules:
                same = np.array([names_of_rules.index(rule) for rule in part.names_of_rules], dtype=np.int8)
                own[first:last] = same[part.rules[name]]
            first = last
        columns[name], rules[name] = Cells(codes, joined(values)), own
    return Cleaned(size, columns, rules, names_of_rules, _joined_issues(parts))


def _joined_issues(parts: Sequence[Cleaned]) -> Issues:
    table: list[Issue] = []
    rows, which, before = [NO_ISSUES.rows], [NO_ISSUES.which], 0
    for part in parts:
        rows.append(part.issues.rows + np.int32(before))
        which.append(part.issues.which + np.int32(len(table)))
        table += part.issues.table
        before += part.size
    return Issues(np.concatenate(rows), np.concatenate(which), table)


def take(clean: Cleaned, rows: NDArray[np.int64]) -> Cleaned:
    """Some rows in the order given, with only the texts that they have."""
    place = np.full(clean.size, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    columns = {}
    for name, cells in clean.columns.items():
        codes, values = cells.codes[rows], cells.values
        used, at = np.unique(codes, return_inverse=True)
        none = int(len(used) > 0 and used[0] < 0)
        columns[name] = Cells((at - none).astype(np.int32), alphabet.part(values, used[none:]))
    said = clean.issues
    stay = np.flatnonzero(place[said.rows] >= 0)
    own = place[said.rows[stay]]
    order = np.argsort(own, kind="stable")
    used, which = np.unique(said.which[stay][order], return_inverse=True)
    issues = Issues(own[order].astype(np.int32), which.astype(np.int32), [said.table[at] for at in used.tolist()])
    rules: Mapping[str, NDArray[np.int8]] = {name: one[rows] for name, one in clean.rules.items()}
    return Cleaned(len(rows), columns, dict(rules), clean.names_of_rules, issues)
