"""What a file is: judged by its content first, then by the end of its name; refused by the name of what it is.

A kind is refused on evidence in the bytes alone: a `.sdl` file that holds a
table is read as one.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from unicodedata import category

from crmprogram.intake import documents, rows
from crmprogram.intake.headers import Headers
from crmprogram.intake.limits import LIMITS, Limits
from crmprogram.intake.read import Bad, Blank, Header, Record, Row, read_file, shorten
from crmprogram.intake.refusal import NeedsEncoding, NeedsSheet, Proposal, Refusal
from crmprogram.intake.workbook import directory

HEAD = 65_536
BLOCK = 1_048_576
LOOK_ROWS = 20
TITLE_CELLS = 2  # a header with more is one
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
ONE_COLUMN = (
    "This file has one column. Should its cells be cut by another sign than comma, semicolon, tab or |, "
    "export it again with one of these."
)
DELIMITERS = ",;\t|"  # the first of equals wins
SAVE_AS_CSV = "Save it as CSV UTF-8 and upload that."
EXPORT_CSV = "Export the records as CSV UTF-8 and upload that."
UNPACK = "Unpack it and upload the CSV file inside."
MARKS = (  # longest first: the mark of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = {  # what a person may choose, in the order of proposal
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "latin-1": "Western European (ISO 8859-1)",
    "latin2": "Central European (ISO 8859-2)",
    "mac-roman": "Western European (Macintosh)",
    "cp850": "Western European (DOS)",
    "cp932": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "utf-8": "UTF-8, with the unreadable rows put aside",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
}
SIGNATURES = (  # (first bytes, code, sentence)
    (b"\x1f\x8b", "gzip", f"This is a gzip file. {UNPACK}"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "ole",
        "This is an old Excel file (.xls) or a password-protected workbook. "
        "Open it in Excel, remove the password if it has one, save it as .xlsx or CSV UTF-8 and upload that.",
    ),
    (b"%PDF-", "pdf", f"This is a PDF document. {EXPORT_CSV}"),
    (b"SQLite format 3\0", "sqlite", f"This is a SQLite database. {EXPORT_CSV}"),
    (b"PAR1", "parquet", f"This is a Parquet file. {EXPORT_CSV}"),
    (b"BZh", "bzip2", f"This is a bzip2 file. {UNPACK}"),
    (b"\xfd7zXZ\0", "xz", f"This is an xz file. {UNPACK}"),
    (b"\x28\xb5\x2f\xfd", "zstd", f"This is a Zstandard file. {UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", "7z", f"This is a 7-Zip archive. {UNPACK}"),
    (b"Rar!\x1a\x07", "rar", f"This is a RAR archive. {UNPACK}"),
    (b"\x89PNG\r\n", "image", f"This is a picture. {EXPORT_CSV}"),
    (b"\xff\xd8\xff", "image", f"This is a picture. {EXPORT_CSV}"),
    (b"GIF87a", "image", f"This is a picture. {EXPORT_CSV}"),
    (b"GIF89a", "image", f"This is a picture. {EXPORT_CSV}"),
    (b"{\\rtf", "rtf", f"This is a rich text document. {SAVE_AS_CSV}"),
)
ZIPPED = (  # (name inside, code, sentence)
    (b"xl/workbook.bin", "xlsb", "This is a binary Excel workbook (.xlsb). Save it as .xlsx or CSV and upload that."),
    (
        b"xl/workbook",
        "xlsx_damaged",
        "This Excel workbook is damaged: its table of contents is missing, as when a download broke off. "
        "Fetch it again and upload that.",
    ),
    (b"word/document", "docx", f"This is a Word document. {EXPORT_CSV}"),
    (b"opendocument.spreadsheet", "ods", f"This is an OpenDocument spreadsheet (.ods). {SAVE_AS_CSV}"),
    (b"Index/Document.iwa", "numbers", f"This is a Numbers spreadsheet. {SAVE_AS_CSV}"),
    (b"", "zip", "This is a zip archive. Unpack it and upload the CSV files inside one by one."),
)
STARTS = (  # (pattern at the first visible character, code, sentence)
    (
        rb"<\?xml[^>]*>\s*(<\?mso[^>]*>)?\s*<(\w+:)?Workbook",
        "xml_spreadsheet",
        f"This is an XML spreadsheet. {SAVE_AS_CSV}",
    ),
    (rb"<\?xml", "xml", f"This is an XML file. {EXPORT_CSV}"),
    (
        rb"<(!doctype html|html|head|body|table)\b",
        "html",
        f"This is a web page (some systems call it .xls). Open it in a spreadsheet program. {SAVE_AS_CSV}",
    ),
    (
        rb"begin:vcard\s",
        "vcard",
        "These are vCard contacts. Import them into an address book and export that as CSV UTF-8.",
    ),
    (
        rb"begin:vcalendar\s",
        "icalendar",
        f"This is an iCalendar file. {EXPORT_CSV}",
    ),
)
JSON_STARTS = (rb'\{\s*("(\\.|[^"\\\r\n]){0,200}"\s*:|\}\s*\Z)', rb"\[\s*([\[{]\s*[\"\[{\]}]|\]\s*\Z)")
SDL = "This is a column map of the Data Loader (.sdl), not data. Upload the CSV file that it belongs to."


@dataclass(frozen=True, slots=True)
class Sniffed:
    """How to read a file, and how it begins: the headers and up to 20 records.

    A workbook has a `sheet`, and neither encoding nor delimiter; `notes` say how it is read.
    """

    encoding: str
    encoding_from: str  # "mark", "content" or "person"
    delimiter: str
    headers: Headers
    first: tuple[Record, ...]
    sheet: str = ""
    sheets: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def sniff(path: Path, *, name: str = "", encoding: str = "", sheet: str = "", limits: Limits = LIMITS) -> Sniffed:
    """Say how the file at `path` is to be read.

    `encoding` (a key of ENCODINGS) and `sheet` are what a person chose. Raises
    Refusal with the name of what the file is, NeedsEncoding with proposals, or
    NeedsSheet. Reads the whole file once, in blocks: to prove that it is UTF-8,
    or to weigh a workbook and count its rows, which another process does.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refusal("empty", "This file is empty. Export it again and check that it has a header row and records.")
    if size > limits.file_bytes:
        raise Refusal(
            "too_large",
            f"This file has more than {limits.file_bytes // 1_048_576:,} MB. Split it and upload the parts one by one.",
        )
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        stream.seek(max(0, size - HEAD))
        tail = stream.read(HEAD)
    if is_workbook(path, head):
        return sniff_workbook(path, sheet, limits)
    refuse_other_kinds(head, tail, name)
    codec, source = choose_encoding(path, head, encoding)
    text = decode_head(head, codec)
    if not text.strip("\0\ufeff \t\r\n"):
        raise Refusal(
            "empty", "This file has no visible text. Export it again and check that it has a header row and records."
        )
    delimiter = documents.MARK if is_json(head) else find_delimiter(text)
    headers, first = look(path, codec, delimiter, limits)
    notes = (ONE_COLUMN,) if len(headers.labels) == 1 and delimiter != documents.MARK else ()
    return Sniffed(codec, source, delimiter, headers, first, notes=notes)


