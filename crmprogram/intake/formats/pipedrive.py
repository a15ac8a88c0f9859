"""Pipedrive: every header is "Entity - Field"; three readers of real exports agree on the names."""

from crmprogram.intake.formats import ExportFormat, Look, Signature, when

VENDOR = "Pipedrive"
ENTITIES = {
    "activity": "activities",
    "deal": "deals",
    "person": "contacts",
    "organization": "organizations",
    "lead": "leads",
}
PERSON = {
    "Person - ID": "source_id",
    "Person - Name": "full_name",
    "Person - First name": "given_name",
    "Person - Last name": "family_name",
    "Person - Email - Work": "email",
    "Person - Email (Work)": "email",
    "Person - Email": "email",
    "Person - Email - Home": "email_2",
    "Person - Email (Home)": "email_2",
    "Person - Email - Other": "email_2",
    "Person - Phone - Work": "phone",
    "Person - Phone (Work)": "phone",
    "Person - Phone": "phone",
    "Person - Phone - Mobile": "mobile",
    "Person - Phone (Mobile)": "mobile",
    "Person - Phone - Home": "phone_2",
    "Person - Organization": "company",
    "Person - Organization ID": "account_id",
    "Person - Job title": "title",
    "Person - Birthday": "birth_date",
    "Person - Owner": "owner",
    "Person - Labels": "lifecycle_stage",
    "Person - Marketing status": "consent",
    "Person - Person created": "created_at",
    "Person - Update time": "updated_at",
    "Person - Last activity date": "last_activity_at",
    "Person - Notes": "description",
    "Organization - Country of Address": "country",
    "Organization - City/town/village/locality of Address": "city",
}
ORGANIZATION = {
    "Organization - ID": "source_id",
    "Organization - Name": "company",
    "Organization - Website": "website",
    "Organization - Street/road name of Address": "street",
    "Organization - Address": "street",
    "Organization - Full/combined address of Address": "street",
    "Organization - City/town/village/locality of Address": "city",
    "Organization - State/county of Address": "state",
    "Organization - ZIP/Postal code of Address": "postcode",
    "Organization - Country of Address": "country",
    "Organization - Industry": "industry",
    "Organization - Employee count": "employees",
    "Organization - Annual revenue": "revenue",
    "Organization - Owner": "owner",
    "Organization - Organization created": "created_at",
    "Organization - Update time": "updated_at",
    "Organization - Last activity date": "last_activity_at",
}
DEAL = {
    "Deal - ID": "source_id",
    "Deal - Title": "name",
    "Deal - Organization ID": "account_id",
    "Deal - Organization": "company",
    "Deal - Contact person ID": "contact_id",
    "Deal - Owner": "owner",
    "Deal - Pipeline": "pipeline",
    "Deal - Stage": "stage",
    "Deal - Status": "status",
    "Deal - Value": "amount",
    "Deal - Currency of Value": "currency",
    "Deal - Probability": "probability_percent",
    "Deal - Expected close date": "close_on",
    "Deal - Won time": "won_at",
    "Deal - Lost time": "lost_at",
    "Deal - Deal closed on": "closed_at",
    "Deal - Lost reason": "lost_reason",
    "Deal - Source channel": "lead_source",
    "Deal - Deal created": "created_at",
    "Deal - Update time": "updated_at",
    "Deal - Last activity date": "last_activity_at",
}
ACTIVITY = {
    "Activity - ID": "source_id",
    "Activity - System ID": "source_id",
    "Activity - Type": "kind",
    "Activity type": "kind",
    "Activity - Subject": "subject",
    "Activity - Assigned to user": "owner",
    "Activity assigned to user": "owner",
    "Activity - Owner": "owner",
    "Activity - Due date": "occurred_at",  # due date and time are when it takes place
    "Activity - Add time": "created_at",
    "Activity - Creation date": "created_at",
    "Activity - Activity created": "created_at",
    "Activity - Date added": "created_at",
    "Activity - Update time": "updated_at",
    "Activity - Done": "status",
    "Activity - Status": "status",
    "Activity - Duration": "duration",
    "Person - ID": "contact_id",
    "Person - Email": "contact_id",
    "Activity - Organization": "account_id",
    "Deal - ID": "deal_id",
    "Deal - Title": "related_to",
    "Activity - Note": "description",
}
LEAD = {
    "Lead - ID": "source_id",
    "Lead - Title": "description",
    "Lead - Owner": "owner",
    "Lead - Source origin": "lead_source",
    "Lead - Lead created": "created_at",
    "Lead - Update time": "updated_at",
    **{name: ours for name, ours in PERSON.items() if ours not in {"source_id", "owner", "created_at", "updated_at"}},
}

