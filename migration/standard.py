"""The data-quality standard: what records are judged by, as a program signs it and a JSON file says it (H11). Pure.

A program's standard holds, by kind of record, `required` ({stage or "": [fields]}),
`vocabularies` ({field: {value: [words]}}), `asked` (certain rules that ask a person),
`thresholds`, `quality` and `archive_months`. The command line takes that document, with or
without the settings of `Standard` beside it, or the settings alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from migration import vocabulary
from migration.hygiene.compare import Thresholds
from migration.hygiene.dates import Order
from migration.hygiene.fields import kind_of
from migration.hygiene.outcome import Rules
from migration.hygiene.standardise import Context
from migration.hygiene.vocabularies import WORDED, meanings

OBJECTS = ("contact", "account")
SHARES = ("review", "linkage")
PERSON_RULES = ("email", "phone", "details")
COMPANY_RULES = ("company_domain", "company_phone")
# where the stage of a record stands, by kind of record
STAGE_FIELDS = {"deal": "stage"}


@dataclass(frozen=True, slots=True)
class Standard:
    """What a program would have signed; the defaults are those of a run.

    `required` None means what the kind of record needs. `today` decides who is stale.
    `vocabularies` and `required_at` (by stage) are as a program's standard holds them.
    """

    region: str = "US"
    zone: str = "UTC"
    today: date | None = None
    required: tuple[str, ...] | None = None
    industries: Mapping[str, str] = field(default_factory=dict)
    date_orders: Mapping[str, Order] = field(default_factory=dict)
    archive_months: int = 12
    dormant_months: int = 6
    leave_out: bool = True
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    vocabularies: Mapping[str, Any] = field(default_factory=dict)
    required_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, obj: str) -> Standard:
        """The same, with what a program's standard says of a kind of record laid over it."""
        told = self.objects.get(obj)
        if told is None:
            return self
        part = part_of(told)
        return replace(
            self,
            required=tuple(part["required"]) or None,
            required_at=part["required_at"],
            vocabularies=part["vocabularies"],
            thresholds={**self.thresholds, **part["thresholds"]},
            archive_months=part["archive_months"],
        )

    def rules(self, obj: str) -> Rules:
        """What records of a kind are judged by."""
        own = self.of(obj)
        required = vocabulary.REQUIRED.get(obj, ()) if own.required is None else own.required
        return Rules(
            self.today or datetime.fromtimestamp(time.time(), UTC).date(),  # no story moves the command line's clock
            required,
            own.archive_months,
            self.dormant_months,
            obj in vocabulary.PERSON_OBJECTS,
            self.leave_out,
            own.required_at,
            stage_field(obj),
            obj == vocabulary.DEAL,
        )

    def cut(self, obj: str = "") -> Thresholds:
        """From where pairs are proposed."""
        return Thresholds(**self.of(obj).thresholds)

    def context(self, obj: str, *, zone: str, orders: Mapping[str, Order]) -> Context:
        """What cleaning knows about one file."""
        words = {name: meanings(spelt(each)) for name, each in self.of(obj).vocabularies.items()}
        return Context(self.region, {**orders, **self.date_orders}, zone or self.zone, self.industries, words)


def stage_field(obj: str) -> str:
    """The field that says at which stage a record is."""
    return STAGE_FIELDS.get(obj, "lifecycle_stage")


def part_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a program's standard says of one kind of record, as a run stores it."""
    required = told.get("required", {})
    return {
        "required": list(required.get("", [])),
        "required_at": {stage: tuple(names) for stage, names in required.items() if stage},
        "vocabularies": {name: spelt(each) for name, each in told.get("vocabularies", {}).items()},
        "thresholds": {**told.get("thresholds", {}), "asked": tuple(told.get("asked", ()))},
        "archive_months": told.get("archive_months", 12),
    }


