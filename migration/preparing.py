"""The first half of a run over files: read, put aside, standardise; large files in parts, each by a process of its own.

The processes agree once, on how dates are written in a whole file; then each cleans what
it has read. They end, and what is left comes over as columns of bytes: matching starts in
little memory. A file in which a quote does not fit is read whole, by one of them.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.refusal import NeedsEncoding, Refusal
from migration.hygiene import dates
from migration.hygiene.bulk import Cleaned, clean_columns, join_cleaned
from migration.hygiene.crew import Crew, Line, can_fork
from migration.hygiene.issues import HARMLESS
from migration.hygiene.laying import Laid, lay
from migration.hygiene.making import Issues, Whole, join_columns
from migration.hygiene.outcome import Dating, Rules, count_dirt, lacking_in
from migration.hygiene.reading import Cells, too_many_rows
from migration.hygiene.spans import WHOLE, Span, spans
from migration.sources import (
    MOST,
    Outline,
    Proofs,
    Source,
    joined_source,
    look_at,
    open_part,
    open_source,
    orders_of,
    proofs_of,
    same_object,
    settled_orders,
)
from migration.standard import Standard
from migration.steps import Steps

LARGE = 4_000_000  # bytes of files from which more than one process is worth its start


def processes(wanted: int) -> int:
    """How many processes work: as told, else one per processor that may be used."""
    if wanted > 0:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read and cleaned, and how."""

    paths: Sequence[Path]
    standard: Standard
    mapping: Mapping[str, Any]
    encoding: str
    processes: int


@dataclass(slots=True)
class Prepared:
    """Files that were read and cleaned: their rows one below the other, and the dirt that was there before (H9)."""

    sources: list[Source]
    object: str
    rules: Rules
    clean: Cleaned
    before: Counter[str]


class Told(NamedTuple):
    """What reading says of a part of a file, before it is cleaned: None of one that has to be read whole."""

    lines: int
    numbers: int
    read: int
    proofs: Proofs


class Turn(NamedTuple):
    """What is to be done with a part: how the dates of the whole file are written, what stands before the part.

    `whole`: read the file whole instead, and settle that for yourself.
    """

    orders: Mapping[str, dates.Order]
    lines: int
    numbers: int
    whole: bool = False


@dataclass(slots=True)
class Piece:
    """A part of a file that was read and cleaned."""

    source: Source
    clean: Cleaned
    before: Counter[str]


Part = Generator[list[Told | None], list[Turn | None], list[Piece | None]]


def look(order: Order) -> list[Outline]:
    """What the files are. Raises Refusal, NeedsEncoding or ValueError when they cannot be taken."""
    names = {path.name for path in order.paths}
    return [look_at(path, encoding=order.encoding, mapping=_own(order.mapping, path, names)) for path in order.paths]


