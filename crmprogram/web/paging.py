"""Pages of a long list, cut behind or before the place of a row: the last one is read as quickly as the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from crmprogram.web.params import whole_number


@dataclass(frozen=True)
class Part:
    """The rows of one page; `older` and `newer` are the marks of the pages behind and before it, "" at an end."""

    rows: list[Any]
    older: str = ""
    newer: str = ""


def part_of(found: QuerySet, asked: Mapping[str, str], *, most: int, by: Sequence[str] = ("pk",)) -> Part:
    """At most `most` rows of `found` in the order `by`: behind the mark `after`, or up to the mark `before`.

    `by` names columns of whole numbers that together are one row's alone; "-" in front turns its order. A mark is
    what they hold, joined by dots. One query; another where less than a page stands before a mark: then it is
    the first page.
    """
    if before := _mark(asked.get("before", ""), len(by)):
        back = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in by]
        rows = list(_behind(found, back, before).order_by(*back)[: most + 1])
        if len(rows) > most:
            rows = rows[most - 1 :: -1]
            return Part(rows, older=_said(rows[-1], by), newer=_said(rows[0], by))
    after = None if before else _mark(asked.get("after", ""), len(by))
    if after:
        found = _behind(found, by, after)
    rows = list(found.order_by(*by)[: most + 1])
    older = _said(rows[most - 1], by) if len(rows) > most else ""
    return Part(rows[:most], older=older, newer=_said(rows[0], by) if after and rows else "")


def _behind(found: QuerySet, by: Sequence[str], mark: Sequence[int]) -> QuerySet:
    """The rows behind a mark; the first column is told on its own as well, which an index can begin at."""
    told, same = Q(), {}
    for name, value in zip(by, mark, strict=True):
        column, side = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        told |= Q(**same, **{f"{column}__{side}": value})
        same[column] = value
    first, value = by[0], mark[0]
    if len(by) > 1:
        found = found.filter(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": value})
    return found.filter(told)


def _mark(text: str, columns: int) -> list[int] | None:
    """The numbers of a mark; None where the text is none."""
    numbers = [whole_number(one, -1) for one in text.split(".")]
    return numbers if len(numbers) == columns and min(numbers) >= 0 else None


def _said(row: Any, by: Sequence[str]) -> str:
    return ".".join(str(getattr(row, name.removeprefix("-"))) for name in by)
