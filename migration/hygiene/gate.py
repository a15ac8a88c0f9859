"""Who may be imported, who is archived, and in which stage (H3, H7, H10)."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crmprogram.intake import deals
from migration.hygiene import emails
from migration.hygiene.fields import EMAILS, PHONES
from migration.hygiene.issues import HARMLESS, Issue

# a CRM keeps the company of a contact or a deal as a pointer to the account; where it leads is another question
SAID_BY = {"company": "account_id"}


class Stage(StrEnum):
    """Stages of the import, in their order (H7)."""

    CUSTOMERS = "customers"
    PROSPECTS = "prospects"
    DORMANT = "dormant"


class Life(StrEnum):
    """Is a contact alive (H3)?"""

    ALIVE = "alive"
    DEAD = "dead"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record may not be imported: a stable `rule`, the `field`, and a sentence."""

    rule: str
    field: str
    message: str


# Words CRMs use, folded; HubSpot and Salesforce defaults among them. A program's own words are passed in.
CUSTOMER_WORDS = frozenset(
    {
        "customer",
        "active customer",
        "client",
        "evangelist",
        "existing customer",
        "customer - direct",
        "customer - channel",
    }
)


def is_customer(values: Mapping[str, str], *, words: frozenset[str] = CUSTOMER_WORDS) -> bool:
    """Is this a contact of an active customer, by its lifecycle stage?"""
    return values.get("lifecycle_stage", "").casefold() in words


def months_before(day: date, months: int) -> date:
    """The day `months` earlier; the last of the month where it has no such day.

    >>> months_before(date(2026, 3, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_engaged(values: Mapping[str, str]) -> date | None:
    """Day of the last engagement; None when there is none to read. Never the day of an edit."""
    try:
        return date.fromisoformat(values.get("last_activity_at", "")[:10])
    except ValueError:
        return None


def life(
    values: Mapping[str, str], *, today: date, months: int = 12, customer_words: frozenset[str] = CUSTOMER_WORDS
) -> Life:
    """Dead when there was no engagement for `months` (12 to 24), to be archived (H3).

    Never for a contact of an active customer or of an open deal; without an
    engagement date nobody can tell, and the contact is kept.
    """
    if values.get("has_open_deal") == "true" or is_customer(values, words=customer_words):
        return Life.ALIVE
    day = last_engaged(values)
    if day is None:
        return Life.CANNOT_TELL
    return Life.DEAD if day < months_before(today, months) else Life.ALIVE


def stage_of(
    values: Mapping[str, str],
    *,
    today: date,
    dormant_months: int = 6,
    customer_words: frozenset[str] = CUSTOMER_WORDS,
    is_deal: bool = False,
) -> Stage:
    """Stage of import (H7): active customers, active prospects, dormant (none for `dormant_months` or unknown).

    A deal that was won is a customer's, an open one a prospect's, however long nobody touched it.
    """
    outcome = deals.outcome_of(values) if is_deal else ""
    if outcome == deals.WON or is_customer(values, words=customer_words):
        return Stage.CUSTOMERS
    if outcome == deals.OPEN or values.get("has_open_deal") == "true":
        return Stage.PROSPECTS
    day = last_engaged(values)
    return Stage.PROSPECTS if day is not None and day >= months_before(today, dormant_months) else Stage.DORMANT


def missing(values: Mapping[str, str], required: Iterable[str]) -> list[str]:
    """Required fields without a value, in the order of `required`.

    >>> missing({"account_id": "0012"}, ["company", "phone"])
    ['phone']
    """
    return [name for name in required if not values.get(name) and not values.get(SAID_BY.get(name, ""))]


def required_at(
    values: Mapping[str, str],
    always: Iterable[str],
    at_stage: Mapping[str, Iterable[str]],
    stage_field: str = "lifecycle_stage",
) -> list[str]:
    """Fields that this record needs: those of every record, then those of the stage it is at (H10, M2).

    The stage is the value of `stage_field`, in any case.

    >>> required_at({"lifecycle_stage": "Customer"}, ["family_name"], {"customer": ["phone"]})
    ['family_name', 'phone']
    """
    stage = values.get(stage_field, "").strip().casefold()
    more = [name for word, names in at_stage.items() if stage and word.casefold() == stage for name in names]
    return list(dict.fromkeys([*always, *more]))


def has_identity(values: Mapping[str, str]) -> bool:
    """Is there a valid e-mail address or an E.164 number (H10)? Fillers do not count."""
    for name in EMAILS:
        if (found := values.get(name)) and isinstance(emails.email(found), emails.Email):
            return True
    return any(values.get(name, "").startswith("+") for name in PHONES)


def refusals(
    values: Mapping[str, str], *, issues: Sequence[Issue], required: Iterable[str], has_open_duplicate: bool = False
) -> list[Refusal]:
    """Reasons why a standardised record may not be imported; empty when it passes (H10).

    `issues` are those of its cleaning. A field that could not be brought to standard
    form refuses the record only if it holds a value that would be loaded.
    """
    found = []
    if not has_identity(values):
        found.append(Refusal("identity.missing", "", "Neither a valid e-mail address nor a valid telephone number."))
    for name in missing(values, required):
        found.append(Refusal("required.missing", name, f"{_label(name)} is required at this stage and empty."))
    for issue in issues:
        if issue.rule not in HARMLESS | UNSURE and values.get(issue.field) == issue.raw:
            found.append(Refusal(issue.rule, issue.field, f"{_label(issue.field)}: {issue.message}"))
    if has_open_duplicate:
        found.append(Refusal("duplicate.open", "", "A possible duplicate of this record has not been decided."))
    return found


# Said to a person, yet in standard form: these do not keep a record out.
UNSURE = frozenset({"email.domain_typo", "name.swapped", "name.single", "relation.missing"})


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