def look(path: Path, codec: str, delimiter: str, limits: Limits) -> tuple[Headers, tuple[Record, ...]]:
    """Return the headers and the first records; raises Refusal if there is a header and nothing else."""
    records = read_file(path, encoding=codec, delimiter=delimiter, limits=limits)
    headers, first = beginning(islice(records, 10_000))
    records.close()
    if all(isinstance(item, Bad) and item.rule in {"cell.nul", "cell.undecodable"} for item in first):
        raise Refusal("binary", f"This file holds bytes that are not text. {EXPORT_CSV}")
    return headers, first


def is_workbook(path: Path, head: bytes) -> bool:
    """Is the file a zip archive whose directory holds the parts of a workbook? Its name does not matter."""
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return False
    _, names = directory(path)
    return b"xl/worksheets/" in names or b"xl/workbook.xml" in names


def sniff_workbook(path: Path, sheet: str, limits: Limits) -> Sniffed:
    """Say which sheet of a workbook is to be read, and how it begins."""
    book, records = rows.look(path, sheet=sheet, limits=limits, records=LOOK_ROWS)
    if not book.sheet:
        raise NeedsSheet(book.sheets)
    headers, first = beginning(records)
    source = "person" if sheet else "content"
    return Sniffed("", source, "", headers, first, book.sheet, tuple(book.sheets), tuple(book.notes))


