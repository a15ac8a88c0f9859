"""The quick way to an E.164 number: `phonenumbers`' own metadata without its detours (H4).

`phone` equals `phones.phone` on every input. Numbers of plain shape (digits, spaces,
brackets, hyphens, dots, slashes, one leading plus) take the way of the library's parser
with its patterns compiled once per country and length; whatever else there is, a country
that rewrites numbers, or a step that would raise there, is asked of the library.

Source: ITU-T E.164 and the metadata of libphonenumber, as held by `phonenumbers`.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from re import _constants, _parser  # type: ignore[attr-defined]  # what a pattern says of its last letters
from typing import Any, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from migration.hygiene import phones
from migration.hygiene.issues import Issue, issue
from migration.hygiene.phones import Phone

_PLAIN = re.compile(
    r"[ (]*(\+?)[ (]*([0-9][0-9 ().\-/]*)(?:(?<=[0-9)])[ ,]*(?:ext\.?|x\.?|extension) ?([0-9]{1,7}))?", re.I
)
_BARE = str.maketrans("", "", " ().-/+")
RUNS = frozenset({"1234567", "7654321"})
COUNTING = ("12345678", "012345678")
FEWEST, MOST = 7, 15  # digits; shorter and longer ones are rare and asked of the library
FREE = 4  # last digits of a number that most countries leave to whoever assigns it
_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip

_DIGIT = [(_constants.CATEGORY, _constants.CATEGORY_DIGIT)]

Matches = Callable[[str], Any]


class Country(NamedTuple):
    """What the numbers of one country look like; `by_length[n]` matches the valid national numbers of n digits.

    `rewrites`: its numbers change while they are read, which is left to the library.
    `free[n]`: that many last digits of n may be any in what its patterns match whole. At
    most `reach_abroad`, `reach_prefix` and `reach_leading` first digits are looked at by the others.
    """

    code: str
    rewrites: bool
    abroad: Matches
    prefix: Matches | None
    viable: Matches
    possible: frozenset[int]
    longest: int
    local: frozenset[int]
    by_length: Mapping[int, Matches]
    leading: Matches | None
    free: Mapping[int, int]
    reach_abroad: int
    reach_prefix: int
    reach_leading: int


@cache
def _country(region: str) -> Country | None:
    """Patterns of a country; None when there are none."""
    found = PhoneMetadata.metadata_for_region(region, None)
    return _patterns(found) if found is not None else None


def _patterns(found: PhoneMetadata) -> Country | None:
    general = found.general_desc
    if general is None or not general.national_number_pattern or not general.possible_length:
        return None
    by_length: dict[int, list[str]] = {}
    for name in _KINDS:
        desc = getattr(found, name)
        if desc is None or not desc.national_number_pattern:
            continue
        if name == "mobile" and found.same_mobile_and_fixed_line_pattern:
            continue
        for length in desc.possible_length or range(1, 18):
            by_length.setdefault(length, []).append(desc.national_number_pattern)
    viable = re.compile(general.national_number_pattern).fullmatch
    allowed = frozenset(general.possible_length)
    valid = {
        length: re.compile("|".join(f"(?:{one})" for one in patterns)).fullmatch
        for length, patterns in by_length.items()
        if length in allowed
    }
    prefix = found.national_prefix_for_parsing
    return Country(
        code=str(found.country_code),
        rewrites=bool(found.national_prefix_transform_rule),
        abroad=re.compile(found.international_prefix or "NonMatch").match,
        prefix=re.compile(prefix).match if prefix else None,
        viable=viable,
        possible=allowed,
        longest=max(allowed),
        local=frozenset(general.possible_length_local_only),
        by_length=valid,
        leading=re.compile(found.leading_digits).match if found.leading_digits else None,
        free={
            length: min(_free(one, length) for one in (general.national_number_pattern, *by_length.get(length, ())))
            for length in range(FREE + 1, MOST + 1)
        },
        reach_abroad=_reach(found.international_prefix),
        reach_prefix=_reach(prefix),
        reach_leading=_reach(found.leading_digits),
    )


@cache
def _parsed(pattern: str) -> Any:
    return _parser.parse(pattern)


def _reach(pattern: str | None) -> int:
    """How many characters a pattern can look at."""
    return _parsed(pattern).getwidth()[1] if pattern else 0


def _free(pattern: str, length: int) -> int:
    """How many characters at the end of a match of so many may be any digit."""
    return _free_of(_parsed(pattern), length, length)


def _free_of(parsed: Any, fewest: int, most: int) -> int:
    free, items = 0, list(parsed)
    while items:
        kind, what = items.pop()
        before_least, before_most = parsed[: len(items)].getwidth()
        if kind is _constants.IN and what == _DIGIT:
            free, fewest, most = free + 1, fewest - 1, most - 1
        elif kind is _constants.MAX_REPEAT and list(what[2]) == [(_constants.IN, _DIGIT)]:
            if what[0] != what[1]:
                return free + max(what[0], min(what[1], fewest - before_most))
            free, fewest, most = free + what[0], fewest - what[0], most - what[0]
        elif kind is _constants.SUBPATTERN or kind is _constants.BRANCH:
            fewest, most = fewest - before_most, most - before_least
            found = [MOST]
            for one in what[1] if kind is _constants.BRANCH else [what[-1]]:
                least, longest = one.getwidth()
                if least <= most and fewest <= longest:
                    found.append(_free_of(one, fewest, most))
            return free + min(found)
        else:
            return free
    return free


@cache
def _sharing(code: int) -> tuple[Country, ...] | None:
    """Countries of a calling code in the library's order; None when one of them cannot be told quickly."""
    made = []
    for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ()):
        country = _country(region) if region != "001" else None
        if country is None:
            return None
        made.append(country)
    return tuple(made) or None


