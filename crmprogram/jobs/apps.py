from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Background work whose truth is in the database."""

    name = "crmprogram.jobs"
    label = "jobs"
    verbose_name = "Background work"

    def ready(self) -> None:
        import crmprogram.celery  # noqa: F401, the app that shared tasks are sent through

        # `<app>/jobs.py` holds an app's kinds of job
        autodiscover_modules("jobs")
