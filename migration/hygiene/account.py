"""The account of a step: every source row ends in exactly one place (H0)."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of source rows. `read` must equal the sum of the five ends.

    Held for review counts as kept; quarantined means unreadable or rejected.

    >>> Account(read=10, kept=7, merged=1, archived=1, blank=1).balanced
    True
    """

    read: int = 0
    kept: int = 0
    merged: int = 0
    archived: int = 0
    quarantined: int = 0
    blank: int = 0

    @property
    def accounted(self) -> int:
        """Rows that have an end."""
        return self.kept + self.merged + self.archived + self.quarantined + self.blank

    @property
    def difference(self) -> int:
        """Rows read without an end; negative when rows ended more than once."""
        return self.read - self.accounted

    @property
    def balanced(self) -> bool:
        """Does each row read end exactly once?"""
        return self.difference == 0 and all(getattr(self, f.name) >= 0 for f in fields(self))

    def __add__(self, other: "Account") -> "Account":
        return Account(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def says(self) -> str:
        """One sentence: what came in, where it ended, and by how much it fails to balance."""
        ends = (
            f"{self.read:,} read = {self.kept:,} kept + {self.merged:,} merged + {self.archived:,} archived"
            f" + {self.quarantined:,} quarantined + {self.blank:,} blank"
        )
        if self.balanced:
            return ends
        if self.difference > 0:
            return f"{ends} does not balance: {self.difference:,} rows are missing."
        if self.difference < 0:
            return f"{ends} does not balance: {-self.difference:,} rows too many."
        return f"{ends} does not balance: a count is negative."
