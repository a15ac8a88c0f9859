"""Many texts in little room and in order: as bytes of one width, which numpy sorts several times as fast."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from migration.hygiene.wordsort import alphabetical, grouped, hashes, width_of, words

MOST_BYTES = 134_217_728  # beyond, texts of one width take too much room
WIDEST = 64  # characters of a packed text; as an object it takes 57 bytes more than it has letters
FEW = 0.25  # share of texts that may have letters beyond ASCII
MANY = 20_000  # texts from which packing is worth the trouble


class Packed(Sequence[str]):
    """Texts in UTF-8, read only. `data` has one entry more, blank, so that a code of -1 finds it.

    `odd` holds, by code, the few texts that are not ASCII alone.
    """

    __slots__ = ("data", "is_odd", "odd")

    def __init__(self, data: NDArray[np.bytes_], odd: dict[int, str]) -> None:
        self.data = data
        self.odd = odd
        self.is_odd = np.zeros(len(data), dtype=bool)
        self.is_odd[list(odd)] = True

    def __len__(self) -> int:
        return len(self.data) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return self.take(np.arange(*at.indices(len(self))))
        return self.data[:-1][at].decode()

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), 65_536):
            yield from self[first : first + 65_536]

    def take(self, codes: NDArray) -> list[str]:
        """The texts that codes point to, "" for -1."""
        found = self.data[codes]
        odd = np.flatnonzero(self.is_odd[codes]).tolist() if self.odd else []
        if not odd:
            return found.astype("U").tolist()
        found[odd] = b""
        texts = found.astype("U").tolist()
        for at in odd:
            texts[at] = self.odd[int(codes[at])]
        return texts

    def at(self, codes: NDArray) -> "Packed":
        """The texts that codes (from 0) point to, packed."""
        data = np.empty(len(codes) + 1, dtype=self.data.dtype)
        np.take(self.data, codes, out=data[:-1], mode="clip")
        data[-1] = b""
        if not self.odd:
            return Packed(data, {})
        places = np.flatnonzero(self.is_odd[codes]).tolist()
        return Packed(data, {place: self.odd[int(codes[place])] for place in places})

    def changed(self, chosen: NDArray[np.bool_], data: NDArray[np.bytes_]) -> "Packed":
        """The same with the texts of `data`, which are ASCII, where they are chosen."""
        made = self.data.astype(f"S{max(self.data.itemsize, data.itemsize)}")
        made[:-1][chosen] = data[chosen]
        return Packed(made, self.odd)

    def replaced(self, places: NDArray, texts: Sequence[str]) -> Sequence[str]:
        """The same with other texts at some places; packed if they are short."""
        if not len(places):
            return self
        made = [text.encode("utf-8", "surrogatepass") for text in texts]
        longest = max(map(len, made))
        if longest > WIDEST or b"\0" in b"".join(made):
            whole = list(self)
            for at, text in zip(places.tolist(), texts, strict=True):
                whole[at] = text
            return whole
        data = self.data.astype(f"S{max(self.data.itemsize, width_of(longest))}")
        data[places] = made
        other = {at: text for at, text in zip(places.tolist(), texts, strict=True) if not text.isascii()}
        kept = self.odd
        if kept:
            gone = set(places.tolist())
            kept = {at: text for at, text in self.odd.items() if at not in gone}
        return Packed(data, {**kept, **other})

    def letters(self) -> NDArray[np.uint8]:
        """One row per text, one column per byte; 0 behind the end."""
        return self.data[:-1].view(np.uint8).reshape(len(self), self.data.itemsize)

    def longer_than(self, most: int) -> bool:
        """Is one of them longer than so many bytes?"""
        return bool(self.letters()[:, most:].any())

    def lengths(self) -> NDArray[np.int64]:
        """Number of characters of each text."""
        found = np.count_nonzero(self.letters(), axis=1)
        found[list(self.odd)] = [len(text) for text in self.odd.values()]
        return found

    def ranked(self, codes: NDArray) -> tuple[NDArray[np.int32], "Packed"]:
        """Codes into the distinct texts of those at `codes`, and these in their order."""
        first, kind = grouped(self.data[codes])
        first = codes[first]
        order = alphabetical(self.data[first])
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return rank[kind], self.at(first[order])


def packed(texts: Sequence[str], *, many: int = 0) -> Sequence[str]:
    """`texts` packed where that saves room: many short ones, nearly all in ASCII. Else they come back as they are."""
    if isinstance(texts, Packed) or len(texts) < (many or MANY) or max(map(len, texts)) > WIDEST:
        return texts
    whole = "".join(texts)
    if "\0" in whole:
        return texts
    if whole.isascii():
        width = width_of(max(map(len, texts)))
        return Packed(np.array([*texts, ""], dtype=f"S{width}"), {})
    # copies, made side by side: one old text in each block of memory would keep all of them from being given back
    odd = {at: text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
           for at, text in enumerate(texts) if not text.isascii()}  # fmt: skip
    if len(odd) > FEW * len(texts):
        return texts
    made = [text.encode("utf-8", "surrogatepass") for text in texts]
    return Packed(np.array([*made, b""], dtype=f"S{width_of(max(map(len, made)))}"), odd)


def joined(parts: Sequence[Sequence[str]]) -> Sequence[str]:
    """Several texts one after the other, packed if all can be."""
    if any(isinstance(part, Packed) for part in parts):
        parts = [packed(part, many=1) for part in parts if len(part)]
    if any(not isinstance(part, Packed) for part in parts):
        return [text for part in parts for text in part]
    odd: dict[int, str] = {}
    arrays, before = [], 0
    for part in parts:
        assert isinstance(part, Packed), "looked at above"
        arrays.append(part.data[:-1])
        odd.update((before + at, text) for at, text in part.odd.items())
        before += len(part)
    return Packed(np.concatenate([*arrays, np.array([b""])]), odd)


def take(texts: Sequence[str], codes: NDArray) -> list[str]:
    """The texts that codes (from 0) point to."""
    if isinstance(texts, Packed):
        return texts.take(codes)
    return [texts[at] for at in codes.tolist()]


def part(texts: Sequence[str], codes: NDArray) -> Sequence[str]:
    """The texts that codes (from 0) point to, packed if they were."""
    return texts.at(codes) if isinstance(texts, Packed) else take(texts, codes)


def among(texts: Sequence[str], known: Collection[str]) -> list[int]:
    """Places of the texts that are in `known`."""
    if not isinstance(texts, Packed):
        return [at for at, text in enumerate(texts) if text in known]
    wanted = [one.encode("utf-8", "surrogatepass") for one in known]
    width = texts.data.itemsize
    hashed = hashes(words(np.array([one for one in wanted if len(one) <= width], dtype=f"S{width}")))
    at = np.flatnonzero(np.isin(hashes(words(texts.data[:-1])), hashed))
    return [place for place, text in zip(at.tolist(), texts.take(at), strict=True) if text in known]


def starting(texts: Sequence[str], letter: str) -> NDArray[np.bool_]:
    """Which texts begin with `letter`."""
    if isinstance(texts, Packed):
        return texts.letters()[:, 0] == ord(letter)
    return np.fromiter((text[:1] == letter for text in texts), dtype=bool, count=len(texts))


def containing(texts: Sequence[str], letter: str) -> NDArray[np.bool_]:
    """Which texts have `letter` (ASCII) in them."""
    if isinstance(texts, Packed):
        return (texts.letters() == ord(letter)).any(axis=1)
    return np.fromiter((letter in text for text in texts), dtype=bool, count=len(texts))


def year_led(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts begin with four digits and a hyphen."""
    if not isinstance(texts, Packed):
        return np.fromiter((t[4:5] == "-" and t[:4].isdigit() for t in texts), dtype=bool, count=len(texts))
    letters = texts.letters()
    if letters.shape[1] < 5:
        return np.zeros(len(texts), dtype=bool)
    digits = (letters[:, :4] >= ord("0")) & (letters[:, :4] <= ord("9"))
    return digits.all(axis=1) & (letters[:, 4] == ord("-"))


