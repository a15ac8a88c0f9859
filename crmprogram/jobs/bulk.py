"""Write many rows at once, past the ORM's objects: for tables that a job fills row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, models, router


def insert_missing(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows` (values in the order of `fields`), leaving those that are there already as they are.

    About five times as fast as `bulk_create`. Values go to the database as they are: text,
    numbers and None, so dates and JSON are prepared by the caller. Fields that are not
    named get NULL. Call it inside `work.commit`.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = [quote(of[name]) for name in fields]
    marks = ", ".join(["%s"] * len(columns))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608, names of our own
            list(rows),
        )
