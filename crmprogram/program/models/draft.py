"""What a person has answered on the way to a new program."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from crmprogram.program import clock


class ProgramDraft(models.Model):
    """A program that is being described: the answers of each page as they were typed, right or wrong.

    One a person, kept until the program is started or the draft is thrown away, so that leaving,
    going back and signing in elsewhere lose nothing. `answers` is {page: {field: text}}.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="program_draft")
    answers = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    page = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"Draft of {self.user}"