def prepare(order: Order, steps: Steps, outlines: list[Outline] | None = None) -> Prepared:
    """Read and clean files of one object, which are as `outlines` say if they were looked at.

    Raises Refusal, NeedsEncoding or ValueError when they cannot be taken.
    """
    outlines = look(order) if outlines is None else outlines
    obj = same_object(outlines)
    rules = order.standard.rules(obj)
    large = sum(path.stat().st_size for path in order.paths) >= LARGE
    many = order.processes if large and can_fork() else 1
    fewest = max(LARGE // 4, 1)
    shares = [spans(one.path, many, fewest) if one.can_be_cut else [WHOLE] for one in outlines]
    work = _Work(order, outlines, shares, rules, steps)
    if many == 1:
        return _alone(work, obj)
    with Crew(many, work.apart) as crew:
        try:
            return _together(work, obj, crew.lines)
        except EOFError as error:
            sentence = "Reading was stopped: it needed too much memory. Split the files."
            raise Refusal("reader_stopped", sentence) from error


class _Work(NamedTuple):
    """What all processes know: part n of a file is the n-th of its shares."""

    order: Order
    outlines: list[Outline]
    shares: list[list[Span]]
    rules: Rules
    steps: Steps

    def part(self, number: int) -> Part:
        """Read the n-th share of each file, say what was found, then clean it as told."""
        sources: list[Source | None] = []
        for outline, share in zip(self.outlines, self.shares, strict=True):
            if number >= len(share):
                sources.append(None)
                continue
            progress = _telling(self.steps, outline.path) if number == 0 else _silent
            whole = len(share) == 1
            sources.append(
                open_source(outline, progress=progress)
                if whole
                else open_part(outline, share[number], progress=progress)
            )
        columns = [None if one is None else _by_field(one) for one in sources]
        turns = yield [
            None
            if one is None
            else Told(one.read.last_line, one.read.last_number, one.read.read, proofs_of(found or {}))
            for one, found in zip(sources, columns, strict=True)
        ]
        made: list[Piece | None] = []
        for at, turn in enumerate(turns):
            source, found = sources[at], columns[at]
            sources[at] = columns[at] = None
            if turn is not None and turn.whole:
                source = open_source(self.outlines[at])
                found = _by_field(source)
                turn = turn._replace(orders=orders_of(found))
            made.append(None if turn is None or source is None else self._clean(source, found or {}, turn))
        return made

    def _clean(self, source: Source, columns: dict[str, Cells], turn: Turn) -> Piece:
        source.move(turn.lines, turn.numbers)
        size = source.read.size
        incomplete = _incomplete(columns, size, self.rules)
        orders = {**source.outline.orders, **turn.orders}
        context = self.order.standard.context(source.outline.object, zone=source.outline.zone, orders=orders)
        clean = clean_columns(columns, size, context=context)
        return Piece(source, clean, _dirt_before(clean, incomplete, self.rules))

    def turns(self, told: Sequence[Sequence[Told | None]]) -> list[list[Turn | None]]:
        """What each part is to do, given what each has read. Raises Refusal when a file has too many rows."""
        made: list[list[Turn | None]] = [[] for _ in told]
        for at, share in enumerate(self.shares):
            found = [one[at] for one in told[: len(share)]]
            if any(one is None for one in found):
                for number, turns in enumerate(made):
                    turns.append(Turn({}, 0, 0, whole=True) if number == 0 else None)
                continue
            parts = [one for one in found if one is not None]
            if sum(one.numbers for one in parts) > MOST.rows:
                raise too_many_rows(MOST)
            orders = settled_orders(one.proofs for one in parts)
            lines = numbers = 0
            for number, turns in enumerate(made):
                turns.append(Turn(orders, lines, numbers) if number < len(parts) else None)
                if number < len(parts):
                    lines, numbers = lines + parts[number].lines, numbers + parts[number].numbers
        return made

    def apart(self, line: Line, number: int) -> None:
        """Do part n in this process and hand over what came of it, column by column."""
        try:
            part = self.part(number)
            line.give(("told", next(part)))
            made = _last(part, line.take())
        except NeedsEncoding as asks:
            line.give(("asks", asks.proposals))
        except Refusal as refusal:
            line.give(("refused", (refusal.code, str(refusal))))
        except ValueError as error:
            line.give(("wrong", str(error)))
        else:
            line.give(("made", [one and (one.source, one.before, one.clean.head()) for one in made]))
            for piece in made:
                if piece is None:
                    continue
                clean = piece.clean
                for name in list(clean.columns):
                    line.give((clean.columns.pop(name), clean.rules.pop(name, None)))
                line.give(clean.issues)


def _alone(work: _Work, obj: str) -> Prepared:
    part = work.part(0)
    told = next(part)
    work.steps.done("read", f"{sum(one.read for one in told if one):,} rows")
    (turns,) = work.turns([told])
    pieces = [piece for piece in _last(part, turns) if piece is not None]
    clean = join_cleaned([piece.clean for piece in pieces])
    return _prepared(work, obj, [piece.source for piece in pieces], clean, (piece.before for piece in pieces))


def _together(work: _Work, obj: str, lines: Sequence[Line]) -> Prepared:
    told = [_taken(line) for line in lines]
    work.steps.done("read", f"{sum(one.read for part in told for one in part if one):,} rows")
    for line, turns in zip(lines, work.turns(told), strict=True):
        line.give(turns)
    made = [_taken(line) for line in lines]
    sources: list[Source] = []
    cleaned: list[Cleaned] = []
    before: list[Counter[str]] = []
    for at in range(len(work.outlines)):
        having = [(line, part[at]) for line, part in zip(lines, made, strict=True) if part[at] is not None]
        ways = [line for line, _ in having]
        cleaned.append(
            join_columns(
                [head for _, (_, _, head) in having],
                partial(_column, ways),
                partial(_issues, ways),
            )
        )
        sources.append(joined_source([source for _, (source, _, _) in having]))
        before += [dirt for _, (_, dirt, _) in having]
    return _prepared(work, obj, sources, join_cleaned(cleaned), before)


def _column(lines: Sequence[Line], name: str, part: int) -> Whole:
    """The next column that a part has to hand over, which is the one asked for."""
    found: Whole = lines[part].take()
    return found


def _issues(lines: Sequence[Line]) -> list[Issues]:
    return [line.take() for line in lines]


def _prepared(
    work: _Work, obj: str, sources: list[Source], clean: Cleaned, before: Iterable[Counter[str]]
) -> Prepared:  # fmt: skip
    changed = sum(int(np.count_nonzero(rule)) for rule in clean.rules.values())
    work.steps.done("standardise", f"{changed:,} values changed")
    return Prepared(sources, obj, work.rules, clean, sum(before, Counter()))


def _taken(line: Line) -> Any:
    """What a process says next. Raises what it could not go on for."""
    kind, content = line.take()
    if kind == "asks":
        raise NeedsEncoding(content)
    if kind == "refused":
        raise Refusal(*content)
    if kind == "wrong":
        raise ValueError(content)
    return content


def _last(part: Part, turns: list[Turn | None]) -> list[Piece | None]:
    """What a part gives back when it is told what to do."""
    try:
        part.send(turns)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("a part is told once")


def _by_field(source: Source) -> dict[str, Cells]:
    """The columns of a source by the field they fill; it lets go of them."""
    told, labels = source.outline.told, source.read.headers.labels
    placed = zip(source.outline.fields, labels, source.read.columns, strict=True)
    columns = []
    for at, (name, label, cells) in enumerate(placed):
        if name:
            merges, change = told.get(at, (False, None))
            columns.append(Laid(name, label, merges, change, cells))
    source.read.columns = []
    return lay(sorted(columns, key=lambda one: one.merges), source.read.size)


def _silent(rows: int) -> None:
    """Say nothing."""


def _own(mapping: Mapping[str, Any], path: Path, names: Collection[str]) -> Mapping[str, Any]:
    """The part of a map that is about one file: all of it, or what stands under the file's name.

    A map by file that names one file alone, and none of `names`, is about every file: next
    week's export is called otherwise.
    """
    by_file = mapping and all(isinstance(one, dict) and "field" not in one for one in mapping.values())
    if not by_file and not isinstance(mapping.get(path.name), dict):
        return mapping
    if len(mapping) == 1 and (only := next(iter(mapping))) not in names:
        return mapping[only]
    return mapping.get(path.name, {})


def _telling(steps: Steps, path: Path) -> Callable[[int], None]:
    """Say how far reading is, every 200,000 rows."""
    told = 0

    def tell(rows: int) -> None:
        nonlocal told
        if rows - told >= 200_000:
            told = rows
            steps.say(f"{time.perf_counter() - steps.begun:7.1f} s  {path.name}: {rows:,} rows")

    return tell


def _incomplete(columns: Mapping[str, Cells], size: int, rules: Rules) -> NDArray[np.bool_]:
    """Rows of the source in which a required field is empty."""
    return np.logical_or.reduce([np.zeros(size, dtype=bool), *lacking_in(columns, size, rules).values()])


def _dirt_before(part: Cleaned, incomplete: NDArray[np.bool_], rules: Rules) -> Counter[str]:
    """Rows by kind of dirt before anything was done; duplicates are counted later (H9)."""
    changed = inconsistent(part)
    codes = {name: cells.codes for name, cells in part.columns.items()}
    stale = Dating(part.columns, rules).stale(codes, part.size)
    return count_dirt(incomplete=incomplete, inconsistent=changed, stale=stale)


def inconsistent(part: Cleaned) -> NDArray[np.bool_]:
    """Rows in which a value was not in standard form, or is a problem (H9)."""
    found = np.logical_or.reduce([np.zeros(part.size, dtype=bool), *(rule > 0 for rule in part.rules.values())])
    harmless = np.array([one.rule in HARMLESS for one in part.issues.table], dtype=bool)
    if len(harmless):
        found[part.issues.rows[~harmless[part.issues.which]]] = True
    return found
