"""The configuration spec: what shall be set up, for which requirement, and how far it is (C2)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet, Role

MAINTENANCE = 10  # what 1 spent on own building costs over five years (Audit content)


class ItemKind(models.TextChoices):
    PIPELINE = "pipeline", "Pipeline"
    STAGE = "stage", "Stage"
    LIFECYCLE = "lifecycle", "Lifecycle stage"
    LEAD_STATUS = "lead_status", "Lead status"
    DEAL_TYPE = "deal_type", "Deal type"
    FIELD = "field", "Field"
    OBJECT = "object", "Object"
    CATALOGUE = "catalogue", "Catalogue"
    AUTOMATION = "automation", "Automation"
    PERMISSION = "permission", "Permission"
    DASHBOARD = "dashboard", "Dashboard"


# what a requirement ends in, by the kind of item (Audit content)
ENDS = {
    **dict.fromkeys(
        (
            ItemKind.PIPELINE,
            ItemKind.STAGE,
            ItemKind.LIFECYCLE,
            ItemKind.LEAD_STATUS,
            ItemKind.DEAL_TYPE,
            ItemKind.AUTOMATION,
        ),
        "configured workflow",
    ),
    **dict.fromkeys((ItemKind.FIELD, ItemKind.OBJECT, ItemKind.CATALOGUE, ItemKind.PERMISSION), "data rule"),
    ItemKind.DASHBOARD: "dashboard definition",
}


class Build(models.TextChoices):
    """How it is built: whatever is not standard has to be maintained."""

    STANDARD = "standard", "Standard"
    CUSTOM_OBJECT = "custom_object", "Custom object instead of a standard one"
    OWN_AUTH = "own_auth", "Own authentication"
    CUSTOM_CODE = "custom_code", "Custom code"


class Progress(models.TextChoices):
    """What was recorded of an item."""

    CONFIGURED = "configured", "Configured"
    PASSED = "passed", "Tested, as specified"
    FAILED = "failed", "Tested, not as specified"


class ConfigItemQuerySet(ProgramScopedQuerySet):
    def with_progress(self):
        """Annotate `progress`, the last record of the present version ("" none: planned), and its time."""
        last = ConfigRecord.objects.filter(item=OuterRef("pk"), version=OuterRef("version")).order_by("-pk")
        return self.annotate(
            progress=Subquery(last.values("progress")[:1]), progress_at=Subquery(last.values("recorded_at")[:1])
        )

    def in_order(self):
        """A pipeline, its stages below it, then the next; the other kinds after them."""
        place = models.Case(
            *(models.When(kind=kind, then=place) for place, kind in enumerate(ItemKind)),
            output_field=models.PositiveSmallIntegerField(),
        )
        return self.order_by(place, "parent__order", "order", "number")


class ConfigItem(models.Model):
    """One thing to set up. A stage belongs to a pipeline, and says how a deal leaves it.

    `spent` (minor units) is what own building costs once. `version` goes up with each change of
    the spec; a record of "configured" or "tested" holds for its version only.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="config_items")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=ItemKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="stages", verbose_name="pipeline"
    )
    order = models.PositiveSmallIntegerField(default=1, editable=False)
    name = models.CharField(max_length=120)
    definition = models.TextField("what it means", blank=True)
    owner = models.ForeignKey("program.Position", models.SET_NULL, null=True, blank=True, related_name="+")
    fields_to_advance = models.CharField(max_length=300, blank=True)
    exit_criterion = models.CharField(max_length=300, blank=True)
    is_vendor_default = models.BooleanField("as the vendor delivers it", default=False)
    is_common = models.BooleanField("part of the common 80 %", default=True)
    build = models.CharField("how it is built", max_length=15, choices=Build, default=Build.STANDARD)
    spent = models.BigIntegerField("cost of building it", null=True, blank=True, validators=[MinValueValidator(0)])
    requirements = models.ManyToManyField("phases.Requirement", blank=True, related_name="items")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    # set by the queryset's with_progress()
    progress: str | None
    progress_at: datetime | None
    is_traced: bool  # by the facts of the checks

    objects = ConfigItemQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="config_item_number_once"),
            models.CheckConstraint(condition=~Q(name=""), name="config_item_has_name"),
            models.CheckConstraint(
                condition=Q(kind="stage", parent__isnull=False) | (~Q(kind="stage") & Q(parent__isnull=True)),
                name="stage_belongs_to_pipeline",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.number}: {self.name}"

    @property
    def end(self) -> str:
        """What a requirement that it serves ends in."""
        return ENDS[ItemKind(self.kind)]

    @property
    def missing(self) -> list[str]:
        """What the spec of this item does not say yet."""
        asked = [("what it means", self.definition), ("owner", self.owner_id)]
        if self.kind == ItemKind.STAGE:
            asked += [("fields to advance", self.fields_to_advance), ("exit criterion", self.exit_criterion)]
        if self.is_vendor_default:
            asked = asked[1:]
        return [name for name, said in asked if not said]

    @property
    def maintenance(self) -> int | None:
        """What it may cost over five years in minor units; None where it is standard or no cost is known."""
        if self.build == Build.STANDARD or self.spent is None:
            return None
        return MAINTENANCE * self.spent


class ConfigRecord(models.Model):
    """Somebody configured or tested an item as it was specified then. Never edited after."""

    item = models.ForeignKey(ConfigItem, models.CASCADE, related_name="records")
    version = models.PositiveIntegerField()
    progress = models.CharField(max_length=12, choices=Progress)
    evidence = models.CharField("what shows it", max_length=300)
    link = models.URLField("where it can be seen", blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    program_path = "item__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(evidence=""), name="config_record_has_evidence")]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_progress_display()}"


class SpecSignature(models.Model):
    """The sponsor or the VP sales signed the spec as it stood (P4, G6). Never edited after.

    `items` is what was signed: [number, SHA-256 of what the spec says of it] of each item, the stages
    of a pipeline in their order; `digest` is the SHA-256 of the whole.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="spec_signatures")
    digest = models.CharField(max_length=64)
    items = models.JSONField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    signed_at = models.DateTimeField(default=clock.now)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(digest=""), name="spec_signature_has_digest")]

    def __str__(self) -> str:
        return f"configuration spec signed by {self.signed_by}"
