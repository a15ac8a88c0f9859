"""Which characters of a value differ from another; pure."""

from __future__ import annotations

from difflib import SequenceMatcher

Segment = tuple[str, bool]


def segments(value: str, against: str) -> list[Segment]:
    """`value` cut into (text, differs) beside `against`; an empty value is the word "empty", differing.

    >>> segments("14 Wharf Rd", "14 Wharf Road")
    [('14 Wharf R', False), ('d', True)]
    >>> segments("", "x")
    [('empty', True)]
    """
    if not value:
        return [("empty", bool(against))]
    if value == against:
        return [(value, False)]
    if not against:
        return [(value, True)]
    found: list[Segment] = []
    matcher = SequenceMatcher(None, against, value, autojunk=False)
    blocks = [one for one in matcher.get_matching_blocks() if one.size > 1 or one.size == 0]
    at = 0
    lost = 0
    for block in blocks:
        if block.b > at:
            found.append((value[at : block.b], True))
        elif block.a > lost and found and block.size:
            # letters are missing here: mark what follows, so that the gap is seen
            found.append((value[block.b : block.b + 1], True))
            at, lost = block.b + 1, block.a + 1
            if block.size > 1:
                found.append((value[at : block.b + block.size], False))
                at, lost = block.b + block.size, block.a + block.size
            continue
        if block.size:
            found.append((value[block.b : block.b + block.size], False))
        at, lost = block.b + block.size, block.a + block.size
    joined = _joined(found)
    if joined and not any(differs for _, differs in joined):
        # only letters at the end are missing: the last one there is marked
        text, _ = joined.pop()
        joined += [(text[:-1], False)] if len(text) > 1 else []
        joined.append((text[-1], True))
    return joined


def _joined(found: list[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    for text, differs in found:
        if joined and joined[-1][1] == differs:
            joined[-1] = (joined[-1][0] + text, differs)
        elif text:
            joined.append((text, differs))
    return joined
