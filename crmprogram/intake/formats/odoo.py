"""Odoo: `id` holds the external id ("__export__.res_partner_12_ab12"), relations are "partner_id/id"."""

from crmprogram.intake.formats import ExportFormat, Look, Signature

VENDOR = "Odoo"
PARTNER = {
    "External ID": "source_id",
    "id": "source_id",
    ".id": "source_id",
    "Name": "full_name",
    "Title": "salutation",
    "Email": "email",
    "Phone": "phone",
    "Mobile": "mobile",
    "Company Name": "company",
    "company_name": "company",
    "Related Company": "company",
    "parent_id": "company",
    "Related Company/External ID": "account_id",
    "parent_id/id": "account_id",
    "Job Position": "title",
    "function": "title",
    "Street": "street",
    "City": "city",
    "State": "state",
    "state_id": "state",
    "Zip": "postcode",
    "Country": "country",
    "country_id": "country",
    "Website": "website",
    "Website Link": "website",
    "Salesperson": "owner",
    "user_id": "owner",
    "Created on": "created_at",
    "create_date": "created_at",
    "Last Updated on": "updated_at",
    "write_date": "updated_at",
    "Notes": "description",
    "comment": "description",
}
OPPORTUNITY = {
    "External ID": "source_id",
    "id": "source_id",
    "Opportunity": "name",
    "name": "name",
    "Customer": "company",
    "partner_id": "company",
    "Customer/External ID": "account_id",
    "partner_id/id": "account_id",
    "Salesperson": "owner",
    "user_id": "owner",
    "Stage": "stage",
    "stage_id": "stage",
    "Expected Revenue": "amount",
    "expected_revenue": "amount",
    "Probability": "probability_percent",
    "Closed Date": "closed_at",
    "date_closed": "closed_at",
    "won_status": "status",
    "Is Won": "is_won",
    "Won/Lost": "status",
    "Expected Closing": "close_on",
    "date_deadline": "close_on",
    "Created on": "created_at",
    "create_date": "created_at",
    "Last Updated on": "updated_at",
    "write_date": "updated_at",
}

ACTIVITY = {
    "External ID": "source_id",
    "id": "source_id",
    "Activity Type": "kind",
    "activity_type_id": "kind",
    "mail_activity_type_id": "kind",
    "Meeting Subject": "subject",
    "Summary": "subject",
    "summary": "subject",
    "subject": "subject",
    "Subject": "subject",
    "name": "subject",
    "Assigned to": "owner",
    "Organizer": "owner",
    "Responsible": "owner",
    "user_id": "owner",
    "Author": "owner",
    "author_id": "owner",
    "Start": "occurred_at",
    "start": "occurred_at",
    "Start Date": "occurred_at",
    "Date": "occurred_at",
    "date": "occurred_at",
    "Done Date": "occurred_at",
    "date_done": "occurred_at",
    "Due Date": "due_at",
    "date_deadline": "due_at",
    "State": "status",
    "state": "status",
    "Duration": "duration",
    "duration": "duration",
    "Created on": "created_at",
    "create_date": "created_at",
    "Last Updated on": "updated_at",
    "write_date": "updated_at",
}


def model(*any_of: str) -> Signature:
    """Return the signature of a model: external ids in the first rows or relation headers, and one of `any_of`."""

    def signature(look: Look) -> str:
        if not look.any(*any_of):
            return ""
        if any(cell.startswith("__export__.") for row in look.rows for cell in row):
            return "Ids that start with “__export__.” are the external ids of Odoo."
        relation = next((name for name in look.originals if name.endswith(("/id", "/.id", "/External ID"))), "")
        return f"“{relation}” is Odoo's way to write a relation." if relation else ""

    return signature


FORMATS = (
    ExportFormat(
        "odoo-activity",
        "Odoo activities",
        VENDOR,
        "activity",
        129,
        model(
            "activity_type_id",
            "mail_activity_type_id",
            "Activity Type",
            "Meeting Subject",
            "Organizer",
            "start",
            "Summary",
            "author_id",
        ),
        ACTIVITY,
    ),
    ExportFormat(
        "odoo-opportunity",
        "Odoo opportunities",
        VENDOR,
        "deal",
        130,
        model("stage_id", "Expected Revenue", "expected_revenue"),
        OPPORTUNITY,
    ),
    ExportFormat(
        "odoo-partner",
        "Odoo contacts",
        VENDOR,
        "contact",
        131,
        model("email", "phone", "mobile", "function", "Related Company", "parent_id/id"),
        PARTNER,
    ),
)
