"""Which records point at which, and how pointers follow when records are merged (H2, H8).

    into = moves("account", {"0012": Moved("0007", "same name, same domain")})
    follow("contact", {"account_id": "0012"}, into).values       # {"account_id": "0007"}

A pointer is the id of another record of the same source system. One to a record that was
merged moves to the record that lives on, with words for the lineage; one to nothing stays
and is told. `following` does the same to whole files in columns.
"""

from collections.abc import Collection, Iterable, Mapping
from string import ascii_letters, ascii_uppercase, digits
from types import MappingProxyType
from typing import NamedTuple

from migration.hygiene.issues import Issue, issue

# object -> field -> the object it points at
LINKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "account": {"parent_id": "account"},
        "contact": {"account_id": "account"},
        "lead": {"account_id": "account", "converted_contact_id": "contact"},
        "deal": {"account_id": "account", "contact_id": "contact"},
        "activity": {"account_id": "account", "contact_id": "contact", "deal_id": "deal"},
    }
)
# what is pointed at comes before what points
ORDER = ("account", "contact", "lead", "deal", "activity")
# fields that name a record where no id points at it, as Dynamics writes its lookups
NAMED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"contact": {"company": "account"}, "lead": {"company": "account"}, "deal": {"company": "account"}}
)
# fields that may point at records of several objects, or at none: Salesforce's WhatId, Dynamics' Regarding
EITHER: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"activity": {"related_to": ("deal", "account", "contact")}}
)
# fields that put records in a group which is no record of its own
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({"contact": ("household_id",), "lead": ("household_id",)})
# an activity's person may be a lead
STANDS_FOR: Mapping[str, str] = MappingProxyType({"lead": "contact"})
BETWEEN = ";"  # where one cell names several records

SUFFIX = ascii_uppercase + "012345"
_ALPHABET = frozenset(ascii_letters + digits)


class Moved(NamedTuple):
    """`id` of the record that lives on, as its source writes it, and `why` the two are one."""

    id: str
    why: str


class Followed(NamedTuple):
    """What became of the pointers of a record.

    `values`: all its values, pointers moved. `lineage`: by field, why a pointer was
    moved. `missing`: pointers to nothing; they stay. `cut`: pointers that would have made
    a record its own parent; they are blank now.
    """

    values: dict[str, str]
    lineage: dict[str, str]
    missing: tuple[Issue, ...] = ()
    cut: tuple[Issue, ...] = ()


class Cut(NamedTuple):
    """A pointer to a parent that has to go, for parents went round in a circle; `circle` begins with the child."""

    child: str
    parent: str
    circle: tuple[str, ...]

    @property
    def says(self) -> Issue:
        """The problem of the child."""
        if self.child == self.parent:
            return issue("relation.self", self.parent, "parent_id")
        round_ = " → ".join((*self.circle, self.child))
        return Issue("relation.circle", "parent_id", self.parent, f"Parents go round in a circle: {round_}.")


def plain_id(text: str) -> str:
    """An id for comparison: Salesforce writes one record with 15 letters or, three for their case behind, with 18.

    >>> plain_id("001f4000009wJD7AAM")
    '001f4000009wJD7'
    """
    bare = text.strip()
    return bare[:15] if len(bare) == 18 and bare[15:] == _case_of(bare[:15]) else bare


def spellings(text: str) -> tuple[str, ...]:
    """The ways an id may be written where its record stands, as it came first.

    >>> spellings("001f4000009wJD7")
    ('001f4000009wJD7', '001f4000009wJD7AAM')
    >>> spellings("0012")
    ('0012',)
    """
    as_told, bare = text.strip(), plain_id(text)
    long = f"{bare}{_case_of(bare)}" if len(bare) == 15 else bare
    return tuple(dict.fromkeys((as_told, bare, long)))


def _case_of(id_: str) -> str:
    """The three letters that Salesforce puts behind an id: which of its letters are capitals."""
    if not _ALPHABET.issuperset(id_):
        return ""
    parts = (id_[at : at + 5] for at in (0, 5, 10))
    return "".join(SUFFIX[sum(1 << at for at, c in enumerate(part) if c in ascii_uppercase)] for part in parts)


def pointed(obj: str, text: str) -> tuple[str, str]:
    """What `into` and `known` have a record of `obj` under, given an id as it is written."""
    return STANDS_FOR.get(obj, obj), plain_id(text)


def moves(obj: str, merged: Mapping[str, Moved]) -> dict[tuple[str, str], Moved]:
    """Merged records (id as written -> where it has gone) as `follow` takes them."""
    return {pointed(obj, one): gone for one, gone in merged.items()}


