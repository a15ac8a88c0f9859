"""Points of a pair of records, field by field, in bulk (H2).

Agreement is worth more the rarer the value; a value shared by many different names
(office line, info@, filler) loses its worth; contradictions count against. Fields that
tend to agree together (office, household) are not counted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import emails
from migration.hygiene.block import Pairs, blocks, crossed, stacked
from migration.hygiene.features import Codes, Column, Table
from migration.hygiene.likeness import Name, family_level, given_level, name_levels, rarity, scores

Mask = NDArray[np.bool_]
Bits = NDArray[np.float64]
Levels = NDArray[np.int8]


class Mail(IntEnum):
    """What two records' addresses are to one another."""

    NONE = 0
    SAME = 1
    NEAR = 2
    SAME_LOCAL = 3
    PRIVATE_CONFLICT = 4
    SAME_DOMAIN = 5
    DIFFERENT = 6


class Line(IntEnum):
    """What two records' telephone numbers are to one another."""

    NONE = 0
    SAME = 1
    NEAR = 2
    MOBILE_CONFLICT = 3
    DIFFERENT = 4


class Like(IntEnum):
    """Plain likeness of one field."""

    NONE = 0
    SAME = 1
    NEAR = 2
    DIFFERENT = 3


@dataclass(slots=True)
class Carriers:
    """Per value: `names`, how many persons carry it (1: all may be one), and `homonyms`, where they bear one name."""

    names: Codes
    homonyms: Mask

    def burden(self, codes: Codes) -> Bits:
        """Bits that agreement on each code loses; codes of -1 lose nothing."""
        each = 1.5 * np.log2(self.names) + 5.0 * self.homonyms
        return np.append(each, 0.0)[codes]


@dataclass(slots=True)
class Weights:
    """Bits of the contradictions that differ most between files, learnt from the file itself."""

    birth: float = -9.0
    mobile: float = -6.0
    city: float = -1.5
    company: float = -2.0


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


def _names(table: Table, pairs: Pairs) -> tuple[Levels, Levels, Mask]:
    """Levels of given and family name, and where they are swapped."""
    left, right = pairs
    given = name_levels(table.given.codes[left], table.given.codes[right], table.given.values, given_level)
    family = name_levels(table.family.codes[left], table.family.codes[right], table.family.values, family_level)
    whole = table.whole.codes
    swapped = (
        (whole[left] >= 0) & (whole[left] == whole[right]) & (given == Name.DIFFERENT) & (family == Name.DIFFERENT)
    )
    return given, family, swapped


def _like(table: Table, column: Column, pairs: Pairs, near: float, scorer: str = "words") -> Levels:
    one, two = column.codes[pairs.left], column.codes[pairs.right]
    alike = scores(one, two, column.values, scorer)
    levels = np.full(len(alike), Like.DIFFERENT, dtype=np.int8)
    levels[alike >= near] = Like.NEAR
    levels[alike == 1] = Like.SAME
    levels[alike < 0] = Like.NONE
    return levels


def _clash(one: Codes, two: Codes) -> Mask:
    return (one >= 0) & (two >= 0) & (one != two)


def contrary(table: Table, pairs: Pairs, weights: Weights) -> Mask:
    """Do the two records clearly name two persons (or two companies)?"""
    given, family, swapped = _names(table, pairs)
    return _contrary(table, pairs, given, family, swapped, weights)


