"""Read several querysets in one statement.

A page that shows a whole program reads a few rows from many tables, and the way to the
database and back costs more than the rows. `fill` asks for all of them at once, as JSON
arrays, and puts the rows into the querysets as if each had been read by itself. To build and
compile them costs more than to read them: `rows_of` does it once for all programs and keeps the statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import copy
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.query import ModelIterable, ValuesIterable, get_related_populators
from django.utils import timezone

from crmprogram.program import clock
from crmprogram.program.models import Program

Rows = tuple[models.QuerySet[Any, Any] | list[Any], ...]  # that are to be read together, or are read
Maker = Callable[[Program], Rows]
TYPED = (models.DateField, models.TimeField, models.DecimalField, models.FloatField, models.UUIDField)
STAND_IN = -4_611_686_018_427_380_001  # the id of no program; in a kept statement it stands for any
MOST_KEPT = 64

_kept: dict[tuple[Any, ...], tuple[Statement, list[int]]] = {}


def fill(*querysets: models.QuerySet | list) -> None:
    """Read all of `querysets` in one query and keep the rows in them: to go through one asks nothing more.

    For querysets of models (select_related and annotations included; each prefetch still costs its
    query) and of values(), on one database. Binary fields cannot be read so. Nothing is read of
    those that were read before, lists among them.
    """
    waiting: list[Any] = [one for one in querysets if isinstance(one, models.QuerySet) and one._result_cache is None]
    if not waiting:
        return
    statement = Statement(waiting)
    alone: Any = statement.parts[0].queryset if len(statement.parts) == 1 else None
    found = statement.read() if alone is None else repeat(())
    for one, rows in zip(waiting, found, strict=False):
        if one is alone:
            len(one)  # reads it as it is
            continue
        one._result_cache = list(rows)
        if one._prefetch_related_lookups:
            one._prefetch_related_objects()


def rows_of(program: Program, makers: Sequence[Maker]) -> list[Rows]:
    """The rows that each of `makers` asks of `program`, read in one query, as lists.

    The statement is made once per day and time zone, then kept, and the program's id put in. So a maker may look at
    the program's id and its day (`clock.today`) alone, and not read: it is given a program that has nothing else.
    """
    alias, day = Program._default_manager.db, clock.today(program)
    key = (*makers, alias, day, program.time_zone, timezone.get_current_timezone_name())
    if (known := _kept.get(key)) is None:
        known = _made_for_any(makers, alias, program.time_zone)
        if clock.today(program) == day:  # and no midnight in between
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = known
    statement, sizes = known
    rows = iter(statement.read(program.pk))
    return [tuple(next(rows) for _ in range(size)) for size in sizes]


def _made_for_any(makers: Sequence[Maker], alias: str, zone: str) -> tuple[Statement, list[int]]:
    """The statement of what `makers` ask of any program in a time zone, and how many querysets each of them gives."""

    def refuse(*args: Any) -> Any:
        raise TypeError("What is kept for all programs cannot depend on what one of them holds.")

    any_program = Program.from_db(alias, ["id", "time_zone"], [STAND_IN, zone])
    with connections[alias].execute_wrapper(refuse):
        told = [maker(any_program) for maker in makers]
        statement = Statement(list(chain.from_iterable(told)))
    if any(one._prefetch_related_lookups for one in statement.querysets):
        raise TypeError("A queryset with a prefetch cannot be kept for all programs.")
    hidden = [one for one in statement.params if one != STAND_IN and str(STAND_IN) in str(one)]
    if hidden or str(STAND_IN) in statement.sql:
        raise TypeError("The program's id can be put in only where it stands by itself.")
    return statement, [len(one) for one in told]


class Statement:
    """Querysets compiled into one statement that gives the rows of each as a JSON array."""

    def __init__(self, querysets: Sequence[Any]) -> None:
        self.querysets = querysets
        self.parts: list[_Part] = []
        self.params: list[Any] = []
        given: list[tuple[str, str, str]] = []
        for at, one in enumerate(querysets):
            compiler = one.query.get_compiler(using=one.db)
            try:
                sql, params = compiler.as_sql(with_col_aliases=True)
            except EmptyResultSet:
                continue
            columns = ", ".join(f"c{n}" for n in range(len(compiler.select)))
            given.append((f"q{len(given)}", columns, sql))
            self.params += params
            self.parts.append(_Part(at, one, compiler))
        is_sqlite = bool(self.parts) and connections[querysets[0].db].vendor == "sqlite"
        given_names = ", ".join(f"{name}({columns}) AS ({sql})" for name, columns, sql in given)
        told = ", ".join(_array(name, columns, is_sqlite) for name, columns, _ in given)
        self.sql = f"WITH {given_names} SELECT {told}" if given else ""

    def read(self, program_id: int | None = None) -> list[list[Any]]:
        """The rows of each queryset; with `program_id` of that program, where the stand-in was compiled."""
        made: list[list[Any]] = [[] for _ in self.querysets]
        if not self.parts:
            return made
        connection = connections[self.querysets[0].db]
        params = self.params
        if program_id is not None:  # adapted as the stand-in was: PostgreSQL's driver is told the size
            params = [type(one)(program_id) if one == STAND_IN else one for one in params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchone()
        for part, text in zip(self.parts, found, strict=True):
            made[part.at] = part.rows(text, connection)
        return made


def _array(name: str, columns: str, is_sqlite: bool) -> str:
    """The rows of one part as a JSON array, in their order."""
    if is_sqlite:
        return f"(SELECT json_group_array(json_array({columns})) FROM {name})"  # noqa: S608 - names of our own
    return f"(SELECT json_agg({name})::text FROM {name})"  # noqa: S608 - the same


class _Part:
    """One queryset of a statement, the `at`-th, and how its rows are made."""

    def __init__(self, at: int, queryset: models.QuerySet, compiler: Any) -> None:
        self.at = at
        self.queryset = queryset
        self.compiler = compiler

    def rows(self, text: Any, connection: Any) -> list[Any]:
        """Model instances or dicts from a JSON array."""
        is_sqlite = connection.vendor == "sqlite"
        raw = json.loads(text, parse_float=float if is_sqlite else Decimal) if isinstance(text, str) else text
        compiler = copy(self.compiler)
        compiler.connection = connection  # a kept statement is read by other threads, each with a connection of its own
        if is_sqlite:
            return _made(self.queryset, compiler, raw or [])
        return _made(self.queryset, compiler, _as_read([list(row.values()) for row in raw or []], compiler))


def _as_read(rows: list[list[Any]], compiler: Any) -> list[list[Any]]:
    """The values as the driver would have given them: JSON knows neither dates nor decimals."""
    fields = [getattr(expression, "output_field", None) for expression, *_ in compiler.select]
    for row in rows:
        for at, field in enumerate(fields):
            if row[at] is None:
                continue
            # JSON that is kept as text comes as it stands
            if isinstance(field, models.JSONField) and field.get_internal_type() == "JSONField":
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
