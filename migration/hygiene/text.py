"""Text as people and spreadsheets leave it: invisible characters, filler words, formula guards."""

import re
import unicodedata
from functools import lru_cache

# Zero-width and direction marks; str.strip() removes none of them. The joiners U+200C and
# U+200D carry meaning inside Persian and Indic words, so they go at the ends only.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u2060\ufeff\u00ad\u180e\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
_ENDS = " \t\r\n\v\f\u00a0\u3000\u200c\u200d"
_SPACES = re.compile(r"\s+")
_GUARD = re.compile(r"^'(?=[+\-@=])")

# Salesforce null, Dynamics, HubSpot, database dumps; compared after casefold.
BLANK_MARKERS = frozenset(
    {
        "#n/a",
        "#na",
        "n/a",
        "--",
        "---",
        "-",
        "(no value)",
        "no value",
        "(blank)",
        "(null)",
        "(none)",
        "default value",
        "#ref!",
        "#value!",
    }
)
# Words that are also surnames (Null, Na, None) or countries (NA is Namibia).
BLANK_WORDS = frozenset(
    {"null", "none", "nil", "na", "nan", "undefined", "unknown", "not available", "not specified", "tbd", "."}
)


def word_set(text: str) -> frozenset[str]:
    """The words of `text`; a list of words reads better than a list of quotes."""
    return frozenset(text.split())


def tidy(raw: str) -> str:
    """`raw` in NFC without invisible characters, with single spaces and bare ends.

    >>> tidy("\\u200bhttp://a.example\\u00a0 ")
    'http://a.example'
    """
    if raw.isascii():
        return " ".join(raw.split())
    text = unicodedata.normalize("NFC", raw.translate(_INVISIBLE))
    return _SPACES.sub(" ", text).strip(_ENDS)


def unguard(text: str) -> str:
    """`text` without the one apostrophe that keeps a spreadsheet from computing it.

    >>> unguard("'+1 415 555 0100")
    '+1 415 555 0100'
    """
    return _GUARD.sub("", text) if text.startswith("'") else text


def guard(text: str) -> str:
    """`text` as it may be opened in a spreadsheet without being computed."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def is_blank(text: str, *, words: bool = True) -> bool:
    """Does `text` only say that there is no value?

    `words=False` for names and countries, where "Null" and "NA" are real values.
    """
    if not text:
        return True
    if len(text) > 16:
        return False
    folded = text.casefold()
    return folded in BLANK_MARKERS or (words and folded in BLANK_WORDS)


_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """`text` for comparison: lower case, no accents, letters and digits split by single spaces.

    >>> fold("Müller-Lüdenscheidt")
    'muller ludenscheidt'
    """
    low = text.casefold()
    if low.isascii():
        words = low.split()
        if all(map(str.isalnum, words)):
            return " ".join(words)
    else:
        low = unicodedata.normalize("NFKD", low.translate(_LETTERS))
        low = "".join(c for c in low if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", low.replace("'", "").replace("\u2019", "")).split())
