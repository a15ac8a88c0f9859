"""What becomes of all records at once: the archive filter, the hygiene gate, the four kinds of dirt (H3, H9, H10).

A record is a group of rows or one row; `gate`, `issues` and the worker say the same of
one record at a time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake import deals
from migration.hygiene import emails, gate
from migration.hygiene.alphabet import among, starting, take
from migration.hygiene.bulk import Cleaned
from migration.hygiene.fields import EMAILS, PHONES
from migration.hygiene.goldens import Goldens, Groups, Rows, merge_all
from migration.hygiene.issues import HARMLESS, Issue, issue
from migration.hygiene.reading import Cells, Codes

Mask = NDArray[np.bool_]

LOOSE = gate.HARMLESS | gate.UNSURE
BAD_ADDRESS = frozenset({"email.invalid", "email.placeholder"})


class State(IntEnum):
    """Where a record ended; held counts as kept, rejected as quarantined (H0)."""

    READY = 0
    HELD = 1
    REJECTED = 2
    ARCHIVED = 3


STATES = ("ready", "held", "rejected", "archived")  # by State, as written to files


@dataclass(frozen=True, slots=True)
class Rules:
    """What records are judged by: of a run, or the data-quality standard of the command line (H11).

    `is_person`: contacts and leads need an e-mail address or a number, and go stale.
    `required_at`: further fields by the stage that stands in `stage_field`.
    `leave_out`: a value that could not be brought to standard form is not loaded; without
    it such a value keeps the whole record out. `is_deal`: how it stands says when it is loaded.
    """

    today: date
    required: tuple[str, ...] = ("family_name",)
    archive_months: int = 12
    dormant_months: int = 6
    is_person: bool = True
    leave_out: bool = True
    required_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stage_field: str = "lifecycle_stage"
    is_deal: bool = False

    def lacking(
        self, size: int, has: Callable[[str], Mask], at: Callable[[Callable[[str], bool]], Mask]
    ) -> dict[str, Mask]:
        """By required field, which of `size` rows or records lack it.

        `has(field)` tells who has a value, `at(test)` whose stage passes a test.
        """

        def said(name: str) -> Mask:
            return has(name) | has(gate.SAID_BY[name]) if name in gate.SAID_BY else has(name)

        found = {name: ~said(name) for name in self.required}
        for stage, names in self.required_at.items():
            there = at(partial(_is_word, stage.casefold()))
            for name in names:
                found[name] = found.get(name, np.zeros(size, dtype=bool)) | (there & ~said(name))
        return found


def _is_word(word: str, value: str) -> bool:
    return value.strip().casefold() == word


def lacking_in(columns: Mapping[str, Cells], size: int, rules: Rules) -> dict[str, Mask]:
    """By required field, which rows of a source lack it, before anything was cleaned (H9)."""

    def has(name: str) -> Mask:
        return columns[name].has(str.strip) if name in columns else np.zeros(size, dtype=bool)

    def at(test: Callable[[str], bool]) -> Mask:
        cells = columns.get(rules.stage_field)
        return np.zeros(size, dtype=bool) if cells is None else cells.has(test)

    return rules.lacking(size, has, at)


@dataclass(slots=True)
class Records:
    """Records: first those of `goldens`, then single rows. `head` is the row that lives on.

    `codes[field]` are the values that would be loaded, `state` a State, `problems` the
    places in the issues that stand on a record, `left_out` those whose value is not loaded.
    """

    size: int
    head: Rows
    of_row: Codes
    goldens: Goldens
    codes: dict[str, Codes]
    held: Mask
    state: NDArray[np.int8]
    no_identity: Mask
    missing: dict[str, Mask]
    problem_at: Rows
    problem_of: Codes
    left_out: Mask
    refused: Mask
    dirt: Counter[str] = field(default_factory=Counter)

    def members(self, record: int) -> Rows:
        """Rows of a record, ordered by key."""
        if record < len(self.goldens.start) - 1:
            return self.goldens.rows[self.goldens.start[record] : self.goldens.start[record + 1]]
        return self.head[record : record + 1]

    def problems(self, record: int) -> Rows:
        """Places in `problem_at` of one record."""
        first, last = np.searchsorted(self.problem_of, (record, record + 1))
        return np.arange(first, last)

    def ends(self, rows: int) -> Counter[str]:
        """Rows by where they ended: kept, merged, archived, quarantined."""
        words = {State.READY: "kept", State.HELD: "kept", State.REJECTED: "quarantined", State.ARCHIVED: "archived"}
        found = Counter({"merged": rows - self.size})
        for state, word in words.items():
            found[word] += int((self.state == state).sum())
        return found


class Dating:
    """Who is stale, row by row or record by record, told once per distinct value (H3)."""

    def __init__(self, columns: Mapping[str, Cells], rules: Rules) -> None:
        self.rules = rules
        self.columns = columns
        self.cutoff = gate.months_before(rules.today, rules.archive_months)
        self.dormant = gate.months_before(rules.today, rules.dormant_months)

    @cached_property
    def _days(self) -> NDArray[np.int64]:
        cells = self.columns["last_activity_at"]
        days: dict[str, int] = {}

        def day(value: str) -> int:
            found = gate.last_engaged({"last_activity_at": value})
            return 0 if found is None else found.toordinal()

        told = [days[text] if (text := v[:10]) in days else days.setdefault(text, day(text)) for v in cells.values]
        return np.array([*told, 0], dtype=np.int64)

    def days(self, codes: Mapping[str, Codes], size: int) -> NDArray[np.int64]:
        """Day of the last engagement as an ordinal, 0 where nobody can tell."""
        if "last_activity_at" not in codes:
            return np.zeros(size, dtype=np.int64)
        return self._days[codes["last_activity_at"]]

    def flag(self, name: str, codes: Mapping[str, Codes], size: int, test: Callable[[str], bool]) -> Mask:
        """Where the value of a field passes a test."""
        if name not in codes:
            return np.zeros(size, dtype=bool)
        return Cells(codes[name], self.columns[name].values).has(test)

    def customers(self, codes: Mapping[str, Codes], size: int) -> Mask:
        """Contacts of active customers."""
        return self.flag("lifecycle_stage", codes, size, lambda v: v.casefold() in gate.CUSTOMER_WORDS)

    def stale(self, codes: Mapping[str, Codes], size: int) -> Mask:
        """No engagement for the months that archive; as `gate.life` says DEAD."""
        if not self.rules.is_person:
            return np.zeros(size, dtype=bool)
        days = self.days(codes, size)
        dead = (days > 0) & (days < self.cutoff.toordinal())
        return dead & ~self.flag("has_open_deal", codes, size, "true".__eq__) & ~self.customers(codes, size)

    def stages(self, codes: Mapping[str, Codes], size: int) -> NDArray[np.int8]:
        """Stage of import by number, as `gate.stage_of` says."""
        active = self.days(codes, size) >= self.dormant.toordinal()
        prospect = active | self.flag("has_open_deal", codes, size, "true".__eq__)
        customer = self.customers(codes, size)
        if self.rules.is_deal:
            outcome = deal_outcomes(self.columns, codes, size)
            prospect, customer = prospect | (outcome == deals.OPEN), customer | (outcome == deals.WON)
        return np.where(customer, 0, np.where(prospect, 1, 2)).astype(np.int8)


def deal_outcomes(columns: Mapping[str, Cells], codes: Mapping[str, Codes], size: int) -> NDArray[np.str_]:
    """How each of `size` deals stands (`deals.outcome_of`), worked out once for all that say the same."""
    alike, told = np.zeros(size, dtype=np.int64), [name for name in deals.SAID_BY if name in codes]
    for name in told:
        own = np.minimum(codes[name], 0) if name in deals.TIMES else codes[name]
        alike = np.unique(alike * (int(own.max(initial=0)) + 2) + own + 1, return_inverse=True)[1]
    _, first, of = np.unique(alike, return_index=True, return_inverse=True)
    values = {name: columns[name].values for name in told}
    said = [
        {name: values[name][code] for name in told if (code := int(codes[name][row])) >= 0} for row in first.tolist()
    ]
    return np.array([deals.outcome_of(one) for one in said], dtype=np.str_)[of]


def judge_records(clean: Cleaned, groups: Groups, waiting: Mask, rules: Rules) -> Records:
    """Make the records of `groups` and of all other rows, and judge them.

    `waiting` marks rows about which a person has still to decide: their records are held.
    """
    said = clean.issues
    doubtful: dict[str, Mask] = {}
    fields = np.array([one.field for one in said.table], dtype=object)
    field_of = fields[said.which] if len(fields) else fields
    for name in dict.fromkeys(fields.tolist()):
        doubtful[name] = np.zeros(clean.size, dtype=bool)
        doubtful[name][said.rows[field_of == name]] = True
    goldens = merge_all(clean.columns, groups, doubtful)
    count = len(groups)
    of_row = np.full(clean.size, -1, dtype=np.int32)
    of_row[goldens.rows] = np.repeat(np.arange(count), np.diff(goldens.start))
    alone = np.flatnonzero(of_row < 0)
    of_row[alone] = np.arange(count, count + len(alone))
    head = np.concatenate([goldens.rows[goldens.survivor], alone])
    size = len(head)
    codes = {
        name: np.concatenate([goldens.fields[name].codes, cells.codes[alone]]) for name, cells in clean.columns.items()
    }
    held = np.zeros(size, dtype=bool)
    held[of_row[waiting]] = True
    stand = _standing(clean, codes, of_row)
    strict = np.array([one.rule not in LOOSE for one in said.table], dtype=bool)
    dirty = np.array([one.rule not in HARMLESS for one in said.table], dtype=bool)
    which, record = said.which[stand], of_row[said.rows[stand]]
    order = np.argsort(record, kind="stable")
    stand, which, record = stand[order], which[order], record[order]
    is_strict = strict[which] if len(which) else np.zeros(0, dtype=bool)
    refused = np.zeros(size, dtype=bool)
    if rules.leave_out:
        for name in {said.table[at].field for at in np.unique(which[is_strict]).tolist()}:
            codes[name] = codes[name].copy()
            codes[name][record[is_strict & (fields[which] == name)]] = -1
    else:
        refused[record[is_strict]] = True

    def has(name: str) -> Mask:
        return codes[name] >= 0 if name in codes else np.zeros(size, dtype=bool)

    dating = Dating(clean.columns, rules)
    missing = rules.lacking(size, has, lambda test: dating.flag(rules.stage_field, codes, size, test))
    no_identity = ~_identity(clean, codes, size) if rules.is_person else np.zeros(size, dtype=bool)
    incomplete = np.logical_or.reduce([np.zeros(size, dtype=bool), *missing.values()])
    stale = dating.stale(codes, size)
    refused |= incomplete | no_identity
    state = np.where(refused, State.REJECTED, State.READY).astype(np.int8)
    state[stale] = State.ARCHIVED
    state[held] = State.HELD
    inconsistent = np.zeros(size, dtype=bool)
    if len(which):
        inconsistent[record[dirty[which]]] = True
    found = Records(
        size, head, of_row, goldens, codes, held, state, no_identity, missing, stand, record, is_strict, refused
    )
    found.dirt = count_dirt(duplicate=held, incomplete=incomplete, inconsistent=inconsistent, stale=stale)
    found.dirt["clean"] = int((~(held | incomplete | inconsistent | stale)).sum())
    return found


def count_dirt(**kinds: Mask) -> Counter[str]:
    """Records that carry each kind of dirt (H9)."""
    return Counter({name: int(mask.sum()) for name, mask in kinds.items()})


def _standing(clean: Cleaned, codes: Mapping[str, Codes], of_row: Codes) -> Rows:
    """Places of the issues whose value is still that of the record."""
    said = clean.issues
    if not said.table:
        return np.zeros(0, dtype=np.int64)
    value = np.full(len(said.rows), -1, dtype=np.int64)
    fields = np.array([one.field for one in said.table], dtype=object)[said.which]
    record = of_row[said.rows]
    for name in dict.fromkeys(one.field for one in said.table):
        mine = fields == name
        value[mine] = codes[name][record[mine]]
    pairs, back = np.unique(said.which.astype(np.int64) * (2**32) + value + 1, return_inverse=True)
    same = np.zeros(len(pairs), dtype=bool)
    which, code = pairs >> 32, (pairs & (2**32 - 1)) - 1
    names = np.array([one.field for one in said.table], dtype=object)
    for name in dict.fromkeys(names.tolist()):
        places = np.flatnonzero((names[which] == name) & (code >= 0))
        texts = take(clean.columns[name].values, code[places])
        raws = (said.table[at].raw for at in which[places].tolist())
        same[places] = [text == raw for text, raw in zip(texts, raws, strict=True)]
    return np.flatnonzero(same[back])


def _identity(clean: Cleaned, codes: Mapping[str, Codes], size: int) -> Mask:
    """Records with a valid e-mail address or an E.164 number; as `gate.has_identity` says."""
    found = np.zeros(size, dtype=bool)
    for name in PHONES:
        if name in codes:
            values = clean.columns[name].values
            found |= Cells(codes[name], values).where(starting(values, "+"))
    for name in EMAILS:
        if name not in codes:
            continue
        # what cleaning took for an address is one; only what it left alone, or set apart, is asked again
        asked = {one.raw for one in clean.issues.table if one.field == name and one.rule in BAD_ADDRESS}
        values = clean.columns[name].values
        if name == "email_2":
            asked |= set(values)
        good = np.ones(len(values) + 1, dtype=bool)
        good[-1] = False
        if asked:
            for code in among(values, asked):
                good[code] = isinstance(emails.email(values[code]), emails.Email)
        found |= good[codes[name]]
    return found


def refusals(records: Records, clean: Cleaned, record: int) -> list[Issue]:
    """Why a rejected record may not be imported, the values it could not use among the reasons (H10)."""
    found = []
    if records.no_identity[record]:
        text = "Neither a valid e-mail address nor a valid telephone number."
        found.append(Issue("identity.missing", "", "", text))
    for name, missing in records.missing.items():
        if missing[record]:
            found.append(issue("required.missing", "", name))
    places = records.problems(record)
    which = clean.issues.which[records.problem_at[places[records.left_out[places]]]]
    found += sorted({clean.issues.table[at] for at in which.tolist()}, key=lambda one: (one.field, one.rule, one.raw))
    return found


def problems_by_rule(clean: Cleaned, places: Iterable[int] | None = None) -> dict[str, int]:
    """How often each rule left a value alone, the most frequent first."""
    which = clean.issues.which if places is None else clean.issues.which[np.asarray(places, dtype=np.int64)]
    counts = np.bincount(which, minlength=len(clean.issues.table))
    found: Counter[str] = Counter()
    for one, times in zip(clean.issues.table, counts.tolist(), strict=True):
        if times:
            found[one.rule] += times
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
