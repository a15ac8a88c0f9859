"""An Excel workbook (.xlsx) as a package of parts: what it may be at most, its sheets, styles and shared text.

Read with zipfile and expat alone, part by part in blocks of 64 KB, so that no part is ever
held as a whole. Rejected: openpyxl trusts what a sheet says about its own size, builds an
object a cell and hides the serial number behind a date; calamine, in one piece, aborts the
process on a sheet of 1 GB and gives error cells as blanks. Formulas are not computed,
macros not run, other workbooks not opened: what was last saved is read.
Source: ECMA-376 parts 1 and 2.
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from xml.parsers import expat

from crmprogram.intake.limits import Limits
from crmprogram.intake.numbers import BUILT_IN, PLAIN, Style, style_of
from crmprogram.intake.refusal import Refusal
from crmprogram.intake.strings import Strings

BLOCK = 65_536
MOST_NAME = 100  # characters of a sheet's name; Excel allows 31
STALLED = 4_194_304  # bytes without the end of a tag: no writer makes one so long
DIRECTORY_BYTES = 4_194_304
ELEMENTS = 1_000_000  # of a part that is not rows and not text
TOP_RELATIONS = "_rels/.rels"
AGAIN = "Open it in Excel, save it under a new name and upload that."


class Sheet(NamedTuple):
    """One sheet: its name, whether it is hidden, and the part that holds it."""

    name: str
    hidden: bool
    part: str


class Relation(NamedTuple):
    """A pointer from one part to another; `kind` is the last word of its type."""

    kind: str
    part: str
    is_external: bool


def damaged(what: str) -> Refusal:
    """The refusal of a workbook that cannot be read to its end."""
    return Refusal("xlsx_damaged", f"This Excel workbook is damaged: {what}. {AGAIN}")


def too_much(limits: Limits) -> Refusal:
    """The refusal of a workbook that is too large once it is unpacked."""
    return Refusal(
        "xlsx_unpacked",
        f"This Excel workbook unpacks to more than {limits.unpacked_bytes // 1_048_576:,} MB. "
        "Save the sheet as CSV UTF-8 and upload that.",
    )


@contextmanager
def soundly(part: str) -> Generator[None]:
    """Turn every way in which a part can be broken into one refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError) as error:
        raise damaged(f"{part} cannot be unpacked") from error
    except expat.ExpatError as error:
        raise damaged(f"{part} cannot be read, line {error.lineno:,}") from error
    except UnicodeError as error:
        raise damaged(f"{part} has letters that cannot be read") from error


