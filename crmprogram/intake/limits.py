"""What a file may be at most: the numbers on the upload form and in the API."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of one file. Above those of rows and columns, and of a workbook as a whole, the file is refused.

    Above the rest the row is put aside.
    """

    file_bytes: int = 524_288_000  # 500 MB
    rows: int = 5_000_000
    columns: int = 1_000
    cell_chars: int = 262_144  # real cells with whole mails in them reach about 180,000
    quote_lines: int = 1_000  # a quote still open after so many lines was never meant as one
    line_chars: int = 16_777_216  # a line without an end must not fill the memory
    workbook_bytes: int = 104_857_600  # 100 MB
    parts: int = 1_000  # files inside a workbook, which is a zip archive
    unpacked_bytes: int = 1_073_741_824  # 1 GB, by the directory and by counting; also the text of all cells
    ratio: int = 200  # of unpacked to packed, above `ratio_bytes`
    ratio_bytes: int = 52_428_800  # 50 MB
    merged: int = 10_000  # ranges of merged cells; beyond that it is a form, not a table

    def as_dict(self) -> dict[str, int]:
        """Return the ceilings as plain numbers, for another process or a page."""
        return asdict(self)


LIMITS = Limits()
