"""Records as an API or a connector writes them: JSON, one object a line, or one document that lists them.

A connector's wrapper is taken off; what lies inside an object becomes columns "owner.name", a list
one cell. Objects need not have the same keys: the header names every key of the whole file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "{"  # stands for the delimiter of a file that has none
DOCUMENT_BYTES = 67_108_864  # 64 MB; a document is held whole, lines are not
LISTS = ("data", "results", "records", "value", "items", "rows")  # how APIs call the list of an answer
WRAPPED = {"stream", "data", "record", "emitted_at", "namespace", "type", "time_extracted", "schema"}
DEEPEST = 4


class NoRecordsError(ValueError):
    """The document is no list of records, or no JSON at all."""


def objects(path: Path, encoding: str, *, as_lines: bool) -> Iterator[tuple[int, str, dict[str, Any] | None]]:
    """Yield (line, raw text, object) of each record; None for a line that is no object. Raises NoRecordsError."""
    if not as_lines:
        for number, one in enumerate(listed(path, encoding), start=1):
            yield number, "", one if isinstance(one, dict) else None
        return
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, line, parsed(line)


def parsed(text: str) -> dict[str, Any] | None:
    """Return the object of one line; None for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def listed(path: Path, encoding: str) -> list[Any]:
    """Return the records of a document: the document itself, or the list it holds. Raises NoRecordsError."""
    if path.stat().st_size > DOCUMENT_BYTES:
        raise NoRecordsError(f"is larger than {DOCUMENT_BYTES // 1_048_576} MB; write one record a line")
    try:
        found = json.loads(path.read_text(encoding=encoding))
    except (ValueError, RecursionError) as exc:
        raise NoRecordsError("is broken, as when a download broke off") from exc
    if isinstance(found, dict):
        lists = [found.get(name) for name in LISTS] + list(found.values())
        found = next((one for one in lists if isinstance(one, list) and one), None)
    if not isinstance(found, list) or not any(isinstance(one, dict) for one in found):
        raise NoRecordsError("holds no list of records")
    return found


def is_lines(path: Path, encoding: str) -> bool:
    """Is the first line a whole object? A document of one line is a list, or holds one."""
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        first = next((line for line in stream if line.strip()), "")
        more = any(line.strip() for line in stream)
    found = parsed(first)
    if found is None:
        return False
    return more or not any(isinstance(found.get(name), list) for name in LISTS)


def flat(one: dict[str, Any]) -> dict[str, str]:
    """Return a record as {column: text}; the wrapper of a connector is taken off.

    >>> flat({"stream": "deals", "data": {"id": 7, "user": {"name": "Ann"}, "tags": ["a", "b"]}})
    {'_stream': 'deals', 'id': '7', 'user.name': 'Ann', 'tags': 'a;b'}
    """
    cells: dict[str, str] = {}
    while one.keys() <= WRAPPED:
        inner = next((one[name] for name in ("data", "record") if isinstance(one.get(name), dict)), None)
        if inner is None:
            break
        if isinstance(one.get("stream"), str):
            cells["_stream"] = one["stream"]
        one = inner
    spread(one, "", cells, 1)
    return cells


def spread(one: dict[str, Any], prefix: str, cells: dict[str, str], depth: int) -> None:
    for key, value in one.items():
        if isinstance(value, dict) and value and depth < DEEPEST:
            spread(value, f"{prefix}{key}.", cells, depth + 1)
        else:
            cells[f"{prefix}{key}"] = text_of(value)


def text_of(value: Any) -> str:
    """Return a value as a cell: null is empty, a list of plain values is joined by semicolons."""
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ";".join(text_of(one) for one in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def columns(path: Path, encoding: str, *, as_lines: bool) -> list[str]:
    """Return every column of the file in the order of appearance: the whole file is read."""
    found: dict[str, None] = {}
    for _, _, one in objects(path, encoding, as_lines=as_lines):
        if one is not None:
            found.update(dict.fromkeys(flat(one)))
    return list(found)
