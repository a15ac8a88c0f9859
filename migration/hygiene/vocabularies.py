"""The controlled vocabularies of a program's own standard: what a value means, or that nobody can tell (H4, H11).

Pure. A vocabulary is {value: [words that mean it]}; its values are spelt as they are to be.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from migration.hygiene.fields import Kind
from migration.hygiene.issues import Issue, issue
from migration.hygiene.text import fold

# Kinds whose values are words of a list; names, numbers and days are not.
WORDED = frozenset({Kind.TEXT, Kind.INDUSTRY, Kind.COUNTRY})

Cleaner = Callable[[str, str, str, Any], tuple[str, str, tuple[Issue, ...]]]


def meanings(vocabulary: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Folded word -> the value it means; a value always means itself.

    >>> meanings({"Retail": ["shop", "e-commerce"]})["e commerce"]
    'Retail'
    """
    found = {fold(word): value for value, words in vocabulary.items() for word in words}
    return found | {fold(value): value for value in vocabulary}


def with_vocabulary(words: Mapping[str, str], clean: Cleaner | None) -> Cleaner:
    """A cleaner that asks the vocabulary first, then `clean`, whose answer has to be in the vocabulary.

    What neither knows is left alone, with the Issue vocabulary.unknown.
    """

    def cleaned(text: str, name: str, region: str, context: Any) -> tuple[str, str, tuple[Issue, ...]]:
        if (meant := words.get(fold(text))) is not None:
            return meant, "vocabulary.standard", ()
        if clean is not None:
            value, rule, said = clean(text, name, region, context)
            if not said and (meant := words.get(fold(value))) is not None:
                return meant, rule or "vocabulary.standard", ()
        return text, "", (issue("vocabulary.unknown", text),)

    return cleaned
