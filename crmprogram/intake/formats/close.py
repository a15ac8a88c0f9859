"""Close: leads are companies, contacts hang below them; ids carry their kind ("lead_", "cont_", "acti_")."""

from crmprogram.intake.formats import ExportFormat, Look, Signature

VENDOR = "Close"
STAMPS = {"date_created": "created_at", "date_updated": "updated_at"}
CONTACT = {
    "contact_id": "source_id",
    "id": "source_id",
    "contact_name": "full_name",
    "name": "full_name",
    "first_name": "given_name",
    "last_name": "family_name",
    "title": "title",
    "primary_email": "email",
    "email": "email",
    "primary_phone": "phone",
    "phone": "phone",
    "lead_name": "company",
    "lead_display_name": "company",
    "display_name": "company",
    "lead_id": "account_id",
    **STAMPS,
}
LEAD = {
    "lead_id": "source_id",
    "id": "source_id",
    "display_name": "company",
    "lead_name": "company",
    "name": "company",
    "url": "website",
    "primary_contact_primary_phone": "phone",
    "address_1_address_1": "street",
    "address_1_city": "city",
    "address_1_state": "state",
    "address_1_zipcode": "postcode",
    "address_1_country": "country",
    "description": "description",
    **STAMPS,
}
DEAL = {
    "opportunity_id": "source_id",
    "id": "source_id",
    "lead_id": "account_id",
    "lead_name": "company",
    "contact_id": "contact_id",
    "user_name": "owner",
    "pipeline_name": "pipeline",
    "status_label": "stage",
    "status_type": "status",
    "value": "amount",
    "value_currency": "currency",
    "confidence": "probability_percent",
    "date_won": "won_at",
    "date_lost": "lost_at",
    "user_id": "owner",
    "status_display_name": "stage",
    "opportunity_confidence": "probability_percent",
    "note": "description",
    **STAMPS,
}
ACTIVITY = {
    "id": "source_id",
    "_type": "kind",
    "subject": "subject",
    "user_id": "owner",
    "user_name": "owner",
    "activity_at": "occurred_at",
    "status": "status",
    "duration": "duration",
    "direction": "direction",
    "disposition": "outcome",
    "contact_id": "contact_id",
    "lead_id": "account_id",
    "note": "description",
    **STAMPS,
}


def ids(prefix: str, *needed: str) -> Signature:
    """Return the signature of a file with ids of one kind and the stamps of Close."""

    def signature(look: Look) -> str:
        place = [index for index, key in enumerate(look.order) if key == "id" or key.endswith("_id")]
        carried = any(row[index].startswith(prefix) for row in look.rows for index in place if index < len(row))
        fits = look.has(*needed) and look.any("date_created", "lead_id", "lead_name")
        return f"Ids that start with “{prefix}” are those of Close." if carried and fits else ""

    return signature


def kinds(look: Look) -> str:
    """Say that the file lists activities by the column that names their kind."""
    fits = look.has("_type", "date_created") and look.any("activity_at", "user_id", "lead_id")
    return "“_type” with “date_created” is how the API of Close writes an activity." if fits else ""


FORMATS = (
    ExportFormat(
        "close-api-activity",
        "Close activities (API)",
        VENDOR,
        "activity",
        109,
        kinds,
        ACTIVITY,
        zone="UTC",
        confidence=95,
    ),
    ExportFormat("close-activity", "Close activities", VENDOR, "activity", 110, ids("acti_"), ACTIVITY, zone="UTC"),
    ExportFormat("close-opportunity", "Close opportunities", VENDOR, "deal", 111, ids("oppo_"), DEAL, zone="UTC"),
    ExportFormat("close-contact", "Close contacts", VENDOR, "contact", 112, ids("cont_"), CONTACT, zone="UTC"),
    ExportFormat(
        "close-lead", "Close leads (companies)", VENDOR, "account", 113, ids("lead_", "date_created"), LEAD, zone="UTC"
    ),
)