def spelt(told: Mapping[str, Iterable[str]] | Iterable[str]) -> dict[str, list[str]]:
    """A vocabulary as {value: [words]}; a plain list of values has no further words."""
    if isinstance(told, Mapping):
        return {value: list(words) for value, words in told.items()}
    return {value: [] for value in told}


def wrong_with(content: Mapping[str, Any]) -> tuple[str, str] | None:
    """The part of a program's standard that cannot be, and a sentence; None when all can."""
    for obj, told in content.items():
        if obj not in OBJECTS or not isinstance(told, Mapping):
            return "object", f"A standard is for {' and '.join(OBJECTS)} records, not for “{obj}”."
        names = {one.name for one in vocabulary.targets(obj)}
        rules = PERSON_RULES if obj in vocabulary.PERSON_OBJECTS else COMPANY_RULES
        try:
            part = part_of(told)
            fields = [*part["required"], *(name for each in part["required_at"].values() for name in each)]
            if unknown := sorted(set(fields) - names):
                return "required", f"{unknown[0]} is no field of {obj} records."
            if unknown := sorted(set(part["vocabularies"]) - names):
                return "vocabularies", f"{unknown[0]} is no field of {obj} records."
            for name, words in part["vocabularies"].items():
                if said := _wrong_words(name, words):
                    return "vocabularies", said
            if unknown := sorted(set(told.get("asked", ())) - set(rules)):
                return "asked", f"{unknown[0]} is no rule that merges {obj} records."
            if not all(0 < part["thresholds"].get(one, 0.5) < 1 for one in SHARES):
                return "thresholds", "A likelihood lies between 0 and 1."
            if not all(0 <= one <= 100 for one in told.get("quality", {}).values()):
                return "quality", "A measure is a percent, 0 to 100."
            if not 12 <= part["archive_months"] <= 24:
                return "archive_months", "Contacts are archived after 12 to 24 months without engagement."
        except (TypeError, AttributeError) as error:
            return "content", f"What is said of {obj} records is not a standard: {error}."
    return None


def _wrong_words(name: str, words: Mapping[str, list[str]]) -> str:
    if kind_of(name) not in WORDED:
        return f"{name} holds no words of a list; it cannot have a vocabulary."
    if not words:
        return f"The vocabulary of {name} is empty."
    seen: dict[str, str] = {}
    for value, meant in words.items():
        for word in meanings({value: meant}):
            if seen.setdefault(word, value) != value:
                return f"In the vocabulary of {name}, “{word}” means {seen[word]} and {value}."
    return ""


def read_standard(path: Path | None, *, region: str = "") -> Standard:
    """The standard in a JSON object with the names of `Standard`; `region` wins. Raises ValueError with a sentence."""
    told: dict[str, Any] = read_json(path) if path else {}
    told.pop("version", None)
    objects = {name: told.pop(name) for name in OBJECTS if name in told}
    if wrong := wrong_with(objects):
        raise ValueError(f"The standard cannot be used: {wrong[1]}")
    may = [name for name in Standard.__slots__ if name not in {"vocabularies", "required_at", "objects"}]
    if unknown := sorted(set(told) - set(may)):
        raise ValueError(f"The standard says “{unknown[0]}”; it may say {', '.join((*OBJECTS, *may))}.")
    if region:
        told["region"] = region
    try:
        made = {**told, "objects": objects}
        made["region"] = str(told.get("region", "US")).upper()
        if "today" in told:
            made["today"] = date.fromisoformat(told["today"])
        if "required" in told:
            made["required"] = tuple(map(str, told["required"]))
        if "date_orders" in told:
            made["date_orders"] = {name: Order(order) for name, order in told["date_orders"].items()}
        standard = Standard(**made)
        ZoneInfo(standard.zone)
        for obj in OBJECTS:
            standard.cut(obj)
    except (TypeError, ValueError, AttributeError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"The standard cannot be used: {error}.") from error
    if not 12 <= standard.archive_months <= 24:
        raise ValueError("Contacts are archived after 12 to 24 months without engagement.")
    return standard


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ValueError with a sentence."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no JSON object.")
    return found
