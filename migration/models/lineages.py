"""Whose value each field of a record is, and why, as it is kept."""

from __future__ import annotations

from typing import Any

from django.db import models


class LineageField(models.JSONField):
    """{field: [keys whose value it is, why]}. What a run makes names each key once, which is a third as long.

    Then [keys, {field: [which, why]}] is kept: `which` is 0 for all the keys, the place of one,
    from 1, or a list of places.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        kept = super().from_db_value(value, expression, connection)  # type: ignore[misc]
        return told(*kept) if isinstance(kept, list) else kept

    def deconstruct(self) -> Any:
        # the column is one of JSON
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


def told(keys: list[str], fields: dict[str, Any]) -> dict[str, list[Any]]:
    """Field -> [keys, why] of the short form."""
    return {name: [_chosen(keys, which), why] for name, (which, why) in fields.items()}


def _chosen(keys: list[str], which: int | list[int]) -> list[str]:
    if isinstance(which, list):
        return [keys[one - 1] for one in which]
    return [keys[which - 1]] if which else list(keys)
