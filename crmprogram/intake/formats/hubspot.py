"""HubSpot: property labels in the user's language; the association columns stay English.

Letter case is inconsistent by design ("Contact owner", "Company name", "Deal
Name"); matching does not look at it. Times have no zone: the account's.
"""

from crmprogram.intake.formats import ExportFormat, Look, Signature, when

VENDOR = "HubSpot"
RECORD_IDS = (
    "Record ID",
    "ID de registro",
    "Datensatz-ID",
    "ID de la fiche d'informations",
    "ID do registro",
)
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
    "Is Closed Won": "is_won",
    "Is Deal Closed?": "is_closed",
    "Forecast category": "forecast",
    "Closed Lost Reason": "lost_reason",
    "Deal owner": "owner",
    "Associated Company IDs (Primary)": "account_id",
    "Associated Company (Primary)": "company",
    "Associated Company IDs": "account_id",
    "Associated Company": "company",
    "Associated Contact IDs": "contact_id",
    "Deal Description": "description",
    "Nombre del negocio": "name",
    "Etapa del negocio": "stage",
    "Valor": "amount",
    "Fecha de cierre": "close_on",
    "Propietario del negocio": "owner",
    "Deal-Name": "name",
    "Deal-Phase": "stage",
    "Betrag": "amount",
    "Abschlussdatum": "close_on",
    "Zuständiger Mitarbeiter für Deal": "owner",
    "Nom de la transaction": "name",
    "Phase de la transaction": "stage",
    "Montant": "amount",
    "Date de fermeture": "close_on",
    "Propriétaire de la transaction": "owner",
    **STAMPS,
}
ACTIVITY = {
    **RECORD,
    "Activity type": "kind",
    "Call and meeting type": "kind",
    "Call Title": "subject",
    "Task Title": "subject",
    "Meeting Title": "subject",
    "Note Title": "subject",
    "Email Subject": "subject",
    "Meeting name": "subject",
    "Email subject": "subject",
    "Activity assigned to": "owner",
    "Assigned to": "owner",
    "Owner": "owner",
    "Activity date": "occurred_at",
    "Meeting start time": "occurred_at",
    "Completed at": "occurred_at",
    "Completed date": "occurred_at",
    "Due date": "due_at",
    "Task Status": "status",
    "Call status": "status",
    "Email send status": "status",
    "Call duration": "duration",
    "Call direction": "direction",
    "Email direction": "direction",
    "Call outcome": "outcome",
    "Meeting outcome": "outcome",
    "Associated Contact IDs": "contact_id",
    "Associated Contact": "contact_id",
    "Associated Company IDs": "account_id",
    "Associated Deal IDs": "deal_id",
    "Note body": "description",
    **{
        theirs: ours
        for ours, names in {
            "kind": ("Tipo de actividad", "Aktivitätstyp", "Type d'activité", "Tipo de atividade"),
            "owner": (
                "Actividad asignada a",
                "Aktivität zugewiesen zu",
                "Aktivität zugewiesen an",
                "Activité attribuée à",
                "Atividade atribuída a",
            ),
            "occurred_at": (
                "Fecha de la actividad",
                "Fecha de actividad",
                "Aktivitätsdatum",
                "Date de l'activité",
                "Date d'activité",
                "Data da atividade",
            ),
            "subject": ("Título de la llamada", "Anruftitel", "Titre de l'appel", "Título da chamada"),
            "outcome": ("Resultado de la llamada", "Anrufergebnis", "Résultat de l'appel", "Resultado da chamada"),
            "duration": ("Duración de la llamada", "Anrufdauer", "Durée de l'appel", "Duração da chamada"),
            "status": ("Estado de la tarea", "Aufgabenstatus", "Statut de la tâche", "Status da tarefa"),
            "due_at": ("Fecha de vencimiento", "Fälligkeitsdatum", "Date d'échéance", "Data de vencimento"),
            "created_at": ("Fecha de creación", "Erstelldatum", "Date de création", "Data de criação"),
            "updated_at": (
                "Fecha de la última modificación",
                "Datum der letzten Änderung",
                "Date de la dernière modification",
                "Data da última modificação",
            ),
        }.items()
        for theirs in names
    },
    "Create Date": "created_at",
    "Created Date": "created_at",
    "Object create date/time": "created_at",
    "Last Modified Date": "updated_at",
    "Object last modified date/time": "updated_at",
}
LOGIN = {  # account activity: a person's logins, with the e-mail as the only name
    "User email": "email",
    "User": "email",
    "Email": "email",
    "Login timestamp": "login_at",
    "Login time": "login_at",
    "Timestamp": "login_at",
    "Date": "login_at",
    "Type of login": "login_type",
    "Login type": "login_type",
    "Subcategory": "status",
    "Action": "status",
    "User agent": "application",
}
HISTORY = {
    "Object ID": "record_id",
    "Record ID": "record_id",
    "Property": "field",
    "Property name": "field",
    "Value": "new_value",
    "New value": "new_value",
    "Old value": "old_value",
    "Change date": "changed_at",
    "Timestamp": "changed_at",
    "Changed by": "changed_by",
    "Modified by": "changed_by",
}
ENGAGEMENT = {  # the API: one object with its properties inside
    "id": "source_id",
    "properties.hs_object_id": "source_id",
    "engagement.id": "source_id",
    "engagement.type": "kind",
    "properties.hs_activity_type": "kind",
    "properties.hs_engagement_type": "kind",
    "properties.hs_call_title": "subject",
    "properties.hs_task_subject": "subject",
    "properties.hs_meeting_title": "subject",
    "properties.hs_email_subject": "subject",
    "properties.hubspot_owner_id": "owner",
    "engagement.ownerId": "owner",
    "properties.hs_timestamp": "occurred_at",
    "engagement.timestamp": "occurred_at",
    "properties.hs_createdate": "created_at",
    "engagement.createdAt": "created_at",
    "createdAt": "created_at",
    "properties.hs_lastmodifieddate": "updated_at",
    "engagement.lastUpdated": "updated_at",
    "updatedAt": "updated_at",
    "properties.hs_call_status": "status",
    "properties.hs_task_status": "status",
    "metadata.status": "status",
    "properties.hs_email_status": "status",
    "properties.hs_meeting_outcome": "outcome",
    "properties.hs_call_disposition": "outcome",
    "properties.hs_call_duration": "duration",
    "metadata.durationMilliseconds": "duration",
    "properties.hs_call_direction": "direction",
    "properties.hs_email_direction": "direction",
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


def logins(look: Look) -> str:
    """Say that the file lists logins: a time and an e-mail, with what only HubSpot's history writes."""
    stamp = next((name for name in ("Login timestamp", "Login time", "Timestamp") if look.has(name)), "")
    if stamp and look.any("User email", "Email", "User") and look.any("Type of login", "User agent", "Location"):
        return f"“{stamp}” with an e-mail and the type of login stands in the login history of HubSpot."
    if look.has("Category", "Subcategory") and look.any("Modified by", "User email"):
        return "“Category” and “Subcategory” stand in the account activity of HubSpot."
    return ""


FORMATS = tuple(
    ExportFormat(
        f"hubspot-{slug}", f"HubSpot {label}", VENDOR, obj, rank, signature, columns, blanks=("", "(No value)", "--")
    )
    for slug, label, obj, rank, signature, columns in (
        ("login", "login history", "login", 68, logins, LOGIN),
        (
            "engagement",
            "engagements (API)",
            "activity",
            69,
            when(
                any_of=("properties.hs_timestamp", "engagement.timestamp"),
                why="“hs_timestamp” is what the API of HubSpot calls the time of an engagement.",
            ),
            ENGAGEMENT,
        ),
        (
            "history",
            "property history",
            "change",
            69,
            when(
                "Value",
                any_of=("Property", "Property name"),
                none_of=("First Name", "Deal Name"),
                why="“Property” with a value and the time of its change stands in the property history of HubSpot.",
            ),
            HISTORY,
        ),
        (
            "deal",
            "deals",
            "deal",
            70,
            index_page("Deal Name", "Deal Stage", "Nombre del negocio", "Deal-Name", "Nom de la transaction"),
            DEAL,
        ),
        (
            "activity",
            "activities",
            "activity",
            71,
            index_page(
                "Activity date",
                "Call Title",
                "Task Title",
                "Meeting name",
                "Meeting outcome",
                "Note body",
                "Email subject",
                "Activity assigned to",
                "Fecha de la actividad",
                "Fecha de actividad",
                "Aktivitätsdatum",
                "Date de l'activité",
                "Date d'activité",
                "Data da atividade",
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
