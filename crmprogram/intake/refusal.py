"""Why a whole file cannot be taken, said so that the person knows what to do next."""

from typing import Any, NamedTuple


class Refusal(Exception):
    """The file is not taken. The message names what it is and what to do; `code` is for machines."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Proposal(NamedTuple):
    """One way to read the bytes: its codec, a label, up to five lines as they would look, and a remark."""

    encoding: str
    label: str
    preview: list[str]
    remark: str


class NeedsSheet(Refusal):
    """A workbook has several sheets with rows: a person has to choose. `sheets` as in `sheet.look_into`."""

    def __init__(self, sheets: list[dict[str, Any]]) -> None:
        super().__init__("needs_sheet", "This workbook has several sheets with rows. Choose the one to read.")
        self.sheets = sheets


class NeedsEncoding(Refusal):
    """The bytes are not UTF-8 and no byte order mark says what they are: a person has to choose."""

    def __init__(self, proposals: list[Proposal]) -> None:
        super().__init__(
            "needs_encoding",
            "The letters of this file are not stored as UTF-8. Choose the encoding in which the preview reads right.",
        )
        self.proposals = proposals
