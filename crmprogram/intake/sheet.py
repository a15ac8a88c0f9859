"""Read one sheet of a workbook row by row, to the same records as a CSV file gives.

What cannot be taken is put aside with its line, which is the row number that the sheet
shows. The rows read are held against the row tags counted in the bytes.
"""

import codecs
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

from crmprogram.intake.cells import Cells, Line, letters_of, place_of
from crmprogram.intake.headers import Repeated, read_headers
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.read import FOOTER, KEPT, MOST_BLANK, Bad, Blank, Header, Record, Row, header_again, shorten
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.workbook import STALLED, Sheet, Workbook, damaged, make_parser, parsing

ROW = re.compile(rb"<(?:[\w.-]+:)?row(?=[\s/>])([^>]*)>")
HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)[\"']")
VALUE = re.compile(rb"<(?:[\w.-]+:)?(?:v|t)[\s>]")
MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})(\d{1,8}):([A-Z]{1,3})(\d{1,8})[\"']")


class Merge(NamedTuple):
    """A range of merged cells, rows from 1 and columns from 0, all included."""

    top: int
    left: int
    bottom: int
    right: int


class Survey(NamedTuple):
    """What a pass over the bytes of a sheet finds, without parsing it."""

    rows: int
    hidden_rows: int
    has_values: bool
    merges: list[Merge]


def survey(workbook: Workbook, part: str) -> Survey:
    """Count the rows of a sheet by their tags, and note its merged cells: the count that reading is held to."""
    rows, hidden, has_values, merges = 0, 0, False, []
    for text in tags(workbook.blocks(part)):
        for found in ROW.finditer(text):
            rows += 1
            hidden += HIDDEN.search(found[1]) is not None
        has_values = has_values or VALUE.search(text) is not None
        for left, top, right, bottom in MERGED.findall(text):
            merge = Merge(int(top), place_of(left.decode()), int(bottom), place_of(right.decode()))
            merges.append(merge)
            if len(merges) > workbook.limits.merged:
                raise Refusal(
                    "xlsx_merged",
                    f"This sheet has more than {workbook.limits.merged:,} ranges of merged cells: it is a form, not "
                    "a table. Export the records as they are, or unmerge the cells.",
                )
    return Survey(rows, hidden, has_values, merges)


