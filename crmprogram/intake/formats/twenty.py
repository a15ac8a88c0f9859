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
FORMATS = (
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
