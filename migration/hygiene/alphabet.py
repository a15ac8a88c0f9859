"""Many texts put in the order of the alphabet, several times as fast as `sorted`: as bytes of one width."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 134_217_728  # beyond, texts of one width take too much room


def ranked(texts: Sequence[str]) -> tuple[NDArray[np.int32], list[str]]:
    """Codes into the distinct texts, and these in the order of their code points.

    >>> ranked(["b", "ä", "b", "a"])
    (array([1, 2, 1, 0], dtype=int32), ['a', 'b', 'ä'])
    """
    width = max(map(len, texts), default=0)
    if 0 < width * len(texts) <= MOST_BYTES and (packed := _packed(texts, width)) is not None:
        found, back = np.unique(packed, return_inverse=True)
        first = np.empty(len(found), dtype=np.int64)
        first[back[::-1]] = np.arange(len(texts) - 1, -1, -1)
        return back.astype(np.int32), [texts[at] for at in first.tolist()]
    distinct = sorted(set(texts))
    at = {text: code for code, text in enumerate(distinct)}
    return np.fromiter((at[text] for text in texts), dtype=np.int32, count=len(texts)), distinct


def _packed(texts: Sequence[str], width: int) -> NDArray[np.bytes_] | None:
    """The texts in UTF-8, whose bytes sort as the code points do; None where the padding would hide a NUL."""
    try:
        made = np.array(texts, dtype=f"S{width}")
    except UnicodeEncodeError:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        width = max(map(len, encoded))
        if width * len(texts) > MOST_BYTES:
            return None
        made = np.array(encoded, dtype=f"S{width}")
    return None if "\0" in "".join(texts) else made
