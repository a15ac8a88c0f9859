"""Development with runserver: DEBUG on, templates read afresh."""

import os

os.environ.setdefault("TEMPLATE_RELOAD", "1")
os.environ.setdefault("LOOPBACK", "1")

from crmprogram.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = "for development on this machine only"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
