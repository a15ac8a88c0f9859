"""Company names: the name people say, its legal form apart, and one key for all spellings (H4)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from migration.hygiene.text import fold, word_set

# Legal forms, folded without dots. Those that are also words or initials count only when
# written in capitals or with dots: "Sunny Spa" is a spa, "Ferrari S.p.A." a company.
_PLAIN_FORMS = word_set("""
    inc incorporated llc lllp llp ltd limited plc corp corporation gmbh mbh ug ohg kgaa ggmbh sarl eurl sasu bv
    bvba nv srl sprl oyj oy aps pty pte pvt kft zrt doo jsc ooo zao pjsc bhd sdn kk ltda eireli spzoo sro vof
""")
_CAREFUL_FORMS = word_set("""
    ag ab as sa se kg spa sas co lp pc pa ev eg sl sc asa cv nl snc ek
""")
_SOFT = frozenset({"company", "co", "cie"})
_GLUE = frozenset({"and", "et", "und", "y"})
_TOKEN = re.compile(r"[^\s,]+")


class Company(NamedTuple):
    """`name` for people ("Apple"), `form` as written ("Inc."), `key` for comparison ("apple")."""

    name: str
    form: str
    key: str


def form_of(token: str) -> str | None:
    """The legal form that a word is, folded; None for any other word."""
    bare = token.strip("().,")
    folded = bare.replace(".", "").replace("/", "").casefold()
    if folded in _PLAIN_FORMS:
        return folded
    if folded in _CAREFUL_FORMS and ("." in bare or bare.isupper() or token.endswith(".") or bare == "SpA"):
        return folded
    return None


@lru_cache(maxsize=200_000)
def company(raw: str) -> Company:
    """Split `raw` (tidied) into name, legal form and key; never into an empty name.

    >>> company("Apple, Inc.") == ("Apple", "Inc.", "apple")
    True
    >>> company("GMBH & Co. KG").name
    'GMBH & Co. KG'
    """
    name, form = split(raw)
    return Company(name, form, _key(name))


def split(raw: str) -> tuple[str, str]:
    """Name and legal form of `raw` (tidied), as written; the name is never empty."""
    tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(raw)]
    end = len(tokens)
    while end > 1:
        token = tokens[end - 1][2]
        if (
            form_of(token) is not None
            or (end < len(tokens) and token in ("&", "+"))
            or (token.casefold() in _GLUE and end < len(tokens))
        ):
            end -= 1
        else:
            break
    name, form = raw, ""
    kept = raw[: tokens[end - 1][1]] if tokens else ""
    if 0 < end < len(tokens) and any(c.isalnum() for c in kept) and form_of(tokens[end - 1][2]) is None:
        name = kept.rstrip(" ,&-")
        form = raw[tokens[end][0] :].lstrip("&+ ").strip()
    return name, form


def _key(name: str) -> str:
    words = fold(name.replace("&", " and ").replace("+", " and ")).split()
    words = [w for w in words if w not in ("and", "the")] or words
    while len(words) > 1 and (words[-1] in _SOFT or words[-1] in _PLAIN_FORMS):
        words.pop()
    # "A B C Logistics" and "ABC Logistics" are one spelling habit.
    joined: list[str] = []
    single = False
    for word in words:
        if len(word) == 1 and single:
            joined[-1] += word
        else:
            joined.append(word)
        single = len(word) == 1
    return " ".join(joined)


def key(raw: str) -> str:
    """Comparison key of a company name; "" for none."""
    words = raw.replace(",", " ").split()
    if words and form_of(words[-1]) is None:
        return _key(raw)  # nothing to split off
    return company(raw).key if raw else ""


def display_names(counts: Mapping[str, int]) -> dict[str, str]:
    """One name to show per key: the most frequent, then mixed case before ALL CAPS, then the longest.

    `counts` says how often each written name occurs; the order of its items does not matter.
    """
    best: dict[str, tuple[tuple[int, bool, int, str], str]] = {}
    for written, count in counts.items():
        split = company(written)
        rank = (-count, split.name.isupper() or split.name.islower(), -len(split.name), split.name)
        if split.key not in best or rank < best[split.key][0]:
            best[split.key] = (rank, split.name)
    return {key: name for key, (_, name) in best.items()}
