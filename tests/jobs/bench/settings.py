"""The test settings with a real broker and the bench app."""

from crmprogram.settings.test import *  # noqa: F403
from crmprogram.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.apps.BenchConfig"]
CELERY_TASK_ALWAYS_EAGER = False
