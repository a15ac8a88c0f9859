from django.apps import AppConfig


class MigrationConfig(AppConfig):
    """Data hygiene and migration: from uploaded rows to audited loads (H)."""

    name = "migration"
