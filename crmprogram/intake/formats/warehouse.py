"""Tables a loader copied out of a CRM into a warehouse: snake_case, `_fivetran_*` columns, UTC without a mark."""

from crmprogram.intake.formats import ExportFormat, Signature, when

VENDOR = "Warehouse"
STAMPS = {
    "created_date": "created_at",
    "system_modstamp": "updated_at",
    "last_modified_date": "updated_at",
    "last_activity_date": "last_activity_at",
}
PERSON = {
    "id": "source_id",
    "salutation": "salutation",
    "first_name": "given_name",
    "last_name": "family_name",
    "name": "full_name",
    "email": "email",
    "phone": "phone",
    "mobile_phone": "mobile",
    "home_phone": "phone_2",
    "title": "title",
    "department": "department",
    "birthdate": "birth_date",
    "lead_source": "lead_source",
    "owner_id": "owner",
    "has_opted_out_of_email": "opted_out",
    "description": "description",
    **STAMPS,
}
CONTACT = {
    **PERSON,
    "account_id": "account_id",
    "mailing_street": "street",
    "mailing_city": "city",
    "mailing_state": "state",
    "mailing_postal_code": "postcode",
    "mailing_country": "country",
}
LEAD = {
    **PERSON,
    "company": "company",
    "street": "street",
    "city": "city",
    "state": "state",
    "postal_code": "postcode",
    "country": "country",
    "website": "website",
    "industry": "industry",
    "status": "status",
    "is_converted": "is_converted",
    "converted_contact_id": "converted_contact_id",
}
ACCOUNT = {
    "id": "source_id",
    "name": "company",
    "website": "website",
    "phone": "phone",
    "billing_street": "street",
    "billing_city": "city",
    "billing_state": "state",
    "billing_postal_code": "postcode",
    "billing_country": "country",
    "industry": "industry",
    "parent_id": "parent_id",
    "number_of_employees": "employees",
    "annual_revenue": "revenue",
    "owner_id": "owner",
    "account_number": "account_number",
    "description": "description",
    **STAMPS,
}
DEAL = {
    "id": "source_id",
    "name": "name",
    "account_id": "account_id",
    "owner_id": "owner",
    "stage_name": "stage",
    "amount": "amount",
    "probability": "probability_percent",
    "close_date": "close_on",
    "lead_source": "lead_source",
    "description": "description",
    **STAMPS,
}
TASK = {
    "id": "source_id",
    "task_subtype": "kind",
    "type": "kind",
    "subject": "subject",
    "owner_id": "owner",
    "completed_date_time": "occurred_at",
    "start_date_time": "occurred_at",
    "activity_date": "due_at",
    "status": "status",
    "call_duration_in_seconds": "duration",
    "call_type": "direction",
    "call_disposition": "outcome",
    "who_id": "contact_id",
    "account_id": "account_id",
    "what_id": "related_to",
    "description": "description",
    "created_date": "created_at",
    "system_modstamp": "updated_at",
    "last_modified_date": "updated_at",
}
USER = {
    "id": "source_id",
    "username": "username",
    "email": "email",
    "first_name": "given_name",
    "last_name": "family_name",
    "name": "full_name",
    "title": "title",
    "is_active": "is_active",
    "manager_id": "manager",
    "user_role_id": "role",
    "time_zone_sid_key": "time_zone",
    "last_login_date": "last_login_at",
}
HUBSPOT_CONTACT = {
    "id": "source_id",
    "property_firstname": "given_name",
    "property_lastname": "family_name",
    "property_email": "email",
    "property_work_email": "email_2",
    "property_email_1": "email_2",
    "property_phone": "phone",
    "property_mobilephone": "mobile",
    "property_company": "company",
    "property_associatedcompanyid": "account_id",
    "property_jobtitle": "title",
    "property_address": "street",
    "property_city": "city",
    "property_state": "state",
    "property_zip": "postcode",
    "property_country": "country",
    "property_website": "website",
    "property_industry": "industry",
    "property_hubspot_owner_id": "owner",
    "property_hs_analytics_source": "lead_source",
    "property_lifecyclestage": "lifecycle_stage",
    "property_hs_email_optout": "opted_out",
    "property_createdate": "created_at",
    "property_lastmodifieddate": "updated_at",
    "property_notes_last_updated": "last_activity_at",
}
HUBSPOT_COMPANY = {
    "id": "source_id",
    "property_name": "company",
    "property_domain": "website",
    "property_website": "website",
    "property_phone": "phone",
    "property_address": "street",
    "property_city": "city",
    "property_state": "state",
    "property_zip": "postcode",
    "property_country": "country",
    "property_industry": "industry",
    "property_numberofemployees": "employees",
    "property_annualrevenue": "revenue",
    "property_hubspot_owner_id": "owner",
    "property_description": "description",
    "property_createdate": "created_at",
    "property_hs_lastmodifieddate": "updated_at",
}
HUBSPOT_DEAL = {
    "deal_id": "source_id",
    "id": "source_id",
    "property_dealname": "name",
    "deal_pipeline_id": "pipeline",
    "deal_pipeline_stage_id": "stage",
    "property_amount": "amount",
    "property_closedate": "close_on",
    "owner_id": "owner",
    "property_createdate": "created_at",
}
HUBSPOT_ENGAGEMENT = {
    "engagement_id": "source_id",
    "id": "source_id",
    "type": "kind",
    "property_hs_email_subject": "subject",
    "property_hubspot_owner_id": "owner",
    "property_hs_timestamp": "occurred_at",
    "property_hs_createdate": "created_at",
    "property_hs_lastmodifieddate": "updated_at",
    "property_hs_email_text": "description",
}
HUBSPOT_OWNER = {
    "owner_id": "source_id",
    "email": "email",
    "first_name": "given_name",
    "last_name": "family_name",
    "active_user_id": "is_active",
    "created_at": "created_at",
    "updated_at": "updated_at",
}


