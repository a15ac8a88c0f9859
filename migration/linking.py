"""Records of several objects that point at each other, followed as whole columns (H2, H8). Pure.

What `hygiene.links` says of one record is done here for files: pointers are resolved once
per value, in the source system of their file; what they lead to may be merged before they
are moved. `Linking` holds all objects of a run over files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmprogram.intake.fields import OBJECTS
from migration import engaged
from migration.books import Book, Pointer
from migration.hygiene import company, emails
from migration.hygiene.alphabet import joined, take
from migration.hygiene.block import crossed, packed_blocks, unpacked
from migration.hygiene.bulk import Cleaned, Issues
from migration.hygiene.columns import encode, once
from migration.hygiene.contacts import email_key
from migration.hygiene.goldens import Groups, Rows, heads_of, merge_all
from migration.hygiene.issues import Issue, issue
from migration.hygiene.links import (
    BETWEEN,
    EITHER,
    GROUPS,
    LINKS,
    NAMED,
    ORDER,
    Cut,
    Moved,
    cycles,
    households,
    moved_words,
    plain_id,
)
from migration.hygiene.reading import Cells
from migration.hygiene.text import fold
from migration.preparing import Prepared

PARENT = "parent_id"
CARRIED_BY = 4  # names that may have one address or number before it tells nobody apart
FEW = 12  # records of one person that are compared with each other


def in_order(objects: Iterable[str]) -> list[str]:
    """Objects as they are worked: what is pointed at comes before what points."""
    places = {obj: at for at, obj in enumerate([*ORDER, *(one for one in OBJECTS if one not in ORDER)])}
    return sorted(set(objects), key=lambda obj: (places.get(obj, len(places)), obj))


@dataclass(slots=True)
class Tally:
    """Pointers of one field. pointers = followed + missing; moved, own and circles are among those followed."""

    pointers: int = 0
    followed: int = 0
    moved: int = 0
    missing: int = 0
    own: int = 0  # to the record itself, or to what it was merged into
    circles: int = 0  # cut, for parents went round

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


# by row: fields and what is to be said of their values in the lineage
Notes = dict[int, list[tuple[str, str]]]


class Linking:
    """All objects of a run, and what became of the pointers between them.

    The objects are worked in their order: `follow`, match, `settle`, write.
    """

    def __init__(self, prepared: Mapping[str, Prepared]) -> None:
        self.books = {obj: Book(obj, one.sources, one.clean) for obj, one in prepared.items()}
        self.tallies: dict[str, Tally] = {}
        self.notes: dict[str, Notes] = {obj: {} for obj in prepared}
        self.leads: dict[tuple[str, str], Rows] = {}  # by field: the row that each row's pointer led to as it came
        self._found: dict[tuple[str, str, str], list[dict[int, Pointer]]] = {}

    def fields(self, obj: str) -> dict[str, str]:
        """The pointers of an object that lead to objects of this run."""
        columns = self.books[obj].clean.columns
        return {name: target for name, target in LINKS.get(obj, {}).items() if target in self.books and name in columns}

    def says(self, obj: str) -> str:
        """What became of the pointers of an object, in a few words."""
        own = sum((one for name, one in self.tallies.items() if name.startswith(f"{obj}.")), Tally())
        return f"{own.pointers:,} pointers, {own.moved:,} moved, {own.missing:,} to nothing"

    def resolved(self, obj: str, name: str, target: str) -> list[dict[int, Pointer]]:
        """By source, then by code of the column as it came: where a pointer leads."""
        if (obj, name, target) not in self._found:
            book, cells, made = self.books[obj], self.books[obj].clean.columns[name], []
            ends = self.books[target]
            for source, part in book.parts():
                at = ends.rows_by_id(source.outline.vendor)
                codes = cells.codes[part]
                used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(cells.values)))
                told: dict[int, Pointer] = {}
                for code, text in zip(used.tolist(), take(cells.values, used), strict=True):
                    ids = [one for one in (each.strip() for each in text.split(BETWEEN)) if one]
                    rows = [at.get(plain_id(one), -1) for one in ids]
                    known = [row >= 0 for row in rows]
                    rows = [
                        row if row >= 0 else ends.row_called(one, source.outline.vendor)
                        for one, row in zip(ids, rows, strict=True)
                    ]
                    told[code] = Pointer(ids, rows, [not is_id for is_id in known])
                made.append(told)
            if not ends.is_settled:
                return made
            self._found[obj, name, target] = made
        return self._found[obj, name, target]

    def targets(self, obj: str, name: str, target: str) -> Rows:
        """The row of `target` that each row's pointer leads to, the first where it names several; -1 for none."""
        cells = self.books[obj].clean.columns[name]
        found = np.full(len(cells.codes), -1, dtype=np.int64)
        for (_, part), told in zip(self.books[obj].parts(), self.resolved(obj, name, target), strict=True):
            table = np.full(len(cells.values) + 1, -1, dtype=np.int64)
            for code, pointer in told.items():
                table[code] = next((row for row in pointer.rows if row >= 0), -1)
            found[part] = table[cells.codes[part]]
        return found

    # Moving

    def follow(self, obj: str) -> None:
        """Move the pointers to objects that are settled; tell those that lead nowhere."""
        pointers = self.fields(obj)
        for name, target in pointers.items():
            if target != obj:
                self.leads[obj, name] = self.targets(obj, name, target)
                self._move(obj, name, target)
        for name, target in NAMED.get(obj, {}).items():
            if target in self.books and target not in pointers.values() and name in self.books[obj].clean.columns:
                self._move(obj, name, target, loose=True)
        for name, targets in EITHER.get(obj, {}).items():
            for target in targets:
                if target in self.books and name in self.books[obj].clean.columns:
                    self._move(obj, name, target, loose=True)

    def _move(
        self, obj: str, name: str, target: str, *, but: NDArray[np.bool_] | None = None, loose: bool = False
    ) -> None:
        """Move the pointers of a field; not those of rows in `but`.

        Of a field that need not point at anything (`loose`), what leads nowhere is no pointer.
        """
        book, ends = self.books[obj], self.books[target]
        cells = book.clean.columns[name]
        tally = self.tallies.setdefault(f"{obj}.{name}", Tally())
        codes = cells.codes.copy()
        more: list[str] = []
        found: list[tuple[Rows, Issue]] = []
        for (_, part), told in zip(book.parts(), self.resolved(obj, name, target), strict=True):
            own = cells.codes[part]
            stays = np.zeros(len(own), dtype=bool) if but is None else but[part]
            times = np.bincount(own[own >= 0], minlength=len(cells.values))
            free = np.bincount(own[(own >= 0) & ~stays], minlength=len(cells.values))
            place, lost = np.arange(len(cells.values) + 1, dtype=np.int32), np.full(len(cells.values) + 1, -1)
            place[-1] = -1
            words: dict[int, str] = {}
            missing: list[Issue] = []
            for code, pointer in told.items():
                text, said, gone = self._moved(target, ends, pointer)
                number = int(times[code])
                nowhere = sum(row < 0 for row in pointer.rows)
                if loose and nowhere:
                    continue
                tally.pointers += number * len(pointer.ids)
                tally.missing += number * nowhere
                tally.followed += number * (len(pointer.ids) - nowhere)
                if gone:
                    place[code] = len(cells.values) + len(more)
                    more.append(text)
                    words[code] = said
                    tally.moved += gone * int(free[code])
                if nowhere:
                    lost[code] = len(missing)
                    missing.append(issue("relation.missing", text if gone else cells.values[code], name))
            codes[part] = np.where(stays, own, place[own])
            which = lost[own]
            found += _grouped(which, missing, part.start)
            moved = np.zeros(len(cells.values) + 1, dtype=bool)
            moved[list(words)] = True
            for row in np.flatnonzero(moved[own] & ~stays).tolist():
                self.note(obj, part.start + row, name, words[int(own[row])])
        if more:
            book.clean.columns[name] = Cells(codes, joined([cells.values, more]))
            self._found.pop((obj, name, target), None)  # it is of the column as it came
        tell(book.clean, found)

    @staticmethod
    def _moved(target: str, ends: Book, pointer: Pointer) -> tuple[str, str, int]:
        """The text of a pointer after merging, why it was moved, and how many of its ids were."""
        made, words = [], []
        for one, row, by_title in zip(pointer.ids, pointer.rows, pointer.named, strict=True):
            head = int(ends.head[row]) if row >= 0 else row
            name = one if head == row else ends.name(head)
            if by_title:  # it stays a name
                title = ends.title(head) if target == "account" and row >= 0 else ""
                name = title if title and company.key(title) != company.key(one) else one
            if plain_id(name) == plain_id(one):
                made.append(one)
                continue
            made.append(name)
            words.append(moved_words(target, one, Moved(name, ends.why(row))))
        return BETWEEN.join(dict.fromkeys(made)), "; ".join(words), len(words)

    def note(self, obj: str, row: int, name: str, words: str) -> None:
        """Say something of a row's value for the lineage of the record it went into."""
        self.notes[obj].setdefault(row, []).append((name, words))

    # Settling

    def settle(self, obj: str, together: NDArray, rank: NDArray, why: Callable[[int], str]) -> None:
        """The rows of `together` with one number are one record; `why` says so of a row. Then its own pointers follow.

        Nobody becomes their own parent, and parents do not go round: such a pointer stays
        on its row as a problem, and counts only where a merged record has no other.
        """
        book = self.books[obj]
        book.groups, book.why = Groups.of(together, rank), why
        book.head = np.arange(book.clean.size)
        heads = heads_of(book.clean.columns, book.groups)
        book.head[book.groups.rows] = np.repeat(heads, np.diff(book.groups.start))
        if PARENT in self.fields(obj):
            self._hierarchy(obj, book)
        for name in GROUPS.get(obj, ()):
            if name in book.clean.columns:
                self._households(obj, book, name)

    def _hierarchy(self, obj: str, book: Book) -> None:
        above = self.targets(obj, PARENT, obj)
        end = np.where(above >= 0, book.head[above], -1)
        own = (end >= 0) & (end == book.head)
        cuts = self._circles(book, end, own)
        rows = np.zeros(book.clean.size, dtype=bool)
        for child, parent in cuts:
            rows |= (book.head == child) & (end == parent)
        self._move(obj, PARENT, obj, but=own | rows)
        cells = book.clean.columns[PARENT]
        told = [(np.array([row]), issue("relation.self", cells.values[cells.codes[row]], PARENT))
                for row in np.flatnonzero(own).tolist()]  # fmt: skip
        for (child, parent), cut in cuts.items():
            for row in np.flatnonzero((book.head == child) & (end == parent)).tolist():
                text = cells.values[cells.codes[row]]
                told.append((np.array([row]), Issue(cut.says.rule, PARENT, text, cut.says.message)))
        tell(book.clean, told)
        tally = self.tallies[f"{obj}.{PARENT}"]
        tally.own, tally.circles = int(own.sum()), len(cuts)

    def _circles(self, book: Book, end: Rows, own: NDArray[np.bool_]) -> dict[tuple[int, int], Cut]:
        """(child, parent) as rows that live on -> why that pointer is cut, until no parents go round."""
        assert book.groups is not None, "it is settled"
        columns = book.clean.columns
        merged = np.bincount(book.head, minlength=book.clean.size) > 1
        doubtful = own.copy()
        cuts: dict[tuple[int, int], Cut] = {}
        while True:
            chosen = np.where(doubtful, -1, end)
            used, codes = np.unique(chosen, return_inverse=True)
            cells = Cells(
                np.where(chosen >= 0, codes, -1).astype(np.int32),
                [book.name(one) if one >= 0 else "" for one in used.tolist()],
            )
            told = {PARENT: cells} | ({"updated_at": columns["updated_at"]} if "updated_at" in columns else {})
            picked = merge_all(told, book.groups, {}).fields[PARENT].codes
            parent = np.where(chosen >= 0, chosen, -1)
            heads = book.head[book.groups.rows[book.groups.start[:-1]]]
            parent[book.groups.rows] = -1
            parent[heads] = np.where(picked >= 0, used[picked], -1)
            children = np.flatnonzero(parent >= 0).tolist()
            names = {row: f"{book.name(row)}\t{row}" for row in {*children, *parent[children].tolist()}}
            rows = {name: row for row, name in names.items()}
            made = columns["created_at"].texts() if "created_at" in columns else None
            found = cycles(
                {names[row]: names[int(parent[row])] for row in children},
                doubtful={names[row] for row in children if merged[row]},
                since={names[row]: made[row] for row in children} if made else {},
            )
            if not found:
                return cuts
            for cut in found:
                pair = rows[cut.child], rows[cut.parent]
                bare = [name.partition("\t")[0] for name in (cut.child, cut.parent, *cut.circle)]
                cuts[pair] = Cut(bare[0], bare[1], tuple(bare[2:]))
                doubtful |= (book.head == pair[0]) & (end == pair[1])

    def _households(self, obj: str, book: Book, name: str) -> None:
        """Tell both households of a person whose records name two; the one that most say lives on."""
        assert book.groups is not None, "it is settled"
        columns, groups = book.clean.columns, book.groups
        told = {one: columns[one] for one in (name, "updated_at") if one in columns}
        kept = merge_all(told, groups, {}).fields[name].codes
        cells = columns[name]
        both = np.flatnonzero(cells.codes[groups.rows] >= 0)
        of = np.repeat(np.arange(len(groups)), np.diff(groups.start))
        odd = np.unique(of[both][cells.codes[groups.rows[both]] != kept[of[both]]])
        if not len(odd):
            return
        people: dict[str, set[int]] = {}
        for row in np.flatnonzero(cells.codes >= 0).tolist():
            people.setdefault(cells.values[cells.codes[row]], set()).add(int(book.head[row]))
        for group in odd.tolist():
            rows = groups.rows[groups.start[group] : groups.start[group + 1]]
            head = int(book.head[rows[0]])
            others = {one: len(known - {head}) for one, known in people.items()}
            texts = [cells.values[code] for code in cells.codes[rows].tolist() if code >= 0]
            for one in households(cells.values[kept[group]], texts, others):
                self.note(obj, head, "", f"{name}: {one.message.removesuffix('.')}")

    # Evidence

    def engage(self, obj: str) -> None:
        """Who is on an open deal has one: nobody archives them (H3)."""
        if obj == "contact" and engaged.POINTER in (self.fields("deal") if "deal" in self.books else ()):
            deals = self.books["deal"].clean
            at = self.targets("deal", engaged.POINTER, obj)
            engaged.engage(self.books[obj].clean, at[(at >= 0) & engaged.open_deals(deals.columns, deals.size)])

    def compared(self, obj: str) -> Mapping[str, Cells]:
        """The columns of people for matching: whose accounts are one have one company, however it is spelled."""
        columns = self.books[obj].clean.columns
        accounts = self.books.get("account")
        if accounts is None or "account_id" not in self.fields(obj) or "company" not in accounts.clean.columns:
            return columns
        names = accounts.clean.columns["company"]
        above = self.leads[obj, "account_id"]
        of = np.where(above >= 0, names.codes[accounts.head[above]], -1)
        return with_company(columns, names.values, of)

    def shared_people(self) -> dict[tuple[int, int], int]:
        """(row, row) of two accounts -> how many people have records at both, by a certain rule; before matching."""
        if "contact" not in self.books or "account_id" not in self.fields("contact") or "account" not in self.books:
            return {}
        return people_at_both(self.books["contact"].clean, self.targets("contact", "account_id", "account"))


