from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Uploaded files and their rows, as they came."""

    name = "crmprogram.intake"
    label = "intake"
    verbose_name = "Uploaded files"
