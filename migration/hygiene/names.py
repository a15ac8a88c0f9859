"""Names of people: case, titles, suffixes, and a full name taken apart (H4)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from migration.hygiene.nicknames import looks_swapped
from migration.hygiene.text import fold, word_set

PARTICLES = word_set("""
    van von der den de la le du da di del della dos das do ter ten zu zum zur af av bin ibn al el y e
""")
SALUTATIONS = word_set("""
    mr mrs ms miss mx dr prof professor sir madam herr frau hr fr mme mlle m sr sra srta dra ing dipl sig
    signora rev
""")
SUFFIXES = {
    "jr": "Jr.",
    "junior": "Jr.",
    "sr": "Sr.",
    "senior": "Sr.",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "2nd": "II",
    "3rd": "III",
}
_DEGREES = word_set("""
    phd md mba cpa esq dds jd msc bsc pe pmp cfa
""")
_FILLERS = word_set("""
    test tester asdf xxx xx unknown none na tbd first last firstname lastname noname user dummy
""")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_EAST_ASIAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]{2,4}")
_DOUBLE_FAMILIES = word_set("""
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 남궁 황보 제갈 선우 독고
""")
_BRACKETS = re.compile(r"\(([^)]*)\)|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class FullName:
    """A full name taken apart; every part "" when it is not there."""

    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    salutation: str = ""


@lru_cache(maxsize=200_000)
def cased(name: str, *, is_family: bool = False) -> str:
    """`name` in name case when it is all capitals or all small; mixed case is kept as it is.

    >>> cased("MCDONALD-O'BRIEN"), cased("van der Berg", is_family=True), cased("VAN DER BERG", is_family=True)
    ("McDonald-O'Brien", 'van der Berg', 'van der Berg')
    """
    if not name or not (name.isupper() or name.islower()):
        return name
    if len(name) <= 2 and name.isupper() and not is_family:
        return name  # "JP" is more often two initials than a name
    words = name.split(" ")
    done = []
    for at, word in enumerate(words):
        low = word.lower()
        if low in PARTICLES and is_family and at + 1 < len(words):
            done.append(low)
        elif low.rstrip(".") in ("ii", "iii", "iv"):
            done.append(word.upper())
        else:
            done.append(_WORD.sub(lambda m: _capital(m[0]), low))
    text = " ".join(done)
    return re.sub(r"(?<=[A-Za-z])'S\b", "'s", text)


def _capital(word: str) -> str:
    if word.startswith("mc") and len(word) > 3:
        return "Mc" + word[2:].capitalize()
    return word.capitalize()


def suffix_of(name: str) -> tuple[str, str]:
    """`name` without its generation suffix, and the suffix ("Jr.", "Sr.", "II" …) or "".

    >>> suffix_of("Dobbins Senior")
    ('Dobbins', 'Sr.')
    """
    words = name.replace(",", " ").split()
    if len(words) > 1 and (found := SUFFIXES.get(words[-1].casefold().strip("."))):
        return " ".join(words[:-1]), found
    return name, ""


def is_filler(name: str) -> bool:
    """Is this typed to get past a required field ("Test", "xxx")?"""
    folded = fold(name)
    return folded in _FILLERS or (len(folded) > 2 and len(set(folded)) == 1)


def swapped(given: str, family: str) -> bool:
    """Do given and family name look as if they stood in each other's place?"""
    return looks_swapped(fold(given), fold(family))


def _family_first(words: list[str]) -> FullName:
    """A name in Han or Hangul. Of four letters two are the family's, as nearly always in Japan and China."""
    if len(words) == 1:
        (word,) = words
        cut = 2 if len(word) == 4 or word[:2] in _DOUBLE_FAMILIES else 1
        words = [word[:cut], word[cut:]]
    return FullName(given="".join(words[1:]), family=words[0]) if words[1] else FullName()


@lru_cache(maxsize=200_000)
def parse(full: str) -> FullName:
    """Take a full name apart: "Given Middle Family", "Family, Given", titles and suffixes.

    A single word gives no parts at all: it cannot be told which it is. Names in Han or
    Hangul stand family first and need no space.

    >>> parse("Dr. van der Berg, Anna Maria").family
    'van der Berg'
    >>> parse("John F. Smith Jr.")
    FullName(given='John', middle='F.', family='Smith', suffix='Jr.', salutation='')
    """
    text = _BRACKETS.sub(" ", full)
    if _EAST_ASIAN.fullmatch(text.replace(" ", "")):
        return _family_first(text.split())
    head, comma, tail = text.partition(",")
    suffix = ""
    if comma and SUFFIXES.get(tail.strip().casefold().strip(".")):
        suffix, comma, tail = SUFFIXES[tail.strip().casefold().strip(".")], "", ""
    elif comma and tail.strip().casefold().replace(".", "") in _DEGREES:
        comma, tail = "", ""
    words = [w for w in head.split() if w.casefold().replace(".", "") not in _DEGREES]
    titles = []
    while len(words) > 1 and words[0].casefold().strip(".") in SALUTATIONS:
        titles.append(words.pop(0))
    if len(words) > 1 and (found := SUFFIXES.get(words[-1].casefold().strip("."))):
        suffix = found
        words.pop()
    if comma:
        rest = tail.replace(",", " ").split()
        while rest and rest[0].casefold().strip(".") in SALUTATIONS and len(rest) > 1:
            titles.append(rest.pop(0))
        if len(rest) > 1 and (found := SUFFIXES.get(rest[-1].casefold().strip("."))):
            suffix = found
            rest.pop()
        if not rest or not words:
            return FullName()
        return FullName(rest[0], " ".join(rest[1:]), " ".join(words), suffix, " ".join(titles))
    if len(words) < 2:
        return FullName()
    first_particle = next(
        (
            at
            for at, word in enumerate(words[1:-1], 1)
            if word.casefold() in PARTICLES and word.casefold() not in ("y", "e")
        ),
        None,
    )
    start = first_particle if first_particle is not None else len(words) - 1
    return FullName(words[0], " ".join(words[1:start]), " ".join(words[start:]), suffix, " ".join(titles))
