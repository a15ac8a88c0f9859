"""What every model that belongs to a program has."""

from __future__ import annotations

from typing import Any, Self

from django.db import models


class ProgramScopedQuerySet(models.QuerySet):
    """Rows of programs; a subclass of Model names its way there in `program_path`."""

    def for_user(self, user: Any) -> Self:
        """The rows that `user` may see: those of programs with an active membership."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        path = getattr(self.model, "program_path", "program")
        prefix = f"{path}__" if path else ""
        return self.filter(**{f"{prefix}memberships__user": user, f"{prefix}memberships__is_active": True})

    def of(self, program: Any) -> Self:
        """The rows of one program."""
        path = getattr(self.model, "program_path", "program")
        return self.filter(**{path: program})

    def lock(self, pk: Any) -> Any:
        """The row, locked until the transaction ends (PostgreSQL; SQLite holds the only writer)."""
        return self.select_for_update(of=("self",)).get(pk=pk)
