"""What pages call the rules and encodings of a file; pure."""

from crmprogram.intake.sniff import ENCODINGS

RULES = {
    "row.shifted": "cells under the wrong headers",
    "row.too_few_cells": "too few cells",
    "row.too_many_cells": "too many cells",
    "row.footer": "footer of a report",
    "row.header_again": "the header row again",
    "cell.too_long": "a cell too long",
    "cell.error": "an error instead of a value",
    "cell.not_computed": "a formula without a result",
    "cell.no_date": "a date that no calendar has",
    "cell.no_number": "a number that is none",
    "cell.merged": "merged cells",
    "cell.nul": "a NUL character",
    "cell.undecodable": "bytes that are no letters",
    "line.too_long": "a line too long",
    "quote.unclosed": "a quote that does not close",
    "quote.stray": "a stray quote",
}
MARKED = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32", "utf-8": "UTF-8"}


def rule_label(rule: str) -> str:
    """What a rule finds, in words; the rule itself when it has none."""
    return RULES.get(rule, rule)


def encoding_label(encoding: str) -> str:
    """The name of an encoding as people know it."""
    return MARKED.get(encoding) or ENCODINGS.get(encoding, encoding)
