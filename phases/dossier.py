"""What a decision on a gate stands on, as a document: frozen in a dossier, shown on the page.

A live page and a signed one are drawn from the same document, so that a signed gate shows
the same numbers in the same places a year later (G7). No models here: plain data only.

    document = {schema, program, gate, read_at, criteria: [...], tally, heading, lead, digest, review}

Decimals are text, times are ISO 8601 in UTC, keys are sorted: one document has one text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cached_property
from typing import Any

SCHEMA = "rollout.gate-dossier/1"
VERDICT_OF = {"met": "met", "watch": "met", "waived": "waived", "unmet": "not met", "none": "unknown"} | {
    "stale": "unknown, since the records are too old"
}
SHORT_UNIT = 8  # characters
STATES = ("met", "watch", "waived", "unmet", "stale", "none")
TALLY = (  # the shape, the states counted under it, the word
    ("met", ("met", "watch"), "met"),
    ("waived", ("waived",), "waived"),
    ("unmet", ("unmet",), "not met"),
    ("none", ("none", "stale"), "cannot tell"),
)


@dataclass(frozen=True)
class WaiverNote:
    """A waiver as it stands on the page and in the dossier."""

    label: str
    number: int
    reason: str
    stand_in: str
    granted_by: str
    granted_at: datetime
    ends_on: date | None


@dataclass(frozen=True)
class ThresholdNote:
    """Who changed a threshold, and why; the default stands beside it."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Standing:
    """One criterion as it stands: what the check found, and what lies over it.

    `state` is one of STATES: stale and waived are laid over the check's verdict.
    """

    key: str
    number: str
    title: str
    check: str
    state: str
    verdict: str
    summary: str
    closing: str = ""
    value: Decimal | int | str | None = None
    threshold: Decimal | int | str | None = None
    unit: str = ""
    at_most: bool = False
    attested: bool = False
    continuing: bool = False
    waivable: bool = True
    as_of: datetime | None = None
    source: str = ""
    url: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    default_params: dict[str, Any] = field(default_factory=dict)
    threshold_note: ThresholdNote | None = None
    waiver: WaiverNote | None = None
    details: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)


def plain(value: Any) -> Any:
    """`value` as JSON knows it: decimals and times as text, keys as text."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def canonical(document: Any) -> str:
    """The one text of a document: sorted keys, no spaces, no ASCII escapes."""
    return json.dumps(plain(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """SHA-256 of the text in UTF-8, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def basis_of(criteria: Iterable[dict[str, Any]]) -> str:
    """What a signer has to have seen, as text: verdict, value, threshold, waiver and files (G7).

    Times do not count: the same answer read a minute later is the same answer.
    """
    return canonical(
        [
            {
                "key": one["key"],
                "number": one["number"],
                "state": "met" if one["state"] == "watch" else one["state"],
                "value": _worded(one["value"], one["unit"]),
                "threshold": _worded(one["threshold"], one["unit"]),
                "params": one["params"],
                "waiver": one["waiver"] and {key: one["waiver"][key] for key in ("label", "ends_on")},
                "files": sorted(file["sha256"] for file in one["files"]),
            }
            for one in criteria
        ]
    )


def differences(seen: str, now: str) -> list[str]:
    """What changed from one basis to the other, one sentence each; [] when `seen` cannot be read."""
    try:
        before = {one["key"]: one for one in json.loads(seen)}
    except (ValueError, TypeError, KeyError):
        return []
    said = []
    for one in json.loads(now):
        said += _differences_of(before.get(one["key"]) or {}, one)
    return said


