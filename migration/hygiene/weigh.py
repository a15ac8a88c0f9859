"""Points of a pair of records, field by field, in bulk (H2).

Agreement is worth more the rarer the value; a value shared by many different names
(office line, info@, filler) loses its worth; contradictions count against. Fields that
tend to agree together (office, household) are not counted twice.
"""

from dataclasses import dataclass

import numpy as np

from migration.hygiene import emails
from migration.hygiene.block import Pairs
from migration.hygiene.carriers import Bits, Carriers, Weights
from migration.hygiene.features import Codes, Table
from migration.hygiene.levels import (
    Like,
    Line,
    Mail,
    Mask,
    clash_of,
    contrary_given,
    like,
    line_levels,
    mail_levels,
    name_pair,
    shared_code,
    stands_in,
)
from migration.hygiene.likeness import Levels, Name, rarity


@dataclass(slots=True)
class Weighed:
    """Points per field and their `total`, levels per field, and the certain rules, for `pairs`."""

    pairs: Pairs
    points: dict[str, Bits]
    levels: dict[str, Levels]
    shared: dict[str, Codes]  # the common address or number, -1 for none
    carriers: dict[str, Codes]  # how many different names it carries
    total: Bits
    certain_email: Mask
    certain_phone: Mask


@dataclass(slots=True)
class _Seen:
    """Levels of all fields of `pairs`, and what follows from them."""

    pairs: Pairs
    given: Levels
    family: Levels
    swapped: Mask
    nobody: Mask  # neither record names a person: the company is the name
    strangers: Mask
    suffix: Levels
    birth: Levels
    company: Levels
    city: Levels
    postcode: Levels
    street: Levels
    mail: Levels
    line: Levels
    mail_code: Codes
    line_code: Codes
    in_hand: Mask  # the shared number is a mobile of one of the two

    def levels(self) -> dict[str, Levels]:
        """Levels by field, for the words of a proposal."""
        names = ("given_name", "family_name", "email", "phone", "suffix", "birth_date", "company")
        made = (self.given, self.family, self.mail, self.line, self.suffix, self.birth, self.company)
        place = {"city": self.city, "postcode": self.postcode, "street": self.street}
        return dict(zip(names, made, strict=True)) | place | {"swapped": self.swapped.astype(np.int8)}


def weigh(table: Table, pairs: Pairs, *, prior: float, mails: Carriers, lines: Carriers, weights: Weights) -> Weighed:
    """Points of each pair; `prior` in bits is what a shared address or number has to outweigh."""
    seen = _look(table, pairs, mails, lines)
    points: dict[str, Bits] = {}
    points["given_name"], points["family_name"] = _name_points(table, seen)
    points["email"], points["phone"], strong = _contact_points(table, seen, prior, mails, lines, weights)
    # Where an address or a number is shared, a common name says less: households and fathers share both.
    names = points["given_name"] + points["family_name"]
    scale = np.where(strong & (names > 6), 6 / np.maximum(names, 6), 1.0)
    points["given_name"], points["family_name"] = points["given_name"] * scale, points["family_name"] * scale
    points["suffix"] = np.select([seen.suffix == Like.DIFFERENT, seen.suffix == Like.SAME], [-25.0, 2.0], 0.0)
    rare = rarity(table.birth, 11)[table.birth.codes[pairs.left]]
    points["birth_date"] = _points_of(seen.birth, same=rare, near=rare - 4, different=weights.birth)
    points["company"], points["place"] = _surroundings(table, seen, weights)
    by_mail, by_line = _certain(table, seen, mails, lines, weights)
    return Weighed(
        pairs,
        points,
        seen.levels(),
        {"email": seen.mail_code, "phone": seen.line_code},
        {"email": np.append(mails.names, 0)[seen.mail_code], "phone": np.append(lines.names, 0)[seen.line_code]},
        np.sum(list(points.values()), axis=0),
        by_mail,
        by_line,
    )


