"""Write CSV that people open in a spreadsheet: no cell of it is ever computed there.

Files that are loaded into a CRM keep exact values instead and are not written here.
Source: OWASP ASVS 1.2.10.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

TRIGGERS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def safe_cell(text: str) -> str:
    """Return `text` with an apostrophe before what a spreadsheet would take for a formula.

    >>> safe_cell("+49 89 123456")
    "'+49 89 123456"
    """
    return f"'{text}" if text.startswith(TRIGGERS) else text


class Line:
    """What the csv module writes to: it hands the line back."""

    def write(self, text: str) -> str:
        return text


def safe_csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a CSV file: a byte order mark first, so that Excel reads UTF-8, every cell quoted."""
    writer = csv.writer(Line(), quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])
