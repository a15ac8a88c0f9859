"""What pages share on which somebody signs (G7)."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.functional import cached_property

from crmprogram.program.errors import DomainError, Invalid
from crmprogram.web.views import ProgramView
from phases import freshness
from phases.errors import NotFresh
from phases.services.signing import require_fresh


class SigningView(ProgramView):
    """A page that asks for the password unless one was given within the last five minutes."""

    @cached_property
    def fresh_at(self) -> datetime | None:
        """The time of the session's password, if it still counts."""
        at = freshness.fresh_at(self.request)
        try:
            require_fresh(at)
        except NotFresh:
            return None
        return at

    @property
    def is_fresh(self) -> bool:
        return self.fresh_at is not None

    def fresh(self, form: forms.Form) -> datetime | None:
        """The time of the password: of the one given now, else of the session's."""
        password = form.cleaned_data.get("password", "")
        return freshness.confirm(self.request, password) if password else self.fresh_at

    def refuse(self, form: forms.Form, error: DomainError) -> int:
        """Put the refusal onto the field it is about; gives the status of the page."""
        field = error.details.get("field") if isinstance(error, Invalid) else None
        field = "password" if isinstance(error, NotFresh) else field
        form.add_error(field if field in form.fields else None, str(error))
        return error.page_status