def people_at_both(clean: Cleaned, at: Rows) -> dict[tuple[int, int], int]:
    """(account, account) -> how many people have records at both, by a certain rule.

    `clean` holds the people in standard form, `at` the account of each of their rows, -1 for none.
    """
    names = [_coded(clean, one, fold) for one in ("given_name", "family_name")]
    person = crossed(*names)
    people, who = np.unique(person, return_inverse=True)
    found = []
    for name, key in (("email", _mail), ("mobile", str)):
        if name not in clean.columns:
            continue
        codes = _coded(clean, name, key)
        held = (codes >= 0) & (person > 0)
        of = once(codes[held].astype(np.int64) * len(people) + who[held]) // len(people)
        many = np.append(np.bincount(of, minlength=int(codes.max(initial=-1)) + 1) > CARRIED_BY, False)
        keys = crossed(np.where(many[codes], -1, codes), *names)
        keys[at < 0] = 0
        found.append(packed_blocks(keys, clean.size, limit=FEW))
    left, right = unpacked(np.concatenate([np.zeros(0, dtype=np.int64), *found]), clean.size)
    one, two = np.minimum(at[left], at[right]), np.maximum(at[left], at[right])
    apart = one != two
    told = {(int(a), int(b), int(who)) for a, b, who in zip(one[apart], two[apart], person[left[apart]], strict=True)}
    return dict(Counter((a, b) for a, b, _ in told))


