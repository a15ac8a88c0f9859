"""Templates of thresholds: each asks for what the method says or for more, never for less (G8, G11)."""

from __future__ import annotations

from dataclasses import dataclass

from crmprogram.program import audit, clock
from crmprogram.program.models import Program, User
from crmprogram.program.presets import Preset, preset
from phases.criteria import BY_KEY
from phases.models import Threshold


@dataclass(frozen=True)
class Stricter:
    """`percent` in place of the method's `usual` percent at the gate of a criterion."""

    criterion: str
    asked: str
    usual: int
    percent: int


@dataclass(frozen=True)
class Rows:
    """Writes the thresholds of a template, each with where it comes from."""

    label: str
    rows: tuple[Stricter, ...]

    def __call__(self, program: Program, by: User) -> None:
        for one in self.rows:
            criterion = BY_KEY[one.criterion]
            row = Threshold.objects.create(
                program=program,
                phase=criterion.gate,
                check_key=criterion.check,
                params={"percent": str(one.percent)},
                set_at=clock.now(),
                set_by=by,
                reason=f"The program started from the template “{self.label}”.",
            )
            audit.record(
                by=by,
                verb="threshold.set",
                subject=row,
                before={"percent": str(one.usual)},
                after={"percent": str(one.percent), "check": criterion.check, "gate": criterion.gate},
                note=row.reason,
            )


def _preset(key: str, label: str, text: str, *rows: Stricter) -> Preset:
    shown = tuple((one.asked, f"{one.usual} %", f"{one.percent} %") for one in rows)
    return preset(Preset(key, label, text, Rows(label, rows), shown))


DAILY = Stricter("D2", "Daily active reps in each of four weeks", 80, 90)
FIELDS = Stricter("D4b", "Required fields filled", 90, 95)
CLEAN = Stricter("D4a", "Records without a problem", 90, 95)

_preset(
    "targets",
    "At the adoption targets from the start",
    "Gate 4 asks for what Iterate aims at (M1, M2). For teams that used a CRM before.",
    DAILY,
    FIELDS,
)
_preset(
    "data",
    "Data first",
    "Gate 4 asks for cleaner records. For companies that bill, report or comply from what stands in the CRM.",
    CLEAN,
    FIELDS,
)
