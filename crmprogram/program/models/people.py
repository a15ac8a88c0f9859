"""Users, and what they are in a program (P3)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from crmprogram.program import clock
from crmprogram.program.models.base import ProgramScopedQuerySet


class Theme(models.TextChoices):
    AUTO = "auto", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class User(AbstractUser):
    """A person who signs in. What they may do is said by their memberships."""

    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    single_keys = models.BooleanField("single-key shortcuts", default=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the program's zone.")
    mail_notices = models.BooleanField("mail when something is asked of me or decided", default=True)
    mail_digests = models.BooleanField("mail a digest of what I owe", default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    @property
    def display(self) -> str:
        """How the person is written on pages: the full name, else the user name."""
        return self.get_full_name() or self.username

    def __str__(self) -> str:
        return self.display


class Role(models.TextChoices):
    """What a member is in a program (P3). Site admin is none of these and decides nothing."""

    SALES_OPS = "sales_ops", "Sales Ops Manager"
    SPONSOR = "sponsor", "Executive Sponsor"
    VP_SALES = "vp_sales", "VP Sales"
    CRM_SPECIALIST = "crm_specialist", "CRM Specialist"
    ENABLEMENT = "enablement", "Enablement Lead"
    IT = "it", "IT"
    PROCUREMENT = "procurement", "Procurement"
    TEAM_LEAD = "team_lead", "Team Lead"
    PARTICIPANT = "participant", "Participant"
    VIEWER = "viewer", "Viewer"


class Function(models.TextChoices):
    """Where in the company a member works (P3)."""

    SALES = "sales", "Sales"
    MARKETING = "marketing", "Marketing"
    SUPPORT = "support", "Support"
    SUCCESS = "success", "Customer success"
    FINANCE = "finance", "Finance"
    OPERATIONS = "operations", "Operations"
    COMPLIANCE = "compliance", "Compliance"
    IT = "it", "IT"
    LEADERSHIP = "leadership", "Leadership"


class MembershipQuerySet(ProgramScopedQuerySet):
    def active(self):
        return self.filter(is_active=True)


class Membership(models.Model):
    """A person's place in one program. A person can belong to several (P1)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    function = models.CharField(max_length=20, choices=Function)
    team = models.ForeignKey("program.Team", models.SET_NULL, null=True, blank=True, related_name="memberships")
    is_active = models.BooleanField(default=True)
    accepted_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["program", "role", "user__username"]
        constraints = [
            models.UniqueConstraint(fields=["program", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(is_active=True) | Q(left_at__isnull=False), name="membership_inactive_has_left"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class PositionLevel(models.TextChoices):
    """How high a position stands. Only the first four can be Accountable for a program (R2, A4)."""

    C_LEVEL = "c_level", "C-level"
    FOUNDER = "founder", "Founder"
    OWNER = "owner", "Owner"
    VP = "vp", "Vice President"
    DIRECTOR = "director", "Director"
    MANAGER = "manager", "Manager"
    STAFF = "staff", "Staff"


class Position(models.Model):
    """A column of the RACI: a role in the company, held by a member or by nobody yet (R1)."""

    program = models.ForeignKey("program.Program", models.CASCADE, related_name="positions")
    title = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=PositionLevel, default=PositionLevel.STAFF)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="positions")
    order = models.PositiveSmallIntegerField(default=0)

    objects = ProgramScopedQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["program", "title"], name="position_title_once")]

    @property
    def is_executive(self) -> bool:
        """May this position be Accountable for the program (R2: VP or C-level, founder or owner)?"""
        return self.level in {PositionLevel.C_LEVEL, PositionLevel.FOUNDER, PositionLevel.OWNER, PositionLevel.VP}

    def __str__(self) -> str:
        return self.title
