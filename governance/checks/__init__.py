"""Checks over the RACI, the sponsor and their meetings, and the failure modes (A4, C5, D3, R1, F)."""

from crmprogram.program.models import Program
from governance import queries
from governance.checks import criteria, failure, owner, quarter
from governance.queries import Matrix
from phases.registry import facts

__all__ = ["criteria", "failure", "load", "owner", "quarter"]


@facts("governance")
def load(program: Program) -> Matrix:
    """The whole RACI and the open sponsorship: three queries; meetings, owner and attestations when asked for."""
    return queries.load_matrix(program)
