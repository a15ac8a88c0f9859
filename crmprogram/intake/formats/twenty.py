"""Twenty: composite headers "Name / First Name", one object per file."""

from crmprogram.intake.formats import ExportFormat, when

VENDOR = "Twenty"
STAMPS = {
    "Creation date": "created_at",
    "Created at": "created_at",
    "Last update": "updated_at",
    "Updated at": "updated_at",
}
PERSON = {
    "Id": "source_id",
    "Name / First Name": "given_name",
    "Name / Last Name": "family_name",
    "Emails / Primary Email": "email",
    "Emails / Additional Emails": "email_2",
    "Phones / Primary Phone Number": "phone",
    "Phones / Primary Phone": "phone",
    "Company / Name": "company",
    "Company / Id": "account_id",
    "Company Id": "account_id",
    "Job Title": "title",
    "City": "city",
    **STAMPS,
}
COMPANY = {
    "Id": "source_id",
    "Name": "company",
    "Domain Name / Link URL": "website",
    "Address / Address 1": "street",
    "Address / City": "city",
    "Address / State": "state",
    "Address / Post Code": "postcode",
    "Address / Country": "country",
    "Employees": "employees",
    **STAMPS,
}
OWNER = {
    "Assignee / Email": "owner",
    "Assignee / Name": "owner",
    "Assignee": "owner",
    "Owner / Email": "owner",
    "Owner": "owner",
    "Created by / Name": "owner",
    "Point of Contact": "contact_id",
}
DEAL = {
    "Id": "source_id",
    "Name": "name",
    "Amount / Amount": "amount",
    "Amount / Currency": "currency",
    "Close date": "close_on",
    "Stage": "stage",
    "Company / Name": "company",
    "Company / Id": "account_id",
    "Company Id": "account_id",
    **OWNER,
    **STAMPS,
}
ACTIVITY = {
    "Id": "source_id",
    "Title": "subject",
    "Status": "status",
    "Due Date": "due_at",
    "Due at": "due_at",
    "Body": "description",
    "Body V2": "description",
    **OWNER,
    **STAMPS,
}
CREATED = ("Creation date", "Created at", "Last update", "Updated at")
FORMATS = (
    ExportFormat(
        "twenty-opportunity",
        "Twenty opportunities",
        VENDOR,
        "deal",
        79,
        when(any_of=("Amount / Amount", "Amount / Currency"), why="“Amount / Amount” stands in deals of Twenty."),
        DEAL,
        zone="UTC",
    ),
    ExportFormat(
        "twenty-task",
        "Twenty tasks",
        VENDOR,
        "activity",
        82,
        when("Title", "Status", any_of=CREATED, none_of=("Host",), why="“Title” and “Status” stand in tasks."),
        ACTIVITY,
        confidence=75,
        zone="UTC",
        constants={"kind": "task"},
    ),
    ExportFormat(
        "twenty-note",
        "Twenty notes",
        VENDOR,
        "activity",
        83,
        when("Title", any_of=("Body", "Body V2"), none_of=("Email", "Status"), why="“Title” and “Body” make a note."),
        ACTIVITY,
        confidence=70,
        zone="UTC",
        constants={"kind": "note"},
    ),
    ExportFormat(
        "twenty-person",
        "Twenty people",
        VENDOR,
        "contact",
        80,
        when("Emails / Primary Email", why="“Emails / Primary Email” stands in people of Twenty."),
        PERSON,
        zone="UTC",
    ),
    ExportFormat(
        "twenty-company",
        "Twenty companies",
        VENDOR,
        "account",
        81,
        when("Name", any_of=("Domain Name / Link URL",), why="“Domain Name / Link URL” stands in companies of Twenty."),
        COMPANY,
        zone="UTC",
    ),
)
