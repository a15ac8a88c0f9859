from django.apps import AppConfig


class MigrationConfig(AppConfig):
    """Data hygiene and migration: from uploaded rows to audited loads (H)."""

    name = "migration"

    def ready(self) -> None:
        """Say which rows stay when files go."""
        from crmprogram.intake import retention
        from migration.services import keeping

        retention.holder(keeping.held, forget=keeping.forget)