def _contrary(
    table: Table, pairs: Pairs, given: Levels, family: Levels, swapped: Mask, weights: Weights
) -> Mask:
    left, right = pairs
    suffix = _clash(table.suffix.codes[left], table.suffix.codes[right])
    # Where a file's birth dates are often wrong they part nobody by themselves.
    birth = (_like(table, table.birth, pairs, 0.5, "slips") == Like.DIFFERENT) & (weights.birth < -4)
    nobody = (given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH)
    company = nobody & (_like(table, table.company, pairs, 0.8) == Like.DIFFERENT)
    named = ((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & ~swapped
    return named | suffix | birth | company


def carriers_of(table: Table, columns: Sequence[Column], weights: Weights, limit: int = 40) -> Carriers:
    """How many different persons carry each value of `columns`: 1 when all may be one, else at least 2.

    Names that stand for one another, slips and blanks are not different names. Two
    mobile numbers, or two addresses at one provider, under one name are two persons:
    father and son share a line.
    """
    values = len(columns[0].values)
    codes, rows = stacked(columns)
    # One row per value and look of the record: an office line of ten thousand has few names to compare.
    nobody = (table.given.codes[rows] < 0) & (table.family.codes[rows] < 0)
    looks = [c.codes[rows] + 1 for c in (table.given, table.family, table.suffix, table.birth, table.email, table.phones[1])]
    look = crossed(*looks, np.where(nobody, table.company.codes[rows] + 1, 0))
    _, first = np.unique(np.stack([codes, look]), axis=1, return_index=True)
    codes, rows = codes[first], rows[first]
    sketch = table.family.take(lambda text: text[:3]).codes[rows] + 1
    initial = table.given.take(lambda text: text[:1]).codes[rows] + 1
    roughly = np.bincount(np.unique(np.stack([codes, sketch, initial]), axis=1)[0], minlength=values)
    different = np.bincount(codes, minlength=values) > limit
    found = blocks(codes, limit=limit)
    pairs = Pairs(rows[found.left], rows[found.right])
    named = contrary(table, pairs, weights)
    clash = _mobiles_clash(table, pairs)
    if columns is table.phones:
        shared = _shared(table.emails, pairs, np.ones(len(table.email.values), dtype=np.int64))
        clash |= (shared < 0) & np.isin(_mail(table, pairs, shared), (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN))
    given, family, _ = _names(table, pairs)
    one_name = (given >= Name.RELATED) & (family >= Name.RELATED)
    different[codes[found.left[named | clash]]] = True
    homonyms = np.zeros(values, dtype=bool)
    homonyms[codes[found.left[(named | clash) & one_name]]] = True
    return Carriers(np.where(different, np.maximum(roughly, 2), 1).astype(np.int64), homonyms)


def learn(table: Table, limit: int = 20) -> Weights:
    """Weights of contradictions, from pairs that share an address and a whole name.

    Such pairs are one person nearly always, so how often they contradict each other
    tells how often this file contradicts itself. Defaults count as fifty such pairs.
    """
    codes, rows = stacked(table.emails)
    found = blocks(codes, rows=rows, limit=limit)
    given, family, _ = _names(table, found)
    sure = (given >= Name.RELATED) & (family >= Name.RELATED)
    pairs = Pairs(found.left[sure], found.right[sure])
    made = Weights()
    birth = _like(table, table.birth, pairs, 0.5, "slips")
    city, company = _like(table, table.city, pairs, 0.85), _like(table, table.company, pairs, 0.8)
    mobile = table.phones[1].codes
    both = (mobile[pairs.left] >= 0) & (mobile[pairs.right] >= 0)
    for name, differs, told in (
        ("birth", birth == Like.DIFFERENT, birth != Like.NONE),
        ("city", city == Like.DIFFERENT, city != Like.NONE),
        ("company", company == Like.DIFFERENT, company != Like.NONE),
        ("mobile", _mobiles_clash(table, pairs), both),
    ):
        share = (differs.sum() + 50 * 2 ** getattr(made, name)) / (told.sum() + 50)
        setattr(made, name, round(float(np.log2(share)), 2))
    return made


def _mobiles_clash(table: Table, pairs: Pairs) -> Mask:
    """Two mobile numbers in full form that differ, neither being the other record's line."""
    one, two = table.phones[1].codes[pairs.left], table.phones[1].codes[pairs.right]
    full = np.array([v.startswith("+") for v in table.phones[1].values] + [False])
    clash = _clash(one, two) & full[one] & full[two]
    for column in (table.phones[0], *table.phones[2:]):
        clash &= (one != column.codes[pairs.right]) & (two != column.codes[pairs.left])
    return clash


def _shared(columns: Sequence[Column], pairs: Pairs, carriers: Codes) -> Codes:
    """Code of the value both records have, the one with the fewest names first; -1 for none."""
    best = np.full(len(pairs.left), -1, dtype=np.int64)
    worth = np.append(carriers, np.iinfo(np.int64).max)
    for one in columns:
        for two in columns:
            code = np.where(one.codes[pairs.left] == two.codes[pairs.right], one.codes[pairs.left], -1)
            best = np.where(worth[code] < worth[best], code, best)
    return best


def weigh(
    table: Table, pairs: Pairs, *, prior: float, mails: Carriers, lines: Carriers, weights: Weights
) -> Weighed:
    """Points of each pair; `prior` in bits is what a shared address or number has to outweigh."""
    left, right = pairs
    given, family, swapped = _names(table, pairs)
    apart = _contrary(table, pairs, given, family, swapped, weights)
    nobody = (given == Name.BLANK_BOTH) & (family == Name.BLANK_BOTH)
    company = _like(table, table.company, pairs, 0.8)
    birth = _like(table, table.birth, pairs, 0.5, "slips")
    city, postcode = _like(table, table.city, pairs, 0.85), _like(table, table.postcode, pairs, 0.99)
    street = _like(table, table.street, pairs, 0.8)
    mail_shared = _shared(table.emails, pairs, mails.names)
    line_shared = _shared(table.phones, pairs, lines.names)
    mail, line = _mail(table, pairs, mail_shared), _line(table, pairs, line_shared)
    suffix = np.select(
        [_clash(table.suffix.codes[left], table.suffix.codes[right]), (table.suffix.codes[left] >= 0) & (table.suffix.codes[left] == table.suffix.codes[right])],
        [Like.DIFFERENT, Like.SAME],
        Like.NONE,
    ).astype(np.int8)  # fmt: skip
    role = np.array([emails.is_role(v) for v in table.email.values] + [False])[mail_shared]
    household = np.array([emails.is_household(v) for v in table.email.values] + [False])[mail_shared]

    points: dict[str, Bits] = {}
    points["given_name"], points["family_name"] = _name_points(table, pairs, given, family, swapped)
    mail_bits = np.maximum(4 - prior - mails.burden(mail_shared) - 3 * role, 0)
    line_bits = np.maximum(2 - prior - lines.burden(line_shared), 0)
    mail_same, line_same = mail == Mail.SAME, line == Line.SAME
    strangers = ((given == Name.DIFFERENT) | (family == Name.DIFFERENT)) & ~swapped
    second = mail_same & line_same
    points["email"] = np.select(
        [mail_same, mail == Mail.NEAR, mail == Mail.SAME_LOCAL, mail == Mail.PRIVATE_CONFLICT, mail == Mail.SAME_DOMAIN, mail == Mail.DIFFERENT],
        [np.where(second & (line_bits > mail_bits), np.minimum(mail_bits, 4), mail_bits), 8.0, np.where(table.local_is_name[left] & table.local_is_name[right], 1.0, rarity(table.local, 7)[table.local.codes[left]]), -5.0, -4.0, -0.5],
        0.0,
    )  # fmt: skip
    points["phone"] = np.select(
        [line_same, line == Line.NEAR, line == Line.MOBILE_CONFLICT, line == Line.DIFFERENT],
        [np.where(second & (line_bits <= mail_bits), np.minimum(line_bits, 4), line_bits), 4.0, np.where(line_shared >= 0, weights.mobile - 3, weights.mobile), -0.5],
        0.0,
    )
    # Where an address or a number is shared, a common name says less: households and fathers share both.
    strong = np.maximum(np.where(mail_same, mail_bits, 0), np.where(line_same, line_bits, 0)) > -prior
    name_sum = points["given_name"] + points["family_name"]
    scale = np.where(strong & (name_sum > 6), 6 / np.maximum(name_sum, 6), 1.0)
    points["given_name"] = points["given_name"] * scale
    points["family_name"] = points["family_name"] * scale
    points["suffix"] = np.select([suffix == Like.DIFFERENT, suffix == Like.SAME], [-25.0, 2.0], 0.0)
    rare_birth = rarity(table.birth, 11)[table.birth.codes[left]]
    points["birth_date"] = np.select(
        [birth == Like.SAME, birth == Like.NEAR, birth == Like.DIFFERENT], [rare_birth, rare_birth - 4, weights.birth], 0.0
    )
    points["company"], points["place"] = _surroundings(
        table, pairs, company, city, postcode, street, nobody, weights
    )
    # Colleagues and kin share the office, the home and the lines; that makes them no more one person.
    for name in ("company", "place"):
        points[name] = np.where(strangers & (points[name] > 0), 0.3 * points[name], points[name])
    in_hand = line_same & (_is_in(table.phones[1], pairs, line_shared))
    points["company"] = np.where(line_same & ~in_hand & (company == Like.DIFFERENT), np.minimum(points["company"], -4), points["company"])
    levels = {
        "given_name": given, "family_name": family, "swapped": swapped.astype(np.int8), "email": mail, "phone": line, "suffix": suffix,
        "birth_date": birth, "company": company, "city": city, "postcode": postcode, "street": street,
    }  # fmt: skip

    agree = _agree(given) & _agree(family) | swapped
    agree |= nobody & (company == Like.SAME)
    free = ~apart & (birth != Like.NEAR) & (line != Line.MOBILE_CONFLICT)
    # A private and a work address are no conflict on somebody's mobile, in one company.
    own = in_hand & (mail == Mail.DIFFERENT) & np.isin(company, (Like.SAME, Like.NEAR))
    no_mail_conflict = ~np.isin(mail, (Mail.PRIVATE_CONFLICT, Mail.SAME_DOMAIN, Mail.DIFFERENT)) | own
    settled = in_hand | np.isin(company, (Like.SAME, Like.NEAR)) | (birth == Like.SAME) | mail_same
    # A line at home rings for father and son, and for the one whose given name is missing.
    one_suffix = (table.suffix.codes[left] >= 0) != (table.suffix.codes[right] >= 0)
    full_names = (given >= Name.RELATED) & (family >= Name.RELATED) & ~one_suffix | swapped
    one_mail = np.append(mails.names, 2)[mail_shared] == 1
    one_line = np.append(lines.names, 2)[line_shared] == 1
    real_line = np.array([v.startswith("+") for v in table.phones[0].values] + [False])[line_shared]
    return Weighed(
        pairs,
        points,
        levels,
        {"email": mail_shared, "phone": line_shared},
        {"email": np.append(mails.names, 0)[mail_shared], "phone": np.append(lines.names, 0)[line_shared]},
        np.sum(list(points.values()), axis=0),
        mail_same & agree & free & one_mail & ~role & (full_names | ~household),
        line_same & agree & free & one_line & no_mail_conflict & real_line & settled & (full_names | in_hand | nobody),
    )


def _is_in(column: Column, pairs: Pairs, codes: Codes) -> Mask:
    """Does one of the two records have the code in `column`?"""
    return (codes >= 0) & ((column.codes[pairs.left] == codes) | (column.codes[pairs.right] == codes))


def _agree(levels: Levels) -> Mask:
    """Names agree, or are blank on a side (H2). A slip is not agreement: it goes to a person."""
    return (levels >= Name.RELATED) | (levels <= Name.BLANK_ONE)


def _mail(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    one, two = table.email.codes[pairs.left], table.email.codes[pairs.right]
    both = (one >= 0) & (two >= 0) & (shared < 0)
    alike = np.full(len(one), -1, dtype=np.float32)
    alike[both] = scores(one[both], two[both], table.email.values, "slips")
    local = table.local.codes
    domain = np.array([domain_of(v) for v in table.email.values] + [""], dtype=object)
    private = np.array([emails.is_private(v) for v in table.email.values] + [False])
    same_domain = domain[one] == domain[two]
    levels = np.full(len(one), Mail.NONE, dtype=np.int8)
    levels[both] = Mail.DIFFERENT
    levels[both & same_domain] = Mail.SAME_DOMAIN
    levels[both & private[one] & private[two]] = Mail.PRIVATE_CONFLICT
    levels[both & (local[pairs.left] >= 0) & (local[pairs.left] == local[pairs.right])] = Mail.SAME_LOCAL
    # "john.smith2" was numbered because "john.smith" is somebody else.
    plain = table.email.take(_unnumbered)
    bare = plain.codes
    numbered = (bare[pairs.left] == bare[pairs.right]) & (_numbered(table.email.values)[one] != _numbered(table.email.values)[two])
    levels[both & (alike >= 1 / 3) & ~numbered] = Mail.NEAR
    levels[shared >= 0] = Mail.SAME
    return levels


def _unnumbered(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.rstrip('0123456789')}@{domain}"


def _numbered(addresses: list[str]) -> Mask:
    return np.array([v.partition("@")[0][-1:].isdigit() for v in addresses] + [False])


def domain_of(address: str) -> str:
    """Domain of an address."""
    return address.rpartition("@")[2]


def _line(table: Table, pairs: Pairs, shared: Codes) -> Levels:
    main, mobile = table.phones[0], table.phones[1]
    one, two = main.codes[pairs.left], main.codes[pairs.right]
    both = (one >= 0) & (two >= 0) & (shared < 0)
    alike = np.full(len(one), -1, dtype=np.float32)
    alike[both] = scores(one[both], two[both], main.values, "slips")
    levels = np.full(len(one), Line.NONE, dtype=np.int8)
    levels[both] = Line.DIFFERENT
    levels[both & (alike >= 0.5)] = Line.NEAR
    levels[shared >= 0] = Line.SAME
    # Two mobiles that differ speak against one person even where a landline is shared.
    levels[_mobiles_clash(table, pairs)] = Line.MOBILE_CONFLICT
    return levels


def _name_points(table: Table, pairs: Pairs, given: Levels, family: Levels, swapped: Mask) -> tuple[Bits, Bits]:
    left, right = pairs
    # The commoner of the two counts: a slip is always rare.
    rare_given = rarity(table.given, 11)
    rare_family = rarity(table.family, 13)
    first = np.minimum(rare_given[table.given.codes[left]], rare_given[table.given.codes[right]])
    last = np.minimum(rare_family[table.family.codes[left]], rare_family[table.family.codes[right]])
    for_given = np.select(
        [given == Name.SAME, given == Name.RELATED, given == Name.INITIAL, given == Name.TYPO, given == Name.FAR, given == Name.DIFFERENT],
        [first, np.maximum(first - 1.5, 1.5), 2.5, np.maximum(first - 2.5, 1), np.maximum(first - 5, 0), -11.0],
        0.0,
    )
    for_family = np.select(
        [
            family == Name.SAME,
            family == Name.RELATED,
            family == Name.INITIAL,
            family == Name.TYPO,
            family == Name.FAR,
            family == Name.DIFFERENT,
        ],
        [last, np.maximum(last - 1.5, 1.5), 2.5, np.maximum(last - 2, 1), np.maximum(last - 5, 0), -7.0],
        0.0,
    )
    both = rarity(table.whole, 20)[table.whole.codes[left]]
    for_given = np.where(swapped, both / 2 - 1, for_given)
    for_family = np.where(swapped, both / 2, for_family)
    # Another given name makes a common family name a hint at kin, not at one person.
    for_family = np.where((given == Name.DIFFERENT) & ~swapped, np.minimum(for_family, 2), for_family)
    return for_given, for_family


def _surroundings(
    table: Table,
    pairs: Pairs,
    company: Levels,
    city: Levels,
    postcode: Levels,
    street: Levels,
    nobody: Mask,
    weights: Weights,
) -> tuple[Bits, Bits]:
    left, right = pairs
    rare_company = rarity(table.company, 9)
    firm = np.minimum(rare_company[table.company.codes[left]], rare_company[table.company.codes[right]])
    domain = table.domain.codes
    same_domain = (domain[left] >= 0) & (domain[left] == domain[right])
    by_domain = np.where(same_domain, rarity(table.domain, 9)[domain[left]], 0.0)
    for_company = np.select(
        [company == Like.SAME, company == Like.NEAR, company == Like.DIFFERENT],
        [firm, np.maximum(firm - 2, 1), weights.company],
        0.0,
    )
    for_company = np.where(same_domain, np.maximum(for_company, by_domain - 1), for_company)
    # Without a person the company is the name.
    named = rarity(table.company, 14)[table.company.codes[left]]
    as_name = np.select(
        [company == Like.SAME, company == Like.NEAR, company == Like.DIFFERENT], [named, named - 3, -5.0], 0.0
    )
    for_company = np.where(nobody, as_name, for_company)
    town = np.select(
        [city == Like.SAME, city == Like.NEAR, city == Like.DIFFERENT],
        [rarity(table.city, 7)[table.city.codes[left]], 2.0, weights.city],
        0.0,
    )
    code = np.select(
        [postcode == Like.SAME, postcode == Like.DIFFERENT],
        [rarity(table.postcode, 9)[table.postcode.codes[left]], -1.0],
        0.0,
    )
    road = np.select(
        [street == Like.SAME, street == Like.NEAR, street == Like.DIFFERENT],
        [rarity(table.street, 11)[table.street.codes[left]], 5.0, -1.5],
        0.0,
    )
    stack = np.stack([town, code, road])
    best = stack.max(axis=0)
    rest = np.where(stack > 0, stack, 0).sum(axis=0) - np.maximum(best, 0)
    against = np.maximum(np.where(stack < 0, stack, 0).sum(axis=0), -3)
    place = np.maximum(best, 0) + 0.3 * rest + against
    # Colleagues share the office: its address adds little to its name.
    place = np.where((for_company > 0) & ~nobody & (place > 0), 0.4 * place, place)
    return for_company, place
