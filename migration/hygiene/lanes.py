"""Values that are plain beyond doubt, cleaned all at once as bytes; what is not goes to the rules one by one (H4).

What a lane makes of a value is what `standardise` makes of it; it settles nothing that it
would have to explain.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import company, dates, dialling, emails
from migration.hygiene.alphabet import Packed
from migration.hygiene.fields import Kind
from migration.hygiene.standardise import Context, Field
from migration.hygiene.text import BLANK_MARKERS, BLANK_WORDS
from migration.hygiene.wordsort import cut_out, grouped, hashes, words

FEWEST = 500  # values from which a lane is worth its start

Letters = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class Lane(NamedTuple):
    """Which values are settled, and what became of them: `data` in bytes (None: they stay), `changed` by `rule`."""

    settled: Mask
    data: NDArray[np.bytes_] | None = None
    changed: Mask | None = None
    rule: str = ""


def lane_of(field: Field, texts: Packed, region: str, context: Context) -> Lane | None:
    """What can be settled of `texts`; None where there is no lane for the field."""
    if len(texts) < FEWEST:
        return None
    if field.kind is Kind.EMAIL:
        return _emails(texts)
    if field.kind is Kind.DATETIME:
        return _instants(texts, context.zone)
    if field.kind is Kind.PHONE:
        return _phones(texts, region)
    if field.kind is Kind.COMPANY:
        return _companies(texts)
    if field.clean is None and not field.is_long and not field.never_an_address:
        return Lane(neat(texts))
    return None


def _table(letters: bytes) -> Mask:
    made = np.zeros(256, dtype=bool)
    made[list(letters)] = True
    return made


def _rows(letters: Letters, marked: Mask) -> Mask:
    """Rows in which there is one of the marked letters."""
    found = np.zeros(len(letters), dtype=bool)
    found[np.flatnonzero(marked[letters.ravel()]) // letters.shape[1]] = True
    return found


def _next_to(letters: Letters, one: int, two: Iterable[int]) -> Mask:
    """Rows in which the letter `one` stands before one of `two`."""
    found = np.zeros(len(letters), dtype=bool)
    first = letters[:, :-1] == one
    if first.any():
        behind = np.zeros(256, dtype=bool)
        behind[list(two)] = True
        at = np.flatnonzero(first)
        row, place = at // first.shape[1], at % first.shape[1]
        found[row[behind[letters[row, place + 1]]]] = True
    return found


_CONTROL = _table(bytes(range(1, 32)))


def neat(texts: Packed) -> Mask:
    """Texts in ASCII that tidying leaves as they are, whatever the field."""
    letters = texts.letters()
    bad = texts.is_odd[:-1] | _rows(letters, _CONTROL) | _next_to(letters, ord(" "), b" \0")
    bad |= (letters[:, 0] == ord(" ")) | (letters[:, 0] == ord("'")) | (letters[:, -1] == ord(" "))
    short = np.ones(len(letters), dtype=bool) if letters.shape[1] <= 16 else letters[:, 16] == 0
    short &= _MARKERS_BEGIN[letters[:, 0]]
    at = np.flatnonzero(short & ~bad)
    bad[at] = _one_of(_low(letters[at, :16]), BLANK_MARKERS | BLANK_WORDS)
    return ~bad


_MARKERS_BEGIN = _table(bytes({ord(first) for one in BLANK_MARKERS | BLANK_WORDS for first in one[0] + one[0].upper()}))


def _low(letters: Letters) -> Letters:
    """The letters in lower case."""
    return letters + np.uint8(32) * ((letters >= ord("A")) & (letters <= ord("Z")))


@cache
def _hashes_of(known: frozenset[str], width: int) -> NDArray[np.uint64]:
    return hashes(words(np.array([one.encode() for one in known if len(one) <= width], dtype=f"S{width}")))


def _one_of(letters: Letters, known: frozenset[str]) -> Mask:
    """Rows that are one of the texts `known`, or look so."""
    if not len(letters):
        return np.zeros(0, dtype=bool)
    data = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}").ravel()
    width = words(data[:1]).shape[1] * 8
    return np.isin(hashes(words(data)), _hashes_of(known, width))


# ------------------------------------------------------------------------------------------- addresses

_LOCAL = ~_table(b"abcdefghijklmnopqrstuvwxyz0123456789._-@\0")


def _emails(texts: Packed) -> Lane:
    letters = texts.letters()
    size, width = letters.shape
    low = _low(letters)
    bad = _rows(low, _LOCAL) | _next_to(low, ord("."), b".@") | _next_to(low, ord("-"), b"-")
    bad |= low[:, 0] == ord(".")
    is_at = low == ord("@")
    at = is_at.argmax(axis=1)
    bad |= (np.count_nonzero(is_at, axis=1) != 1) | (at == 0)
    good = np.flatnonzero(~bad)
    settled = np.zeros(size, dtype=bool)
    if not len(good):
        return Lane(settled)
    low, at = low[good], at[good]
    length = np.count_nonzero(low, axis=1)
    begin = np.arange(len(good)) * width
    domain = cut_out(low.ravel(), begin + at + 1, length - at - 1)
    first, kind = grouped(domain)
    plain = np.array([_is_plain(one.decode()) for one in domain[first].tolist()], dtype=bool)
    local = cut_out(low.ravel(), begin, at)
    said = _one_of(local.view(np.uint8).reshape(len(local), local.itemsize), emails.ROLES | emails.FILLER_LOCALS)
    settled[good[plain[kind] & ~said]] = True
    data = texts.data[:-1].copy()
    data[good] = np.ascontiguousarray(low).view(f"S{width}").ravel()
    return Lane(settled, data, data != texts.data[:-1], "email.lower")


def _is_plain(domain: str) -> bool:
    """Is nothing to be said of an address at this domain but its owner?"""
    found = emails.email(f"ab@{domain}")
    return isinstance(found, emails.Email) and emails.domain_meant(domain) == domain and found.address == f"ab@{domain}"


# ------------------------------------------------------------------------------------------- instants

_SHAPES = 300  # kinds of spelling beyond which a column holds no instants


def _instants(texts: Packed, zone: str) -> Lane | None:
    letters = texts.letters()
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    shape = np.where(digit, np.uint8(ord("0")), letters)
    width = letters.shape[1]
    first, kind = grouped(shape.view(f"S{width}").ravel())
    if len(first) > _SHAPES or width < 20:
        return None
    settled = np.zeros(len(texts), dtype=bool)
    data = texts.data[:-1].copy()
    made = data.view(np.uint8).reshape(letters.shape)
    days, day = grouped(np.ascontiguousarray(letters[:, :10]).view("S10").ravel())
    is_day = np.array([dates.is_day(one.decode("latin-1")) for one in letters[days, :10].copy().view("S10").ravel()])
    for at, place in enumerate(first.tolist()):
        rows = np.flatnonzero(kind == at)
        found = dates.ISO.fullmatch(shape[place].tobytes().rstrip(b"\0").decode("latin-1"))
        if found is None or found[0] == "":
            continue
        rows = rows[is_day[day[rows]]]
        if found[2]:
            if not (found[3] or zone == "UTC"):
                continue
            told = letters[rows]
            hour = (told[:, 11] < ord("2")) | ((told[:, 11] == ord("2")) & (told[:, 12] < ord("4")))
            clock = hour & (told[:, 14] < ord("6")) & (told[:, 17] < ord("6"))
            behind = told[:, 19:]  # a fraction and an offset of zeros alone
            clock &= ~((behind > ord("0")) & (behind <= ord("9"))).any(axis=1)
            rows = rows[clock]
            made[rows, 10], made[rows, 19] = ord("T"), ord("Z")
            made[rows, 20:] = 0
        settled[rows] = True
    return Lane(settled, data, data != texts.data[:-1], "date.iso8601")


# ------------------------------------------------------------------------------------------- numbers

_DIAL = ~_table(b"0123456789 ().-/+\0")
_RUNS = frozenset(dialling.RUNS)


def _phones(texts: Packed, region: str) -> Lane:
    bare, guarded = _unguarded(texts)
    letters = bare.letters()
    size, width = letters.shape
    bad = ~neat(bare) | _rows(letters, _DIAL)
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    count = np.count_nonzero(digit, axis=1)
    begins = digit.argmax(axis=1)
    plus = letters[:, 0] == ord("+")
    bad |= (begins > 1) | ((begins == 1) & ~plus & (letters[:, 0] != ord("(")))
    bad |= np.count_nonzero(letters == ord("+"), axis=1) != plus
    bad |= (count < dialling.FEWEST) | (count > dialling.MOST)
    flat = letters[digit]
    end = np.cumsum(count)
    start = end - count
    settled = np.zeros(size, dtype=bool)
    good = np.flatnonzero(~bad)
    start, end, count, plus = start[good], end[good], count[good], plus[good]
    odd = flat[end - 1] == flat[end - 2]
    odd |= _one_of(cut_out(flat, end - 7, np.full(len(end), 7)).view(np.uint8).reshape(len(end), 8), _RUNS)
    for counting in dialling.COUNTING:
        same = np.ones(len(start), dtype=bool)
        for place, letter in enumerate(counting.encode()):
            same &= flat[np.minimum(start + place, len(flat) - 1)] == letter
        odd |= same
    good, start, end, count, plus = (one[~odd] for one in (good, start, end, count, plus))
    if not len(good):
        return Lane(settled)
    # what the last digits are does not matter to the rules, where `dialling.steady` says so
    key = np.zeros(len(good), dtype="S24")
    parts = key.view(np.uint8).reshape(len(good), 24)
    lead = cut_out(flat, start, count - dialling.FREE, 16)
    parts[:, :16] = lead.view(np.uint8).reshape(len(good), 16)
    parts[:, 16], parts[:, 17] = count, plus + 1
    first, kind = grouped(key)
    heads = np.zeros((len(first), 4), dtype=np.uint8)
    long, tail = np.zeros(len(first), dtype=np.int64), np.zeros(len(first), dtype=np.int64)
    for at, place in enumerate(first.tolist()):
        digits = flat[start[place] : end[place]].tobytes().decode()
        if told := dialling.steady(digits, region, is_abroad=bool(plus[place])):
            begin = b"+" + told[0].encode()
            heads[at, : len(begin)] = list(begin)
            long[at], tail[at] = len(begin), told[1]
    told_of = long[kind] > 0
    good, end, kind = good[told_of], end[told_of], kind[told_of]
    tails = cut_out(flat, end - tail[kind], tail[kind], 24).view(np.uint8).reshape(len(good), 24)
    made = np.zeros((len(good), 32), dtype=np.uint8)
    for head in (2, 3, 4):
        rows = np.flatnonzero(long[kind] == head)
        made[rows, :head] = heads[kind[rows], :head]
        made[rows, head : head + 24] = tails[rows]
    wide = max(width, 24)
    data = texts.data[:-1].astype(f"S{wide}")
    data[good] = np.ascontiguousarray(made[:, :24]).view("S24").ravel()
    settled[good] = True
    settled &= ~(guarded & (data == bare.data[:-1]))  # then taking the guard off was all
    return Lane(settled, data, data != texts.data[:-1], "phone.e164")


def _unguarded(texts: Packed) -> tuple[Packed, Mask]:
    """`texts` without the apostrophe before a plus, and where there was one."""
    letters = texts.letters()
    guarded = (letters[:, 0] == ord("'")) & (letters[:, 1] == ord("+"))
    if not guarded.any():
        return texts, guarded
    data = texts.data.copy()
    made = data[:-1].view(np.uint8).reshape(letters.shape)
    made[guarded, :-1] = letters[guarded, 1:]
    made[guarded, -1] = 0
    return Packed(data, texts.odd), guarded


# ------------------------------------------------------------------------------------------- companies


def _companies(texts: Packed) -> Lane:
    """Names that do not end on a legal form."""
    known: dict[str, bool] = {}
    settled = neat(texts)
    places = np.flatnonzero(settled)
    ends = []
    for text in texts.take(places):
        last = text.rpartition(" ")[2]
        is_form = known.get(last)
        if is_form is None:
            is_form = known[last] = "," in last or company.form_of(last) is not None
        ends.append(is_form)
    settled[places] = ~np.array(ends, dtype=bool)
    return Lane(settled)


def once(told: Callable[[str], str], key_of: Callable[[str], str]) -> Callable[[str], str]:
    """`told` asked once per key; texts of one key are told the same."""
    known: dict[str, str] = {}

    def ask(text: str) -> str:
        key = key_of(text)
        found = known.get(key)
        if found is None:
            found = known[key] = told(text)
        return found

    return ask
