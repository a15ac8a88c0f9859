"""Activity events that a program pushed over the REST API: kept as JSON lines, read as any export is."""

from crmprogram.intake.formats import ExportFormat, when

VENDOR = "REST API"
ACTIVITY = {
    "source_id": "source_id",
    "kind": "kind",
    "owner": "owner",
    "logged_at": "created_at",
    "occurred_at": "occurred_at",
    "updated_at": "updated_at",
    "status": "status",
    "direction": "direction",
    "outcome": "outcome",
}

FORMATS = (
    ExportFormat(
        "api",
        "Events pushed over the API",
        VENDOR,
        "activity",
        90,
        when(*ACTIVITY, "isdeleted", why="“source_id”, “logged_at” and “updated_at” are how pushed events are kept."),
        ACTIVITY,
        zone="UTC",
        confidence=95,
    ),
)
