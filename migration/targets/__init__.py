"""What a target of a load can do. One module per CRM; the built-in one is `migration.sandbox`.

`plan` and `apply` share `diff`, so that a dry run is the write path (H6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """A record on its way: natural key and values ("" never stands for "erase")."""

    key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the target holds under a key, and since when."""

    fields: Mapping[str, str]
    version: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What happens, or would happen, to one item: `outcome` is create, update, unchanged or reject.

    `before` are the values that stood there (None: nothing did) since `before_at`; `after`
    what stands there then; `reason` says why an item is refused.
    """

    key: str
    outcome: str
    before: Mapping[str, str] | None
    after: Mapping[str, str]
    version: int
    reason: str = ""
    before_at: datetime | None = None


class Target(Protocol):
    """A CRM, or its stand-in, that records are loaded into by natural key."""

    def read(self, keys: Sequence[str]) -> dict[str, Stored]:
        """What is stored under `keys`; absent keys are not in the answer."""

    def plan(self, batch: Sequence[Item]) -> list[Result]:
        """What `apply` would do now, writing nothing."""

    def apply(self, batch: Sequence[Item]) -> list[Result]:
        """Write the batch; doing it again changes nothing."""

    def revert(self, results: Iterable[Result]) -> list[Result]:
        """Put back what stood there before, exactly, where nothing changed it since; returns what was put back."""


def diff(item: Item, stored: Stored | None) -> Result:
    """What writing `item` over `stored` comes to. Pure; a field the item does not carry stays.

    >>> diff(Item("k", {"email": "a@b.example"}), None).outcome
    'create'
    >>> diff(Item("k", {"email": "a@b.example"}), Stored({"email": "a@b.example"}, 3)).outcome
    'unchanged'
    """
    values = {name: value for name, value in item.fields.items() if value}
    if not item.key or not values:
        return Result(item.key, "reject", None, {}, 0, "There is no key or no value to write.")
    if stored is None:
        return Result(item.key, "create", None, values, 1)
    after = {**stored.fields, **values}
    if after == dict(stored.fields):
        return Result(item.key, "unchanged", stored.fields, after, stored.version, before_at=stored.at)
    return Result(item.key, "update", stored.fields, after, stored.version + 1, before_at=stored.at)
