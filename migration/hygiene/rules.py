"""Which pairs of records are one person beyond doubt, and merge without a person (H2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs
from migration.hygiene.carriers import FEW
from migration.hygiene.features import Mask, Table
from migration.hygiene.homonyms import KIN, MOVED, one_person
from migration.hygiene.levels import Like, Line, Mail, Swap, contrary_given, is_slip
from migration.hygiene.likeness import Name, rarity

if TYPE_CHECKING:
    from migration.hygiene.weigh import Known, Seen

Rules = NDArray[np.int8]
CROWD = 40  # names that may have a mailbox which is still one company's
RARE_TITLE = 3.0  # bits: a title that every eighth has tells nobody apart


@dataclass(slots=True)
class Case:
    """What the names of pairs, and what speaks against them, come to."""

    apart: Mask  # they clearly name two persons
    free: Mask  # nothing speaks against one person
    exact: Mask
    full: Mask  # both names agree
    slip: Mask  # they agree, but for a letter
    blank: Mask  # one side does not tell a name, and what is told agrees
    same_firm: Mask
    one_firm: Mask  # the same, or one domain where no company is told


def certain(table: Table, seen: Seen, known: Known) -> Rules:
    """The certain rule that holds for each pair (H2); any conflict sends a pair to a person.

    By e-mail: names agree, or nearly, and nobody of another name has the address.
    By telephone: nobody of another name has the number, and it is a mobile, or all that speaks
    for and against says that it is not a father's and a son's, nor two namesakes'.
    By details: one full name with one date of birth; or with addresses that differ by a slip;
    or in one company with an address or number that few others have, or with one title and
    nothing that differs; or on the company's line with one title, where all the company's
    records of that name can be one person's.
    """
    case = _case_of(table, seen, known)
    by_mail, few_mail = _by_mail(table, seen, known, case)
    by_line, few_line = _by_line(table, seen, known, case)
    by_details = _by_details(table, seen, known, case) | few_mail | few_line
    return np.select([by_mail, by_line, by_details], [1, 2, 3], 0).astype(np.int8)


def _case_of(table: Table, seen: Seen, known: Known) -> Case:
    left, right = seen.pairs
    apart = contrary_given(table, seen.pairs, seen.given, seen.family, seen.swaps, known.weights.births_part)
    one_suffix = (table.suffix.codes[left] >= 0) != (table.suffix.codes[right] >= 0)
    # In a file whose dates of birth are often wrong a wrong one says nothing.
    slips = np.isin(seen.birth, (Like.NEAR, Like.FAR)) & known.weights.births_part
    low, high = np.minimum(seen.given, seen.family), np.maximum(seen.given, seen.family)
    blank = (low <= Name.BLANK_ONE) & ~seen.nobody
    domain = table.domain.codes
    same_firm = np.isin(seen.company, (Like.SAME, Like.NEAR))
    return Case(
        apart=apart,
        free=~apart & ~slips & ~one_suffix & (seen.line != Line.MOBILE_CONFLICT),
        exact=(seen.given == Name.SAME) & (seen.family == Name.SAME),
        full=(low >= Name.RELATED) | (seen.swaps == Swap.WHOLE),
        slip=(low == Name.TYPO) & (high >= Name.RELATED),
        # Where no name is told on either side, an address alone says too little: an assistant has her boss's.
        blank=blank & ((high >= Name.RELATED) | (high == Name.BLANK_ONE) | (seen.birth == Like.SAME)),
        same_firm=same_firm,
        one_firm=same_firm | ((seen.company == Like.NONE) & (domain[left] >= 0) & (domain[left] == domain[right])),
    )


def _by_mail(table: Table, seen: Seen, known: Known, case: Case) -> tuple[Mask, Mask]:
    """Pairs that are one by an address of their own; and by one that few others have, or a company's."""
    facts, codes, other_firm = table.mails, seen.mail_code, seen.company == Like.DIFFERENT
    role, household, private = facts.role[codes], facts.household[codes], facts.private[codes]
    carried = np.append(known.mails.names, CROWD + 1)[codes]
    # An address that somebody gave up goes to the next of that name: three other contradictions are too many.
    place = (seen.city == Like.DIFFERENT) | (seen.street == Like.DIFFERENT)
    mail = (seen.mail == Mail.SAME) & ~(other_firm & (seen.line == Line.DIFFERENT) & place)
    named = case.full | case.slip
    letter = np.append(table.facts["given"].initial, False)[table.given.codes]
    loose = np.isin(seen.given, (Name.INITIAL, Name.RELATED)) | (letter[seen.pairs.left] & letter[seen.pairs.right])
    hazy = (seen.given != Name.DIFFERENT) & (seen.family != Name.DIFFERENT) | (seen.swaps == Swap.ALIKE)
    hazy &= np.maximum(seen.given, seen.family) > Name.BLANK_BOTH
    own = mail & ~role & (carried <= FEW) & ~case.apart & (case.free | case.exact)
    own &= ~(case.exact & case.free & (carried == 1)) | loose
    own = _bears(table, seen, own & hazy)

    alone = mail & ~role & (carried == 1)
    found = named & ~(loose & private & ~own) & ~(household & other_firm)
    found |= hazy & own & ~household
    found |= case.blank & ~household & ~private
    found |= seen.nobody & (seen.company == Like.SAME)
    found &= case.free
    # A generation that only one of the two records tells is no contradiction where the address names him.
    found |= case.exact & ~case.apart & own & (seen.line != Line.MOBILE_CONFLICT) & (seen.birth <= Like.SAME)
    # A colleague or a wife who has it too takes nothing away from one name.
    few = ~role & (carried <= FEW) & ~np.append(known.mails.homonyms, True)[codes]
    few &= (case.exact & ~loose & (case.one_firm | ~other_firm)) | (named & own & ~other_firm)
    crowd = role & (carried <= CROWD) & case.same_firm & (case.exact | case.slip)
    return alone & found, mail & case.free & (few | crowd)


