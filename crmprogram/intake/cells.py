"""The cells of one sheet as text, while its XML is parsed.

Every cell becomes the text a person would write for it (see `numbers`); the first cell of a
row that has no true text is the row's fault: an error value, a formula without a result, a
date that no calendar has, a text without end.
Source: ECMA-376 part 1, 18.3.1 (worksheets) and 18.18.11 (types of cells).
"""

from datetime import datetime
from functools import cache
from typing import NamedTuple
from xml.parsers.expat import XMLParserType

from crmprogram.intake.limits import Limits
from crmprogram.intake.numbers import PLAIN, NoDateError, Style, number_text, styled_text
from crmprogram.intake.read import KEPT, shorten
from crmprogram.intake.strings import Strings, unescape
from crmprogram.intake.workbook import damaged, too_much

LAST_ROW = 16_777_215  # more than any program writes
LAST_COLUMN = 16_384


class Fault(NamedTuple):
    """Why a row cannot be taken: the rule, the place of its cell from 0, and what is wrong with that cell."""

    rule: str
    place: int
    said: str


class Line(NamedTuple):
    """A row as the sheet has it: its number, its cells as text from column A, and the first fault."""

    number: int
    cells: list[str]
    fault: Fault | None


@cache
def place_of(letters: str) -> int:
    """Return the place of a column from 0.

    >>> place_of("A"), place_of("AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters_of(place: int) -> str:
    """Return what a sheet calls a column.

    >>> letters_of(27)
    'AB'
    """
    letters = ""
    while place >= 0:
        letters = chr(65 + place % 26) + letters
        place = place // 26 - 1
    return letters


class Cells:
    """The handlers of a sheet's parser: they collect `lines`, which are taken after each block."""

    def __init__(self, styles: list[Style], strings: Strings, limits: Limits, *, from_1904: bool) -> None:
        self.styles, self.strings, self.limits, self.from_1904 = styles, strings, limits, from_1904
        self.lines: list[Line] = []
        self.chars = 0
        self.is_over = False

    def listen(self, parser: XMLParserType) -> None:
        """Set the handlers. Closures, since attributes of self would take half the time again."""
        lines, styles, strings = self.lines, self.styles, self.strings
        most, from_1904 = self.limits.cell_chars, self.from_1904
        tags: dict[str, str] = {}
        cells: list[str] = []
        pieces: list[str] = []
        fault: Fault | None = None
        number = length = 0
        place, kind, style = -1, "n", ""
        in_table = in_aid = has_formula = has_value = False

        def text(piece: str) -> None:
            nonlocal length
            length += len(piece)
            if length <= most:
                pieces.append(piece)

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal number, place, kind, style, length, in_table, in_aid, has_formula, has_value, fault, cells
            if not tags:
                prefix = name.rpartition(":")[0] + ":" if ":" in name else ""
                tags.update({prefix + tag: tag for tag in ("sheetData", "row", "c", "v", "t", "f", "rPh")})
            tag = tags.get(name)
            if tag is None:
                return
            if tag == "sheetData":
                in_table = True
            elif not in_table:
                return
            elif tag == "c":
                reference = attributes.get("r")
                place = place + 1 if reference is None else place_in(reference)
                if place >= LAST_COLUMN:
                    raise damaged(f"row {number:,} has a cell beyond the last column")
                kind, style = attributes.get("t", "n"), attributes.get("s", "")
                pieces.clear()
                length, has_formula, has_value = 0, False, False
            elif tag in "vt":
                if not in_aid:
                    has_value = True
                    parser.CharacterDataHandler = text
            elif tag == "row":
                said = attributes.get("r")
                number = number + 1 if said is None else row_number(said)
                cells, fault, place = [], None, -1
            elif tag == "f":
                has_formula = True
            else:
                in_aid = True

        def end(name: str) -> None:
            nonlocal in_table, in_aid, fault
            tag = tags.get(name)
            if tag is None or not in_table:
                return
            if tag in "vt":
                parser.CharacterDataHandler = None
            elif tag == "c":
                raw = pieces[0] if len(pieces) == 1 else "".join(pieces)
                found = None
                if length > most:
                    found = ("cell.too_long", f"more than {most:,} characters")
                    raw = shorten(raw, KEPT)
                elif kind == "s":
                    raw, found = shared(raw)
                elif kind == "n":
                    if raw:
                        raw, found = number_of(raw.strip(), style)
                    elif has_formula and not has_value:
                        found = ("cell.not_computed", "a formula without a result")
                else:
                    raw, found = other(raw, kind)
                if place >= len(cells):
                    cells.extend([""] * (place - len(cells)))
                    cells.append(raw)
                elif cells[place]:
                    raise damaged(f"row {number:,} has two cells in column {letters_of(place)}")
                else:
                    cells[place] = raw
                if found is not None and fault is None:
                    fault = Fault(found[0], place, found[1])
            elif tag == "row":
                lines.append(Line(number, cells, fault))
            elif tag == "rPh":
                in_aid = False
            elif tag == "sheetData":
                in_table = False
                self.is_over = True

        def shared(raw: str) -> tuple[str, tuple[str, str] | None]:
            try:
                found = strings[int(raw)]
            except (ValueError, IndexError) as error:
                raise damaged(f"row {number:,} points to text that is not there") from error
            return ("", ("cell.too_long", f"more than {most:,} characters")) if found is None else (found, None)

        def number_of(raw: str, style: str) -> tuple[str, tuple[str, str] | None]:
            try:
                if not style or (shown := styles[int(style)]) is PLAIN:
                    return number_text(raw), None
                return styled_text(raw, shown, from_1904=from_1904), None
            except NoDateError as error:
                return raw, ("cell.no_date", str(error))
            except (ValueError, IndexError, OverflowError):
                return shorten(raw, KEPT), ("cell.no_number", "what should be a number and is none")

        parser.StartElementHandler = start
        parser.EndElementHandler = end

    def take(self) -> list[Line]:
        """Return the rows since the last call; raises Refusal when all their text is too much."""
        taken = self.lines.copy()
        self.lines.clear()
        self.chars += sum(len(cell) for line in taken for cell in line.cells)
        if self.chars > self.limits.unpacked_bytes:  # a shared text may be used a million times
            raise too_much(self.limits)
        return taken


def other(raw: str, kind: str) -> tuple[str, tuple[str, str] | None]:
    """Return the text of a cell that is neither a number nor shared text, and what is wrong with it."""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(raw.strip(), raw), None
    if kind == "e":
        return raw or "#ERROR", ("cell.error", f"the error {raw[:20] or '#ERROR'}")
    if kind == "d" and raw:
        try:
            moment = datetime.fromisoformat(raw.strip())
        except ValueError:
            return raw, ("cell.no_date", "what should be a date and is none")
        return (moment.date().isoformat() if "T" not in raw else moment.isoformat(" ")), None
    return unescape(raw), None


@cache
def letters_place(letters: str) -> int:
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
        raise damaged("a cell has no place that Excel would give it")
    return place_of(letters)


def place_in(reference: str) -> int:
    return letters_place(reference.rstrip("0123456789"))


def row_number(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= 8 and 0 < (number := int(said)) <= LAST_ROW):
        raise damaged("a row has no number that Excel would give it")
    return number
