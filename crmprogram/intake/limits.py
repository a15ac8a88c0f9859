"""What a file may be at most: the numbers on the upload form and in the API."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings of one file. Above the first three the file is refused, above the rest the row is put aside."""

    file_bytes: int = 524_288_000  # 500 MB
    rows: int = 5_000_000
    columns: int = 1_000
    cell_chars: int = 262_144  # real cells with whole mails in them reach about 180,000
    quote_lines: int = 1_000  # a quote still open after so many lines was never meant as one
    line_chars: int = 16_777_216  # a line without an end must not fill the memory

    def as_dict(self) -> dict[str, int]:
        """Return the ceilings as plain numbers, for another process or a page."""
        return asdict(self)


LIMITS = Limits()
