from django.apps import AppConfig


class ScorecardConfig(AppConfig):
    """Pick: vendors, criteria, blind ratings, demos, references, the contract (V)."""

    name = "scorecard"
