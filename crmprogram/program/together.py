"""Read several querysets in one statement.

A page that shows a whole program reads a few rows from many tables, and the way to the
database and back costs more than the rows. `fill` asks for all of them at once, as JSON
arrays, and puts the rows into the querysets as if each had been read by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.query import ModelIterable, ValuesIterable, get_related_populators

Rows = tuple[models.QuerySet[Any, Any], ...]  # that are to be read together
TYPED = (models.DateField, models.TimeField, models.DecimalField, models.FloatField, models.UUIDField)


def fill(*querysets: models.QuerySet) -> None:
    """Read all of `querysets` in one query and keep the rows in them: to go through one asks nothing more.

    For querysets of models (select_related and annotations included; each prefetch still costs its
    query) and of values(), on one database. Binary fields cannot be read so. Nothing is read of
    those that were read before.
    """
    waiting = [one for one in querysets if one._result_cache is None]
    parts: list[tuple[str, str, str]] = []
    params: list[Any] = []
    asked: list[tuple[Any, Any]] = []
    for one in waiting:
        compiler = one.query.get_compiler(using=one.db)
        try:
            sql, given = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            one._result_cache = []
            continue
        asked.append((one, compiler))
        names = ", ".join(f"c{n}" for n in range(len(compiler.select)))
        parts.append((f"q{len(parts)}", names, sql))
        params += given
    if not asked:
        return
    if len(asked) == 1:
        len(asked[0][0])
        return
    connection = connections[asked[0][0].db]
    is_sqlite = connection.vendor == "sqlite"
    given_names = ", ".join(f"{name}({columns}) AS ({sql})" for name, columns, sql in parts)
    told = ", ".join(_array(name, columns, is_sqlite) for name, columns, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {given_names} SELECT {told}", params)
        found = cursor.fetchone()
    for (one, compiler), text in zip(asked, found, strict=True):
        raw = json.loads(text, parse_float=float if is_sqlite else Decimal) if isinstance(text, str) else text
        rows = raw or []
        if not is_sqlite:
            rows = _as_read([list(row.values()) for row in rows], compiler)
        one._result_cache = _made(one, compiler, rows)
        if one._prefetch_related_lookups:
            one._prefetch_related_objects()


def _array(name: str, columns: str, is_sqlite: bool) -> str:
    """The rows of one part as a JSON array, in their order."""
    if is_sqlite:
        return f"(SELECT json_group_array(json_array({columns})) FROM {name})"  # noqa: S608 - names of our own
    return f"(SELECT json_agg({name})::text FROM {name})"  # noqa: S608 - the same


def _as_read(rows: list[list[Any]], compiler: Any) -> list[list[Any]]:
    """The values as the driver would have given them: JSON knows neither dates nor decimals."""
    fields = [getattr(expression, "output_field", None) for expression, *_ in compiler.select]
    for row in rows:
        for at, field in enumerate(fields):
            if row[at] is None:
                continue
            if isinstance(field, models.JSONField):
                row[at] = json.dumps(row[at], default=float)
            elif isinstance(field, TYPED):
                row[at] = field.to_python(row[at])
    return rows


def _made(queryset: models.QuerySet, compiler: Any, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Model instances or dicts from converted rows, as the queryset's own iterable makes them."""
    if queryset._iterable_class is ValuesIterable:
        query = queryset.query
        names = [*query.extra_select, *query.values_select, *query.annotation_select]
        return [dict(zip(names, row, strict=True)) for row in compiler.results_iter([rows])]
    if queryset._iterable_class is not ModelIterable:
        raise TypeError("Only querysets of models and of values() can be read together.")
    if compiler.klass_info is None:  # set by as_sql; a queryset of models always has it
        raise TypeError("This queryset makes no models.")
    info, select = compiler.klass_info, compiler.select
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    related = get_related_populators(info, select, queryset.db)  # type: ignore[call-arg]  # stubs of a later Django
    made = []
    for row in compiler.results_iter([rows]):
        one = info["model"].from_db(queryset.db, names, row[first:last])
        for populator in related:
            populator.populate(row, one)
        for name, at in (compiler.annotation_col_map or {}).items():
            setattr(one, name, row[at])
        made.append(one)
    return made
