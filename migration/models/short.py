"""JSON that a run writes by the million, kept shorter than it is told. What was written at length is read as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models


class _ShortField(models.JSONField):
    """Kept in a column of JSON; what stands there is told by `told`."""

    @staticmethod
    def told(kept: Any) -> Any:
        raise NotImplementedError

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.told(super().from_db_value(value, expression, connection))

    def deconstruct(self) -> Any:
        # to the database it is one like any other
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


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
