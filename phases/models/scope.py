"""The scope: in, out, deferred to Iterate; in versions, each signed on its own (P5, P7)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet, Role


class ScopeKind(models.TextChoices):
    IN = "in", "In scope"
    OUT = "out", "Out of scope"
    DEFERRED = "deferred", "Deferred to Iterate"


class ScopeQuerySet(ProgramScopedQuerySet):
    def with_signature(self):
        """Annotate `signed_at`, when the present version was signed (None: it is not)."""
        signed = ScopeSignature.objects.filter(scope=OuterRef("pk"), version=OuterRef("version"))
        return self.annotate(signed_at=Subquery(signed.order_by("signed_at").values("signed_at")[:1]))


class Scope(models.Model):
    """What the program does and does not.

    `version` is what people sign: it goes up with the first change after a signature.
    `edit` counts every change, so that nobody signs or edits a list they have not seen.
    It is locked from the moment the Audit gate is approved, which the gate's review says (P7).
    """

    program = models.OneToOneField("program.Program", models.CASCADE, related_name="scope")
    version = models.PositiveIntegerField(default=1)
    edit = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=clock.now)

    signed_at: datetime | None  # set by the queryset's with_signature()

    objects = ScopeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"scope version {self.version}"


class ScopeItemQuerySet(ProgramScopedQuerySet):
    def present(self):
        return self.filter(until__isnull=True)

    def in_version(self, version: int):
        """The items as they stood in that version."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=version), since__lte=version)


class ScopeItem(models.Model):
    """One line of the scope, valid from version `since` until (not in) version `until`."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10, choices=ScopeKind)
    text = models.CharField(max_length=300)
    reason = models.CharField(max_length=300, blank=True)
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField(null=True, blank=True)
    edit = models.PositiveIntegerField(default=0, help_text="Counts changes, so that two people do not overwrite.")
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    program_path = "scope__program"
    objects = ScopeItemQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="scope_item_has_text"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="scope_item_ends_after_it_began"
            ),
            models.UniqueConstraint(
                fields=["scope", "text"], condition=Q(until__isnull=True), name="scope_item_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"


class ScopeSignature(models.Model):
    """The sponsor or the VP sales signed this version."""

    scope = models.ForeignKey(Scope, models.CASCADE, related_name="signatures")
    version = models.PositiveIntegerField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    signed_at = models.DateTimeField(default=clock.now)

    program_path = "scope__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-version", "signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "version", "signed_by"], name="scope_signed_once_by_each")
        ]

    def __str__(self) -> str:
        return f"scope version {self.version} signed by {self.signed_by}"
