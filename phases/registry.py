"""Checks: the only way to ask "is it so?" (G11).

A check is a function over live records that answers met, not met, or cannot tell, with
value, threshold, time and link:

    @check("migration.duplicate_rate", params=AtMost, fresh_for=timedelta(days=14))
    def duplicate_rate(look: Look, limit: AtMost) -> Evidence: ...

It reads stored summaries only. What an app's checks read is loaded once per Look by the
app's facts:

    @facts("migration", rows=rows_of)
    def load(program: Program, rows: Rows | None = None) -> MigrationFacts: ...

Whole pages show a little of every app. `rows_of(program)` tells the querysets that takes, and
a Look for a page reads those of all apps in one statement before any loader is called. The statement
is kept for all programs of a day, so they may depend on the program's id and its day alone.

Waived, stale and drifted are laid over by phases, never answered by a check.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from crmprogram.program import clock, together
from crmprogram.program.models import Program
from crmprogram.program.together import Rows

logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


@dataclass(frozen=True)
class Evidence:
    """What a check found.

    `value` and `threshold` are what was compared, as numbers or short texts (None: nothing
    to compare); `unit` is the word or sign behind them. `as_of` is the time of the newest
    record that was read (None: there is none). `summary` is one sentence; `closing` says
    what would close the gap; `url` opens the records. `watch` asks for attention although met.
    `details` are rows of a small table (the same keys in each), `files` what was attached: a name
    and a sha256 each.
    """

    verdict: Verdict
    summary: str
    value: Decimal | int | str | None = None
    threshold: Decimal | int | str | None = None
    unit: str = ""
    at_most: bool = False
    as_of: datetime | None = None
    url: str = ""
    source: str = ""
    closing: str = ""
    watch: bool = False
    details: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)


def judged(
    ok: bool,
    *,
    summary: str,
    value: Decimal | int | str | None = None,
    threshold: Decimal | int | str | None = None,
    as_of: datetime | None = None,
    **more: Any,
) -> Evidence:
    """Evidence that is met when `ok`, else not met."""
    return Evidence(MET if ok else NOT_MET, summary, value, threshold, as_of=as_of, **more)


def unknown(summary: str, **more: Any) -> Evidence:
    """Evidence that cannot tell; `summary` says why. It blocks like not met (G8)."""
    return Evidence(UNKNOWN, summary, **more)


@dataclass(frozen=True)
class NoParams:
    """For checks without a threshold."""


@dataclass(frozen=True)
class Check:
    """A registered check: its function, the shape of its threshold, its freshness limit."""

    key: str
    function: Callable[[Look, Any], Evidence]
    params: type
    fresh_for: timedelta | None

    @property
    def defaults(self) -> dict[str, Any]:
        """The default threshold, as stored."""
        return as_json(self.params())


FAILED = "This check failed. The error is in the log."

CHECKS: dict[str, Check] = {}
FACTS: dict[str, Callable[..., Any]] = {}
ROWS: dict[str, Callable[[Program], Rows]] = {}


def check(key: str, *, params: type = NoParams, fresh_for: timedelta | None = None):
    """Register the decorated function; `params` is a frozen dataclass with defaults."""

    def register(function: Callable[[Look, Any], Evidence]) -> Callable[[Look, Any], Evidence]:
        if key in CHECKS:
            raise ValueError(f"The check {key} is registered twice.")
        CHECKS[key] = Check(key, function, params, fresh_for)
        return function

    return register


def facts(name: str, *, rows: Callable[[Program], Rows] | None = None):
    """Register the loader of an app's facts; `look.<name>` calls it at most once.

    `rows` tells what every page reads of them; the loader is then given the rows of each queryset.
    """

    def register(loader: Callable[..., Any]) -> Callable[..., Any]:
        if name in FACTS:
            raise ValueError(f"The facts {name} are registered twice.")
        FACTS[name] = loader
        if rows is not None:
            ROWS[name] = rows
        return loader

    return register


class Look:
    """One look at a program: every app's facts are loaded at most once in it.

    `for_page`: what every page reads of all apps is read together, with the first of it.
    """

    for_page = False

    def __init__(self, program: Program, thresholds: dict[str, dict[str, Any]] | None = None) -> None:
        self.program = program
        self.at = clock.now()
        self._facts: dict[str, Any] = {}
        self._examined: dict[tuple, Evidence] = {}
        self._thresholds = thresholds

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in FACTS:
            raise AttributeError(name)
        if name not in self._facts and self.for_page and name in ROWS:
            self._read_together()
        if name not in self._facts:
            self._facts[name] = FACTS[name](self.program)
        return self._facts[name]

    def _read_together(self) -> None:
        names = [name for name in ROWS if name not in self._facts]
        found = together.rows_of(self.program, [ROWS[name] for name in names])
        for name, rows in zip(names, found, strict=True):
            self._facts[name] = FACTS[name](self.program, rows)

    def take(self, name: str, facts: Any) -> None:
        """Use facts that were loaded for many programs at once."""
        self._facts[name] = facts

    def params_of(self, one: Check, phase: int | None, given: dict[str, Any]) -> Any:
        """The threshold in force: defaults, over them the program's own (phase first), over them `given`."""
        stored = self.thresholds.get(f"{phase}:{one.key}") or self.thresholds.get(f"0:{one.key}") or {}
        values = {**one.defaults, **given, **stored}
        return from_json(one.params, values)

    @property
    def thresholds(self) -> dict[str, dict[str, Any]]:
        """The program's own thresholds by "phase:check" (phase 0: everywhere)."""
        if self._thresholds is None:
            self._thresholds = THRESHOLDS[0](self) if THRESHOLDS else {}
        return self._thresholds


