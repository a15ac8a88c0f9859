from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProgramConfig(AppConfig):
    """Ground floor: people, programs, rights, the audit trail and the clock."""

    name = "crmprogram.program"
    label = "program"
    verbose_name = "Programs and people"

    def ready(self) -> None:
        autodiscover_modules("rights")
