"""What every change of the Audit's content goes through: did somebody save first, is it whole?"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from crmprogram.program.errors import Conflict, Invalid


def expect_version(stored: int, seen: int, what: str) -> None:
    """Raise Conflict when what the person saw is no longer what is stored."""
    if stored != seen:
        raise Conflict(
            f"Somebody changed {what} since you opened it. Load it again and put your change in once more.",
            stored=stored,
            seen=seen,
        )


def save_checked(instance: models.Model) -> None:
    """Save after the model's own checks; a broken one is Invalid, with the field and its sentence."""
    try:
        instance.full_clean()
    except ValidationError as exc:
        field, sentences = next(iter(exc.message_dict.items()))
        raise Invalid(" ".join(sentences), **({} if field == "__all__" else {"field": field})) from exc
    instance.save()
