"""EspoCRM: attribute names in camel case, UTC times, an apostrophe before cells that begin like a formula."""

from crmprogram.intake.formats import ExportFormat, when

VENDOR = "EspoCRM"
STAMPS = {"assignedUserName": "owner", "assignedUserId": "owner", "createdAt": "created_at", "modifiedAt": "updated_at"}
PERSON = {
    "id": "source_id",
    "salutationName": "salutation",
    "firstName": "given_name",
    "lastName": "family_name",
    "name": "full_name",
    "emailAddress": "email",
    "emailAddressIsOptedOut": "opted_out",
    "phoneNumber": "phone",
    "title": "title",
    "description": "description",
    **STAMPS,
}
CONTACT = {
    **PERSON,
    "accountName": "company",
    "accountId": "account_id",
    "addressStreet": "street",
    "addressCity": "city",
    "addressState": "state",
    "addressPostalCode": "postcode",
    "addressCountry": "country",
}
LEAD = {
    **CONTACT,
    "source": "lead_source",
    "status": "status",
    "website": "website",
    "industry": "industry",
    "createdContactId": "converted_contact_id",
}
ACCOUNT = {
    "id": "source_id",
    "name": "company",
    "website": "website",
    "phoneNumber": "phone",
    "billingAddressStreet": "street",
    "billingAddressCity": "city",
    "billingAddressState": "state",
    "billingAddressPostalCode": "postcode",
    "billingAddressCountry": "country",
    "industry": "industry",
    "description": "description",
    **STAMPS,
}
LOGIN = {"id": "source_id", "userId": "user_id", "username": "username", "createdAt": "login_at", "isDenied": "status"}
DEAL = {
    "id": "source_id",
    "name": "name",
    "accountId": "account_id",
    "accountName": "company",
    "contactId": "contact_id",
    "stage": "stage",
    "amount": "amount",
    "amountCurrency": "currency",
    "probability": "probability_percent",
    "closeDate": "close_on",
    "leadSource": "lead_source",
    "description": "description",
    **STAMPS,
}
ACTIVITY = {
    "id": "source_id",
    "name": "subject",
    "dateStart": "occurred_at",
    "dateSent": "occurred_at",
    "dateCompleted": "occurred_at",
    "dateEnd": "due_at",
    "status": "status",
    "duration": "duration",
    "direction": "direction",
    "parentName": "related_to",
    "parentId": "related_to",
    "accountId": "account_id",
    "description": "description",
    **STAMPS,
}
MARK = "“assignedUserId” is an attribute of EspoCRM"
FORMATS = tuple(
    ExportFormat(f"espocrm-{slug}", f"EspoCRM {label}", VENDOR, obj, rank, signature, columns, zone="UTC")
    for slug, label, obj, rank, signature, columns in (
        (
            "login",
            "authentication log",
            "login",
            89,
            when("username", "isDenied", why="“isDenied” stands in the authentication log of EspoCRM."),
            LOGIN,
        ),
        (
            "opportunity",
            "opportunities",
            "deal",
            90,
            when("assignedUserId", "stage", why=f"{MARK}; with “stage” these are opportunities."),
            DEAL,
        ),
        (
            "activity",
            "activities",
            "activity",
            91,
            when(
                any_of=("dateStart", "dateSent", "dateCompleted", "dateEnd"),
                none_of=("emailAddress", "billingAddressCity"),
                why=f"{MARK}; with the times of a meeting, call, task or e-mail these are activities.",
            ),
            ACTIVITY,
        ),
        (
            "lead",
            "leads",
            "lead",
            92,
            when(
                "assignedUserId",
                any_of=("createdContactId", "convertedAt"),
                why=f"{MARK}; with the conversion columns these are leads.",
            ),
            LEAD,
        ),
        (
            "contact",
            "contacts",
            "contact",
            93,
            when(
                any_of=("assignedUserId", "modifiedAt", "emailAddressIsOptedOut"),
                none_of=("billingAddressCity", "billingAddressStreet", "website"),
                why=f"{MARK}, as are the other names in camel case.",
            ),
            CONTACT,
        ),
        (
            "account",
            "accounts",
            "account",
            94,
            when(
                any_of=("assignedUserId", "billingAddressCity"),
                why=f"{MARK}; with a billing address or website these are accounts.",
            ),
            ACCOUNT,
        ),
    )
)
