"""What frames every page: the rail, the spine of gates, what is next for me.

Upper floors fill the registries from `<app>/rail.py`; this floor only asks them. One
`Look` a request is shared by the page, the rail and the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crmprogram.intake.models import Upload, UploadState
from crmprogram.jobs.models import Job
from crmprogram.program import clock, policy
from crmprogram.program.models import Program

PHASES = {1: "Audit", 2: "Pick", 3: "Implement", 4: "Train", 5: "Iterate"}


@dataclass(frozen=True)
class RailItem:
    """A page in the rail. `phase` 0 stands above the line, 9 below it; both have an `icon`.

    `count` gives the small text at the end of the line, "" for none.
    """

    phase: int
    order: int
    label: str
    url: str
    action: str
    count: Callable[[Any], object] | None = None
    icon: str = "square"


@dataclass(frozen=True)
class NextItem:
    """Something a person owes. `status` is a status word of the components (unmet, running, watch, none, stale)."""

    title: str
    text: str
    url: str
    status: str = "none"
    due_on: date | None = None
    order: int = 50


@dataclass(frozen=True)
class FileStep:
    """What can be done with a file that is read, or what was made of it; `is_done` for the latter."""

    text: str
    url: str
    is_done: bool = False
    order: int = 50


@dataclass(frozen=True)
class SpinePhase:
    """A phase on the line: `state` ok | now | next | na; the gate's `gate_state` ok | now | no | next | na."""

    number: int
    name: str
    state: str
    days_text: str = ""
    gate_state: str = "next"
    gate_label: str = ""
    gate_text: str = ""
    gate_url: str = ""


@dataclass(frozen=True)
class Alarm:
    """What stands open in a program and is worth a line in the list of programs."""

    text: str
    url: str
    status: str = "unmet"


@dataclass
class ShellItem:
    label: str
    url: str
    count: object = ""
    current: bool = False
    icon: str = "square"


@dataclass
class ShellPhase:
    spine: SpinePhase
    items: list[ShellItem] = field(default_factory=list)


@dataclass
class Shell:
    """What base.html draws around a program's page."""

    program: Program
    role: str
    top: list[ShellItem]
    phases: list[ShellPhase]
    foot: list[ShellItem]
    jobs: list[Job]
    read_at: Any


_items: list[RailItem] = []
_next: list[Callable[[Any, Program, Any], Sequence[NextItem]]] = []
_spine: list[Callable[[Any], Sequence[SpinePhase]]] = []
_look: list[Callable[[Program], Any]] = []
_looks: list[Callable[[Sequence[Program]], dict[int, Any]]] = []
_steps: list[Callable[[Any, Upload], Sequence[FileStep]]] = []
_alarms: list[Callable[[Sequence[Program]], dict[int, Alarm]]] = []


def rail_item(
    *,
    phase: int,
    order: int,
    label: str,
    url: str,
    action: str,
    count: Callable[[Any], object] | None = None,
    icon: str = "square",
) -> None:
    """Put a page into the rail: `url` is a name that takes the program's slug alone."""
    _items.append(RailItem(phase, order, label, url, action, count, icon))
    _items.sort(key=lambda item: (item.phase, item.order, item.label))


def next_item(provider: Callable[[Any, Program, Any], Sequence[NextItem]]):
    """Register a function (user, program, look) that says what the person owes."""
    _next.append(provider)
    return provider


def file_step(provider: Callable[[Any, Upload], Sequence[FileStep]]):
    """Register a function (user, upload) that says what can be done with a file whose rows are there."""
    _steps.append(provider)
    return provider


def steps_of(user: Any, upload: Upload) -> list[FileStep]:
    """What can be done with a file, and what was; nothing as long as it is not read, or where no row of it is good."""
    if upload.state != UploadState.READ or upload.rows_gone_at:
        return []
    found = (step for provider in _steps for step in provider(user, upload) if step.is_done or upload.kept_count)
    return sorted(found, key=lambda step: step.order)


def spine(provider: Callable[[Any], Sequence[SpinePhase]]):
    """Register the one function (look) that gives the five phases; phases does."""
    _spine[:] = [provider]
    return provider


def look_maker(provider: Callable[[Program], Any]):
    """Register the one function that makes a program's Look; phases does."""
    _look[:] = [provider]
    return provider


