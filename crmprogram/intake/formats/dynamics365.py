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
    "(Do Not Modify) Appointment": "source_id",
    "(Do Not Modify) Phone Call": "source_id",
    "(Do Not Modify) Email": "source_id",
    "(Do Not Modify) Task": "source_id",
    "(Do Not Modify) Activity": "source_id",
    "Activity Type": "kind",
    "Subject": "subject",
    "Owner": "owner",
    "Start Time": "occurred_at",
    "Actual Start": "occurred_at",
    "Date Sent": "occurred_at",
    "Actual End": "occurred_at",
    "Scheduled Start": "occurred_at",
    "Start Date": "occurred_at",
    "Due Date": "due_at",
    "Status": "status",
    "Activity Status": "status",
    "Status Reason": "outcome",
    "Duration": "duration",
    "Direction": "direction",
    "Regarding": "related_to",
    "Description": "description",
    **STAMPS,
    **{
        theirs: ours
        for ours, names in {
            "kind": ("Aktivitätstyp", "Type d'activité", "Tipo de actividad"),
            "subject": ("Betreff", "Objet", "Asunto"),
            "owner": ("Besitzer", "Propriétaire", "Propietario"),
            "occurred_at": ("Startzeit", "Heure de début", "Hora de inicio", "Tatsächlicher Beginn", "Début réel"),
            "due_at": ("Fälligkeitsdatum", "Date d'échéance", "Fecha de vencimiento"),
            "status": ("Aktivitätsstatus", "Statut de l'activité", "Estado de la actividad", "Statut", "Estado"),
            "outcome": ("Statusgrund", "Raison du statut", "Razón para el estado"),
            "duration": ("Dauer", "Durée", "Duración"),
            "direction": ("Richtung", "Direction", "Dirección"),
            "related_to": ("Bezug", "Concernant", "Referente a"),
            "created_at": ("Erstellt am", "Créé le", "Fecha de creación"),
            "updated_at": ("Geändert am", "Modifié le", "Fecha de modificación"),
        }.items()
        for theirs in names
    },
}
AUDIT = {
    "Changed Date": "changed_at",
    "Changed By": "changed_by",
    "Changed Field": "field",
    "Changed Attribute": "field",
    "Record": "record_id",
    "Old Value": "old_value",
    "New Value": "new_value",
}
ACCESS = {"Changed Date": "login_at", "Changed By": "username", "Event": "login_type"}
USER = {
    "User Name": "username",
    "Primary Email": "email",
    "First Name": "given_name",
    "Last Name": "family_name",
    "Full Name": "full_name",
    "Title": "title",
    "Manager": "manager",
    "Status": "is_active",
    "(Do Not Modify) User": "source_id",
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


HIDDEN = ("Appointment", "Phone Call", "Email", "Task", "Activity")
REGARDING = {"Subject": "Regarding", "Betreff": "Bezug", "Objet": "Concernant", "Asunto": "Referente a"}
TIMES = (
    *("Start Time", "Date Sent", "Actual Start", "Actual End", "Activity Type", "Activity Status", "Due Date"),
    *("Created On", "Startzeit", "Aktivitätstyp", "Erstellt am", "Heure de début", "Type d'activité", "Créé le"),
    *("Hora de inicio", "Tipo de actividad", "Fecha de creación", "Status Reason"),
)


def activity(look: Look) -> str:
    """Say that the file lists activities: what it is about and regarding, with a time or a status of theirs."""
    if hidden := next((name for name in HIDDEN if look.has(f"(Do Not Modify) {name}")), ""):
        return f"“(Do Not Modify) {hidden}” stands only in exports of Dynamics 365."
    pair = next((pair for pair in REGARDING.items() if look.has(*pair)), None)
    found = next((name for name in TIMES if look.has(name)), "")
    return f"“{pair[0]}”, “{pair[1]}” and “{found}” stand in activities of Dynamics 365." if pair and found else ""


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
        activity,
        ACTIVITY,
    ),
    export(
        "audit",
        "audit log",
        "change",
        46,
        when(
            "Changed Date",
            "Changed By",
            any_of=("Changed Field", "Changed Attribute", "New Value"),
            why="“Changed Date” with the changed field stands in the audit log of Dynamics 365.",
        ),
        AUDIT,
    ),
    export(
        "access",
        "user access log",
        "login",
        47,
        when("Changed Date", "Changed By", "Event", why="“Event” by “Changed By” stands in the access log."),
        ACCESS,
        confidence=70,
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
