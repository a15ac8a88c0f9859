"""Requirements and the interviews they come from (Audit content)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from crmprogram.program import clock
from crmprogram.program.models import ProgramScopedQuerySet
from phases.models.configuration import ConfigItem
from phases.models.needs import Bucket


class RequirementKind(models.TextChoices):
    WORKFLOW = "workflow", "Workflow"
    OWNERSHIP = "ownership", "Ownership"
    DECISION = "decision", "Decision support"
    AUTOMATION = "automation", "Automation"
    COMPLIANCE = "compliance", "Compliance"


class RequirementQuerySet(ProgramScopedQuerySet):
    def with_trace(self):
        """Annotate `is_asked_for` (a gap, capability, step or finding) and `is_traceable` (it ends in something)."""
        asked = Exists(Finding.requirements.through.objects.filter(requirement=OuterRef("pk")))
        for field in (Requirement.gaps, Requirement.capabilities, Requirement.steps):
            asked |= Exists(field.through.objects.filter(requirement=OuterRef("pk")))
        items = ConfigItem.requirements.through.objects.filter(requirement=OuterRef("pk"))
        return self.annotate(is_asked_for=asked, is_traceable=Exists(items) | ~Q(acceptance_result=""))

    def untraceable(self):
        """Those that end in nothing that could be configured or tested."""
        return self.with_trace().filter(is_traceable=False)

    def by_priority(self):
        """Bucket by bucket in the order of need."""
        place = models.Case(
            *(models.When(bucket=bucket, then=place) for place, bucket in enumerate(Bucket)),
            output_field=models.PositiveSmallIntegerField(),
        )
        return self.order_by(place, "number")


class Requirement(models.Model):
    """What the business needs, who asks for it, and where it ends.

    It ends in configuration items, or in an acceptance criterion: what is done and what is
    then seen, both or neither. With neither of the two it is untraceable.
    """

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="requirements")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=RequirementKind)
    title = models.CharField("what is needed", max_length=160)
    detail = models.TextField(blank=True)
    bucket = models.CharField(max_length=20, choices=Bucket, default=Bucket.MUST_GO_LIVE)
    acceptance_test = models.CharField("what is done", max_length=300, blank=True)
    acceptance_result = models.CharField("what is then seen", max_length=300, blank=True)
    gaps = models.ManyToManyField("phases.Gap", blank=True, related_name="requirements")
    capabilities = models.ManyToManyField("phases.Capability", blank=True, related_name="requirements")
    steps = models.ManyToManyField("phases.Step", blank=True, related_name="requirements")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    # set by the queryset's with_trace()
    is_asked_for: bool
    is_traceable: bool

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="requirement_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="requirement_has_title"),
            models.CheckConstraint(
                condition=Q(acceptance_test="", acceptance_result="")
                | (~Q(acceptance_test="") & ~Q(acceptance_result="")),
                name="acceptance_is_testable",
            ),
        ]

    def __str__(self) -> str:
        return f"requirement {self.number}: {self.title}"


class InterviewRole(models.TextChoices):
    """Whom an audit listens to (Audit content)."""

    REP = "rep", "Sales reps"
    MANAGER = "manager", "Sales managers"
    SUPPORT = "support", "Support"
    SUCCESS = "success", "Customer success"
    MARKETING_OPS = "marketing_ops", "Marketing operations"
    FINANCE = "finance", "Finance"
    LEADERSHIP = "leadership", "Leadership"
    CRM_ADMIN = "crm_admin", "CRM admins"


class InterviewQuerySet(ProgramScopedQuerySet):
    def held(self, today):
        """Those that took place; a later date is an appointment."""
        return self.filter(held_on__lte=today)


class Interview(models.Model):
    """Who was listened to, when, and what was heard. `who` is a title, not a name."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="interviews")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=15, choices=InterviewRole)
    who = models.CharField("title of the person", max_length=100)
    held_on = models.DateField("held on")
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    summary = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ["program", "number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="interview_number_once"),
            models.CheckConstraint(condition=~Q(who=""), name="interview_has_who"),
        ]

    def __str__(self) -> str:
        return f"interview {self.number} with {self.who}"


class Finding(models.Model):
    """One thing that was heard, and the gaps and requirements that came of it."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="findings")
    text = models.CharField("what was heard", max_length=300)
    gaps = models.ManyToManyField("phases.Gap", blank=True, related_name="findings")
    requirements = models.ManyToManyField(Requirement, blank=True, related_name="findings")

    program_path = "interview__program"
    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["interview", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="finding_has_text")]

    def __str__(self) -> str:
        return self.text
