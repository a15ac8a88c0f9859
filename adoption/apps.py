from django.apps import AppConfig


class AdoptionConfig(AppConfig):
    """Do the reps use it: weeks of activity, required fields, pipeline, escalations (M)."""

    name = "adoption"
