"""The project package of Rollout: roof and cellar."""

from crmprogram.celery import app as celery_app

__all__ = ["celery_app"]
