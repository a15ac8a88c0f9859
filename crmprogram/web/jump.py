"""The jump box: pages of the rail by name, and what upper floors find by their numbers.

An upper floor registers a finder in its `rail.py`: run R-07, waiver W-03, an upload's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from crmprogram.program.models import Program
from crmprogram.web import shell

AT_MOST = 12


@dataclass(frozen=True)
class Hit:
    """A place one can go to; `kind` says in a word what it is."""

    label: str
    url: str
    kind: str = ""


_finders: list[Callable[[Program, Any, str], Sequence[Hit]]] = []


def finder(find: Callable[[Program, Any, str], Sequence[Hit]]) -> Callable[[Program, Any, str], Sequence[Hit]]:
    """Register a function (program, user, text) that finds things by name or number; text is never empty."""
    _finders.append(find)
    return find


def look_up(program: Program, user: Any, text: str) -> list[Hit]:
    """The places whose name holds every word of `text`, pages first; all pages for no text."""
    words = text.lower().split()
    hits = [
        Hit(item.label, reverse(item.url, args=[program.slug]), shell.PHASES.get(item.phase, "Program"))
        for item in shell.rail_items(user, program)
        if all(word in f"{item.label} {shell.PHASES.get(item.phase, '')}".lower() for word in words)
    ]
    hits.sort(key=lambda hit: not hit.label.lower().startswith(text.lower()))
    if words:
        for find in _finders:
            hits.extend(find(program, user, text.strip()))
    return hits[:AT_MOST]
