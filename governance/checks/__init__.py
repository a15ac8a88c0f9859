"""Checks over the RACI, the sponsor and their meetings, and the failure modes (A4, C5, D3, R1, F)."""

from governance import queries
from governance.checks import criteria, failure, owner, quarter
from phases.registry import facts

__all__ = ["criteria", "failure", "owner", "quarter"]


# the whole RACI and the open sponsorship; meetings, owner and attestations when asked for
facts("governance", rows=queries.matrix_rows)(queries.load_matrix)
