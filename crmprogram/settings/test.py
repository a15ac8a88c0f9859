"""Tests: eager tasks, quick hasher, plain static files, a data folder of their own."""

import atexit
import os
import shutil
import tempfile

if "ROLLOUT_DATA_DIR" not in os.environ:
    os.environ["ROLLOUT_DATA_DIR"] = tempfile.mkdtemp(prefix="rollout-test-")
    atexit.register(shutil.rmtree, os.environ["ROLLOUT_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("LOOPBACK", "1")

from crmprogram.settings.base import *  # noqa: F403
from crmprogram.settings.base import BASE_DIR, DATA_DIR

SECRET_KEY = "for tests only"  # noqa: S105
TESTING = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
TEST_DATA = BASE_DIR / "tests" / "data"
