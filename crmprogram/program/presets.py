"""Sets of thresholds a new program can start from, registered by the floors that keep thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crmprogram.program.models import Program, User


@dataclass(frozen=True)
class Preset:
    """A template of thresholds. `rows` tell it: (what is asked, by the method, by this template)."""

    key: str
    label: str
    text: str
    apply: Callable[[Program, User], None]
    rows: tuple[tuple[str, str, str], ...] = ()


def _as_the_method_says(program: Program, by: User) -> None:
    """Nothing is written: every check keeps its own threshold."""


STANDARD = "standard"
PRESETS: dict[str, Preset] = {
    STANDARD: Preset(
        STANDARD,
        "As the method says",
        "Every gate asks for what its criteria say. The sponsor can change a threshold later, with a reason.",
        _as_the_method_says,
    )
}


def preset(one: Preset) -> Preset:
    """Register a template; a second one of the same key is a programming error."""
    if one.key in PRESETS:
        raise ValueError(f"The template {one.key} is registered twice.")
    PRESETS[one.key] = one
    return one