def beginning(records: Iterable[Header | Record]) -> tuple[Headers, tuple[Record, ...]]:
    """Return the headers and the first good or bad records; raises Refusal if there is a header and nothing else."""
    headers, first = None, []
    for item in records:
        if isinstance(item, Header):
            headers = item.headers
        elif not isinstance(item, Blank):
            first.append(item)
            if len(first) == LOOK_ROWS:
                break
    if headers is None or (not first):
        raise Refusal(
            "header_only",
            "This file has a header row and no records. Export it again and check the filter of the list.",
        )
    longer = [one for one in first if isinstance(one, Bad) and one.rule == "row.too_many_cells"]
    if (len(headers.labels) <= TITLE_CELLS and len(longer) == len(first)) or is_title(headers, first):
        said = shorten(", ".join(filter(None, headers.originals)))
        raise Refusal(
            "title",
            f"The first line, “{said}”, has fewer cells than every line below: it is a title and no header. "
            "Delete what stands above the header and upload the file again.",
        )
    if mail := next((one for one in headers.labels if ADDRESS.fullmatch(one)), ""):
        raise Refusal(
            "no_header",
            f"The first line holds “{shorten(mail)}”: it is a record and no header. Put the names of the columns above "
            "it and upload the file again.",
        )
    return headers, tuple(first)


def is_title(headers: Headers, first: Iterable[Record]) -> bool:
    """Is the header one cell with two blank ones or more behind it, where every record fills several?"""
    head, *behind = (cell.strip() for cell in headers.originals)
    rows = [one for one in first if isinstance(one, Row)]
    if not head or len(behind) < TITLE_CELLS or any(behind) or not rows:
        return False
    return all(sum(map(bool, one.cells)) > 1 for one in rows)


def refuse_other_kinds(head: bytes, tail: bytes, name: str) -> None:
    """Raise Refusal if the bytes prove that the file is something else than a table of text."""
    for magic, code, sentence in SIGNATURES:
        if not head.startswith(magic):
            continue
        if (code != "bzip2" or head[4:10] == b"1AY&SY") and (code != "parquet" or tail.endswith(magic)):
            raise Refusal(code, sentence)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        for inside, code, sentence in ZIPPED:
            if inside in head or inside in tail:
                raise Refusal(code, sentence)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for pattern, code, sentence in STARTS:
        if re.match(pattern, start, re.IGNORECASE):
            raise Refusal(code, sentence)
    if is_column_map(start, name):
        raise Refusal("sdl", SDL)
    if is_binary(head):
        raise Refusal("binary", f"This file is not text. {EXPORT_CSV}")


def is_json(head: bytes) -> bool:
    """Does the file begin like records in JSON?"""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    return any(re.match(pattern, start) for pattern in JSON_STARTS)


def is_column_map(start: bytes, name: str) -> bool:
    """Is it ``header=Field`` line by line, and either called .sdl or begun as the Data Loader begins it?"""
    claims = name.lower().endswith(".sdl") or start.startswith(b"#Mapping values")
    lines = [line for line in start.splitlines() if line.strip() and not line.startswith(b"#")]
    return claims and bool(lines) and all(b"=" in line for line in lines[:200])


def is_binary(head: bytes) -> bool:
    """More than one control character in a hundred, in a file without a byte order mark of wide letters."""
    if head.startswith(tuple(mark for mark, codec in MARKS if codec != "utf-8-sig")) or looks_wide(head):
        return False
    control = len(head) - len(head.translate(None, bytes([*range(9), 11, *range(14, 32), 127])))
    return control * 100 > len(head)