def end_of(obj: str, text: str, into: Mapping[tuple[str, str], Moved]) -> Moved | None:
    """Where the record of an id has gone in the end, merge after merge; None when it was not merged."""
    found: Moved | None = None
    seen = {at := pointed(obj, text)}
    while (gone := into.get(at)) is not None:
        at = pointed(obj, gone.id)
        if at in seen:
            break
        seen.add(at)
        found = Moved(gone.id, gone.why if found is None else f"{found.why}, then {gone.why}")
    return found


def follow(
    obj: str,
    values: Mapping[str, str],
    into: Mapping[tuple[str, str], Moved],
    known: Collection[tuple[str, str]] | None = None,
    given: Collection[str] = (),
) -> Followed:
    """Move the pointers of a record of `obj` to where their records have gone.

    `into` and `known` hold records of the same source system as `pointed` names them.
    With `known` (all records there are, merged ones among them) pointers to nothing are
    told; of the objects in `given` alone, when that is said.
    """
    made, lineage = dict(values), {}
    missing: list[Issue] = []
    cut: list[Issue] = []
    for name, target in LINKS.get(obj, {}).items():
        if not (text := values.get(name, "").strip()):
            continue
        ids, words = [], []
        for one in filter(None, (part.strip() for part in text.split(BETWEEN))):
            gone = end_of(target, one, into)
            ids.append(one if gone is None else gone.id)
            if gone is not None:
                words.append(moved_words(target, one, gone))
            elif known is not None and (not given or target in given) and pointed(target, one) not in known:
                missing.append(issue("relation.missing", one, name))
        if target == obj and _is_own(obj, values.get("source_id", ""), ids[0], into):
            cut.append(issue("relation.self", text, name))
            made.pop(name)
            continue
        made[name] = BETWEEN.join(dict.fromkeys(ids))
        if words:
            lineage[name] = "; ".join(words)
    for name, targets in EITHER.get(obj, {}).items():
        text = values.get(name, "").strip()
        for target in targets if text else ():
            if (gone := end_of(target, text, into)) is not None:
                made[name], lineage[name] = gone.id, moved_words(target, text, gone)
                break
    return Followed(made, lineage, tuple(missing), tuple(cut))


def _is_own(obj: str, own: str, pointer: str, into: Mapping[tuple[str, str], Moved]) -> bool:
    """Does a pointer that was moved lead to the record itself, or to what it was merged into?"""
    gone = end_of(obj, own, into)
    return bool(own) and pointed(obj, pointer) == pointed(obj, own if gone is None else gone.id)


def moved_words(target: str, text: str, gone: Moved) -> str:
    """Why a pointer was moved, for the lineage.

    >>> moved_words("account", "0012", Moved("0007", "same name, same domain"))
    'moved with account 0012 into 0007: same name, same domain'
    """
    return f"moved with {target} {text} into {gone.id}" + (f": {gone.why}" if gone.why else "")


def cycles(
    parents: Mapping[str, str], *, doubtful: Collection[str] = frozenset(), since: Mapping[str, str] | None = None
) -> list[Cut]:
    """The pointers (child -> parent) to cut so that no record is above itself; the order never counts.

    Of a circle one pointer goes: one of a child in `doubtful` (merged, or its pointer moved)
    before any other, then that of the child that is youngest by `since`, then of the
    last in the alphabet.
    """
    since = since or {}
    state: dict[str, int] = {}
    found = []
    for number, start in enumerate(sorted(parents), 1):
        at, path = start, []
        while at in parents and at not in state:
            state[at] = number
            path.append(at)
            at = parents[at]
        if state.get(at) != number:  # it ends, or in a circle that was seen before
            continue
        circle = path[path.index(at) :]
        child = max(circle, key=lambda one: (one in doubtful, since.get(one, ""), one))
        first = circle.index(child)
        found.append(Cut(child, parents[child], (*circle[first:], *circle[:first])))
    return sorted(found)


def households(lives: str, told: Iterable[str], others: Mapping[str, int]) -> list[Issue]:
    """What is told of a merged person whose records name several households.

    `lives` is the one the record keeps, `told` are all that its rows name, `others` says
    how many further records each has.
    """
    found = []
    for one in sorted(set(told) - {lives, ""}):
        left = others.get(one, 0)
        rest = f"{one} goes on with {left} other{'s' if left > 1 else ''}" if left else f"{one} has nobody else"
        text = f"The records of this person name two households: {lives} is kept; {rest}."
        found.append(Issue("relation.household", "household_id", one, text))
    return found
