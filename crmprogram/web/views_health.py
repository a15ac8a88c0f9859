"""Can the whole do its work? (Whether this process is up, the middleware answers.)"""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from crmprogram.jobs.queries import waits_too_long

LEAST_FREE_RATIO = 0.1


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, schema, disk and background work are well, else 503; what is wrong, to staff only."""
    wrong: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            wrong["schema"] = "Migrations are not applied."
        if waits_too_long():
            wrong["work"] = "Work has waited for more than five minutes: is a worker running?"
    except DatabaseError as exc:
        wrong["database"] = type(exc).__name__
    disk = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else "/")
    if disk.free < LEAST_FREE_RATIO * disk.total and disk.free < 2 * 1024**3:
        wrong["disk"] = "Less than a tenth of the disk, and less than 2 GB, is free."
    body: dict[str, object] = {"ready": not wrong}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.is_staff:
        body["wrong"] = wrong
    return JsonResponse(body, status=503 if wrong else 200)
