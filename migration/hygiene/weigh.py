"""Points of a pair of records, field by field, in bulk (H2).

Agreement is worth more the rarer the value; a value shared by many different names
(office line, info@, filler) loses its worth; contradictions count against. Fields that
tend to agree together (office, household) are not counted twice.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from migration.hygiene.block import Pairs
from migration.hygiene.carriers import FEW, Bits, Carriers, Weights
from migration.hygiene.features import Codes, Mask, Table
from migration.hygiene.homonyms import RATHER_ONE, Homonyms, evidence
from migration.hygiene.levels import (
    Like,
    Line,
    Mail,
    Swap,
    clash_of,
    date_levels,
    like,
    line_levels,
    mail_levels,
    name_pair,
    shared_code,
    stands_in,
)
from migration.hygiene.likeness import Levels, Name, rarity, together
from migration.hygiene.rules import Rules, certain

UNLIKE = -8.0  # bits of two addresses that differ, where no name is told
PLACE = 0.5  # of its bits: who has a name, an office or a home in common lives in one town more often than strangers


@dataclass(slots=True)
class Known:
    """What a file says about itself. `prior` in bits is what a shared address or number has to outweigh."""

    prior: float
    weights: Weights
    mails: Carriers
    lines: Carriers
    namesakes: Mask  # by row
    homonyms: Homonyms


@dataclass(slots=True)
class Weighed:
    """Points per field and their `total`, levels per field, and the certain rule, for `pairs`."""

    pairs: Pairs
    points: dict[str, Bits]
    levels: dict[str, Levels]
    shared: dict[str, Codes]  # the common address or number, -1 for none
    carriers: dict[str, Codes]  # how many different names it carries
    total: Bits
    rule: Rules  # 0, or the certain rule that holds


class Named(NamedTuple):
    """Levels of the names of `pairs`."""

    pairs: Pairs
    given: Levels
    family: Levels
    swaps: Levels


@dataclass(slots=True)
class Seen:
    """Levels of all fields of `pairs`, and what follows from them."""

    pairs: Pairs
    given: Levels
    family: Levels
    swaps: Levels
    nobody: Mask  # neither record is about a person: the company is the name
    strangers: Mask
    suffix: Levels
    birth: Levels
    company: Levels
    title: Levels
    city: Levels
    postcode: Levels
    street: Levels
    mail: Levels
    line: Levels
    others: list[Levels]
    mail_code: Codes
    line_code: Codes
    in_hand: Mask  # the shared number is a mobile of one of the two, and of nobody else's line
    moved: Mask  # it stands among one's mobiles, but may be a line

    def levels(self) -> dict[str, Levels]:
        """Levels by field, for learning and for the words of a proposal."""
        made = {
            "given_name": self.given,
            "family_name": self.family,
            "email": self.mail,
            "phone": self.line,
            "suffix": self.suffix,
            "birth_date": self.birth,
            "company": self.company,
            "title": self.title,
            "city": self.city,
            "postcode": self.postcode,
            "street": self.street,
            "swapped": self.swaps,
        }
        if self.others:
            made["other"] = np.stack(self.others).max(axis=0)
        return made


def look_closer(table: Table, pairs: Pairs, known: Known) -> Seen:
    """Compare all fields of those `pairs` that can still reach even odds once their names are compared."""
    given, family, swaps = name_pair(table, pairs)
    named = Named(pairs, given, family, swaps)
    most = np.sum(_name_points(table, named, known.weights), axis=0)
    mail, line, birth = (
        (c.codes[pairs.left], c.codes[pairs.right]) for c in (table.email, table.phones[0], table.birth)
    )
    start = table.mails.start
    others = ((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & (swaps == Swap.NO)
    # The most that the other fields can give: addresses and numbers with a slip, a company, a place.
    most += 10.0 * ((start[mail[0]] == start[mail[1]]) & (mail[0] >= 0)) + 5.0 * ((line[0] >= 0) & (line[1] >= 0))
    most += np.where(others, 7.0, 18.0) + 13.0 * ((birth[0] >= 0) & (birth[1] >= 0))
    kept = most + known.prior >= 0
    for several in (table.emails, table.phones):
        kept |= shared_code(several, pairs, np.zeros(len(several[0].values), dtype=np.int64)) >= 0
    for column in table.others:
        kept |= (column.codes[pairs.left] >= 0) & (column.codes[pairs.right] >= 0)
    kept |= (given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH)
    chosen = Named(Pairs(pairs.left[kept], pairs.right[kept]), given[kept], family[kept], swaps[kept])
    return look(table, chosen.pairs, known, chosen)


def look(table: Table, pairs: Pairs, known: Known, named: Named | None = None) -> Seen:
    """Compare all fields of `pairs`; `named` are their names, if they have been compared."""
    _, given, family, swaps = named or Named(pairs, *name_pair(table, pairs))
    nobody = table.nobody[pairs.left] & table.nobody[pairs.right]
    company = like(table.company, pairs, 0.8, "names")
    one, two = table.suffix.codes[pairs.left], table.suffix.codes[pairs.right]
    suffix = np.select([clash_of(one, two), (one >= 0) & (one == two)], [Like.DIFFERENT, Like.SAME], Like.NONE)
    mail_code = shared_code(table.emails, pairs, known.mails.names)
    # Of a line and a mobile that both have the mobile counts.
    line_code = shared_code([*table.phones[1::-1], *table.phones[2:]], pairs, known.lines.names)
    line = line_levels(table, pairs, line_code)
    mobile = (line == Line.SAME) & stands_in(table.phones[1], pairs, line_code)
    return Seen(
        pairs=pairs,
        given=given,
        family=family,
        swaps=swaps,
        nobody=nobody,
        strangers=((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & (swaps == Swap.NO)
        | (nobody & (company == Like.DIFFERENT)),
        suffix=suffix.astype(np.int8),
        birth=date_levels(table.birth, table.turned, pairs),
        company=company,
        title=like(table.title, pairs, 0.85),
        city=like(table.city, pairs, 0.85),
        postcode=like(table.postcode, pairs, 0.8, "words"),
        street=like(table.street, pairs, 0.8, "address"),
        mail=mail_levels(table, pairs, mail_code),
        line=line,
        others=[like(column, pairs, 0.85) for column in table.others],
        mail_code=mail_code,
        line_code=line_code,
        in_hand=mobile & table.mobile[line_code],
        moved=mobile & ~table.mobile[line_code],
    )


def weigh(table: Table, pairs: Pairs, known: Known) -> Weighed:
    """Points of each pair."""
    return points_of(table, look(table, pairs, known), known)


def points_of(table: Table, seen: Seen, known: Known) -> Weighed:
    """Points of pairs whose fields have been compared."""
    pairs, weights, mails, lines = seen.pairs, known.weights, known.mails, known.lines
    points: dict[str, Bits] = {}
    points["given_name"], points["family_name"] = _name_points(table, seen, weights)
    points["email"], points["phone"], strong = _contact_points(table, seen, known)
    # Where an address or a number is shared, a common name says less: households and fathers share both.
    names = points["given_name"] + points["family_name"]
    scale = np.where(strong & (names > 6), 6 / np.maximum(names, 6), 1.0)
    points["given_name"], points["family_name"] = points["given_name"] * scale, points["family_name"] * scale
    points["suffix"] = np.select([seen.suffix == Like.DIFFERENT, seen.suffix == Like.SAME], [-25.0, 2.0], 0.0)
    rare = table.seldom[0][table.birth.codes[pairs.left]]
    points["birth_date"] = _like_points(seen.birth, rare, rare - 4, -9.0, rare - 8) + weights.of(
        "birth_date", seen.birth
    )
    points["company"], points["place"] = _surroundings(table, seen, weights)
    points["title"] = _title_points(table, seen, weights)
    points["other"] = _other_points(table, seen, weights)
    points["homonym"] = _homonym_points(table, seen, known, points)
    return Weighed(
        pairs,
        points,
        seen.levels(),
        {"email": seen.mail_code, "phone": seen.line_code},
        {"email": np.append(mails.names, 0)[seen.mail_code], "phone": np.append(lines.names, 0)[seen.line_code]},
        np.sum(list(points.values()), axis=0),
        certain(table, seen, known),
    )


def _homonym_points(table: Table, seen: Seen, known: Known, points: dict[str, Bits]) -> Bits:
    """What is taken off so that one name and one line say no more than they do: kin have both (H2)."""
    asked = (seen.line == Line.SAME) & ~seen.in_hand & (seen.mail != Mail.SAME) & _named(seen)
    at = np.flatnonzero(asked & (np.append(known.lines.names, FEW)[seen.line_code] < FEW))
    found = np.zeros(len(asked))
    total = np.sum([each[at] for each in points.values()], axis=0) + known.prior
    found[at] = np.minimum(evidence(table, seen, known, at)[0] + RATHER_ONE - total, 0)
    return found


def _like_points(
    levels: Levels, same: Bits | float, near: Bits | float, different: float, far: Bits | float = 0.0
) -> Bits:
    chosen = [levels == Like.SAME, levels == Like.NEAR, levels == Like.DIFFERENT, levels == Like.FAR]
    return np.select(chosen, [same, near, different, far], 0.0)


def _contact_points(table: Table, seen: Seen, known: Known) -> tuple[Bits, Bits, Mask]:
    """Points of e-mail and telephone, and where one of them alone outweighs the prior."""
    prior, mails, lines, weights = known.prior, known.mails, known.lines, known.weights
    left = seen.pairs.left
    mail_same, line_same = seen.mail == Mail.SAME, seen.line == Line.SAME
    role = table.mails.role[seen.mail_code]
    mail_bits = np.maximum(4 - prior - mails.burden(seen.mail_code) - 3 * role, 0) * mail_same
    line_bits = np.maximum(2 - prior - lines.burden(seen.line_code), 0) * line_same
    # Who shares one shares the other: the second adds little.
    second = mail_same & line_same
    # The local part often only repeats the name: such parts meet by themselves.
    local = np.minimum(rarity(table.local, 7)[table.local.codes[left]], np.where(_named(seen), 1.0, 7.0))
    mail_points: dict[Mail, Bits | float] = {
        Mail.SAME: np.where(second & (line_bits > mail_bits), np.minimum(mail_bits, 4), mail_bits),
        Mail.NEAR: 8.0,
        Mail.ALIKE: 3.0,
        Mail.SAME_LOCAL: local,
        Mail.PRIVATE_CONFLICT: -5.0,
        Mail.SAME_DOMAIN: -4.0,
        Mail.DIFFERENT: -0.5,
    }
    # Two mobiles over one landline are father and son more often than one person.
    conflict = np.where(seen.line_code >= 0, -9.0, -6.0)
    line_points: dict[Line, Bits | float] = {
        Line.SAME: np.where(second & (line_bits <= mail_bits), np.minimum(line_bits, 4), line_bits),
        Line.NEAR: 4.0,
        Line.MOBILE_CONFLICT: conflict,
        Line.DIFFERENT: -0.5,
    }
    by_mail = np.select([seen.mail == level for level in mail_points], list(mail_points.values()), 0.0)
    by_mail += weights.of("email", seen.mail)
    # Of people without names the address is the name.
    unlike = (seen.given + seen.family == 0) & np.isin(
        seen.mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT)
    )
    return (
        np.where(unlike & ~seen.nobody, np.minimum(by_mail, UNLIKE), by_mail),
        np.select([seen.line == level for level in line_points], list(line_points.values()), 0.0)
        + weights.of("phone", seen.line),
        np.maximum(mail_bits, line_bits) > -prior,
    )


def _named(seen: Seen) -> Mask:
    return (seen.given > Name.FAR) & (seen.family > Name.FAR)


def _name_points(table: Table, seen: Named | Seen, weights: Weights) -> tuple[Bits, Bits]:
    left, right = seen.pairs
    # The commoner of the two counts: a slip is always rare.
    rare_given, rare_family = rarity(table.given, 11), rarity(table.family, 13)
    given = _commoner(rare_given, table.given.codes[left], table.given.codes[right])
    family = _commoner(rare_family, table.family.codes[left], table.family.codes[right])
    first, last = rare_given[given], rare_family[family]
    for_given = _by_name_level(seen.given, first, different=-11.0) + weights.of("given_name", seen.given)
    for_family = _by_name_level(seen.family, last, different=-7.0) + weights.of("family_name", seen.family)
    both = rarity(table.whole, 20)[table.whole.codes[left]]
    turned = [seen.swaps == Swap.WHOLE, seen.swaps == Swap.ALIKE, seen.swaps == Swap.PART]
    for_given = np.select(turned, [both / 2 - 1, 5.0, 2.0], for_given)
    for_family = np.select(turned, [both / 2, 5.0, 0.0], for_family)
    # Names of one country go together: Giulia Rossi is no stranger to other Giulia Rossis.
    at = np.flatnonzero((seen.given > Name.FAR) & (seen.family > Name.FAR))
    for_family[at] -= together(table.lifts["given"], table.lifts["family"], given[at], family[at])
    # Another given name makes a common family name a hint at kin, not at one person.
    kin = (seen.given == Name.DIFFERENT) & (seen.swaps == Swap.NO)
    return for_given, np.where(kin, np.minimum(for_family, 2), for_family)


def _commoner(rare: Bits, one: Codes, two: Codes) -> Codes:
    """The code that is less rare."""
    return np.where(rare[one] <= rare[two], one, two)


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


def _title_points(table: Table, seen: Seen, weights: Weights) -> Bits:
    """Points of what somebody does; colleagues and kin who do the same are no more one person."""
    rare = rarity(table.title, 7)[table.title.codes[seen.pairs.left]]
    made = _like_points(seen.title, rare, np.maximum(rare - 2, 1), -2.0) + weights.of("title", seen.title)
    return np.where(seen.strangers & (made > 0), 0.3 * made, made)


def _other_points(table: Table, seen: Seen, weights: Weights) -> Bits:
    """Numbers of a kind we have no name for: a customer number, a tax number."""
    made = np.zeros(len(seen.given))
    for column, worth, levels in zip(table.others, table.seldom[1:], seen.others, strict=True):
        rare = worth[column.codes[seen.pairs.left]]
        made += _like_points(levels, rare, 4.0, -3.0) + weights.of("other", levels)
    return made


def _surroundings(table: Table, seen: Seen, weights: Weights) -> tuple[Bits, Bits]:
    """Points of company and of place."""
    left, right = seen.pairs
    rare = rarity(table.company, 9)
    firm = np.minimum(rare[table.company.codes[left]], rare[table.company.codes[right]])
    for_company = _like_points(seen.company, firm, np.maximum(firm - 2, 1), -2.0) + weights.of("company", seen.company)
    domain = table.domain.codes
    same_domain = (domain[left] >= 0) & (domain[left] == domain[right])
    by_domain = rarity(table.domain, 9)[domain[left]] - 1
    for_company = np.where(same_domain, np.maximum(for_company, by_domain), for_company)
    named = rarity(table.company, 14)[table.company.codes[left]]
    for_company = np.where(seen.nobody, _like_points(seen.company, named, named - 3, -5.0), for_company)
    # A landline of another company: the number moved on, or two people live at its end.
    moved = (seen.line == Line.SAME) & ~seen.in_hand & (seen.company == Like.DIFFERENT)
    for_company = np.where(moved, np.minimum(for_company, -4), for_company)

    rares = [rarity(c, top)[c.codes[left]] for c, top in ((table.city, 7), (table.postcode, 9), (table.street, 11))]
    # People of one country, as namesakes mostly are, live in its towns.
    towns = table.lifts["city"]
    every = np.arange(len(table.city.values) + 1)
    rares[0] = np.maximum(rares[0] - np.maximum(together(towns, towns, every, every), 0)[table.city.codes[left]], 0.5)
    town = _like_points(seen.city, rares[0], 2.0, -1.5) + weights.of("city", seen.city)
    code = _like_points(seen.postcode, rares[1], 0.0, -1.0) + weights.of("postcode", seen.postcode)
    road = _like_points(seen.street, rares[2], 5.0, -1.5) + weights.of("street", seen.street)
    stack = np.stack([town, code, road])
    best = np.maximum(stack.max(axis=0), 0)
    rest = np.maximum(stack, 0).sum(axis=0) - best
    place = best + 0.3 * rest + np.maximum(np.minimum(stack, 0).sum(axis=0), -3)
    # Colleagues share the office: its address adds little to its name.
    less = np.where(for_company > 0, 0.4 * PLACE, PLACE)
    place = np.where(~seen.nobody & (place > 0), less * place, place)
    # Colleagues and kin share the office, the home and the lines; that makes them no more one person.
    lessened = [np.where(seen.strangers & (points > 0), 0.3 * points, points) for points in (for_company, place)]
    return lessened[0], lessened[1]
