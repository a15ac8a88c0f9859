"""HubSpot: property labels in the user's language; the association columns stay English.

Letter case is inconsistent by design ("Contact owner", "Company name", "Deal
Name"); matching does not look at it. Times have no zone: the account's.
"""

from crmprogram.intake.formats import ExportFormat, Look, Signature

VENDOR = "HubSpot"
RECORD_IDS = ("Record ID", "ID de registro")
STAMPS = {
    "Create Date": "created_at",
    "Fecha de creación": "created_at",
    "Last Modified Date": "updated_at",
    "Fecha de la última modificación": "updated_at",
    "Last Activity Date": "last_activity_at",
    "Última actividad": "last_activity_at",
    "Último contacto": "last_activity_at",
}
RECORD = dict.fromkeys(RECORD_IDS, "source_id")
PLACE = {
    "Street Address": "street",
    "Dirección": "street",
    "City": "city",
    "Ciudad": "city",
    "State/Region": "state",
    "Estado/región": "state",
    "Postal Code": "postcode",
    "Código postal": "postcode",
    "Country/Region": "country",
    "País/región": "country",
    "Industry": "industry",
    "Sector": "industry",
}
CONTACT = {
    **RECORD,
    "First Name": "given_name",
    "Nombre": "given_name",
    "Last Name": "family_name",
    "Apellidos": "family_name",
    "Salutation": "salutation",
    "Email": "email",
    "Correo": "email",
    "Additional email addresses": "email_2",
    "Work email": "email_2",
    "Phone Number": "phone",
    "Número de teléfono": "phone",
    "Mobile Phone Number": "mobile",
    "Número de teléfono móvil": "mobile",
    "Company Name": "company",
    "Nombre de la empresa": "company",
    "Associated Company": "company",
    "Associated Company (Primary)": "company",
    "Associated Company IDs (Primary)": "account_id",
    "Associated Company IDs": "account_id",
    "Job Title": "title",
    "Cargo": "title",
    "Website URL": "website",
    "Date of birth": "birth_date",
    "Contact owner": "owner",
    "Propietario del contacto": "owner",
    "Original Source": "lead_source",
    "Lifecycle Stage": "lifecycle_stage",
    "Etapa del ciclo de vida": "lifecycle_stage",
    "Legal basis for processing contact's data": "consent",
    "Unsubscribed from all email": "opted_out",
    **PLACE,
    **STAMPS,
}
ACCOUNT = {
    **RECORD,
    "Company name": "company",
    "Nombre de la empresa": "company",
    "Company Domain Name": "website",
    "Nombre de dominio de la empresa": "website",
    "Website URL": "website",
    "Phone Number": "phone",
    "Número de teléfono": "phone",
    "Parent Company": "parent_id",
    "Associated Company IDs (Parent)": "parent_id",
    "Number of Employees": "employees",
    "Annual Revenue": "revenue",
    "Company owner": "owner",
    "Propietario de la empresa": "owner",
    "Description": "description",
    **PLACE,
    **STAMPS,
}
DEAL = {
    **RECORD,
    "Deal Name": "name",
    "Pipeline": "pipeline",
    "Deal Stage": "stage",
    "Amount": "amount",
    "Currency": "currency",
    "Deal probability": "probability_percent",
    "Close Date": "close_on",
    "Closed Lost Reason": "lost_reason",
    "Deal owner": "owner",
    "Associated Company IDs (Primary)": "account_id",
    "Associated Company (Primary)": "company",
    "Associated Company IDs": "account_id",
    "Associated Company": "company",
    "Associated Contact IDs": "contact_id",
    "Deal Description": "description",
    **STAMPS,
}
ACTIVITY = {
    **RECORD,
    "Activity type": "kind",
    "Call and meeting type": "kind",
    "Call Title": "subject",
    "Task Title": "subject",
    "Meeting name": "subject",
    "Email subject": "subject",
    "Activity assigned to": "owner",
    "Activity date": "occurred_at",
    "Due date": "due_at",
    "Task Status": "status",
    "Call duration": "duration",
    "Call direction": "direction",
    "Call outcome": "outcome",
    "Meeting outcome": "outcome",
    "Associated Contact IDs": "contact_id",
    "Associated Contact": "contact_id",
    "Associated Company IDs": "account_id",
    "Associated Deal IDs": "deal_id",
    "Note body": "description",
    "Create Date": "created_at",
    "Last Modified Date": "updated_at",
}


def index_page(*any_of: str, none_of: tuple[str, ...] = (), zoho: str = "created time") -> Signature:
    """Return the signature of an export: a record id in some language and headers of the object."""

    def signature(look: Look) -> str:
        record = next((name for name in RECORD_IDS if look.has(name)), "")
        found = next((name for name in any_of if look.has(name)), "")
        if not record or not found or look.any(*none_of) or zoho in look.keys:
            return ""
        return f"“{record}” with “{found}” stands in HubSpot exports."

    return signature


FORMATS = tuple(
    ExportFormat(
        f"hubspot-{slug}", f"HubSpot {label}", VENDOR, obj, rank, signature, columns, blanks=("", "(No value)", "--")
    )
    for slug, label, obj, rank, signature, columns in (
        ("deal", "deals", "deal", 70, index_page("Deal Name", "Deal Stage"), DEAL),
        (
            "activity",
            "activities",
            "activity",
            71,
            index_page(
                "Activity date", "Call Title", "Task Title", "Meeting name", "Note body", "Activity assigned to"
            ),
            ACTIVITY,
        ),
        (
            "company",
            "companies",
            "account",
            72,
            index_page(
                "Company name",
                "Company Domain Name",
                "Nombre de la empresa",
                "Nombre de dominio de la empresa",
                none_of=("First Name", "Last Name", "Email", "Nombre", "Apellidos", "Correo"),
            ),
            ACCOUNT,
        ),
        (
            "contact",
            "contacts",
            "contact",
            73,
            index_page("Email", "First Name", "Last Name", "Correo", "Nombre", "Apellidos"),
            CONTACT,
        ),
    )
)