API_ACTIVITY = {  # records of the API: UTC without a mark, `due_time` "" is all day
    "id": "source_id",
    "type": "kind",
    "subject": "subject",
    "owner_id": "owner",
    "assigned_to_user_id": "owner",
    "user_id": "owner",
    "owner_name": "owner",
    "due_date": "due_at",
    "marked_as_done_time": "occurred_at",
    "add_time": "created_at",
    "update_time": "updated_at",
    "done": "is_done",
    "duration": "duration",
    "person_id": "contact_id",
    "org_id": "account_id",
    "deal_id": "deal_id",
    "deal_title": "related_to",
    "note": "description",
}
API_DEAL = {
    "id": "source_id",
    "title": "name",
    "org_id": "account_id",
    "org_id.value": "account_id",
    "org_name": "company",
    "org_id.name": "company",
    "person_id": "contact_id",
    "person_id.value": "contact_id",
    "owner_id": "owner",
    "user_id": "owner",
    "user_id.id": "owner",
    "owner_name": "owner",
    "pipeline_id": "pipeline",
    "stage_id": "stage",
    "status": "status",
    "value": "amount",
    "currency": "currency",
    "probability": "probability_percent",
    "expected_close_date": "close_on",
    "close_time": "closed_at",
    "won_time": "won_at",
    "lost_time": "lost_at",
    "lost_reason": "lost_reason",
    "add_time": "created_at",
    "update_time": "updated_at",
    "last_activity_date": "last_activity_at",
}


def entity(wanted: str) -> Signature:
    """Return the signature of one entity: an activity export names deals and persons too, so the subject decides."""

    def signature(look: Look) -> str:
        counts = {name: look.starting(f"{name} - ") for name in ENTITIES}
        bare = look.has("Activity type") or look.has("Activity assigned to user")
        if sum(counts.values()) < 2:
            return ""
        if look.any("Activity - Subject", "Activity - Type", "Activity - Due date") or bare:
            found = "activity"
        else:
            found = max(counts, key=lambda name: counts[name])
        first = next(name for name in look.originals if " - " in name)
        return f"Headers of the shape “{first.strip()}” are Pipedrive's." if found == wanted else ""

    return signature


EXPORTS = tuple(
    ExportFormat(
        f"pipedrive-{name}", f"Pipedrive {ENTITIES[name]}", VENDOR, obj, 50, entity(name), columns, confidence=95
    )
    for name, obj, columns in (
        ("activity", "activity", ACTIVITY),
        ("deal", "deal", DEAL),
        ("lead", "lead", LEAD),
        ("organization", "account", ORGANIZATION),
        ("person", "contact", PERSON),
    )
)
STAMPED = "“add_time” and “update_time” are what the API of Pipedrive calls the times of a record"
FORMATS = (
    *EXPORTS,
    ExportFormat(
        "pipedrive-api-activity",
        "Pipedrive activities (API)",
        VENDOR,
        "activity",
        51,
        when("add_time", "due_date", "type", any_of=("done", "marked_as_done_time"), why=f"{STAMPED}."),
        API_ACTIVITY,
        zone="UTC",
    ),
    ExportFormat(
        "pipedrive-api-deal",
        "Pipedrive deals (API)",
        VENDOR,
        "deal",
        52,
        when("add_time", "title", "stage_id", any_of=("status", "pipeline_id"), why=f"{STAMPED}."),
        API_DEAL,
        zone="UTC",
    ),
)
