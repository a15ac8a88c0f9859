from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """The top floor: RACI, sponsor, cadence, overview; may read every other app."""

    name = "governance"
