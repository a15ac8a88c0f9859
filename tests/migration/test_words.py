"""Every rule has its sentence, and people read that one."""

import ast
from pathlib import Path

import migration.hygiene
from migration.words import RULES, sentence_of

KINDS = (
    "phone", "email", "country", "date", "industry", "vocabulary", "website", "postcode", "name", "row", "required",
    "relation", "text", "company", "flag", "identity", "duplicate",
)  # fmt: skip


def rules_of_the_code() -> set[str]:
    """Texts "<kind>.<reason>" in the modules that clean, judge and link."""
    found = set()
    for path in Path(migration.hygiene.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                kind, dot, reason = node.value.partition(".")
                if dot and kind in KINDS and reason.replace("_", "").isalnum():
                    found.add(node.value)
    return found


def test_every_rule_of_cleaning_has_its_sentence():
    rules = rules_of_the_code()

    assert len(rules) > 40
    assert rules - RULES.keys() == set()


def test_sentence_of_a_rule_without_words_is_the_rule():
    assert (sentence_of("name.suffix"), sentence_of("band 3"), sentence_of("")) == (
        "Suffix of the name moved to a field of its own.", "band 3", "",
    )  # fmt: skip
