"""A small app of the tests: a kind of job whose every row can be counted afterwards.

The folder is no package, so the app says where it lives.
"""

from pathlib import Path

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench"
    label = "bench"
    path = str(Path(__file__).parent)
    default_auto_field = "django.db.models.BigAutoField"
