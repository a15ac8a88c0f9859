"""The strategy artifacts that are documents: versions, sharing, signatures (P5)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet, Role


class ArtifactKind(models.TextChoices):
    """The four of the six that are kept as a document; goal and scope are live records of their own."""

    DATA_MODEL = "data_model", "Data model"
    PIPELINES = "pipelines", "Pipeline process map"
    MEASUREMENT = "measurement", "Measurement framework"
    GOVERNANCE = "governance", "Governance plan"


class ArtifactQuerySet(ProgramScopedQuerySet):
    def with_signature(self) -> Self:
        """Annotate `signed_at`, the first signature under this version (None: there is none)."""
        signed = ArtifactSignature.objects.filter(version=OuterRef("pk")).order_by("signed_at")
        return self.annotate(signed_at=Subquery(signed.values("signed_at")[:1]))


class ArtifactVersion(models.Model):
    """One version of a document, as text, as a file, or both. What is signed is never changed: the next is written."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="artifact_versions")
    kind = models.CharField(max_length=12, choices=ArtifactKind)
    number = models.PositiveIntegerField()
    owner = models.ForeignKey("program.Position", models.SET_NULL, null=True, blank=True, related_name="+")
    body = models.TextField(blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveIntegerField(default=0)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    shared_at = models.DateTimeField(null=True, blank=True)

    signed_at: datetime | None  # set by the queryset's with_signature()

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        ordering = ["program", "kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "kind", "number"], name="artifact_number_once"),
            models.CheckConstraint(condition=~Q(body="") | ~Q(file_sha256=""), name="artifact_has_body_or_file"),
            models.CheckConstraint(
                condition=Q(file_name="", file_sha256="") | (~Q(file_name="") & ~Q(file_sha256="")),
                name="artifact_file_has_name",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("phases:artifact", args=[self.program.slug, self.kind])

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"


class ArtifactSignature(models.Model):
    """Somebody who answers for it signed this version."""

    version = models.ForeignKey(ArtifactVersion, models.CASCADE, related_name="signatures")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    signed_at = models.DateTimeField(default=clock.now)

    program_path = "version__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["version", "signed_at"]
        constraints = [models.UniqueConstraint(fields=["version", "signed_by"], name="artifact_signed_once_by_each")]

    def __str__(self) -> str:
        return f"{self.version} signed by {self.signed_by}"
