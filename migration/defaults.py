"""What a run is judged by unless its people say otherwise; stored with each run (H3, H7, H10)."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from migration import vocabulary
from migration.hygiene.compare import Thresholds

# percent of records; marked "ours" in the rules: no source gives them
QUALITY = {
    "unique": 98,
    "email": 90,
    "phone": 95,
    "country": 98,
    "industry": 95,
    "company": 95,
    "required": 95,
}
QUALITY_LABELS = {
    "unique": "Unique records",
    "email": "E-mail present and valid",
    "phone": "Phone in E.164",
    "country": "Country as ISO code",
    "industry": "Industry from the list",
    "company": "Company name normalised",
    "required": "Required fields complete",
}


def thresholds(obj: str) -> dict[str, Any]:
    """Defaults for an object. Months of H3 (12 to 24) and H7, probabilities 0 to 1, quality in percent.

    `leave_out`: a value that cannot be brought to its standard form is not loaded and is
    listed; without it such a value keeps the whole record out (H10).
    """
    return {
        **asdict(Thresholds()),
        "archive_months": 12,
        "dormant_months": 6,
        "required": list(vocabulary.REQUIRED.get(obj, ())),
        "leave_out": True,
        "quality": dict(QUALITY),
    }


@cache
def _zones() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    return {line.split("\t")[2]: line[:2] for line in table.splitlines() if line and not line.startswith("#")}


def region_of(zone: str) -> str:
    """The country of a time zone, ISO 3166-1 alpha-2; "US" for one without a country (UTC)."""
    return _zones().get(zone, "US")
