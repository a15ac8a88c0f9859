"""Owners who are one person under several names (M9)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from adoption.models import Rep
from crmprogram.program.models import Program

WORD = re.compile(r"[^\W\d_]+")


def rep_of_names(program: Program) -> dict[int, int]:
    """Of each owner that was merged into a rep, that rep, by id. One query."""
    found = Rep.objects.of(program).merged().order_by()
    return {pk: rep for pk, rep in found.values_list("pk", "same_as") if rep is not None}


def words_of(key: str) -> frozenset[str]:
    """The words of an owner's name, of an e-mail those before the @; one word alone tells nobody apart.

    >>> sorted(words_of("ann.lee@orrery.example")), words_of("Lee, Ann") == words_of("ann_lee"), words_of("ann")
    (['ann', 'lee'], True, frozenset())
    """
    found = frozenset(WORD.findall(key.casefold().partition("@")[0]))
    return found if len(found) > 1 else frozenset()


def namesakes(rows: Iterable[Rep]) -> dict[int, Rep]:
    """For an owner nobody has settled, the one rep whose name has the same words; said, never decided here."""
    reps: dict[frozenset[str], list[Rep]] = defaultdict(list)
    unknown = []
    for one in rows:
        words = words_of(one.key)
        if words and one.state == "counted":
            reps[words].append(one)
        elif words and one.state == "unknown":
            unknown.append((one, words))
    return {one.pk: reps[words][0] for one, words in unknown if len(reps.get(words, ())) == 1}
