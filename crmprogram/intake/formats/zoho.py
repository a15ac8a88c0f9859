"""Zoho CRM: every look-up yields two columns, id first; record ids start with "zcrm_"."""

from crmprogram.intake.formats import ExportFormat, Look, Signature

VENDOR = "Zoho CRM"
STAMPS = {"Created Time": "created_at", "Modified Time": "updated_at", "Last Activity Time": "last_activity_at"}
PERSON = {
    "Salutation": "salutation",
    "First Name": "given_name",
    "Last Name": "family_name",
    "Email": "email",
    "Secondary Email": "email_2",
    "Phone": "phone",
    "Mobile": "mobile",
    "Other Phone": "phone_2",
    "Home Phone": "phone_2",
    "Title": "title",
    "Department": "department",
    "Date of Birth": "birth_date",
    "Lead Source": "lead_source",
    "Email Opt Out": "opted_out",
    "Website": "website",
    "Industry": "industry",
    "Description": "description",
    **STAMPS,
}
CONTACT = {
    "Record Id": "source_id",
    "Contact Id": "source_id",
    "Contact Name": "full_name",
    "Contact Owner": "owner",
    "Account Name": "company",
    "Account Name.id": "account_id",
    "Mailing Street": "street",
    "Mailing City": "city",
    "Mailing State": "state",
    "Mailing Zip": "postcode",
    "Mailing Country": "country",
    **PERSON,
}
LEAD = {
    "Record Id": "source_id",
    "Lead Id": "source_id",
    "Lead Name": "full_name",
    "Lead Owner": "owner",
    "Company": "company",
    "Street": "street",
    "City": "city",
    "State": "state",
    "Zip Code": "postcode",
    "Country": "country",
    "Lead Status": "status",
    **PERSON,
}
ACCOUNT = {
    "Record Id": "source_id",
    "Account Id": "source_id",
    "Account Name": "company",
    "Account Owner": "owner",
    "Website": "website",
    "Phone": "phone",
    "Billing Street": "street",
    "Billing City": "city",
    "Billing State": "state",
    "Billing Code": "postcode",
    "Billing Country": "country",
    "Industry": "industry",
    "Parent Account.id": "parent_id",
    "Employees": "employees",
    "Annual Revenue": "revenue",
    "Account Number": "account_number",
    "Description": "description",
    **STAMPS,
}
DEAL = {
    "Record Id": "source_id",
    "Deal Id": "source_id",
    "Deal Name": "name",
    "Account Name.id": "account_id",
    "Account Name": "company",
    "Contact Name.id": "contact_id",
    "Deal Owner": "owner",
    "Pipeline": "pipeline",
    "Stage": "stage",
    "Amount": "amount",
    "Currency": "currency",
    "Probability (%)": "probability_percent",
    "Closing Date": "close_on",
    "Forecast Category": "forecast",
    "Lead Source": "lead_source",
    "Description": "description",
    **STAMPS,
}
HISTORY = {
    "Record Id": "source_id",
    "Deal Name.id": "record_id",
    "Potential Name.id": "record_id",
    "Stage": "stage",
    "Moved To": "new_value",
    "Modified By": "changed_by",
    "Modified By.id": "changed_by",
    "Modified Time": "changed_at",
}
ACTIVITY = {
    "Record Id": "source_id",
    "Subject": "subject",
    "Title": "subject",
    "Call Owner": "owner",
    "Task Owner": "owner",
    "Host": "owner",
    "Event Owner": "owner",
    "Call Owner.id": "owner",
    "Task Owner.id": "owner",
    "Host.id": "owner",
    "Activity Owner": "owner",
    "Call Start Time": "occurred_at",
    "Start": "occurred_at",
    "From": "occurred_at",
    "Start DateTime": "occurred_at",
    "Closed Time": "occurred_at",
    "Due Date": "due_at",
    "Call Status": "status",
    "Outgoing Call Status": "status",
    "Activity Type": "kind",
    "Status": "status",
    "Call Duration (in seconds)": "duration",
    "Call Type": "direction",
    "Call Result": "outcome",
    "Contact Name.id": "contact_id",
    "Related To.id": "related_to",
    "Description": "description",
    "Created Time": "created_at",
    "Modified Time": "updated_at",
}
ALONE = ("Created Time", "Modified Time", "Last Activity Time", "Mailing Zip", "Probability (%)")


def pair_of(look: Look) -> str:
    """Return a header X for which "X.id" stands there too, or ""."""
    return next((key for key in look.order if key and f"{key}.id" in look.keys), "")


def module(*needed: str, any_of: tuple[str, ...] = (), none_of: tuple[str, ...] = ()) -> Signature:
    """Return the signature of a module: a pair "X.id", "X", or Record Id with columns only Zoho has."""

    def signature(look: Look) -> str:
        if not look.has(*needed) or look.any(*none_of) or (any_of and not look.any(*any_of)):
            return ""
        if pair := pair_of(look):
            return f"The pair of columns “{pair}.id” and “{pair}” is Zoho's way to write a look-up."
        if look.any("Record Id", "Contact Id", "Lead Id", "Account Id", "Deal Id"):
            if any(cell.startswith("zcrm_") for row in look.rows for cell in row):
                return "The ids start with “zcrm_”, as those of Zoho do."
            if "Record Id" in look.originals and look.any(*ALONE):
                return "“Record Id” with “Created Time” or “Modified Time” stands in Zoho exports."
        return ""

    return signature


FORMATS = tuple(
    ExportFormat(f"zoho-{slug}", f"Zoho {label}", VENDOR, obj, rank, signature, columns, constants=constants)
    for slug, label, obj, rank, signature, columns, constants in (
        (
            "call",
            "calls",
            "activity",
            60,
            module("Subject", any_of=("Call Owner", "Call Start Time")),
            ACTIVITY,
            {"kind": "call"},
        ),
        (
            "task",
            "tasks",
            "activity",
            61,
            module("Subject", any_of=("Task Owner", "Due Date")),
            ACTIVITY,
            {"kind": "task"},
        ),
        (
            "meeting",
            "meetings",
            "activity",
            62,
            module("Title", any_of=("Host", "Event Owner", "Start DateTime")),
            ACTIVITY,
            {"kind": "meeting"},
        ),
        ("stage-history", "stage history", "change", 62, module("Stage", "Moved To"), HISTORY, {"field": "Stage"}),
        ("deal", "deals", "deal", 63, module("Deal Name", "Stage", none_of=("Moved To",)), DEAL, {}),
        ("lead", "leads", "lead", 64, module("Last Name", any_of=("Lead Owner", "Lead Status", "Lead Id")), LEAD, {}),
        ("contact", "contacts", "contact", 65, module("Last Name"), CONTACT, {}),
        ("account", "accounts", "account", 66, module("Account Name"), ACCOUNT, {}),
    )
)
