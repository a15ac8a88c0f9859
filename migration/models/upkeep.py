"""Where data comes from, what it is judged by, how clean it stays, and who was erased (H1, H11, H12)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from migration.models.runs import Run


class SourceSystem(models.Model):
    """A system that holds customer data: whose it is, what is in it, and what becomes of it (H1)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="source_systems")
    name = models.CharField(max_length=80)
    object = models.CharField("kind of record", max_length=20)
    owner = models.CharField(max_length=80, help_text="The role that answers for it.")
    record_count = models.PositiveIntegerField("records in it", default=0)
    is_migrated = models.BooleanField("comes along", default=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it does not come along.")
    uploads = models.ManyToManyField("intake.Upload", blank=True, related_name="source_systems")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "object"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name", "object"], name="source_system_once"),
            models.CheckConstraint(condition=Q(is_migrated=True) | ~Q(reason=""), name="source_left_has_reason"),
        ]

    def __str__(self) -> str:
        return self.name


class QualityStandard(models.Model):
    """One version of the program's data-quality standard; a signed one is never edited (H11).

    `content` by object: `required` ({stage or "": [fields]}), `vocabularies` ({field:
    {value: [words that mean it]}}), `asked` (certain rules that ask a person),
    `thresholds` (duplicate rules), `quality` (percent), `archive_months`.
    `effect`: which records of the last cleaned runs would change under it.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="quality_standards")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField(default=dict)
    effect = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["program", "version"], name="quality_standard_version_once"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="quality_standard_signed_has_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"Data-quality standard {self.version}"


class HygieneAudit(models.Model):
    """What a cleaned export says about the state of the data, beside the export before it (H12).

    `new_rows` were not in the export before; `new_duplicates` of them are, or may be, one
    with another record; the first of several new ones is none. `replayed` questions were answered by earlier decisions.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="hygiene_audit")
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    records = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    incomplete = models.PositiveIntegerField()
    inconsistent = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    # the word of the measures; audits are never validated by Model.clean()
    clean = models.PositiveIntegerField()  # type: ignore[assignment]
    new_rows = models.PositiveIntegerField(null=True, blank=True)
    new_duplicates = models.PositiveIntegerField(null=True, blank=True)
    replayed = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)

    program_path = "run__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(new_duplicates__isnull=True) | Q(new_duplicates__lte=F("new_rows")),
                name="hygiene_audit_new_duplicates",
            ),
        ]

    def __str__(self) -> str:
        return f"Audit of {self.run.code}"


class Erasure(models.Model):
    """A person was erased: the receipt, and keyed digests by which later copies are found again.

    Holds no name, address or number: `digests` are HMAC-SHA-256 of record keys, `places`
    say what was emptied where ([place, code of the file or run, how many]).
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="erasures")
    number = models.PositiveIntegerField()
    digests = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    places = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["program", "number"], name="erasure_number_once")]

    def __str__(self) -> str:
        return f"Erasure E-{self.number:02d}"

    def get_absolute_url(self) -> str:
        return reverse("migration:erasure", args=[self.program.slug, self.number])
