"""JSON that a run writes by the million: kept as text, and shorter than it is told. Longer forms are read as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import models


class WholeField(models.JSONField):
    """JSON that is read whole, and of whose inside no query asks.

    So the column is of text: a column of JSON is read through by the database, value by value,
    which was a third of what PostgreSQL did for a run's records.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return json.dumps(value, cls=self.encoder)


class _ShortField(WholeField):
    """What stands in the column is told by `told`."""

    @staticmethod
    def told(kept: Any) -> Any:
        raise NotImplementedError

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.told(super().from_db_value(value, expression, connection))

    def deconstruct(self) -> Any:
        # to the database it is one like any other
        name, _, args, kwargs = super().deconstruct()
        return name, f"{WholeField.__module__}.{WholeField.__qualname__}", args, kwargs


class LineageField(_ShortField):
    """{field: [keys whose value it is, why]}, kept as [keys, {field: [which, why]}]: each key is named once.

    `which` is 0 for all the keys, the place of one, from 1, or a list of places.
    """

    @staticmethod
    def told(kept: Any) -> Any:
        if not isinstance(kept, list):
            return kept
        keys, fields = kept
        return {name: [_chosen(keys, which), why] for name, (which, why) in fields.items()}


def _chosen(keys: list[str], which: int | list[int]) -> list[str]:
    if isinstance(which, list):
        return [keys[one - 1] for one in which]
    return [keys[which - 1]] if which else list(keys)


class ChangesField(_ShortField):
    """{field: {"value": …, "rule": …}}, kept as {"field rule": value}; no rule has a blank in its name."""

    @staticmethod
    def told(kept: Any) -> Any:
        return {name: {"value": value, "rule": rule} for name, value, rule in changes(kept)} if kept else kept


def changes(kept: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(field, value, rule) of what a `ChangesField` keeps."""
    for name, one in kept.items():
        if isinstance(one, dict):
            yield name, one["value"], one["rule"]
        else:
            field, _, rule = name.rpartition(" ")
            yield field, one, rule