def extract(*needed: str, any_of: tuple[str, ...] = (), none_of: tuple[str, ...] = ()) -> Signature:
    """Return the signature of an extract with these columns."""
    named = " and ".join(f"“{name}”" for name in needed or any_of[:1])
    return when(
        "_fivetran_synced",
        *needed,
        any_of=any_of,
        none_of=none_of,
        why=f"“_fivetran_synced” with {named} stands in warehouse extracts.",
    )


FORMATS = tuple(
    ExportFormat(
        f"warehouse-{slug}", f"Warehouse extract: {label}", VENDOR, obj, 100 + place, signature, columns, zone="UTC"
    )
    for place, (slug, label, obj, signature, columns) in enumerate(
        (
            ("hubspot-deal", "HubSpot deals", "deal", extract("property_dealname"), HUBSPOT_DEAL),
            (
                "hubspot-engagement",
                "HubSpot engagements",
                "activity",
                extract("engagement_id", "property_hs_timestamp"),
                HUBSPOT_ENGAGEMENT,
            ),
            (
                "hubspot-engagement-index",
                "HubSpot engagement index",
                "activity",
                extract("id", "type", "portal_id", none_of=("email",)),
                HUBSPOT_ENGAGEMENT,
            ),
            (
                "hubspot-contact",
                "HubSpot contacts",
                "contact",
                extract(any_of=("property_email", "property_firstname", "property_lastname")),
                HUBSPOT_CONTACT,
            ),
            ("hubspot-company", "HubSpot companies", "account", extract("property_name"), HUBSPOT_COMPANY),
            (
                "hubspot-owner",
                "HubSpot owners",
                "user",
                extract("owner_id", "email", any_of=("active_user_id", "portal_id")),
                HUBSPOT_OWNER,
            ),
            (
                "salesforce-task",
                "Salesforce activities",
                "activity",
                extract("who_id", any_of=("activity_date", "start_date_time")),
                TASK,
            ),
            ("salesforce-opportunity", "Salesforce opportunities", "deal", extract("stage_name", "close_date"), DEAL),
            (
                "salesforce-user",
                "Salesforce users",
                "user",
                extract("username", any_of=("profile_id", "is_active")),
                USER,
            ),
            (
                "salesforce-lead",
                "Salesforce leads",
                "lead",
                extract("company", any_of=("is_converted", "converted_date")),
                LEAD,
            ),
            (
                "salesforce-contact",
                "Salesforce contacts",
                "contact",
                extract("last_name", any_of=("mailing_city", "account_id")),
                CONTACT,
            ),
            (
                "salesforce-account",
                "Salesforce accounts",
                "account",
                extract("name", any_of=("billing_city", "billing_street", "parent_id")),
                ACCOUNT,
            ),
            (
                "table",
                "another table",
                "",
                when(
                    "_fivetran_synced", why="“_fivetran_synced” stands in warehouse extracts; the table is not known."
                ),
                {"id": "source_id"},
            ),
        )
    )
)
