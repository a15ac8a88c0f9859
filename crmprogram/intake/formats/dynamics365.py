"""Microsoft Dynamics 365: labels of the interface, times in the exporting user's zone and format.

Owners and look-ups are display names. "Default Value" in a choice is as good
as empty. The hidden columns of an Excel round trip start "(Do Not Modify)".
"""

from crmprogram.intake.formats import ExportFormat, Look, Signature, when

VENDOR = "Dynamics 365"
BLANKS = ("", "Default Value", "N/A")
STAMPS = {"Created On": "created_at", "Modified On": "updated_at", "(Do Not Modify) Modified On": "updated_at"}
ADDRESS = {
    "Address 1: Street 1": "street",
    "Address 1: City": "city",
    "Address 1: State/Province": "state",
    "Address 1: ZIP/Postal Code": "postcode",
    "Address 1: Country/Region": "country",
}
PERSON = {
    "Salutation": "salutation",
    "First Name": "given_name",
    "Last Name": "family_name",
    "Full Name": "full_name",
    "Email": "email",
    "Email Address 2": "email_2",
    "Business Phone": "phone",
    "Mobile Phone": "mobile",
    "Home Phone": "phone_2",
    "Company Name": "company",
    "Job Title": "title",
    "Department": "department",
    "Birthday": "birth_date",
    "Owner": "owner",
    "Lead Source": "lead_source",
    "Do not allow Emails": "opted_out",
    "Description": "description",
    "Website (Company Name) (Account)": "website",
    "Website": "website",
    **ADDRESS,
    **STAMPS,
}
CONTACT = {"(Do Not Modify) Contact": "source_id", "Contact": "source_id", **PERSON}
LEAD = {
    "(Do Not Modify) Lead": "source_id",
    **PERSON,
    "Street 1": "street",
    "City": "city",
    "State or Province": "state",
    "Country": "country",
    "Industry": "industry",
    "Status": "status",
}
ACCOUNT = {
    "(Do Not Modify) Account": "source_id",
    "Account Name": "company",
    "Website": "website",
    "Main Phone": "phone",
    "Industry": "industry",
    "Parent Account": "parent_id",
    "Number of Employees": "employees",
    "Annual Revenue": "revenue",
    "Owner": "owner",
    "Account Number": "account_number",
    "Description": "description",
    **ADDRESS,
    **STAMPS,
}
DEAL = {
    "(Do Not Modify) Opportunity": "source_id",
    "Topic": "name",
    "Potential Customer": "company",
    "Account": "company",
    "Contact": "contact_id",
    "Owner": "owner",
    "Sales Stage": "stage",
    "Pipeline Phase": "stage",
    "Status": "status",
    "Est. revenue": "amount",
    "Actual Revenue": "amount",
    "Currency": "currency",
    "Probability": "probability_percent",
    "Est. close date": "close_on",
    "Actual Close Date": "closed_at",
    "Description": "description",
    **STAMPS,
}
ACTIVITY = {
    "Activity Type": "kind",
    "Subject": "subject",
    "Owner": "owner",
    "Start Time": "occurred_at",
    "Actual Start": "occurred_at",
    "Date Sent": "occurred_at",
    "Due Date": "due_at",
    "Status": "status",
    "Activity Status": "status",
    "Status Reason": "outcome",
    "Duration": "duration",
    "Direction": "direction",
    "Regarding": "related_to",
    "Description": "description",
    **STAMPS,
}
USER = {
    "User Name": "username",
    "Primary Email": "email",
    "First Name": "given_name",
    "Last Name": "family_name",
    "Full Name": "full_name",
    "Title": "title",
    "Manager": "manager",
    "Status": "is_active",
}
MARKS = ("(Do Not Modify) Row Checksum", "Address 1: City", "Address 1: Country/Region")


def table(name: str, *needed: str, none_of: tuple[str, ...] = ()) -> Signature:
    """Return the signature of a table: its hidden id column, or the marks of the vendor and `needed` headers."""

    def signature(look: Look) -> str:
        if look.has(f"(Do Not Modify) {name}"):
            return f"“(Do Not Modify) {name}” stands only in exports of Dynamics 365."
        if look.any(*MARKS) and look.has(*needed) and not look.any(*none_of):
            mark = next(each for each in MARKS if look.has(each))
            return f"“{mark}” with “{needed[0]}” stands in {name.lower()} exports of Dynamics 365."
        return ""

    return signature


def export(
    slug: str, label: str, obj: str, rank: int, signature: Signature, columns: dict[str, str], confidence: int = 90
) -> ExportFormat:
    """Return one export of this vendor."""
    return ExportFormat(
        slug=f"dynamics365-{slug}",
        label=f"Dynamics 365 {label}",
        vendor=VENDOR,
        object=obj,
        rank=rank,
        signature=signature,
        columns=columns,
        confidence=confidence,
        blanks=BLANKS,
    )


FORMATS = (
    export(
        "opportunity",
        "opportunities",
        "deal",
        40,
        when(
            "Topic",
            any_of=("Est. revenue", "Potential Customer"),
            why="“Topic” with “Potential Customer” or “Est. revenue” stands in opportunities of Dynamics 365.",
        ),
        DEAL,
    ),
    export("lead", "leads", "lead", 41, table("Lead", "Last Name", "Topic"), LEAD),
    export("contact", "contacts", "contact", 42, table("Contact", "Last Name"), CONTACT),
    export("account", "accounts", "account", 43, table("Account", "Account Name"), ACCOUNT),
    export(
        "activity",
        "activities",
        "activity",
        44,
        when(
            "Subject",
            "Regarding",
            any_of=("Start Time", "Date Sent", "Actual Start", "Activity Type"),
            why="“Subject”, “Regarding” and a start or sending time stand in activities of Dynamics 365.",
        ),
        ACTIVITY,
    ),
    export(
        "user",
        "users",
        "user",
        45,
        when(
            "Primary Email",
            "First Name",
            "Last Name",
            any_of=("Manager", "Business Unit", "User Name"),
            why="“Primary Email” with a manager or business unit stands in users of Dynamics 365.",
        ),
        USER,
        confidence=75,
    ),
)
