"""The data-quality standard of the command line: what records are judged by, from a JSON file (H11). Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from migration import vocabulary
from migration.hygiene.compare import Thresholds
from migration.hygiene.dates import Order
from migration.hygiene.outcome import Rules
from migration.hygiene.standardise import Context


@dataclass(frozen=True, slots=True)
class Standard:
    """What a program would have signed; the defaults are those of a run.

    `required` None means what the kind of record needs. `today` decides who is stale.
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
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def rules(self, obj: str) -> Rules:
        """What records of a kind are judged by."""
        required = vocabulary.REQUIRED.get(obj, ()) if self.required is None else self.required
        return Rules(
            self.today or datetime.fromtimestamp(time.time(), UTC).date(),  # no story moves the command line's clock
            required,
            self.archive_months,
            self.dormant_months,
            obj in vocabulary.PERSON_OBJECTS,
            self.leave_out,
        )

    def cut(self) -> Thresholds:
        """From where pairs are proposed."""
        return Thresholds(**self.thresholds)

    def context(self, *, zone: str, orders: Mapping[str, Order]) -> Context:
        """What cleaning knows about one file."""
        return Context(self.region, {**orders, **self.date_orders}, zone or self.zone, self.industries)


def read_standard(path: Path | None, *, region: str = "") -> Standard:
    """The standard in a JSON object with the names of `Standard`; `region` wins. Raises ValueError with a sentence."""
    told: dict[str, Any] = read_json(path) if path else {}
    if unknown := sorted(set(told) - set(Standard.__slots__)):
        raise ValueError(f"The standard says “{unknown[0]}”; it may say {', '.join(Standard.__slots__)}.")
    if region:
        told["region"] = region
    try:
        made = dict(told)
        made["region"] = str(told.get("region", "US")).upper()
        if "today" in told:
            made["today"] = date.fromisoformat(told["today"])
        if "required" in told:
            made["required"] = tuple(map(str, told["required"]))
        if "date_orders" in told:
            made["date_orders"] = {name: Order(order) for name, order in told["date_orders"].items()}
        standard = Standard(**made)
        ZoneInfo(standard.zone)
        standard.cut()
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
