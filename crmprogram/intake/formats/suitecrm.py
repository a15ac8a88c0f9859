"""SuiteCRM: translated labels, always quoted; dates, separators and charset follow the user's preferences."""

from crmprogram.intake.formats import ExportFormat, when

VENDOR = "SuiteCRM"
STAMPS = {"Date Created": "created_at", "Date Modified": "updated_at"}
OWNER = {"Assigned User Name": "owner", "Assigned to": "owner", "Assigned User": "owner", "Assigned User Id": "owner"}
PERSON = {
    "ID": "source_id",
    "Salutation": "salutation",
    "First Name": "given_name",
    "Last Name": "family_name",
    "Name": "full_name",
    "Email Address": "email",
    "Office Phone": "phone",
    "Mobile": "mobile",
    "Home": "phone_2",
    "Other Phone": "phone_2",
    "Account Name": "company",
    "Account ID": "account_id",
    "Title": "title",
    "Job Title": "title",
    "Department": "department",
    "Primary Address Street": "street",
    "Primary Address City": "city",
    "Primary Address State": "state",
    "Primary Address Postal Code": "postcode",
    "Primary Address Country": "country",
    "Website": "website",
    "Birthdate": "birth_date",
    "Lead Source": "lead_source",
    "Description": "description",
    **OWNER,
    **STAMPS,
}
LEAD = {**PERSON, "Status": "status", "Converted": "is_converted", "Contact ID": "converted_contact_id"}
ACCOUNT = {
    "ID": "source_id",
    "Name": "company",
    "Website": "website",
    "Office Phone": "phone",
    "Billing Street": "street",
    "Billing City": "city",
    "Billing State": "state",
    "Billing Postal Code": "postcode",
    "Billing Country": "country",
    "Industry": "industry",
    "Parent Account ID": "parent_id",
    "Employees": "employees",
    "Annual Revenue": "revenue",
    "Description": "description",
    **OWNER,
    **STAMPS,
}
ADDRESS = "“Primary Address City” and “Date Modified” stand in SuiteCRM exports"
FORMATS = (
    ExportFormat(
        "suitecrm-lead",
        "SuiteCRM leads",
        VENDOR,
        "lead",
        120,
        when(
            "Last Name",
            any_of=("Converted", "Lead Source Description", "Status Description"),
            none_of=("Record ID", "Record Id"),
            why=f"{ADDRESS}; with the conversion columns these are leads.",
        ),
        LEAD,
        confidence=70,
    ),
    ExportFormat(
        "suitecrm-contact",
        "SuiteCRM contacts",
        VENDOR,
        "contact",
        121,
        when(
            "Last Name",
            any_of=("Primary Address City", "Primary Address Street", "Primary Address Country"),
            why=f"{ADDRESS}.",
        ),
        PERSON,
        confidence=80,
    ),
    ExportFormat(
        "suitecrm-account",
        "SuiteCRM accounts",
        VENDOR,
        "account",
        122,
        when(
            "Name",
            "Office Phone",
            any_of=("Billing Street", "Billing City", "Date Modified"),
            why="“Office Phone” and a billing address stand in SuiteCRM accounts.",
        ),
        ACCOUNT,
        confidence=80,
    ),
)
