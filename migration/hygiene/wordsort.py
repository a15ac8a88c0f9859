"""Texts of one width sorted and told apart as whole words of eight bytes, which processors do many at a time.

`numpy` sorts bytes one comparison after the other; here a text is a few numbers. Equal
texts are found by a hash of them and compared before they are believed.
"""

import sys
from functools import cache

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.bytes_]
Places = NDArray[np.int64]
Numbers = NDArray[np.uint64]

WORD = 8
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(29)
_HALF = np.uint64(32)


def width_of(longest: int) -> int:
    """Bytes that a text of `longest` bytes takes in whole words."""
    return max(-(-longest // WORD), 1) * WORD


def words(data: Texts) -> Numbers:
    """One row per text, one column per word."""
    wide = np.ascontiguousarray(data, dtype=f"S{width_of(data.itemsize)}")
    return wide.view(np.uint64).reshape(len(wide), wide.itemsize // WORD)


def cut_out(letters: NDArray[np.uint8], start: NDArray, size: NDArray, longest: int = 0) -> Texts:
    """The texts of `size` bytes that begin at `start`, in whole words; `longest` bytes at most, if told."""
    width = width_of(longest or int(size.max(initial=0)))
    spare = np.zeros(width, dtype=np.uint8)
    whole = np.concatenate([letters, spare])
    window = np.ndarray((len(letters) + 1,), dtype=f"S{width}", buffer=whole, strides=(1,))
    found = window[start]
    told = found.view(np.uint64).reshape(len(found), width // WORD)
    told &= masks(width)[size]
    return found


@cache
def masks(width: int) -> Numbers:
    """Row n keeps the first n bytes of a text of `width` bytes."""
    kept = np.arange(width) < np.arange(width + 1)[:, None]
    return (kept * np.uint8(255)).view(np.uint64)


def hashes(told: Numbers) -> NDArray[np.uint64]:
    """A number per text, told in words; equal texts have equal ones."""
    found = np.zeros(len(told), dtype=np.uint64)
    for column in told.T:
        found ^= column
        found *= _MIX
        found ^= found >> _FOLD
    return found


def grouped(data: Texts) -> tuple[Places, NDArray[np.int32]]:
    """(place of one text of each kind, kind of each text); kinds stand in an order that only the texts decide."""
    return grouped_words(words(data))


def grouped_words(told: Numbers) -> tuple[Places, NDArray[np.int32]]:
    """The same of rows of words."""
    size = len(told)
    if not size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
    found = hashes(told)
    order = np.argsort(found)
    found = found[order]
    new = np.ones(size, dtype=bool)
    np.not_equal(found[1:], found[:-1], out=new[1:])
    first = order[new]
    kind = np.empty(size, dtype=np.int32)
    kind[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    if len(first) < size and not all((column[first[kind]] == column).all() for column in told.T):
        _, first, back = np.unique(told, axis=0, return_index=True, return_inverse=True)  # two texts of one hash
        kind = back.astype(np.int32)
    return first, kind


def alphabetical(data: Texts) -> Places:
    """Places of `data`, which holds no text twice, in the order of their bytes."""
    told = words(data)
    if sys.byteorder == "little":
        told = told.byteswap()
    order = np.argsort(told[:, 0])
    leading = told[order, 0]
    differs = np.ones(len(order), dtype=bool)  # from the text before, by what was looked at
    np.not_equal(leading[1:], leading[:-1], out=differs[1:])
    for word in range(1, told.shape[1]):
        tied = ~differs
        tied[:-1] |= tied[1:]
        at = np.flatnonzero(tied)
        if not len(at):
            break
        rows = order[at]
        both = np.cumsum(differs[at], dtype=np.uint64) << _HALF | _ranks(told[rows, word])
        inner = np.argsort(both)
        order[at] = rows[inner]
        both = both[inner]
        differs[at[1:]] |= both[1:] != both[:-1]
    return order


def _ranks(numbers: Numbers) -> Numbers:
    """The place of each number among the different ones."""
    order = np.argsort(numbers)
    sorted_ = numbers[order]
    made = np.empty(len(numbers), dtype=np.uint64)
    made[order] = np.cumsum(np.r_[False, sorted_[1:] != sorted_[:-1]], dtype=np.uint64)
    return made