class Workbook:
    """The parts of a workbook, with every ceiling held; raises Refusal at once when the directory breaks one."""

    def __init__(self, path: Path, limits: Limits, beat: Callable[[], None]) -> None:
        """Open the workbook at `path`; `beat` is called for every block that is unpacked."""
        self.limits = limits
        self.beat = beat
        self.counted: dict[str, int] = {}  # bytes by part, however often it is read
        self.archive = open_archive(path, limits)
        self.parts = {name_of(info.filename): info for info in self.archive.infolist() if not info.is_dir()}
        try:
            self.check()
            self.from_1904 = False
            self.sheets: list[Sheet] = []
            self.read_contents()
        except BaseException:
            self.archive.close()
            raise

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *raised: object) -> None:
        self.archive.close()

    def check(self) -> None:
        """Hold the directory against the limits; what it says is counted again while reading."""
        infos, limits = self.archive.infolist(), self.limits
        if len(infos) > limits.parts:
            raise too_many_parts(limits)
        if len({name_of(info.filename) for info in infos}) < len(infos):
            raise damaged("two of its parts have one name")
        if any(info.flag_bits & 1 for info in infos):
            raise Refusal("ole", "This Excel workbook is protected by a password. Remove it, or save the sheet as CSV.")
        if any(info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for info in infos):
            raise damaged("it is packed in a way that Excel does not use")
        self.hold(sum(info.file_size for info in infos), sum(info.compress_size for info in infos))

    def hold(self, unpacked: int, packed: int) -> None:
        limits = self.limits
        if unpacked > limits.unpacked_bytes:
            raise too_much(limits)
        if unpacked > limits.ratio_bytes and unpacked > packed * limits.ratio:
            raise Refusal(
                "xlsx_ratio",
                f"This Excel workbook unpacks to more than {limits.ratio} times its size, as a file made to fill "
                "the memory does. Save the sheet as CSV UTF-8 and upload that.",
            )

    def blocks(self, part: str) -> Generator[bytes]:
        """Yield a part in blocks, counting what is unpacked whatever the directory says."""
        if part not in self.parts:
            raise damaged(f"{part} is missing")
        info, read = self.parts[part], 0
        with soundly(part), self.archive.open(info) as stream:
            while block := take(stream):
                read += len(block)
                if read > self.counted.get(part, 0):
                    self.counted[part] = read
                    if sum(self.counted.values()) > self.limits.unpacked_bytes:
                        raise too_much(self.limits)
                    self.hold(read, info.compress_size)
                self.beat()
                yield block

    def elements(self, part: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (local name, attributes by local name) of every element of a small part."""
        found: list[tuple[str, dict[str, str]]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            found.append((local(name), {local(key): value for key, value in attributes.items()}))

        parser = make_parser(" ")
        parser.StartElementHandler = start
        count = 0
        with closing(parsing(parser, self.blocks(part), part)) as steps:
            for _ in steps:
                count += len(found)
                if count > ELEMENTS:
                    raise damaged(f"{part} has more elements than Excel can make")
                yield from found
                found.clear()

    def relations(self, part: str) -> dict[str, Relation]:
        """The pointers of a part by id, "" for the whole package; empty when there are none."""
        folder, name = posixpath.split(part)
        source = posixpath.join(folder, "_rels", f"{name}.rels") if part else TOP_RELATIONS
        if source not in self.parts:
            return {}
        found = {}
        for element, attributes in self.elements(source):
            if element == "Relationship":
                target = attributes.get("Target", "")
                joined = target if target.startswith("/") else posixpath.join(folder, target)
                found[attributes.get("Id", "")] = Relation(
                    attributes.get("Type", "").rpartition("/")[2],
                    name_of(posixpath.normpath(joined)),
                    attributes.get("TargetMode") == "External",
                )
        return found

    def read_contents(self) -> None:
        """Find the sheets, and the parts that all sheets share."""
        tops = [each.part for each in self.relations("").values() if each.kind == "officeDocument"]
        top = tops[0] if tops else "xl/workbook.xml"
        relations = self.relations(top)
        for name, attributes in self.elements(top):
            if name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in {"1", "true", "on"}
            elif name == "sheet":
                relation = relations.get(attributes.get("id", ""))
                if relation is not None and relation.kind == "worksheet" and not relation.is_external:
                    label = clean(attributes.get("name", "")) or f"Sheet {len(self.sheets) + 1}"
                    self.sheets.append(Sheet(label, attributes.get("state", "visible") != "visible", relation.part))
        if len({sheet.name for sheet in self.sheets}) < len(self.sheets):
            raise damaged("two of its sheets have one name")
        if not self.sheets:
            raise Refusal("xlsx_no_sheet", "This Excel workbook has no sheet with cells. Export the records again.")
        kinds = {each.kind: each.part for each in relations.values() if not each.is_external}
        self.styles_part, self.strings_part = kinds.get("styles", ""), kinds.get("sharedStrings", "")
        self.has_links = "externalLink" in kinds
        self.has_macros = any(part.endswith("vbaproject.bin") for part in map(str.lower, self.parts))

    def sheet(self, name: str) -> Sheet:
        """Return the sheet of this name; raises Refusal if there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        names = ", ".join(f"“{sheet.name}”" for sheet in self.sheets[:20])
        raise Refusal("unknown_sheet", f"This workbook has no sheet “{name[:80]}”. Choose one of {names}.")

    def styles(self) -> list[Style]:
        """What a number means by the number of its cell's style."""
        if self.styles_part not in self.parts:
            return []
        custom: dict[int, Style] = {}
        styles: list[Style] = []
        inside = ""
        for name, attributes in self.elements(self.styles_part):
            if name in {"cellXfs", "cellStyleXfs", "dxfs"}:
                inside = name
            elif name == "numFmt" and inside == "":
                custom[whole(attributes.get("numFmtId"))] = style_of(attributes.get("formatCode", "")[:1_000])
            elif name == "xf" and inside == "cellXfs":
                number = whole(attributes.get("numFmtId"))
                styles.append(custom.get(number) or BUILT_IN.get(number, PLAIN))
        return styles

    def strings(self) -> Strings:
        """The text that cells share, by number."""
        strings = Strings(self.limits.cell_chars)
        if self.strings_part not in self.parts:
            return strings
        parser = make_parser()
        strings.listen(parser)
        for _ in parsing(parser, self.blocks(self.strings_part), self.strings_part):
            strings.settle()
        return strings


def take(stream: IO[bytes]) -> bytes:
    return stream.read(BLOCK)


def local(name: str) -> str:
    return name.rpartition(" ")[2]


def name_of(part: str) -> str:
    return part.replace("\\", "/").lstrip("/")


def clean(name: str) -> str:
    return "".join(char for char in name if char.isprintable()).strip()[:MOST_NAME]


def whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def too_many_parts(limits: Limits) -> Refusal:
    return Refusal("xlsx_parts", f"This Excel workbook has more than {limits.parts:,} parts. {AGAIN}")


def directory(path: Path) -> tuple[int, bytes]:
    """Return (number of parts, directory) of a zip archive as its end says; (0, b"") if it has no end.

    At most 4 MB of the directory are read.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return 0, b""
        count, length, start = struct.unpack_from("<HII", tail, at + 10)
        wide = tail.rfind(b"PK\x06\x06", 0, at)
        if wide >= 0 and len(tail) >= wide + 56:
            count, length, start = struct.unpack_from("<QQQ", tail, wide + 32)
        stream.seek(min(start, size))
        return count, stream.read(min(length, DIRECTORY_BYTES))


def open_archive(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Open the zip archive at `path`; its directory is weighed before it is taken in."""
    if path.stat().st_size > limits.workbook_bytes:
        raise Refusal(
            "too_large",
            f"This Excel workbook has more than {limits.workbook_bytes // 1_048_576:,} MB. "
            "Save the sheet as CSV UTF-8, or split it, and upload that.",
        )
    count, held = directory(path)
    if count > limits.parts or len(held) == DIRECTORY_BYTES:
        raise too_many_parts(limits)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeError, ValueError) as error:
        raise damaged("its table of contents cannot be read, as when a download broke off") from error


def make_parser(separator: str | None = None) -> expat.XMLParserType:
    """Return a parser that refuses a DOCTYPE: no workbook has one, and every XML attack begins with one."""
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True
    parser.buffer_size = BLOCK

    def refuse(*_: object) -> None:
        raise Refusal(
            "xlsx_doctype", f"This Excel workbook holds a document type declaration, which Excel never writes. {AGAIN}"
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def parsing(parser: expat.XMLParserType, blocks: Generator[bytes], part: str) -> Generator[None]:
    """Feed the parser, pausing after each block so that what its handlers collected can be taken."""
    fed = 0
    with soundly(part), closing(blocks):
        for block in blocks:
            parser.Parse(block, False)
            fed += len(block)
            if fed - parser.CurrentByteIndex > STALLED:
                raise damaged(f"{part} has a tag without an end")
            yield
        parser.Parse(b"", True)
        yield
