"""What the row of a deal says of how it stands: open, won or lost (H7, M4, M6). Pure."""

from __future__ import annotations

from collections.abc import Mapping

TRUE = frozenset({"true", "1", "yes", "y", "t", "x", "ja", "oui", "sí", "si", "sim", "done", "checked"})
FALSE = frozenset({"false", "0", "no", "n", "f", "nein", "non", "não", "to do", "unchecked"})
OPEN, WON, LOST = "open", "won", "lost"
WON_WORDS = ("won", "gewonnen", "gagn", "ganad", "ganho")
LOST_WORDS = ("lost", "verloren", "perd", "abandon", "closed", "geschlossen", "omitted")
TIMES = ("won_at", "lost_at", "closed_at")  # that they are told is what counts
SAID_BY = ("is_won", "is_closed", "status", *TIMES, "stage")


def outcome_of(record: Mapping[str, str]) -> str:
    """open, won or lost, by what the CRM says of it: its flags, its status, its times, then its stage.

    >>> outcome_of({"status": "Won"}), outcome_of({"stage": "Closed Lost"}), outcome_of({"is_closed": "false"})
    ('won', 'lost', 'open')
    """
    if (won := record.get("is_won", "").casefold()) in TRUE:
        return WON
    if (closed := record.get("is_closed", "").casefold()) in TRUE:
        return _by_words(record.get("status", ""), record.get("stage", "")) if won not in FALSE else LOST
    if closed in FALSE:
        return OPEN
    if status := record.get("status", "").casefold():
        return _by_words(status, "")
    for name, outcome in (("won_at", WON), ("lost_at", LOST)):
        if record.get(name, "").strip():
            return outcome
    found = _by_words("", record.get("stage", ""))
    return LOST if found == OPEN and record.get("closed_at", "").strip() else found


def _by_words(status: str, stage: str) -> str:
    for text in (status.casefold(), stage.casefold()):
        if any(word in text for word in WON_WORDS):
            return WON
        if any(word in text for word in LOST_WORDS):
            return LOST
    return OPEN