@cache
def _main(code: int) -> Country | None:
    """The country whose rules read the numbers of a calling code; None when the library has to."""
    sharing = _sharing(code)
    return sharing[0] if sharing and not sharing[0].rewrites else None


_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)


def phone(raw: str, *, region: str) -> Phone | Issue:
    """Read `raw` as `phones.phone` does, only faster."""
    shape = _PLAIN.fullmatch(raw)
    if shape is None:
        return phones.phone(raw, region=region)
    plus, body, extension = shape.groups("")
    digits = body.translate(_BARE)
    if not FEWEST <= len(digits) <= MOST or len(raw) > 60:
        return phones.phone(raw, region=region)
    if _may_be_filler(digits + extension) and phones.FILLER.search(digits + extension):
        return issue("phone.placeholder", raw)
    read, rule = _abroad(digits) if plus else _at_home(digits, region), "phone.e164"
    valid = read is not None and _is_valid(*read)
    if read and not valid and not plus and body.startswith("00"):
        read, rule = _abroad(digits[2:]), "phone.double_zero"
        valid = read is not None and _is_valid(*read)
    if read is None:
        return phones.phone(raw, region=region)
    if valid:
        return Phone(f"+{read[0]}{read[1]}", extension, rule)
    return issue("phone.several" if phones.SEVERAL.search(raw) else "phone.unassigned", raw)


def steady(digits: str, region: str, *, is_abroad: bool) -> tuple[str, int] | None:
    """(calling code, length of the national number) of valid `digits`, where their last FREE digits do not matter.

    None where they do, or may, and for what is no valid number: `phone` has to say.
    """
    home = None if is_abroad else _country(region)
    if not is_abroad and home is None:
        return None
    if home is not None and (found := home.abroad(digits)) is not None:
        rest = digits[found.end() :]
        if len(rest) < FEWEST or home.rewrites or home.reach_abroad > len(digits) - FREE:
            return None
        return steady(rest, region, is_abroad=True)
    read = _abroad(digits) if is_abroad else _at_home(digits, region)
    if read is None or not _is_valid(*read):
        return None
    national = read[1]
    left = len(national) - FREE
    sharing = _sharing(int(read[0])) or ()
    asked = [sharing[0]]
    if not _is_typed(sharing[0], national):
        for one in sharing:  # as `_is_valid` asks them
            if one.reach_leading > left:
                return None
            if one.leading is None or one.leading(national):
                asked.append(one)
                if one.leading is not None or _is_typed(one, national):
                    break
    if any(one.free.get(len(national), 0) < FREE for one in asked):
        return None
    if home is not None:
        kept_code = digits.startswith(home.code) and len(national) == len(digits)
        if kept_code or home.reach_abroad > len(digits) - FREE:
            return None
    for one in (sharing[0], home or sharing[0]):
        shortest = len(national)
        if one.prefix is not None and (found := one.prefix(national)) is not None:
            shortest -= found.end()  # it was looked at without its prefix
        if one.reach_prefix > left:
            return None
        if any(one.free.get(length, 0) < FREE for length in range(shortest, len(digits) + 1)):
            return None
    return read[0], len(national)


def _may_be_filler(digits: str) -> bool:
    """Is a closer look worth its time? Fillers end on a run or count up from the start."""
    return digits[-1] == digits[-2] or digits[-7:] in RUNS or digits.startswith(COUNTING)


def _abroad(digits: str) -> tuple[str, str] | None:
    """Calling code and national number of `digits` after a plus; None when the library has to say."""
    if digits[0] == "0":
        return None
    for length in (1, 2, 3):
        code = digits[:length]
        if code in _CODES:
            country = _main(int(code))
            return None if country is None else (code, _without_prefix(digits[length:], country))
    return None


def _at_home(digits: str, region: str) -> tuple[str, str] | None:
    """Calling code and national number of `digits` as dialled in `region`; None when the library has to say."""
    country = _country(region)
    if country is None or country.rewrites:
        return None
    if (abroad := country.abroad(digits)) is not None:
        rest = digits[abroad.end() :]
        return _abroad(rest) if len(rest) >= FEWEST else None
    national = digits
    if digits.startswith(country.code):
        rest = _stripped(digits[len(country.code) :], country)
        if (not country.viable(digits) and country.viable(rest)) or (
            len(digits) not in country.local and len(digits) > country.longest
        ):
            national = rest
    main = _main(int(country.code))
    if main is None:
        return None
    if national is not digits:
        return country.code, _without_prefix(national, main)
    return country.code, _without_prefix(national, country)


def _stripped(number: str, country: Country) -> str:
    """`number` without the prefix dialled inside the country, where what is left can be a number."""
    if country.prefix is None or not number or (found := country.prefix(number)) is None:
        return number
    rest = number[found.end() :]
    return number if country.viable(number) and not country.viable(rest) else rest


def _without_prefix(number: str, country: Country) -> str:
    rest = _stripped(number, country)
    if rest is number:
        return number
    length = len(rest)
    if length in country.local or length < min(country.possible):
        return number
    return rest if length in country.possible or length > country.longest else number


def _is_valid(code: str, national: str) -> bool:
    """Does the number belong to a country of its code? The first that claims it decides, as in the library."""
    sharing = _sharing(int(code))
    assert sharing is not None, "asked of the library before"
    if _is_typed(sharing[0], national):
        return True
    for country in sharing:
        if country.leading is not None:
            if country.leading(national):
                return _is_typed(country, national)
        elif _is_typed(country, national):
            return True
    return False


def _is_typed(country: Country, national: str) -> bool:
    """Is it a number of some kind in the country, wherever its leading digits belong?"""
    kind = country.by_length.get(len(national))
    return kind is not None and country.viable(national) is not None and kind(national) is not None
