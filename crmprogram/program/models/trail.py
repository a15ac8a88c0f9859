"""The audit trail: append-only, sealed in batches with a hash chain."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from crmprogram.program import clock
from crmprogram.program.models.base import ProgramScopedQuerySet


class AppendOnlyQuerySet(ProgramScopedQuerySet):
    """Rows that are never changed or removed through the ORM."""

    def update(self, **kwargs):
        raise TypeError("The audit trail is append-only.")

    def delete(self):
        raise TypeError("The audit trail is append-only.")


class AuditEntry(models.Model):
    """Who did what to which object, when, and what changed."""

    program = models.ForeignKey("program.Program", models.PROTECT, null=True, related_name="audit_entries")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_text = models.CharField(max_length=200)
    before = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    note = models.TextField(blank=True)
    request_id = models.CharField(max_length=36, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["program", "-id"], name="audit_by_program"),
            models.Index(fields=["subject_type", "subject_id"], name="audit_by_subject"),
        ]

    def save(self, *args, **kwargs):
        if self.pk is not None and not self._state.adding:
            raise TypeError("The audit trail is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("The audit trail is append-only.")

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_text}"


class AuditSeal(models.Model):
    """A SHA-256 over the entries up to `last_entry_id` and the seal before it."""

    first_entry_id = models.BigIntegerField()
    last_entry_id = models.BigIntegerField(unique=True)
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"entries {self.first_entry_id} to {self.last_entry_id}"
