"""The test settings with a real broker and the bench app; tables are made from the models, which is quicker."""

from crmprogram.settings.test import *  # noqa: F403
from crmprogram.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.apps.BenchConfig"]
MIGRATION_MODULES = {name.removeprefix("django.contrib.").split(".")[-1]: None for name in INSTALLED_APPS}
CELERY_TASK_ALWAYS_EAGER = False
