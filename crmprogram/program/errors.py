"""Refusals. The message is one sentence for the person who reads it."""


class DomainError(Exception):
    """A rule of the program said no; nothing was written."""

    code = "domain_error"  # stable, for machines
    status = 409

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details

    @property
    def page_status(self) -> int:
        """The status of a page that shows the refusal: 422 where the API says 400, for what was typed."""
        return 422 if self.status == 400 else self.status


class NotYours(DomainError):
    """The person may see the thing but not do this to it."""

    code = "not_permitted"
    status = 403


class TokenRefused(DomainError):
    """An access token may not do this; a person who signs in may."""

    code = "token_refused"
    status = 403


class Conflict(DomainError):
    """Somebody saved first: the version shown is no longer the version stored."""

    code = "conflict"


class Invalid(DomainError):
    """The input breaks a rule that a form could have told; names the field in `details`."""

    code = "invalid"
    status = 400