def with_company(columns: Mapping[str, Cells], names: Sequence[str], of: NDArray) -> Mapping[str, Cells]:
    """`columns` of people with the name of their account as their company, where `of` says one (-1: none)."""
    own = columns.get("company", Cells(np.full(len(of), -1, dtype=np.int32), []))
    values = joined([own.values, names]) if len(own.values) else names
    return {**columns, "company": Cells(np.where(of >= 0, of + len(own.values), own.codes).astype(np.int32), values)}


def _coded(clean: Cleaned, name: str, key: Callable[[str], str]) -> NDArray:
    """By row, the code of a value for comparison; -1 for none."""
    cells = clean.columns.get(name)
    if cells is None:
        return np.full(clean.size, -1, dtype=np.int32)
    return np.append(encode(map(key, cells.values)).codes, np.int32(-1))[cells.codes]


def _mail(address: str) -> str:
    key = email_key(address)
    return "" if not key or emails.is_role(key) else key


def _grouped(which: NDArray, said: Sequence[Issue], first: int) -> list[tuple[Rows, Issue]]:
    """The rows of each issue, `which` holding its number by row."""
    rows = np.flatnonzero(which >= 0)
    order = rows[np.argsort(which[rows], kind="stable")]
    bounds = np.searchsorted(which[order], np.arange(len(said) + 1))
    return [(first + order[bounds[at] : bounds[at + 1]], one) for at, one in enumerate(said)]


def tell(clean: Cleaned, found: Sequence[tuple[Rows, Issue]]) -> None:
    """Put issues on rows."""
    if not found:
        return
    said = clean.issues
    rows = np.concatenate([said.rows, *(rows for rows, _ in found)])
    numbers = [np.full(len(rows), len(said.table) + at) for at, (rows, _) in enumerate(found)]
    which = np.concatenate([said.which, *numbers])
    order = np.argsort(rows, kind="stable")
    clean.issues = Issues(
        rows[order].astype(np.int32), which[order].astype(np.int32), [*said.table, *(one for _, one in found)]
    )