def _look(table: Table, pairs: Pairs, mails: Carriers, lines: Carriers) -> _Seen:
    given, family, swapped = name_pair(table, pairs)
    nobody = (given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH)
    company = like(table, table.company, pairs, 0.8, "names")
    one, two = table.suffix.codes[pairs.left], table.suffix.codes[pairs.right]
    suffix = np.select([clash_of(one, two), (one >= 0) & (one == two)], [Like.DIFFERENT, Like.SAME], Like.NONE)
    mail_code = shared_code(table.emails, pairs, mails.names)
    line_code = shared_code(table.phones, pairs, lines.names)
    line = line_levels(table, pairs, line_code)
    return _Seen(
        pairs=pairs,
        given=given,
        family=family,
        swapped=swapped,
        nobody=nobody,
        strangers=((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & ~swapped
        | (nobody & (company == Like.DIFFERENT)),
        suffix=suffix.astype(np.int8),
        birth=like(table, table.birth, pairs, 0.5, "slips"),
        company=company,
        city=like(table, table.city, pairs, 0.85),
        postcode=like(table, table.postcode, pairs, 0.99),
        street=like(table, table.street, pairs, 0.8),
        mail=mail_levels(table, pairs, mail_code),
        line=line,
        mail_code=mail_code,
        line_code=line_code,
        in_hand=(line == Line.SAME) & stands_in(table.phones[1], pairs, line_code),
    )


def _points_of(levels: Levels, *, same: Bits | float, near: Bits | float, different: Bits | float) -> Bits:
    return np.select([levels == Like.SAME, levels == Like.NEAR, levels == Like.DIFFERENT], [same, near, different], 0.0)


def _contact_points(
    table: Table, seen: _Seen, prior: float, mails: Carriers, lines: Carriers, weights: Weights
) -> tuple[Bits, Bits, Mask]:
    """Points of e-mail and telephone, and where one of them alone outweighs the prior."""
    left, right = seen.pairs
    role = np.array([emails.is_role(v) for v in table.email.values] + [False])[seen.mail_code]
    mail_same, line_same = seen.mail == Mail.SAME, seen.line == Line.SAME
    mail_bits = np.maximum(4 - prior - mails.burden(seen.mail_code) - 3 * role, 0) * mail_same
    line_bits = np.maximum(2 - prior - lines.burden(seen.line_code), 0) * line_same
    # Who shares one shares the other: the second adds little.
    second = mail_same & line_same
    told_by_name = table.local_is_name[left] & table.local_is_name[right]
    local = np.where(told_by_name, 1.0, rarity(table.local, 7)[table.local.codes[left]])
    mail_points: dict[Mail, Bits | float] = {
        Mail.SAME: np.where(second & (line_bits > mail_bits), np.minimum(mail_bits, 4), mail_bits),
        Mail.NEAR: 8.0,
        Mail.SAME_LOCAL: local,
        Mail.PRIVATE_CONFLICT: -5.0,
        Mail.SAME_DOMAIN: -4.0,
        Mail.DIFFERENT: -0.5,
    }
    # Two mobiles over one landline are father and son more often than one person.
    conflict = np.where(seen.line_code >= 0, weights.mobile - 3, weights.mobile)
    line_points: dict[Line, Bits | float] = {
        Line.SAME: np.where(second & (line_bits <= mail_bits), np.minimum(line_bits, 4), line_bits),
        Line.NEAR: 4.0,
        Line.MOBILE_CONFLICT: conflict,
        Line.DIFFERENT: -0.5,
    }
    return (
        np.select([seen.mail == level for level in mail_points], list(mail_points.values()), 0.0),
        np.select([seen.line == level for level in line_points], list(line_points.values()), 0.0),
        np.maximum(mail_bits, line_bits) > -prior,
    )


def _certain(table: Table, seen: _Seen, mails: Carriers, lines: Carriers, weights: Weights) -> tuple[Mask, Mask]:
    """Where the certain rules hold, by e-mail and by telephone (H2); any conflict sends a pair to a person."""
    left, right = seen.pairs
    apart = contrary_given(table, seen.pairs, seen.given, seen.family, seen.swapped, weights.births_part)
    agree = (_agree(seen.given) & _agree(seen.family)) | seen.swapped | (seen.nobody & (seen.company == Like.SAME))
    free = agree & ~apart & (seen.birth != Like.NEAR) & (seen.line != Line.MOBILE_CONFLICT)
    # A line at home rings for father and son, and for the one whose given name is missing.
    one_suffix = (table.suffix.codes[left] >= 0) != (table.suffix.codes[right] >= 0)
    full_names = ((seen.given >= Name.RELATED) & (seen.family >= Name.RELATED) & ~one_suffix) | seen.swapped
    role = np.array([emails.is_role(v) for v in table.email.values] + [False])[seen.mail_code]
    household = np.array([emails.is_household(v) for v in table.email.values] + [False])[seen.mail_code]
    one_mail = np.append(mails.names, 2)[seen.mail_code] == 1
    at_home = household & (~full_names | (seen.company == Like.DIFFERENT))
    by_mail = (seen.mail == Mail.SAME) & free & one_mail & ~role & ~at_home

    one_firm = np.isin(seen.company, (Like.SAME, Like.NEAR))
    # A private and a work address are no conflict on somebody's mobile, in one company.
    two_mails = np.isin(seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT))
    two_mails &= ~(seen.in_hand & (seen.mail == Mail.DIFFERENT) & one_firm)
    settled = seen.in_hand | one_firm | (seen.birth == Like.SAME) | (seen.mail == Mail.SAME)
    one_line = np.append(lines.names, 2)[seen.line_code] == 1
    real = np.array([v.startswith("+") for v in table.phones[0].values] + [False])[seen.line_code]
    by_line = (seen.line == Line.SAME) & free & one_line & real & ~two_mails & settled
    return by_mail, by_line & (full_names | seen.in_hand | seen.nobody)


def _agree(levels: Levels) -> Mask:
    """Names agree, or are blank on a side (H2). A slip is not agreement: it goes to a person."""
    return (levels >= Name.RELATED) | (levels <= Name.BLANK_ONE)


def _name_points(table: Table, seen: _Seen) -> tuple[Bits, Bits]:
    left, right = seen.pairs
    # The commoner of the two counts: a slip is always rare.
    rare_given, rare_family = rarity(table.given, 11), rarity(table.family, 13)
    first = np.minimum(rare_given[table.given.codes[left]], rare_given[table.given.codes[right]])
    last = np.minimum(rare_family[table.family.codes[left]], rare_family[table.family.codes[right]])
    for_given = _by_name_level(seen.given, first, different=-11.0)
    for_family = _by_name_level(seen.family, last, different=-7.0)
    both = rarity(table.whole, 20)[table.whole.codes[left]]
    for_given = np.where(seen.swapped, both / 2 - 1, for_given)
    for_family = np.where(seen.swapped, both / 2, for_family)
    # Another given name makes a common family name a hint at kin, not at one person.
    kin = (seen.given == Name.DIFFERENT) & ~seen.swapped
    return for_given, np.where(kin, np.minimum(for_family, 2), for_family)


def _by_name_level(levels: Levels, rare: Bits, *, different: float) -> Bits:
    by_level: dict[Name, Bits | float] = {
        Name.SAME: rare,
        Name.RELATED: np.maximum(rare - 1.5, 1.5),
        Name.INITIAL: 2.5,
        Name.TYPO: np.maximum(rare - 2.5, 1),
        Name.FAR: np.maximum(rare - 5, 0),
        Name.DIFFERENT: different,
    }
    return np.select([levels == level for level in by_level], list(by_level.values()), 0.0)


def _surroundings(table: Table, seen: _Seen, weights: Weights) -> tuple[Bits, Bits]:
    """Points of company and of place."""
    left, right = seen.pairs
    rare = rarity(table.company, 9)
    firm = np.minimum(rare[table.company.codes[left]], rare[table.company.codes[right]])
    for_company = _points_of(seen.company, same=firm, near=np.maximum(firm - 2, 1), different=weights.company)
    domain = table.domain.codes
    same_domain = (domain[left] >= 0) & (domain[left] == domain[right])
    by_domain = rarity(table.domain, 9)[domain[left]] - 1
    for_company = np.where(same_domain, np.maximum(for_company, by_domain), for_company)
    named = rarity(table.company, 14)[table.company.codes[left]]
    as_name = _points_of(seen.company, same=named, near=named - 3, different=-5.0)
    for_company = np.where(seen.nobody, as_name, for_company)
    # A landline of another company: the number moved on, or two people live at its end.
    moved = (seen.line == Line.SAME) & ~seen.in_hand & (seen.company == Like.DIFFERENT)
    for_company = np.where(moved, np.minimum(for_company, -4), for_company)

    town = _points_of(seen.city, same=rarity(table.city, 7)[table.city.codes[left]], near=2.0, different=weights.city)
    code = _points_of(
        seen.postcode, same=rarity(table.postcode, 9)[table.postcode.codes[left]], near=0.0, different=-1.0
    )
    road = _points_of(seen.street, same=rarity(table.street, 11)[table.street.codes[left]], near=5.0, different=-1.5)
    stack = np.stack([town, code, road])
    best = np.maximum(stack.max(axis=0), 0)
    rest = np.maximum(stack, 0).sum(axis=0) - best
    place = best + 0.3 * rest + np.maximum(np.minimum(stack, 0).sum(axis=0), -3)
    # Colleagues share the office: its address adds little to its name.
    place = np.where((for_company > 0) & ~seen.nobody & (place > 0), 0.4 * place, place)
    # Colleagues and kin share the office, the home and the lines; that makes them no more one person.
    lessened = [np.where(seen.strangers & (points > 0), 0.3 * points, points) for points in (for_company, place)]
    return lessened[0], lessened[1]
