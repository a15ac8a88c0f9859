"""Text in a workbook: its escapes, and the table of text that cells share."""

import os
import re
from array import array
from tempfile import TemporaryFile
from typing import IO
from xml.parsers.expat import XMLParserType

ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
LIGHT_CHARS = 67_108_864  # of text that is kept in memory as it is; more goes to a file
LIGHT_COUNT = 1_000_000


def unescape(text: str) -> str:
    r"""Return text with the escapes of a workbook undone; one that stands for no character stays as it is.

    >>> unescape("two_x000D_\nlines, _x005F_x0041_ and _x0000_")
    'two\r\nlines, _x0041_ and _x0000_'
    """
    if "_x" not in text:
        return text
    return ESCAPE.sub(character, text)


def character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)


class Strings:
    """The shared text of a workbook by number; a text that is too long is None.

    A large table lies in a temporary file without a name, so that memory is bounded by the
    number of texts (8 bytes each), not by their length.
    """

    def __init__(self, most_chars: int) -> None:
        self.most_chars = most_chars
        self.light: list[str | None] = []
        self.chars = 0
        self.file: IO[bytes] | None = None
        self.ends = array("Q", [0])
        self.long: set[int] = set()

    def __len__(self) -> int:
        return len(self.light) if self.file is None else len(self.ends) - 1

    def __getitem__(self, number: int) -> str | None:
        """Return the text; raises IndexError for a number beyond the table or below 0."""
        if number < 0:
            raise IndexError(number)
        if self.file is None:
            return self.light[number]
        start, end = self.ends[number], self.ends[number + 1]
        return None if number in self.long else os.pread(self.file.fileno(), end - start, start).decode()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()

    def add(self, text: str | None) -> None:
        self.light.append(text)
        self.chars += len(text or "")

    def settle(self) -> None:
        """Move what was added to the file once there is much of it; called between two blocks."""
        if self.file is None and self.chars <= LIGHT_CHARS and len(self.light) <= LIGHT_COUNT:
            return
        if self.file is None:
            self.file = TemporaryFile()  # noqa: SIM115, it lives as long as the table
        end = self.ends[-1]
        written = []
        for text in self.light:
            if text is None:
                self.long.add(len(self.ends) - 1)
            else:
                raw = text.encode()
                written.append(raw)
                end += len(raw)
            self.ends.append(end)
        self.file.write(b"".join(written))
        self.file.flush()
        self.light.clear()

    def listen(self, parser: XMLParserType) -> None:
        """Collect every `si` of the part that `parser` is fed; reading aids (`rPh`) are no part of the text."""
        pieces: list[str] = []
        tags: dict[str, str] = {}
        length = 0
        in_aid = False

        def text(piece: str) -> None:
            nonlocal length
            length += len(piece)
            if length <= self.most_chars:
                pieces.append(piece)

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal length, in_aid
            if not tags:
                prefix = name.rpartition(":")[0] + ":" if ":" in name else ""
                tags.update({prefix + tag: tag for tag in ("si", "t", "rPh")})
            tag = tags.get(name)
            if tag == "t":
                if not in_aid:
                    parser.CharacterDataHandler = text
            elif tag == "si":
                pieces.clear()
                length = 0
            elif tag == "rPh":
                in_aid = True

        def end(name: str) -> None:
            nonlocal in_aid
            tag = tags.get(name)
            if tag == "t":
                parser.CharacterDataHandler = None
            elif tag == "si":
                self.add(unescape("".join(pieces)) if length <= self.most_chars else None)
            elif tag == "rPh":
                in_aid = False

        parser.StartElementHandler = start
        parser.EndElementHandler = end
