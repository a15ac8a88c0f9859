from django.apps import AppConfig


class AdoptionConfig(AppConfig):
    """Do the reps use it: weeks of activity, required fields, pipeline, escalations (M)."""

    name = "adoption"

    def ready(self) -> None:
        """Say that rows stay which are counted: they are counted again when what counts changes."""
        from adoption.models import Counting
        from crmprogram.intake import retention

        retention.holder(lambda: Counting.objects.values("upload"))
