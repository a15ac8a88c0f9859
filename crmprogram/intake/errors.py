"""Refusals of this floor."""

from __future__ import annotations

from crmprogram.intake.refusal import Refusal
from crmprogram.program.errors import DomainError


class FileRefused(DomainError):
    """The file is not taken; `code` says why, for machines ("file_xlsx"), the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = f"file_{code}"

    @classmethod
    def of(cls, refusal: Refusal) -> FileRefused:
        return cls(refusal.code, str(refusal))


class NeedsEncoding(DomainError):
    """The file waits for a person to say how its letters are stored; `details` has the proposals."""

    code = "needs_encoding"


class AlreadyRead(DomainError):
    """The file has been read; what was said about it can no longer change how."""

    code = "already_read"


class AccountOpen(DomainError):
    """The rows of a file do not add up; says by how many (H0)."""

    code = "account_open"
