"""Which pairs of records are one person beyond doubt, and merge without a person (H2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.block import Pairs
from migration.hygiene.carriers import FEW
from migration.hygiene.features import Mask, Table
from migration.hygiene.homonyms import one_person
from migration.hygiene.levels import Like, Line, Mail, Swap, contrary_given, is_slip
from migration.hygiene.likeness import Name, rarity

if TYPE_CHECKING:
    from migration.hygiene.weigh import Known, Seen

Rules = NDArray[np.int8]
CROWD = 40  # names that may have a mailbox which is still one company's
RARE_TITLE = 3.0  # bits: a title that every eighth has tells nobody apart


def certain(table: Table, seen: Seen, known: Known) -> Rules:
    """The certain rule that holds for each pair (H2); any conflict sends a pair to a person.

    By e-mail: names agree, or all but a letter, and nobody of another name has the address.
    By telephone: nobody of another name has the number, and it is a mobile, or all that speaks
    for and against says that it is not a father's and a son's, nor two namesakes'.
    By details: one full name with one date of birth; or with addresses that differ by a slip;
    or in one company with an address or number that few others have, or with one title and
    nothing that differs; or on the company's line with one title, where all the company's
    records of that name can be one person's.
    """
    left, right = seen.pairs
    mails, lines, facts = known.mails, known.lines, table.mails
    swapped = seen.swaps == Swap.WHOLE
    apart = contrary_given(table, seen.pairs, seen.given, seen.family, seen.swaps, known.weights.births_part)
    one_suffix = (table.suffix.codes[left] >= 0) != (table.suffix.codes[right] >= 0)
    slips = np.isin(seen.birth, (Like.NEAR, Like.FAR))
    free = ~apart & ~slips & ~one_suffix & (seen.line != Line.MOBILE_CONFLICT)
    exact = (seen.given == Name.SAME) & (seen.family == Name.SAME)
    full = ((seen.given >= Name.RELATED) & (seen.family >= Name.RELATED)) | swapped
    nobody = seen.nobody & (seen.company == Like.SAME)
    low, high = np.minimum(seen.given, seen.family), np.maximum(seen.given, seen.family)
    slip = (low == Name.TYPO) & (high >= Name.RELATED)
    blank = (low <= Name.BLANK_ONE) & ~seen.nobody
    # Where no name is told on either side, an address alone says too little: an assistant has her boss's.
    blank &= (high >= Name.RELATED) | (high == Name.BLANK_ONE) | (seen.birth == Like.SAME)
    domain = table.domain.codes
    same_firm = np.isin(seen.company, (Like.SAME, Like.NEAR))
    one_firm = same_firm | ((seen.company == Like.NONE) & (domain[left] >= 0) & (domain[left] == domain[right]))

    household, role = facts.household[seen.mail_code], facts.role[seen.mail_code]
    carried = np.append(mails.names, FEW + 1)[seen.mail_code]
    mail = (seen.mail == Mail.SAME) & free & ~role & (carried == 1)
    # An address that somebody gave up goes to the next of that name: three other contradictions are too many.
    place = (seen.city == Like.DIFFERENT) | (seen.street == Like.DIFFERENT)
    mail &= ~((seen.company == Like.DIFFERENT) & (seen.line == Line.DIFFERENT) & place)
    by_mail = mail & ((full | slip) & ~(household & (seen.company == Like.DIFFERENT)) | nobody)
    by_mail |= mail & blank & ~household & (~facts.private[seen.mail_code] | (one_firm & (seen.line == Line.SAME)))
    # A colleague or a wife who has it too takes nothing away from one name in one company.
    few = (seen.mail == Mail.SAME) & free & exact & one_firm
    together = few & (
        role & same_firm & (carried <= CROWD) | (carried <= FEW) & ~np.append(mails.homonyms, True)[seen.mail_code]
    )

    line = (seen.line == Line.SAME) & ~table.partly[seen.line_code] & ~apart
    names = np.append(lines.names, FEW + 1)[seen.line_code]
    by_hand = line & seen.in_hand & (names == 1) & (full | slip | free & blank & one_firm)
    together |= line & seen.in_hand & (names <= FEW) & exact & one_firm
    # Father and son, and two of one name in a company, may have a line in common: what else speaks for one person?
    alike = line & (names < FEW) & (seen.line != Line.MOBILE_CONFLICT) & (full | slip)
    alike = one_person(table, seen, known, alike)
    by_line = alike & (names == 1)
    together |= alike & ((seen.given == Name.SAME) | swapped)
    by_line |= line & free & (names == 1) & seen.nobody & one_firm

    by_birth = full & free & (seen.birth == Like.SAME)
    own = (np.append(mails.names, 2)[table.email.codes] == 1) & ~facts.role[table.email.codes]
    by_slip = (seen.mail == Mail.NEAR) & free & own[left] & own[right] & (exact | (slip & same_firm))
    by_slip &= same_firm | (seen.company == Like.NONE)
    at = np.flatnonzero(by_slip)
    by_slip[at] = is_slip(table.email, Pairs(left[at], right[at]))
    title, two_mails = table.title.codes, np.isin(seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT))
    office = (full | slip) & free & (seen.line == Line.SAME) & (np.append(lines.names, 0)[seen.line_code] > 2)
    office &= (
        (same_firm | ((seen.company == Like.NONE) & ~two_mails)) & (title[left] >= 0) & (title[left] == title[right])
    )
    office &= ~known.namesakes[left] & ~known.namesakes[right]
    together |= full & free & ~known.namesakes[left] & ~known.namesakes[right] & _one_post(table, seen)
    return np.select([by_mail, by_hand | by_line, by_birth | by_slip | office | together], [1, 2, 3], 0).astype(np.int8)


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