def _differences_of(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    number, said = new["number"], []
    if old.get("state") != new["state"]:
        was, now = (VERDICT_OF.get(str(state), "not there") for state in (old.get("state"), new["state"]))
        said.append(f"{number} was {was} and is {now}.")
    if old.get("value") != new["value"]:
        said.append(f"{number} measured {old.get('value') or 'nothing'} and measures {new['value'] or 'nothing'}.")
    if old.get("threshold") != new["threshold"]:
        said.append(f"{number} needed {old.get('threshold') or 'nothing'} and needs {new['threshold'] or 'nothing'}.")
    elif old.get("params") != new["params"]:
        said.append(f"The threshold of {number} was changed.")
    was_waived, is_waived = old.get("waiver") or {}, new["waiver"] or {}
    if was_waived != is_waived:
        said.append(
            f"Waiver {is_waived['label']} on {number} is new or changed."
            if is_waived
            else f"Waiver {was_waived['label']} on {number} no longer stands."
        )
    if old.get("files") != new["files"]:
        said.append(f"The files of {number} changed.")
    return said


@dataclass(frozen=True)
class Sheet:
    """A document to draw: the live one of a gate, or a dossier's."""

    document: dict[str, Any]

    @classmethod
    def read(cls, text: str) -> Sheet:
        """The sheet of a dossier's text."""
        return cls(json.loads(text))

    @cached_property
    def criteria(self) -> list[Row]:
        return [Row(one) for one in self.document["criteria"]]

    @property
    def total(self) -> int:
        return len(self.document["criteria"])

    @cached_property
    def blocking(self) -> list[Row]:
        """The criteria that are neither met nor waived (G8)."""
        return [row for row in self.criteria if row.blocks]

    @property
    def is_ready(self) -> bool:
        """Could the gate be approved on this?"""
        return not self.blocking

    @cached_property
    def tally(self) -> list[tuple[str, int, str]]:
        """(shape, how many, word) for each kind that occurs."""
        return tally(self.document["criteria"])

    @property
    def met(self) -> int:
        return sum(row.state in {"met", "watch"} for row in self.criteria)

    @property
    def heading(self) -> str:
        return self.document["heading"]

    @property
    def lead(self) -> str:
        return self.document["lead"]

    @cached_property
    def basis(self) -> str:
        return basis_of(self.document["criteria"])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the signer has to have seen."""
        return sha256(self.basis)

    @property
    def short_digest(self) -> str:
        """The digest's first twelve digits in groups, as printed."""
        return " ".join(self.digest[at : at + 4] for at in (0, 4, 8))

    @property
    def review(self) -> dict[str, Any]:
        """Who requested and who decided; {} on a live sheet without a request."""
        return self.document.get("review") or {}

    @property
    def read_at(self) -> datetime:
        return datetime.fromisoformat(self.document["read_at"])


@dataclass(frozen=True)
class Row:
    """One criterion of a sheet, ready to draw."""

    data: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name in {"as_of"}:
            return datetime.fromisoformat(self.data[name]) if self.data[name] else None
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def blocks(self) -> bool:
        return self.state not in {"met", "watch", "waived"}

    @property
    def css(self) -> str:
        """Only what blocks is drawn with the red edge."""
        return {"watch": "met", "none": "wait", "stale": "wait"}.get(self.state, self.state)

    @property
    def value_said(self) -> str:
        return _worded(self.data["value"], self.unit) or "–"

    @property
    def needs(self) -> str:
        """The threshold with its sign: "≥ 80%"; a threshold in words speaks for itself.

        A long unit stands beside the value only, where it is read once.
        """
        unit = self.unit if len(self.unit) <= SHORT_UNIT else ""
        said = _worded(self.data["threshold"], unit)
        if not said or _number(self.data["threshold"]) is None:
            return said
        return f"{'≤' if self.at_most else '≥'} {said.replace('.0%', '%')}"

    @property
    def is_drawn(self) -> bool:
        """Are value and threshold both numbers, so that a bar can be drawn?"""
        return _number(self.data["threshold"]) is not None and (
            self.data["value"] is None or _number(self.data["value"]) is not None
        )

    @property
    def bar_value(self) -> Decimal | None:
        return _number(self.data["value"])

    @property
    def bar_threshold(self) -> Decimal | None:
        return _number(self.data["threshold"])

    @property
    def bar_top(self) -> int | None:
        return 100 if self.unit == "%" else None

    @property
    def bar_ok(self) -> bool | None:
        return None if self.state in {"none", "stale"} else self.verdict == "met"

    @property
    def bar_label(self) -> str:
        return f"{self.value_said}, needs {self.needs}"

    @property
    def changed_params(self) -> list[tuple[str, Any, Any]]:
        """(name, default, in force) where the program's threshold differs from the default (G8)."""
        return [
            (name.replace("_", " "), default, self.params[name])
            for name, default in sorted(self.default_params.items())
            if self.params.get(name) != default
        ]

    @property
    def columns(self) -> list[str]:
        return list(self.details[0]) if self.details else []

    @property
    def rows(self) -> list[list[Any]]:
        return [[one.get(name, "") for name in self.columns] for one in self.details]


def as_row(standing: Standing) -> dict[str, Any]:
    """A standing as it goes into a document."""
    return plain(asdict(standing))


def tally(criteria: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """(shape, how many, word) for each kind of state that occurs."""
    counted = ((shape, sum(one["state"] in states for one in criteria), word) for shape, states, word in TALLY)
    return [one for one in counted if one[1]]


def heading_of(criteria: list[dict[str, Any]]) -> str:
    """The finding, in one line: "Not ready to sign: 2 of 5 criteria are not met"."""
    total = len(criteria)
    count = {word: many for _, many, word in tally(criteria)}
    unmet, unsure = count.get("not met", 0), count.get("cannot tell", 0)
    if not unmet and not unsure:
        waived = f", {count['waived']} waived" if count.get("waived") else ""
        met = count.get("met", 0)
        return f"Ready to sign: {met} of {total} criteria {'is' if met == 1 else 'are'} met{waived}"
    if unmet and unsure:
        said = f"{unmet} of {total} criteria {_is(unmet)} not met, {unsure} cannot be told"
    elif unmet:
        said = f"{unmet} of {total} criteria {_is(unmet)} not met"
    else:
        said = f"{unsure} of {total} criteria cannot be told"
    return f"Not ready to sign: {said}"


def decided_heading(gate: int, decision: str, criteria: list[dict[str, Any]]) -> str:
    """The finding of a decided round: "Gate 1 is signed: 4 of 5 criteria were met, 1 waived"."""
    count = ", ".join(
        f"{many} of {len(criteria)} criteria {'was' if many == 1 else 'were'} {word}" if first else f"{many} {word}"
        for first, (_, many, word) in zip([True, False, False, False], tally(criteria), strict=False)
    )
    words = {"approved": "is signed", "sent_back": "was sent back", "reaffirmed": "is re-affirmed"}
    return f"Gate {gate} {words.get(decision, 'was reopened')}: {count}"


def lead_of(criteria: list[dict[str, Any]]) -> str:
    """The one sentence on what to do."""
    blocking = [one for one in criteria if one["state"] not in {"met", "watch", "waived"}]
    if not blocking:
        return "Nothing is missing."
    if len(blocking) == 1:
        one = blocking[0]
        return f"{one['number']}: {one['closing'] or one['summary']} Nothing else is missing."
    titles = [f"{one['number']} {one['title'].split(',')[0]}" for one in blocking]
    return f"Missing: {'; '.join(titles)}."


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _worded(value: Any, unit: str) -> str:
    """A number with its unit: 85.0%, 3 weeks, EUR 1,200; a text as it is."""
    if value is None or value == "":
        return ""
    number = _number(value)
    if number is None:
        return str(value)
    said = f"{number:,.1f}" if unit == "%" else f"{number:,.2f}".rstrip("0").rstrip(".")
    if unit == "%":
        return f"{said}%"
    return f"{said} {unit}".strip()
