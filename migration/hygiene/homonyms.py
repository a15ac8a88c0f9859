"""Two persons of one name: father and son at one line and address, namesakes in one company (H2).

What makes two records look alike is then what such persons share: the name, the landline,
the street, the company. Only what is somebody's own tells them apart or holds them
together: title, address, place of work, date of birth, generation. Points are bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from migration.hygiene.block import crossed, stacked
from migration.hygiene.carriers import Bits
from migration.hygiene.columns import Codes, Mask, once
from migration.hygiene.features import Table
from migration.hygiene.levels import Like, Mail

if TYPE_CHECKING:
    from migration.hygiene.weigh import Known, Seen

# Bits from which two records on one line are one person's without a person's word: against kin, against namesakes.
KIN, NAMESAKE = 3.0, 2.5
MOVED = 1.0  # against kin, where the line stands among one's mobiles
RATHER_ONE = 5.0  # bits by which two records of one name and one line are rather one person's than kin's
OFFICE = 0.5  # bits by which each colleague with another line makes this one a line of one's own,
OWN = 3.5  # up to so many
ALONE = 2.0  # bits, where the company has no other line


@dataclass(slots=True)
class Places:
    """By row: is it seen `at_work`, where others of its company are, or `away`, where its company is not?"""

    at_work: Mask
    away: Mask


@dataclass(slots=True)
class Lines:
    """By number, with one more entry at the end for none: what any record with it says.

    `suffixed`: one is Jr. or Sr.; `away`: one is not where its company is; `numbered`:
    an address counts namesakes ("j.smith2"); `mails`, `titles`: there are several. `rows`: records that have it.
    """

    suffixed: Mask
    away: Mask
    numbered: Mask
    mails: Mask
    titles: Mask
    rows: Codes


@dataclass(slots=True)
class Homonyms:
    """What a file says about who may be meant by a name. `lined`: records of a company with a number; last: none."""

    places: Places
    lines: Lines
    lined: Codes


def homonyms_of(table: Table) -> Homonyms:
    """What the records of `table` say about places of work and lines at home."""
    places = _places_of(table)
    codes, rows = stacked(table.phones)
    values = len(table.phones[0].values)

    def any_of(flags: Mask) -> Mask:
        found = np.zeros(values + 1, dtype=bool)
        found[codes[flags[rows]]] = True
        return found

    def several(told: Codes) -> Mask:
        some = told[rows] >= 0
        pairs = once(codes[some].astype(np.int64) * table.size + told[rows[some]])
        return np.bincount(pairs // table.size, minlength=values + 1) > 1

    lines = Lines(
        any_of(table.suffix.codes >= 0),
        any_of(places.away),
        any_of(table.mails.numbered[table.email.codes]),
        several(table.email.codes),
        several(table.title.codes),
        np.bincount(codes, minlength=values + 1),
    )
    company = table.company.codes[(table.company.codes >= 0) & (table.phones[0].codes >= 0)]
    return Homonyms(places, lines, np.bincount(company, minlength=len(table.company.values) + 1))


def _places_of(table: Table) -> Places:
    """Who is where the company is. A street or postcode that people of several families share is a place of work."""
    company = table.company.codes
    letter = table.family.take(lambda text: text[:1]).codes
    at_work, away = np.zeros(table.size, dtype=bool), np.zeros(table.size, dtype=bool)
    for column in (table.street, table.postcode, table.city):
        families = _several(crossed(column.codes, company), letter)
        told = np.bincount(company[families > 0], minlength=len(table.company.values) + 1)
        shared = np.bincount(company[families > 1], minlength=len(told))
        # A company that has its people in many places tells nothing about one more.
        sited = (shared > 0) & (2 * shared >= told)
        away |= (families == 1) & sited[company]
        if column is not table.city:  # people live where they work, but seldom at the same street
            at_work |= families > 1
    alone = crossed(table.street.codes, np.where(table.postcode.codes >= 0, table.postcode.codes, table.city.codes))
    away |= (_several(alone, letter) == 1) & (company < 0)
    return Places(at_work, away & ~at_work)


def _several(keys: np.ndarray, letters: Codes) -> Codes:
    """How many initials of family names each row's key is seen with; 0 for no key. A slip seldom changes an initial."""
    made = np.zeros(len(keys), dtype=np.int64)
    rows = np.flatnonzero((keys > 0) & (letters >= 0))
    _, place = np.unique(keys[rows], return_inverse=True)
    width = int(letters.max(initial=0)) + 1
    seen = once(place * width + letters[rows])
    made[rows] = np.bincount(seen // width, minlength=len(rows))[place] if len(rows) else 0
    return made


def one_person(table: Table, seen: Seen, known: Known, asked: Mask, kin: Bits) -> Mask:
    """Which of the pairs that are `asked` for, of one name and line, are one person's by what else they say?

    `kin` is what has to speak against father and son, by pair.
    """
    at = np.flatnonzero(asked)
    unlike_kin, unlike_namesakes = evidence(table, seen, known, at)
    found = np.zeros(len(asked), dtype=bool)
    found[at] = (unlike_kin >= kin[at]) & (unlike_namesakes >= NAMESAKE)
    return found


def evidence(table: Table, seen: Seen, known: Known, at: Codes) -> tuple[Bits, Bits]:
    """Bits for one person rather than father and son, and rather than two namesakes in one company, by pair."""
    left, right = (rows[at] for rows in seen.pairs)
    said, lines, line, firm = known.homonyms, known.lines, seen.line_code[at], seen.company[at]
    title, domain = table.title.codes, table.domain.codes
    both_titled = (title[left] >= 0) & (title[right] >= 0)
    by_title = np.select([both_titled & (title[left] == title[right]), both_titled], [3.7, -2.5], 0.0)
    one_domain = (domain[left] >= 0) & (domain[left] == domain[right])
    one_firm = (firm == Like.SAME) | (firm == Like.NEAR) | ((firm == Like.NONE) & one_domain)
    by_firm = np.select([one_firm, firm == Like.DIFFERENT], [2.0, -4.0], -0.5)
    by_mail = BY_MAIL[seen.mail[at]]
    by_birth = BY_BIRTH[seen.birth[at]]
    at_work, away = said.places.at_work, said.places.away
    by_place = np.select(
        [
            away[left] | away[right],
            said.lines.away[line],
            at_work[left] & at_work[right],
            at_work[left] | at_work[right],
        ],
        [-3.0, -2.0, 3.0, 0.5],
        0.0,
    )
    doubtful, homonyms = (np.append(each, False)[line] for each in (lines.doubtful, lines.homonyms))
    # What the two themselves say is not said twice.
    told = (by_mail <= -4) | (by_birth <= -3)
    doubtful, homonyms = doubtful & ~told, homonyms & ~told
    suffixed = said.lines.suffixed[line]
    more = 0.5 * said.lines.mails[line] + 1.0 * (said.lines.titles[line] & ~both_titled)
    doubts = more + 4.0 * suffixed + 3.0 * homonyms + 1.0 * (doubtful & ~suffixed) + 2.0 * said.lines.numbered[line]
    named = known.namesakes[left] | known.namesakes[right]
    names = np.append(lines.names, 1)[line]
    kin = by_firm + by_title + by_mail + by_birth + by_place - doubts - named - (names > 1)
    company = table.company.codes
    colleagues = np.maximum(said.lined[company[left]], said.lined[company[right]]) - said.lines.rows[line]
    # Who has a line with one other may have the office's; where nobody else works, nobody is the namesake.
    own = np.where(colleagues > 0, np.minimum(OFFICE * colleagues, OWN), ALONE)
    own = np.where(names > 1, 0.0, own)
    # Two records with an address each: a third would have said whose the line is.
    more = more + 0.5 * ((seen.mail[at] == Mail.DIFFERENT) & (said.lines.rows[line] == 2))
    numbered = said.lines.numbered[line]
    return kin, by_title + by_mail + by_birth + own - 3.0 * homonyms - 2.0 * named - 1.5 * numbered - more


BY_MAIL = np.zeros(len(Mail))
BY_MAIL[[Mail.NONE, Mail.NEAR, Mail.SAME_LOCAL]] = 1.3, 3.0, -1.0
BY_MAIL[[Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT]] = -4.0, -4.0, -0.4
BY_BIRTH = np.zeros(len(Like))
BY_BIRTH[[Like.SAME, Like.NEAR, Like.DIFFERENT, Like.FAR]] = 6.0, 1.0, -6.0, -3.0
