"""People, programs, teams, memberships, positions, invitations, tokens, the audit trail."""

from crmprogram.program.models.access import ApiToken, Invitation
from crmprogram.program.models.answer import KeptAnswer
from crmprogram.program.models.base import ProgramScopedQuerySet
from crmprogram.program.models.draft import ProgramDraft
from crmprogram.program.models.people import Function, Membership, Position, PositionLevel, Role, User
from crmprogram.program.models.program import Counter, Program, ProgramKind, Team
from crmprogram.program.models.trail import AuditEntry, AuditSeal

__all__ = [
    "ApiToken",
    "AuditEntry",
    "AuditSeal",
    "Counter",
    "Function",
    "Invitation",
    "KeptAnswer",
    "Membership",
    "Position",
    "PositionLevel",
    "Program",
    "ProgramDraft",
    "ProgramKind",
    "ProgramScopedQuerySet",
    "Role",
    "Team",
    "User",
]
