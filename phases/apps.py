from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PhasesConfig(AppConfig):
    """The method: phases, gates, checks, and what the Audit produces."""

    name = "phases"

    def ready(self) -> None:
        # `<app>/checks.py` registers checks and the facts they read
        autodiscover_modules("checks")