def tags(blocks: Generator[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a part so that no tag is cut in two; wide letters are made narrow."""
    rest, decoder = b"", None
    with closing(blocks):
        for number, block in enumerate(blocks):
            if number == 0 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                decoder = codecs.getincrementaldecoder("utf-16")("replace")
            text = rest + (block if decoder is None else decoder.decode(block).encode("ascii", "replace"))
            end = text.rfind(b">") + 1
            rest = text[end:][-STALLED:]  # of a long text; a tag so long is refused where it is parsed
            yield text[:end]


def nothing() -> None:
    """Be told that reading goes on, and do nothing about it."""


def read_sheet(
    path: Path, *, sheet: str, limits: Limits = LIMITS, beat: Callable[[], None] = nothing
) -> Generator[Header | Record]:
    """Yield the header of a sheet, then every row: read = good + bad + blank.

    `beat` is called for every block that is unpacked, also while no record comes of it.
    Raises Refusal when the workbook breaks a limit or cannot be read to its end, and when the
    rows read are not as many as the sheet has row tags.
    """
    with Workbook(path, limits, beat) as workbook:
        part = workbook.sheet(sheet).part
        counted = survey(workbook, part)
        with closing(lines_of(workbook, part)) as lines:
            yield from records_of(lines, counted, limits)


def lines_of(workbook: Workbook, part: str) -> Generator[Line]:
    """Yield the rows of a sheet as they stand there."""
    with closing(workbook.strings()) as strings:
        cells = Cells(workbook.styles(), strings, workbook.limits, from_1904=workbook.from_1904)
        parser = make_parser()
        cells.listen(parser)
        with closing(parsing(parser, workbook.blocks(part), part)) as steps:
            for _ in steps:
                yield from cells.take()
                if cells.is_over:
                    return


def records_of(lines: Iterator[Line], counted: Survey, limits: Limits) -> Iterator[Header | Record]:
    """Yield the Header, then a Row, Blank or Bad for every row."""
    record_no, header_at = 0, 0
    above: list[int] = []  # blank rows above the header
    labels: list[str] = []
    cover: Cover | None = None
    again: Repeated | None = None
    for line in lines:
        is_blank = not any(map(str.strip, line.cells)) and line.fault is None
        if not header_at and not is_blank:
            header_at = line.number
            header = header_of(line, limits)
            labels, again = header.headers.labels, Repeated(header.headers)
            cover = Cover(counted.merges, header_at, len(labels))
            yield header
            for number, blank_at in enumerate(above, 1):
                yield Blank(blank_at, number)
            continue
        record_no += 1
        if record_no > limits.rows:
            raise Refusal(
                "too_many_rows",
                f"This sheet has more than {limits.rows:,} rows. Split it and upload the parts one by one.",
            )
        if header_at:
            if is_blank:
                yield Blank(line.number, record_no)
            elif again is not None and len(line.cells) == len(labels) and again.is_in(line.cells):
                yield header_again(line.number, record_no, shorten("\t".join(line.cells), KEPT), line.cells)
            else:
                yield judge(line, record_no, labels, cover)
        elif record_no <= MOST_BLANK:
            above.append(line.number)
        else:
            break
    if not header_at:
        raise Refusal("empty", "This sheet is empty. Choose another one, or export the records again.")
    if record_no + 1 != counted.rows:
        raise damaged(f"its sheet has {counted.rows:,} rows, of which {record_no + 1:,} could be read")


def header_of(line: Line, limits: Limits) -> Header:
    """Return the header; raises Refusal if it has too many columns, or a cell without text."""
    cells = line.cells
    while cells and not cells[-1].strip():
        cells.pop()
    if line.fault is not None:
        raise Refusal(
            "header_unreadable",
            f"The header row (line {line.number:,}) cannot be read: column {letters_of(line.fault.place)} holds "
            f"{line.fault.said}.",
        )
    if len(cells) > limits.columns:
        raise Refusal(
            "too_many_columns",
            f"This sheet has {len(cells):,} columns; at most {limits.columns:,} can be taken. "
            "Leave some out of the export.",
        )
    return Header(line.number, read_headers(cells))


WHAT_TO_DO = {
    "cell.error": "Correct the formula, or empty the cell, and upload the row again.",
    "cell.not_computed": "Open the workbook in Excel and save it, so that the result is stored.",
    "cell.no_date": "Correct the date and upload the row again.",
    "cell.no_number": "Correct the cell and upload the row again.",
    "cell.too_long": "Shorten it or leave the column out of the export.",
}


def judge(line: Line, record_no: int, labels: list[str], cover: "Cover | None") -> Record:
    """Take a row, or say why it is put aside; one that is put aside keeps its cells for the download."""
    width, cells = len(labels), line.cells
    beyond = next((place for place in range(width, len(cells)) if cells[place].strip()), None)
    cells = cells[:width] if len(cells) > width else cells + [""] * (width - len(cells))
    rule, place, message = "", 0, ""
    if line.fault is not None:
        rule, place = line.fault.rule, line.fault.place
        message = f"{called(place, labels)} holds {line.fault.said}. {WHAT_TO_DO[rule]}"
    elif beyond is not None:
        rule, place = "row.too_many_cells", beyond
        message = f"Column {letters_of(place)} has no header and holds a value. Give it a header, or empty the cell."
    elif FOOTER.fullmatch(cells[0].strip()) and not any(map(str.strip, cells[1:])):
        rule, message = "row.footer", "This is the footer of a report, not a record. Nothing to do."
    elif cover is not None and (merge := cover.over(line.number)) is not None:
        rule, place = "cell.merged", merge.left
        message = (
            f"{called(place, labels)} is part of the merged cells {letters_of(merge.left)}{merge.top}:"
            f"{letters_of(merge.right)}{merge.bottom}, whose value stands in the first of them only. "
            "Unmerge them, fill each cell, and upload the row again."
        )
    if not rule:
        return Row(line.number, record_no, cells)
    value = line.cells[place] if place < len(line.cells) else ""
    column = labels[place] if place < width and rule != "row.footer" else ""
    raw = shorten("\t".join(line.cells), KEPT)
    return Bad(
        line.number, record_no, raw, rule, column, shorten(value), message, tuple(cells) if beyond is None else ()
    )


def called(place: int, labels: list[str]) -> str:
    return f"“{labels[place]}”" if place < len(labels) else f"Column {letters_of(place)}"


class Cover:
    """Which merged range hides the value of a row's cell; asked in the order of the rows."""

    def __init__(self, merges: list[Merge], header: int, width: int) -> None:
        """Take the ranges that touch the columns of the table below its header."""
        hiding = []
        for merge in merges:
            # the first row of a range one column wide has its value
            top = merge.top if merge.right > merge.left else merge.top + 1
            if merge.left < width and merge.bottom > header and merge.bottom >= top:
                hiding.append((top, merge))
        self.coming = sorted(hiding, reverse=True)
        self.open: list[tuple[int, Merge]] = []

    def over(self, number: int) -> Merge | None:
        """Return a range that hides a cell of row `number`, None if there is none."""
        while self.coming and self.coming[-1][0] <= number:
            _, merge = self.coming.pop()
            heappush(self.open, (merge.bottom, merge))
        while self.open and self.open[0][0] < number:
            heappop(self.open)
        return self.open[0][1] if self.open else None


class Book(NamedTuple):
    """What a workbook offers: its sheets, the one to read ("" if a person has to say), and what to know about it."""

    sheets: list[dict[str, Any]]
    sheet: str
    notes: list[str]


def look_into(
    path: Path, *, sheet: str = "", limits: Limits = LIMITS, beat: Callable[[], None] = nothing
) -> tuple[Book, Iterator[Header | Record]]:
    """Return what a workbook offers, and the beginning of the sheet to read; no records while a person has to say.

    `sheet` is what a person chose. Without it, the only visible sheet with rows is read; with
    several, or with rows on hidden sheets alone, nobody but a person knows. Each of
    `Book.sheets` has name, hidden (bool) and rows (0 without a value). Raises Refusal.
    """
    with Workbook(path, limits, beat) as workbook:
        book = offer(workbook, sheet)
    return book, read_sheet(path, sheet=book.sheet, limits=limits, beat=beat) if book.sheet else iter(())


def offer(workbook: Workbook, sheet: str) -> Book:
    """Look at every sheet of a workbook, and choose the one to read if nobody has to be asked."""
    surveys = {each: survey(workbook, each.part) for each in workbook.sheets}
    filled = [each for each in workbook.sheets if surveys[each].has_values]
    visible = [each for each in filled if not each.hidden]
    if not filled:
        raise Refusal("empty", "This Excel workbook has no rows on any sheet. Export the records again.")
    offered = [
        {"name": each.name, "hidden": each.hidden, "rows": surveys[each].rows if each in filled else 0}
        for each in workbook.sheets
    ]
    chosen = workbook.sheet(sheet) if sheet else visible[0] if len(visible) == 1 else None
    if chosen is None:
        return Book(offered, "", [])
    notes = list(notes_on(workbook, chosen, surveys[chosen], filled, by_person=bool(sheet)))
    return Book(offered, chosen.name, notes)


def notes_on(
    workbook: Workbook, chosen: Sheet, found: Survey, filled: list[Sheet], *, by_person: bool
) -> Iterator[str]:
    """Say what a person should know about how the workbook is read."""
    others = [each for each in filled if each != chosen]
    if others and not by_person:
        names = ", ".join(f"“{each.name}”" for each in others[:5])
        yield f"“{chosen.name}” is read, the only visible sheet with rows. Hidden and not read: {names}."
    elif not by_person and len(workbook.sheets) > 1:
        yield f"“{chosen.name}” is read, the only sheet with rows."
    if found.hidden_rows:
        yield f"Rows that a filter or a person has hidden are read like the others: {found.hidden_rows:,}."
    if found.merges:
        yield "There are merged cells: rows whose value they hide are put aside."
    if workbook.from_1904:
        yield "Its days are counted from 1904, as on older Macintosh computers; they are read so."
    if workbook.has_links:
        yield "It points to other workbooks. These are not opened; the values last saved are read."
    if workbook.has_macros:
        yield "It holds macros. They are not run."
