"""Write many rows at once, past the ORM's objects: for tables that a job fills row by row.

Values go to the database as they are: text, numbers, booleans and None, so dates and JSON
are prepared by the caller. On PostgreSQL many rows travel by COPY into a table of the
transaction and are moved from there by one statement; elsewhere, and where they are few,
one prepared statement takes them all. Call these inside `work.commit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import NoneType
from typing import Any

from django.db import connections, models, router

Rows = Iterable[Sequence[Any]]
STAGED = "bulk_rows"
AT_ONCE = 4_000  # rows made into text at a time
FEW = 20  # rows that are not worth a table
# values in COPY's text format; the backslash is escaped first
NULL = r"\N"
PLAIN: dict[type, Callable[[Any], str]] = {
    int: str, float: repr, bool: ("f", "t").__getitem__, NoneType: lambda _: NULL,
}  # fmt: skip
ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def insert(model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
    """Insert `rows` (values in the order of `fields`) of which none is there yet; else IntegrityError.

    The quickest way in; fields that are not named get NULL.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, _columns(model, fields)))
    table = quote(model._meta.db_table)
    prepared = list(rows)
    if not prepared:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, f"{table} ({names})", prepared)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", prepared)  # noqa: S608, names of our own


def insert_missing(model: type[models.Model], fields: Sequence[str], rows: Rows) -> int:
    """Insert `rows` (values in the order of `fields`), leaving those that are there already; return how many went in.

    Fields that are not named get NULL.
    """
    return _insert(model, fields, rows, "DO NOTHING")


def upsert(model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
    """Insert `rows` by their primary key, which `fields` names; those that are there get the new values."""
    quote = connections[router.db_for_write(model)].ops.quote_name
    key = str(model._meta.pk.column)
    sets = ", ".join(f"{quote(one)} = EXCLUDED.{quote(one)}" for one in _columns(model, fields) if one != key)
    _insert(model, fields, rows, f"({quote(key)}) DO UPDATE SET {sets}")


def update(model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
    """Set `fields` of many rows; each of `rows` ends with the primary key.

    A CASE over thousands of keys, as bulk_update makes it, is slower than the work it stores.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    key = str(model._meta.pk.column)
    columns = _columns(model, fields)
    table = quote(model._meta.db_table)
    prepared = list(rows)
    if not prepared:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(prepared) > FEW:
            with _staged(cursor, quote, table, [*columns, key], prepared) as staged:
                # of rows whose number it does not know it would rather read the whole table
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
                sets = ", ".join(f"{quote(one)} = {staged}.{quote(one)}" for one in columns)
                same = f"{table}.{quote(key)} = {staged}.{quote(key)}"
                cursor.execute(f"UPDATE {table} SET {sets} FROM {staged} WHERE {same}")  # noqa: S608, names of our own
                cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on")
        else:
            sets = ", ".join(f"{quote(one)} = %s" for one in columns)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {quote(key)} = %s", prepared)  # noqa: S608, names of our own


def _insert(model: type[models.Model], fields: Sequence[str], rows: Rows, conflict: str) -> int:
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    columns = _columns(model, fields)
    names = ", ".join(map(quote, columns))
    table = quote(model._meta.db_table)
    prepared = list(rows)
    if not prepared:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(prepared) > FEW:
            with _staged(cursor, quote, table, columns, prepared) as staged:
                cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged} ON CONFLICT {conflict}")  # noqa: S608, names of our own
                return cursor.rowcount

        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT {conflict}", prepared)  # noqa: S608, names of our own
        return cursor.rowcount


def _columns(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    return [of[name] for name in fields]


@contextmanager
def _staged(
    cursor: Any, quote: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterator[str]:
    """The rows in a table of this transaction, with the types of `table`."""
    staged, names = quote(STAGED), ", ".join(map(quote, columns))
    cursor.execute(f"CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608, names of our own
    _copy(cursor, f"{staged} ({names})", rows)
    yield staged
    cursor.execute(f"DROP TABLE {staged}")


def _copy(cursor: Any, to: str, rows: Sequence[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {to} FROM STDIN") as copy:
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            columns = [_as_text(column) for column in zip(*part, strict=True)]
            if None in columns:
                for row in part:
                    copy.write_row(row)
            else:
                copy.write("".join([f"{line}\n" for line in map("\t".join, zip(*columns, strict=True))]))


def _as_text(column: Sequence[Any]) -> list[str] | None:
    """The values as COPY reads them in its text format; None if one is of a kind that is not told here."""
    kinds = set(map(type, column))
    if kinds == {str}:
        return _escaped(column)
    if kinds == {str, NoneType}:
        texts = _escaped([value or "" for value in column])
        return [NULL if value is None else text for value, text in zip(column, texts, strict=True)]
    if not kinds <= PLAIN.keys():
        return None
    return [PLAIN[type(value)](value) for value in column]


def _escaped(texts: Sequence[str]) -> list[str]:
    whole = "".join(texts)
    made = list(texts)
    for letter, escape in ESCAPES.items():
        if letter in whole:
            made = [text.replace(letter, escape) for text in made]
    return made