def looks_maker(provider: Callable[[Sequence[Program]], dict[int, Any]]):
    """Register the one function that makes the Looks of many programs, what `spine` reads loaded; phases does."""
    _looks[:] = [provider]
    return provider


def alarms(provider: Callable[[Sequence[Program]], dict[int, Alarm]]):
    """Register a function that gives, in a fixed number of queries, what stands open in which program (by key)."""
    _alarms.append(provider)
    return provider


def spines_of(programs: Sequence[Program]) -> dict[int, list[SpinePhase]]:
    """The five phases of many programs by key: as many queries for one as for fifty."""
    looks = _looks[0](programs) if _looks else {}
    return {pk: spine_of(look) for pk, look in looks.items()}


def here(spine: Sequence[SpinePhase]) -> SpinePhase | None:
    """The phase that is worked on: the first whose gate is not signed, else the last."""
    return next((one for one in spine if one.gate_state not in {"ok", "na"}), spine[-1] if spine else None)


def alarms_of(programs: Sequence[Program]) -> dict[int, list[Alarm]]:
    """What stands open in each of the programs."""
    found: dict[int, list[Alarm]] = {one.pk: [] for one in programs}
    for provider in _alarms:
        for pk, alarm in provider(programs).items():
            found[pk].append(alarm)
    return found


def look_of(request: HttpRequest, program: Program) -> Any:
    """The Look of this request."""
    looks = request.__dict__.setdefault("_looks", {})
    if program.pk not in looks:
        looks[program.pk] = _look[0](program)
        # a fragment has no rail, and what is written sends people elsewhere
        looks[program.pk].for_page = request.method == "GET" and "HX-Request" not in request.headers
    return looks[program.pk]


def spine_of(look: Any) -> list[SpinePhase]:
    """The five phases as the rail draws them."""
    return list(_spine[0](look)) if _spine else []


def jobs_of(request: HttpRequest, program: Program) -> list[Job]:
    """The newest running jobs, read once a request: the bar counts them, the overview draws them."""
    found = request.__dict__.setdefault("_running_jobs", {})
    if program.pk not in found:
        found[program.pk] = list(Job.objects.of(program).running().select_related("program").order_by("-pk")[:5])
    return found[program.pk]


def next_for(user: Any, program: Program, look: Any) -> list[NextItem]:
    """Everything `user` owes in `program`, most pressing first."""
    items = [item for provider in _next for item in provider(user, program, look)]
    return sorted(items, key=lambda item: (item.order, item.due_on or date.max, item.title))


def rail_items(user: Any, program: Program) -> list[RailItem]:
    """The rail's pages that `user` may open."""
    return [item for item in _items if policy.can(user, item.action, program)]


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for pages of a program, drawn only when a page asks for it."""
    program = getattr(request, "program", None)
    if program is None or not request.user.is_authenticated:
        return {"shell": None}
    return {"shell": _Lazy(request, program)}


class _Lazy:
    """Builds the shell on first use, so that fragments do not pay for the rail."""

    def __init__(self, request: HttpRequest, program: Program) -> None:
        self._request, self._program, self._built = request, program, None

    def __getattr__(self, name: str) -> Any:
        if self._built is None:
            self._built = build(self._request, self._program)
        return getattr(self._built, name)


def build(request: HttpRequest, program: Program) -> Shell:
    """Ask every registry once."""
    look = look_of(request, program)
    membership = policy.membership_of(request.user, program)
    phases = {one.number: ShellPhase(one) for one in spine_of(look)}
    top: list[ShellItem] = []
    foot: list[ShellItem] = []
    for item in rail_items(request.user, program):
        url = reverse(item.url, args=[program.slug])
        count = item.count(look) if item.count else ""
        shown = ShellItem(item.label, url, "" if count is None else count, request.path == url, item.icon)
        if item.phase in phases:
            phases[item.phase].items.append(shown)
        else:
            (top if item.phase == 0 else foot).append(shown)
    return Shell(
        program=program,
        role=membership.get_role_display() if membership else "",
        top=top,
        phases=[phases[number] for number in sorted(phases)],
        foot=foot,
        jobs=jobs_of(request, program),
        read_at=clock.now(),
    )