# filled by phases.queries, which reads the Threshold rows
THRESHOLDS: list[Callable[[Look], dict[str, dict[str, Any]]]] = []


def examine(look: Look, key: str, *, phase: int | None = None, **given: Any) -> Evidence:
    """Run one check. A check that breaks answers cannot tell; it is asked once per look.

    `given` are the threshold values of the list that uses the check; the program's own
    Threshold rows go over them. A key that nothing measures answers cannot tell.
    """
    one = CHECKS.get(key)
    if one is None:
        return unknown("No records are kept for this yet, so nothing can be measured.")
    seen = (key, phase, tuple(sorted(given.items())))
    if seen not in look._examined:
        try:
            # Inside a transaction a savepoint of its own: a query that fails must not take the rest with it.
            # Outside there is nothing to save, and on SQLite a page that reads would take the writer's lock.
            with transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext():
                evidence = one.function(look, look.params_of(one, phase, given))
        except Exception:  # a bug in a check is "cannot tell", not a 500
            logger.exception("check failed check=%s program=%s", key, look.program.pk)
            evidence = unknown(FAILED)
        look._examined[seen] = evidence
    return look._examined[seen]


def is_stale(look: Look, key: str, evidence: Evidence) -> bool:
    """Is the newest record older than the check's freshness limit (G8)?"""
    one = CHECKS.get(key)
    if one is None or one.fresh_for is None or evidence.as_of is None:
        return False
    return look.at - evidence.as_of > one.fresh_for


def as_json(params: Any) -> dict[str, Any]:
    """A params dataclass as JSON values: decimals as text."""
    return {
        one.name: str(value) if isinstance(value := getattr(params, one.name), Decimal) else value
        for one in fields(params)
    }


def from_json(params: type, values: dict[str, Any]) -> Any:
    """The params dataclass from JSON values; raises ValueError for a name or value that does not fit."""
    known = {one.name: one for one in fields(params)}
    if extra := set(values) - set(known):
        raise ValueError(f"Unknown threshold value: {', '.join(sorted(extra))}.")
    made = {}
    for name, value in values.items():
        kind = getattr(known[name].type, "__name__", known[name].type)
        made[name] = Decimal(str(value)) if kind == "Decimal" else int(value) if kind == "int" else value
    return params(**made)