def looks_wide(head: bytes) -> str:
    """Return the UTF-16 codec that a file without mark seems to have: every second byte is NUL."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 4 and odd > half * 0.6 and even < half * 0.02:
        return "utf-16-le"
    if half >= 4 and even > half * 0.6 and odd < half * 0.02:
        return "utf-16-be"
    return ""


def choose_encoding(path: Path, head: bytes, chosen: str) -> tuple[str, str]:
    """Return (codec, where it is known from). A byte order mark wins over the person, UTF-8 does not.

    Raises NeedsEncoding when nothing decides, Refusal for an unknown `chosen`.
    """
    for mark, codec in MARKS:
        if head.startswith(mark):
            return codec, "mark"
    if chosen:
        if chosen not in ENCODINGS:
            raise Refusal(
                "unknown_encoding",
                f"“{chosen}” is none of the encodings on the list. Choose one of {', '.join(ENCODINGS)}.",
            )
        return chosen, "person"
    wide = looks_wide(head)
    damaged = [] if wide else list(islice(undecodable_lines(path), 2_000))
    if not wide and not damaged:
        return "utf-8", "content"
    raise NeedsEncoding(list(propose(head, wide, damaged, len(damaged) < 20 and has_multibyte(head))))


def undecodable_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines that are no UTF-8, each cut to 200 bytes; the whole file is looked at, in blocks."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        clean = True
        while clean and (block := stream.read(BLOCK)):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                clean = False
        if clean:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                clean = False
        if clean:
            return
        stream.seek(0)
        while line := stream.readline(BLOCK):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                yield line[max(0, error.start - 60) : error.start + 140].strip()


def has_multibyte(head: bytes) -> bool:
    """Does the head hold letters written as UTF-8 sequences?"""
    return bool(re.search(rb"[\xc3-\xf4][\x80-\xbf]", head))


def propose(head: bytes, wide: str, damaged: list[bytes], mostly_utf8: bool) -> Iterator[Proposal]:
    """Yield the encodings in which the odd lines can be read, each with these lines as it would show them."""
    order = list(ENCODINGS)
    if wide:
        order = [wide]
    else:
        order = [codec for codec in order if not codec.startswith("utf-16")]
        if mostly_utf8:
            order.insert(0, order.pop(order.index("utf-8")))
    sample = damaged[:5] or head[: HEAD // 16].split(b"\n\0" if wide == "utf-16-le" else b"\0\n")[:5]
    for codec in order:
        try:
            preview = [line.decode(codec, "replace" if codec == "utf-8" or wide else "strict") for line in sample]
        except (UnicodeDecodeError, ValueError):
            continue  # cannot be it
        if codec != "utf-8" and not wide and any(map(has_control, preview)):
            continue  # control characters in a name: cannot be it either
        remark = cost_of(len(damaged)) if codec == "utf-8" else ""
        yield Proposal(codec, ENCODINGS[codec], [line.strip("\r\n\0\ufeff") for line in preview], remark)


def cost_of(rows: int) -> str:
    return "1 row would be put aside" if rows == 1 else f"{rows:,} rows would be put aside"


def has_control(line: str) -> bool:
    return any(category(char) == "Cc" and char not in "\t\r\n" for char in line)


def decode_head(head: bytes, codec: str) -> str:
    """Return the beginning of the file as text; a letter cut in two at the end is left out."""
    return codecs.getincrementaldecoder(codec)("replace").decode(head)


def find_delimiter(text: str) -> str:
    """Return the delimiter that occurs most in the header line outside quotes; a comma if none does.

    A first line ``sep=;`` decides.

    >>> find_delimiter('"a;b",c,d\\n1;2;3;4')
    ','
    """
    text = text.lstrip("\ufeff \r\n")
    if (said := re.match(r"sep=([,;\t|])\r?\n", text, re.IGNORECASE)) is not None:
        return said[1]
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted, before = False, ","
    for char in text:
        if char == '"' and (quoted or before in DELIMITERS or before == '"'):
            quoted = not quoted
        elif not quoted:
            if char in "\r\n":
                break
            if char in counts:
                counts[char] += 1
        before = char
    return max(counts, key=lambda char: counts[char])
