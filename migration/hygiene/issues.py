"""What is wrong with a value, and the four kinds of dirt a record can carry (H9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Dirt(StrEnum):
    """The four kinds of dirt counted before and after each step (H9)."""

    DUPLICATE = "duplicate"
    INCOMPLETE = "incomplete"
    INCONSISTENT = "inconsistent"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Issue:
    """A value that was left alone, and why: bad rows are data, not exceptions.

    `rule` is "<kind>.<reason>" and stable; `raw` is the value as it came;
    `message` is one sentence for a person.
    """

    rule: str
    field: str
    raw: str
    message: str

    def on(self, field: str) -> "Issue":
        """The same issue, said of `field`."""
        return Issue(self.rule, field, self.raw, self.message)


MESSAGES = {
    "phone.unreadable": "No telephone number can be read from this.",
    "phone.unassigned": "The number is not in use in the country of the record.",
    "phone.placeholder": "A filler, not somebody's number.",
    "phone.several": "More than one number in one cell; none was chosen.",
    "email.invalid": "Not an e-mail address.",
    "email.placeholder": "A filler, not somebody's address.",
    "email.role": "A mailbox of a department, not of a person.",
    "email.domain_typo": "The domain looks like a slip of a well-known one.",
    "country.unknown": "No ISO 3166 country has this name.",
    "date.unreadable": "No date can be read from this.",
    "date.ambiguous": "Day and month could be swapped; the column does not say which is first.",
    "date.impossible": "There is no such day.",
    "industry.unknown": "Not in the industry vocabulary.",
    "vocabulary.unknown": "Not in the vocabulary of the data-quality standard.",
    "website.invalid": "Not a web address.",
    "postcode.unlike_country": "Not written as postcodes of this country are.",
    "name.placeholder": "A filler, not somebody's name.",
    "name.single": "One word only: it cannot be told whether it is the given or the family name.",
    "name.swapped": "Given and family name look swapped.",
    "row.shifted": "Values stand in the wrong columns.",
    "required.missing": "A required field is empty.",
    "relation.missing": "There is no record with this id among those that were given.",
    "relation.self": "A record cannot be its own parent.",
    "relation.circle": "Parents go round in a circle.",
    "relation.household": "The merged records name two households.",
}


def issue(rule: str, raw: str, field: str = "") -> Issue:
    """Build the Issue of a known rule; KeyError for an unknown rule."""
    return Issue(rule, field, raw, MESSAGES[rule])


def dirt(
    issues: Iterable[Issue],
    *,
    missing: Iterable[str] = (),
    has_open_duplicate: bool = False,
    is_stale: bool = False,
) -> frozenset[Dirt]:
    """Kinds of dirt one record carries (H9).

    `missing` are the required fields without a value. A role mailbox is said
    but is no dirt: it is somebody's real address.
    """
    kinds = set()
    if has_open_duplicate:
        kinds.add(Dirt.DUPLICATE)
    if is_stale:
        kinds.add(Dirt.STALE)
    if any(missing):
        kinds.add(Dirt.INCOMPLETE)
    if any(found.rule not in HARMLESS for found in issues):
        kinds.add(Dirt.INCONSISTENT)
    return frozenset(kinds)


HARMLESS = frozenset({"email.role", "required.missing", "relation.household"})