def blank(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts are empty."""
    if isinstance(texts, Packed):
        return texts.letters()[:, 0] == 0
    return np.fromiter((not text for text in texts), dtype=bool, count=len(texts))


def visible(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts have more than white space in them."""
    if not isinstance(texts, Packed):
        return np.fromiter((bool(text.strip()) for text in texts), dtype=bool, count=len(texts))
    found: NDArray[np.bool_] = np.logical_or.reduce(texts.letters() > ord(" "), axis=1)
    for at in (*texts.odd, *np.flatnonzero(~found).tolist()):
        found[at] = bool(texts[at].strip())
    return found


def lengths(texts: Sequence[str]) -> NDArray[np.int64]:
    """Number of characters of each text."""
    if isinstance(texts, Packed):
        return texts.lengths()
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def ranked(texts: Sequence[str], codes: NDArray | None = None) -> tuple[NDArray[np.int32], Sequence[str]]:
    """Codes into the distinct texts, and these in the order of their code points; of those at `codes` if given.

    >>> ranked(["b", "ä", "b", "a"])
    (array([1, 2, 1, 0], dtype=int32), ['a', 'b', 'ä'])
    """
    if isinstance(texts, Packed):
        return texts.ranked(np.arange(len(texts)) if codes is None else codes)
    if codes is not None:
        texts = take(texts, codes)
    if (data := _as_bytes(texts)) is not None:
        found, back = np.unique(data, return_inverse=True)
        first = np.empty(len(found), dtype=np.int64)
        first[back[::-1]] = np.arange(len(texts) - 1, -1, -1)
        return back.astype(np.int32), [texts[at] for at in first.tolist()]
    distinct = sorted(set(texts))
    at = {text: code for code, text in enumerate(distinct)}
    return np.fromiter((at[text] for text in texts), dtype=np.int32, count=len(texts)), distinct


def distinct(texts: Sequence[str]) -> tuple[NDArray[np.int32], Sequence[str]]:
    """Codes into the distinct texts, and these, in no order that means anything.

    >>> distinct(["b", "a", "b"])
    (array([0, 1, 0], dtype=int32), ['b', 'a'])
    """
    if isinstance(texts, Packed):
        first, kind = grouped(texts.data[:-1])
        return kind, texts.at(first)
    at: dict[str, int] = {}
    codes = np.fromiter((at.setdefault(text, len(at)) for text in texts), dtype=np.int32, count=len(texts))
    return codes, list(at)


def _as_bytes(texts: Sequence[str]) -> NDArray[np.bytes_] | None:
    """The texts in UTF-8, whose bytes sort as the code points do; None where that fails or takes too much room."""
    width = max(map(len, texts), default=0)
    if not 0 < width * len(texts) <= MOST_BYTES or "\0" in "".join(texts):
        return None
    try:
        return np.array(texts, dtype=f"S{width}")
    except UnicodeEncodeError:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    width = max(map(len, encoded))
    return np.array(encoded, dtype=f"S{width}") if width * len(texts) <= MOST_BYTES else None
