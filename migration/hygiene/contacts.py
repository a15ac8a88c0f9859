"""Addresses and numbers of all records as comparison keys, and what each says by itself.

Nearly all are plain and compared as they are: told from their bytes, many at a time. Only
the odd ones (a plus tag, dots at Gmail, a filler, a number without its code) are looked
at one by one. Codes stand in an order that only the texts decide.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from migration.hygiene import emails
from migration.hygiene.columns import Codes, Column, Mask
from migration.hygiene.wordsort import cut_out, grouped, hashes, width_of, words

Texts = NDArray[np.bytes_]


@dataclass(slots=True)
class MailFacts:
    """By code of an address, with one more entry at the end for "none"."""

    domain: Codes
    private: Mask
    role: Mask  # of those that several records have
    household: Mask  # likewise
    numbered: Mask  # at work, and the second of its kind ("j.smith2")
    start: Codes  # first letter
    width: Codes  # letters before the @


class Mails(NamedTuple):
    """Columns of addresses that share their values; by record the local part (no values) and the domain at work."""

    columns: list[Column]
    facts: MailFacts
    local: Column
    domain: Codes
    domains: list[str]  # "" for a provider's


class Numbers(NamedTuple):
    """Columns of numbers that share their values.

    By code, with one more entry at the end for none: `tails`, codes of the last seven
    digits, and `partly`, whether it is not in full form.
    """

    columns: list[Column]
    tails: Codes
    partly: Mask


def mails_of(columns: Sequence[Column]) -> Mails:
    """Addresses for comparison, as `emails.key` has them; none for fillers and for what is no address."""
    made, texts = _encoded(columns, [_mails(c) for c in columns])
    start, at, size = _parts(texts)
    letters = _letters(texts)
    first, domain = grouped(cut_out(letters.ravel(), start + at + 1, size - at - 1))
    after = cut_out(letters.ravel(), (start + at + 1)[first], (size - at - 1)[first])
    names = [text.decode("utf-8", "surrogatepass") for text in after.tolist()]
    free = np.array([name in emails.FREE_MAIL for name in names], dtype=bool)
    before = cut_out(letters.ravel(), start, at)
    last, second = (letters.ravel()[np.maximum(start + at - back, 0)] for back in (1, 2))
    shared = np.append(made[0].counts > 1, False)
    role, household = np.zeros_like(shared), np.zeros_like(shared)
    is_role = among(before, emails.ROLES)
    role[:-1] = is_role & shared[:-1]
    for code in np.flatnonzero(shared).tolist():
        household[code] = emails.is_household(made[0].values[code])
    private = np.append(free[domain], False)
    facts = MailFacts(
        np.append(domain, -1),
        private,
        role,
        household,
        np.append((last >= ord("2")) & (last <= ord("9")) & (at > 1) & _is_letter(second), False) & ~private,
        np.append(letters[:, 0].astype(np.int32), -1),
        np.append(at, 0),
    )
    _, own = grouped(before)
    own = np.append(np.where(is_role | (at < 4), -1, own), -1)[made[0].codes].astype(np.int32)
    counts = np.bincount(own[own >= 0], minlength=int(own.max(initial=-1)) + 1)
    at_work = ["" if is_free else name for name, is_free in zip(names, free.tolist(), strict=True)]
    return Mails(made, facts, Column(own, [], counts), facts.domain[made[0].codes], at_work)


def numbers_of(columns: Sequence[Column]) -> Numbers:
    """Numbers for comparison; what could not be read is completed where one full number of the data alone ends so."""
    made, texts = _encoded(columns, [_numbers(c) for c in columns])
    start, _, size = _parts(texts)
    letters = _letters(texts).ravel()
    is_full = letters[start] == ord("+") if len(texts) else np.zeros(0, dtype=bool)
    ends = cut_out(letters, np.maximum(start + size - 8, start), np.minimum(size, 8))
    _, tails = grouped(cut_out(letters, np.maximum(start + size - 7, start), np.minimum(size, 7)))
    meant = _meant(made[0].values, is_full, ends)
    if meant is not None:
        taken = [meant[c.codes] for c in made]
        counts = np.sum([np.bincount(codes[codes >= 0], minlength=len(texts)) for codes in taken], axis=0)
        made = [Column(codes, made[0].values, counts, texts) for codes in taken]
    return Numbers(made, np.append(tails, -1), np.append(~is_full, True))


def _meant(values: Sequence[str], is_full: Mask, ends: Texts) -> Codes | None:
    """By code, with -1 for none: the number that is meant; None where all are full."""
    partly = [code for code in np.flatnonzero(~is_full).tolist() if len(values[code]) >= 10]
    if not partly:
        return None
    wanted = np.array([values[code][-8:] for code in partly], dtype=ends.dtype)
    chosen = np.flatnonzero(is_full & np.isin(words(ends)[:, 0], words(wanted)[:, 0]))
    known: dict[str, int] = {}
    for code in chosen.tolist():
        end = values[code][-8:]
        known[end] = -1 if end in known else code
    meant = np.arange(len(values) + 1, dtype=np.int32)
    meant[-1] = -1
    for code in partly:
        bare = values[code][1:].lstrip("0")
        full = known.get(bare[-8:], -1) if len(bare) >= 9 else -1
        if full >= 0 and (values[full].endswith(bare) or bare.endswith(values[full][1:])):
            meant[code] = full
    return meant


def _encoded(columns: Sequence[Column], made: Sequence[tuple[list[str], Texts]]) -> tuple[list[Column], Texts]:
    """Columns of the texts made of their values, which share one list, and that list as bytes. "" has no code."""
    values = [value for own, _ in made for value in own]
    texts = wide(np.concatenate([own for _, own in made])) if values else np.zeros(0, dtype="S8")
    first, kind = grouped(texts)
    blank = texts[first] == b""
    place = np.cumsum(~blank, dtype=np.int32) - np.int32(1)
    place[blank] = -1
    code, first = place[kind], first[~blank]
    taken, before = [], 0
    for column in columns:
        after = before + len(column.values)
        taken.append(np.append(code[before:after], np.int32(-1))[column.codes])
        before = after
    counts = np.sum([np.bincount(codes[codes >= 0], minlength=len(first)) for codes in taken], axis=0)
    distinct = [values[at] for at in first.tolist()]
    texts = texts[first]
    return [Column(codes, distinct, counts, texts) for codes in taken], texts


def wide(texts: Texts) -> Texts:
    """The same in whole words."""
    return np.ascontiguousarray(texts, dtype=f"S{width_of(texts.itemsize)}")


def as_bytes(values: Sequence[str]) -> Texts:
    """Texts in UTF-8."""
    try:
        return wide(np.array(values, dtype="S")) if values else np.zeros(0, dtype="S8")
    except UnicodeEncodeError:
        return wide(np.array([value.encode("utf-8", "surrogatepass") for value in values], dtype="S"))


def texts_of(column: Column) -> Texts:
    """The values of a column in UTF-8."""
    return as_bytes(column.values) if column.texts is None else wide(column.texts)


def among(texts: Texts, known: Collection[str]) -> Mask:
    """Which of `texts` are one of a few words?"""
    listed = as_bytes(sorted(known))
    width = max(texts.itemsize, listed.itemsize)
    told, few = (words(each.astype(f"S{width}")) for each in (texts, listed))
    found = np.isin(hashes(told), hashes(few))
    at = np.flatnonzero(found)
    found[at] = [text.decode("utf-8", "replace") in known for text in texts[at].tolist()]
    return found


def _letters(texts: Texts) -> NDArray[np.uint8]:
    return texts.view(np.uint8).reshape(len(texts), texts.itemsize)


def _is_letter(letters: NDArray[np.uint8]) -> Mask:
    return ((letters | 0x20) - np.uint8(ord("a"))) < 26


def _parts(texts: Texts) -> tuple[Codes, Codes, Codes]:
    """Where each text starts in the letters of all, where its last @ is (-1: nowhere), and how long it is."""
    start = np.arange(len(texts), dtype=np.int64) * texts.itemsize
    return start, np.strings.rfind(texts, b"@"), np.strings.str_len(texts)


def _mails(column: Column) -> tuple[list[str], Texts]:
    values, texts = list(column.values), texts_of(column)
    if not values:
        return values, texts
    start, at, size = _parts(texts)
    letters = _letters(texts)
    has_at = at >= 0
    domains = cut_out(letters.ravel(), np.where(has_at, start + at + 1, 0), np.where(has_at, size - at - 1, 0))
    first, kind = grouped(domains)
    odd = np.array([_is_odd(text.decode("utf-8", "surrogatepass")) for text in domains[first].tolist()], dtype=bool)[
        kind
    ]
    odd |= ~has_at | (letters >= 128).any(axis=1) | ((letters - np.uint8(ord("A"))) < 26).any(axis=1)
    odd |= (letters == ord("+")).any(axis=1) | (np.strings.count(texts, b"@") != 1)
    odd |= among(cut_out(letters.ravel(), start, np.maximum(at, 0)), emails.FILLER_LOCALS)
    return _mended(values, texts, odd, email_key)


def _is_odd(domain: str) -> bool:
    meant = emails.domain_meant(domain)
    return meant != domain or meant in ("gmail.com", "googlemail.com") or emails.is_filler(f"somebody@{domain}")


def _mended(values: list[str], texts: Texts, odd: Mask, mend: Callable[[str], str]) -> tuple[list[str], Texts]:
    """Values and their bytes after `mend` of the odd ones; `values` is changed."""
    rows = np.flatnonzero(odd)
    if len(rows):
        told = [mend(values[row]) for row in rows.tolist()]
        for row, text in zip(rows.tolist(), told, strict=True):
            values[row] = text
        fixed = as_bytes(told)
        texts = texts.astype(f"S{max(texts.itemsize, fixed.itemsize)}")
        texts[rows] = fixed
    return values, texts


def email_key(value: str) -> str:
    """`value` for comparison; "" for a filler and for what is no address.

    >>> email_key("Ann.Lee+news@gmial.com"), email_key("noemail@noemail.com")
    ('annlee@gmail.com', '')
    """
    low = value.lower()
    local, at, domain = low.partition("@")
    if not at or emails.is_filler(f"somebody@{domain}") or emails.is_filler(f"{local}@{domain}"):
        return ""
    return emails.key(low)


def _numbers(column: Column) -> tuple[list[str], Texts]:
    values, texts = list(column.values), texts_of(column)
    if not values:
        return values, texts
    return _mended(values, texts, _letters(texts)[:, 0] != ord("+"), phone_key)


def phone_key(value: str) -> str:
    """E.164 where it is one; else the bare digits, marked, when there are enough of them.

    >>> phone_key("+12065550100"), phone_key("1 206 555 0100"), phone_key("n/a")
    ('+12065550100', '~2065550100', '')
    """
    if value[:1] == "+":
        return value
    digits = "".join(c for c in value if c.isdigit())
    if len(digits) < 7 or len(set(digits[-7:])) == 1:
        return ""
    return "~" + digits.removeprefix("1") if len(digits) == 11 else "~" + digits