def _bears(table: Table, seen: Seen, asked: Mask) -> Mask:
    """Does the address that both have bear the given name of one of the two, or its initial beside the family name?"""
    given, family = table.given, table.family
    found = np.zeros(len(asked), dtype=bool)
    at = np.flatnonzero(asked)
    rows = [side[at].tolist() for side in seen.pairs]
    for place, code, *both in zip(at.tolist(), seen.mail_code[at].tolist(), *rows, strict=True):
        local = "".join(c for c in table.email.values[code].partition("@")[0] if c.isalpha())
        firsts = {given.values[c].partition(" ")[0] for row in both if (c := given.codes[row]) >= 0}
        lasts = {family.values[c].replace(" ", "") for row in both if (c := family.codes[row]) >= 0}
        found[place] = any(len(first) > 2 and first in local for first in firsts) or any(
            local == first[0] + last or (local == last + first[0] and first[0] != "s")  # "webers" are the Webers
            for first in firsts
            for last in lasts
        )
    return found


def _by_line(table: Table, seen: Seen, known: Known, case: Case) -> tuple[Mask, Mask]:
    """Pairs that are one by a number of their own; and by one that few others have."""
    named = case.full | case.slip
    line = (seen.line == Line.SAME) & ~table.partly[seen.line_code] & ~case.apart
    names = np.append(known.lines.names, FEW + 1)[seen.line_code]
    own = line & seen.in_hand & (names == 1) & (named | case.free & case.blank & case.one_firm)
    few = line & seen.in_hand & (names <= FEW) & case.exact & case.one_firm
    # Father and son, and two of one name in a company, may have a line in common: what else speaks for one person?
    alike = line & (names < FEW) & (seen.line != Line.MOBILE_CONFLICT) & named
    alike = one_person(table, seen, known, alike, kin=np.where(seen.moved, MOVED, KIN))
    nobody = line & case.free & seen.nobody & case.one_firm
    few |= alike & ((seen.given == Name.SAME) | (seen.swaps == Swap.WHOLE))
    return own | ((alike | nobody) & (names == 1)), few


def _by_details(table: Table, seen: Seen, known: Known, case: Case) -> Mask:
    """Pairs of one name that several things together make one."""
    left, right = seen.pairs
    by_birth = case.full & (seen.birth == Like.SAME)
    own = (np.append(known.mails.names, 2)[table.email.codes] == 1) & ~table.mails.role[table.email.codes]
    by_slip = (seen.mail == Mail.NEAR) & case.free & own[left] & own[right]
    by_slip &= case.exact & (case.same_firm | (seen.company == Like.NONE))
    at = np.flatnonzero(by_slip)
    by_slip[at] = is_slip(table.email, Pairs(left[at], right[at]))
    title, two_mails = table.title.codes, np.isin(seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT))
    office = (case.full | case.slip) & (seen.line == Line.SAME)
    office &= np.append(known.lines.names, 0)[seen.line_code] > 2
    office &= case.same_firm | ((seen.company == Like.NONE) & ~two_mails)
    office &= (title[left] >= 0) & (title[left] == title[right])
    office &= ~np.isin(seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
    single = ~known.namesakes[left] & ~known.namesakes[right]
    by_post = case.full & _one_post(table, seen)
    return case.free & (by_birth | by_slip | single & (office | by_post))


def _one_post(table: Table, seen: Seen) -> Mask:
    """Is it one post in one company, with nothing that speaks of two of one name who hold it?"""
    left, right = seen.pairs
    found = (seen.company == Like.SAME) & (seen.title == Like.SAME)
    found &= rarity(table.title, RARE_TITLE)[table.title.codes[left]] >= RARE_TITLE
    found &= (seen.given != Name.INITIAL) & (seen.family != Name.INITIAL)
    found &= ~np.isin(seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN)) & (seen.line <= Line.SAME)
    for place in (seen.street, seen.postcode, seen.city):
        found &= place != Like.DIFFERENT
    # A second bearer of a name shows in the number of his address at work; a private one does not tell.
    silent, mails = table.mails.numbered | table.mails.private, table.email.codes
    return found & ~silent[mails[left]] & ~silent[mails[right]]
