"""Values out of an address or a form's hidden field."""

LONGEST = 18  # digits that fit any database's big integer


def whole_number(text: str, default: int = 0) -> int:
    """The number that plain ASCII digits write, else `default`.

    `str.isdigit` says yes to "²", which `int` refuses, and to numbers no column holds.

    >>> whole_number("42"), whole_number("²"), whole_number("-1"), whole_number("9" * 19)
    (42, 0, 0, 0)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else default
