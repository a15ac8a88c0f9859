"""The words of this program for what a CRM export holds: one list of fields per object."""

from typing import NamedTuple

KINDS = ("text", "email", "phone", "date", "datetime", "country", "company", "url", "number")


class Field(NamedTuple):
    """One field of an object: its name in our code, its label on a page, and one of KINDS."""

    name: str
    label: str
    kind: str = "text"


CONTACT = (
    Field("source_id", "Record id"),
    Field("salutation", "Salutation"),
    Field("given_name", "First name"),
    Field("family_name", "Last name"),
    Field("full_name", "Full name"),
    Field("email", "E-mail", "email"),
    Field("email_2", "Second e-mail", "email"),
    Field("phone", "Phone", "phone"),
    Field("mobile", "Mobile phone", "phone"),
    Field("phone_2", "Second phone", "phone"),
    Field("company", "Company", "company"),
    Field("account_id", "Account id"),
    Field("title", "Job title"),
    Field("department", "Department"),
    Field("street", "Street"),
    Field("city", "City"),
    Field("state", "State or region"),
    Field("postcode", "Postal code"),
    Field("country", "Country", "country"),
    Field("website", "Website", "url"),
    Field("industry", "Industry"),
    Field("birth_date", "Date of birth", "date"),
    Field("owner", "Owner"),
    Field("lead_source", "Lead source"),
    Field("lifecycle_stage", "Lifecycle stage"),
    Field("consent", "Consent"),
    Field("opted_out", "Opted out of e-mail"),  # the reverse of consent: kept apart so that no "true" changes its sense
    Field("created_at", "Created", "datetime"),
    Field("updated_at", "Updated", "datetime"),
    Field("last_activity_at", "Last activity", "datetime"),
    Field("description", "Description"),
)
LEAD = (
    *CONTACT,
    Field("status", "Lead status"),
    Field("is_converted", "Converted"),
    Field("converted_contact_id", "Converted contact id"),
)
ACCOUNT = (
    Field("source_id", "Record id"),
    Field("company", "Account name", "company"),
    Field("website", "Website", "url"),
    Field("phone", "Phone", "phone"),
    Field("street", "Street"),
    Field("city", "City"),
    Field("state", "State or region"),
    Field("postcode", "Postal code"),
    Field("country", "Country", "country"),
    Field("industry", "Industry"),
    Field("parent_id", "Parent account id"),
    Field("employees", "Employees", "number"),
    Field("revenue", "Yearly revenue", "number"),
    Field("owner", "Owner"),
    Field("account_number", "Account number"),
    Field("created_at", "Created", "datetime"),
    Field("updated_at", "Updated", "datetime"),
    Field("last_activity_at", "Last activity", "datetime"),
    Field("description", "Description"),
)
DEAL = (
    Field("source_id", "Record id"),
    Field("name", "Deal name"),
    Field("account_id", "Account id"),
    Field("company", "Company", "company"),
    Field("contact_id", "Contact id"),
    Field("owner", "Owner"),
    Field("pipeline", "Pipeline"),
    Field("stage", "Stage"),
    Field("status", "Status"),
    Field("amount", "Amount", "number"),
    Field("currency", "Currency"),
    Field("probability_percent", "Probability", "number"),
    Field("close_on", "Expected close", "date"),
    Field("closed_at", "Closed", "datetime"),
    Field("won_at", "Won", "datetime"),
    Field("lost_at", "Lost on", "datetime"),
    Field("is_closed", "Is closed"),
    Field("is_won", "Is won"),
    Field("forecast", "Forecast category"),
    Field("lead_created_at", "Lead created", "datetime"),
    Field("lost_reason", "Lost reason"),
    Field("lead_source", "Lead source"),
    Field("created_at", "Created", "datetime"),
    Field("updated_at", "Updated", "datetime"),
    Field("last_activity_at", "Last activity", "datetime"),
    Field("description", "Description"),
)
ACTIVITY = (
    Field("source_id", "Record id"),
    Field("kind", "Kind"),
    Field("subject", "Subject"),
    Field("owner", "Owner"),
    Field("occurred_at", "Took place", "datetime"),  # never mixed with created_at: two clocks
    Field("due_at", "Due", "datetime"),
    Field("created_at", "Logged", "datetime"),
    Field("updated_at", "Updated", "datetime"),
    Field("status", "Status"),
    Field("is_done", "Done"),
    Field("duration", "Duration"),  # units differ by vendor: text until a format says which
    Field("direction", "Direction"),
    Field("outcome", "Outcome"),
    Field("contact_id", "Contact id"),
    Field("account_id", "Account id"),
    Field("deal_id", "Deal id"),
    Field("related_to", "Related to"),
    Field("description", "Description"),
)
USER = (
    Field("source_id", "User id"),
    Field("username", "User name"),
    Field("email", "E-mail", "email"),
    Field("given_name", "First name"),
    Field("family_name", "Last name"),
    Field("full_name", "Full name"),
    Field("title", "Job title"),
    Field("is_active", "Active"),
    Field("manager", "Manager"),
    Field("role", "Role"),
    Field("time_zone", "Time zone"),
    Field("last_login_at", "Last login", "datetime"),
    Field("created_at", "Created", "datetime"),
    Field("updated_at", "Updated", "datetime"),
)
LOGIN = (
    Field("source_id", "Event id"),
    Field("user_id", "User id"),
    Field("username", "User name"),
    Field("email", "E-mail", "email"),
    Field("login_at", "Login", "datetime"),
    Field("status", "Status"),
    Field("login_type", "Login type"),
    Field("application", "Application"),
)
CHANGE = (
    Field("source_id", "Change id"),
    Field("record_id", "Record id"),
    Field("changed_by", "Changed by"),
    Field("changed_at", "Changed", "datetime"),
    Field("field", "Field"),
    Field("old_value", "Old value"),
    Field("new_value", "New value"),
    Field("stage", "Stage"),
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "contact": CONTACT,
    "account": ACCOUNT,
    "lead": LEAD,
    "deal": DEAL,
    "activity": ACTIVITY,
    "user": USER,
    "login": LOGIN,
    "change": CHANGE,
}
OBJECTS = {
    "contact": "Contacts",
    "account": "Accounts",
    "lead": "Leads",
    "deal": "Deals",
    "activity": "Activities",
    "user": "Users",
    "login": "Logins",
    "change": "Record changes",
}


def fields_of(obj: str) -> dict[str, Field]:
    """Return the fields of an object by name; empty for an object we do not know."""
    return {field.name: field for field in FIELDS.get(obj, ())}


def kind_of(obj: str, name: str) -> str:
    """Return the kind of a field; "text" for one we do not know."""
    field = fields_of(obj).get(name)
    return field.kind if field else "text"
