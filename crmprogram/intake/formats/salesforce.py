"""Salesforce: API names as the Data Loader and the data export service write them; the login event file.

Times of the API are UTC with an offset. An id has 15 or 18 characters; the
first 15 say which record it is. `#N/A` is the Data Loader's null.
"""

import re

from crmprogram.intake.formats import ExportFormat, Look, Signature, when

VENDOR = "Salesforce"
NULLS = ("", "#N/A")
ESPO = ("assignedUserId", "emailAddress", "createdAt")  # writes the same names in camel case
STAMPS = {
    "CreatedDate": "created_at",
    "SystemModstamp": "updated_at",  # moves with changes by the system too
    "LastModifiedDate": "updated_at",
    "LastActivityDate": "last_activity_at",
}
PERSON = {
    "Id": "source_id",
    "Salutation": "salutation",
    "FirstName": "given_name",
    "LastName": "family_name",
    "Name": "full_name",
    "Email": "email",
    "Phone": "phone",
    "MobilePhone": "mobile",
    "HomePhone": "phone_2",
    "OtherPhone": "phone_2",
    "Title": "title",
    "Department": "department",
    "Birthdate": "birth_date",
    "OwnerId": "owner",
    "LeadSource": "lead_source",
    "HasOptedOutOfEmail": "opted_out",
    "Description": "description",
    **STAMPS,
}
CONTACT = {
    **PERSON,
    "AccountId": "account_id",
    "Account.Name": "company",
    "MailingStreet": "street",
    "MailingCity": "city",
    "MailingState": "state",
    "MailingPostalCode": "postcode",
    "MailingCountry": "country",
}
LEAD = {
    **PERSON,
    "Company": "company",
    "Street": "street",
    "City": "city",
    "State": "state",
    "PostalCode": "postcode",
    "Country": "country",
    "Website": "website",
    "Industry": "industry",
    "Status": "status",
    "IsConverted": "is_converted",
    "ConvertedContactId": "converted_contact_id",
}
ACCOUNT = {
    "Id": "source_id",
    "Name": "company",
    "Website": "website",
    "Phone": "phone",
    "BillingStreet": "street",
    "BillingCity": "city",
    "BillingState": "state",
    "BillingPostalCode": "postcode",
    "BillingCountry": "country",
    "Industry": "industry",
    "ParentId": "parent_id",
    "NumberOfEmployees": "employees",
    "AnnualRevenue": "revenue",
    "OwnerId": "owner",
    "AccountNumber": "account_number",
    "Description": "description",
    **STAMPS,
}
DEAL = {
    "Id": "source_id",
    "Name": "name",
    "AccountId": "account_id",
    "ContactId": "contact_id",
    "OwnerId": "owner",
    "StageName": "stage",
    "ForecastCategoryName": "status",
    "Amount": "amount",
    "CurrencyIsoCode": "currency",
    "Probability": "probability_percent",
    "CloseDate": "close_on",
    "LeadSource": "lead_source",
    "Description": "description",
    **STAMPS,
}
TASK = {
    "Id": "source_id",
    "TaskSubtype": "kind",
    "Type": "kind",
    "Subject": "subject",
    "OwnerId": "owner",
    "CompletedDateTime": "occurred_at",
    "ActivityDate": "due_at",  # a due date, not the time of the activity
    "Status": "status",
    "CallDurationInSeconds": "duration",
    "CallType": "direction",
    "CallDisposition": "outcome",
    "WhoId": "contact_id",
    "AccountId": "account_id",
    "WhatId": "related_to",
    "Description": "description",
    "CreatedDate": "created_at",
    "SystemModstamp": "updated_at",  # moves with changes by the system too
    "LastModifiedDate": "updated_at",
}
EVENT = {**TASK, "EventSubtype": "kind", "StartDateTime": "occurred_at", "DurationInMinutes": "duration"}
USER = {
    "Id": "source_id",
    "Username": "username",
    "Email": "email",
    "FirstName": "given_name",
    "LastName": "family_name",
    "Name": "full_name",
    "Title": "title",
    "IsActive": "is_active",
    "ManagerId": "manager",
    "UserRoleId": "role",
    "TimeZoneSidKey": "time_zone",
    "LastLoginDate": "last_login_at",
    **{header: name for header, name in STAMPS.items() if name != "last_activity_at"},
}
LOGIN = {
    "REQUEST_ID": "source_id",
    "USER_ID_DERIVED": "user_id",
    "USER_ID": "user_id",
    "USER_NAME": "username",
    "TIMESTAMP_DERIVED": "login_at",
    "LOGIN_STATUS": "status",
    "LOGIN_TYPE": "login_type",
    "BROWSER_TYPE": "application",
}
LOGIN_HISTORY = {
    "Id": "source_id",
    "UserId": "user_id",
    "LoginTime": "login_at",
    "Status": "status",
    "LoginType": "login_type",
    "Application": "application",
}
LOADER_IDS = {"Oracle_Id__c": "source_id", "External_Id__c": "source_id"}  # external ids, by usual names


LOADER_ACCOUNT = {
    **ACCOUNT,
    **LOADER_IDS,
    "AccountNumber__c": "account_number",
    "NumEmp": "employees",
    "OWNER:User-username": "owner",
    "PARENT": "parent_id",
}


def loader(*needed: str) -> Signature:
    """Return the signature of a file made for the Data Loader: custom fields or look-ups by external id."""

    def signature(look: Look) -> str:
        marks = [name for name in look.order if re.search(r"\w__c$|^\w+:\w+-\w+$", name)]
        if marks and look.has(*needed):
            return f"The header “{marks[0]}” is a custom field or a look-up of the Salesforce Data Loader."
        return ""

    return signature


def export(
    slug: str,
    label: str,
    obj: str,
    rank: int,
    signature: Signature,
    columns: dict[str, str],
    *,
    confidence: int = 95,
    zone: str = "UTC",
    constants: dict[str, str] | None = None,
) -> ExportFormat:
    """Return one export of this vendor."""
    return ExportFormat(
        slug=f"salesforce-{slug}",
        label=f"Salesforce {label}",
        vendor=VENDOR,
        object=obj,
        rank=rank,
        signature=signature,
        columns=columns,
        confidence=confidence,
        zone=zone,
        blanks=NULLS,
        constants=constants or {},
    )


FORMATS = (
    export(
        "login",
        "login events",
        "login",
        10,
        when(
            "EVENT_TYPE",
            "TIMESTAMP_DERIVED",
            "LOGIN_STATUS",
            why="EVENT_TYPE, TIMESTAMP_DERIVED and LOGIN_STATUS stand only in a Salesforce login event file.",
        ),
        LOGIN,
    ),
    export(
        "login-history",
        "login history",
        "login",
        11,
        when(
            "UserId",
            "LoginTime",
            "LoginType",
            why="UserId, LoginTime and LoginType are the columns of the Salesforce login history.",
        ),
        LOGIN_HISTORY,
    ),
    export(
        "event",
        "events",
        "activity",
        20,
        when("Id", "WhoId", "StartDateTime", why="Id, WhoId and StartDateTime stand in Salesforce events."),
        EVENT,
        constants={"kind": "meeting"},
    ),
    export(
        "task",
        "tasks",
        "activity",
        21,
        when(
            "Id",
            "ActivityDate",
            any_of=("WhoId", "WhatId"),
            why="Id and ActivityDate with WhoId or WhatId stand in Salesforce tasks.",
        ),
        TASK,
    ),
    export(
        "opportunity",
        "opportunities",
        "deal",
        30,
        when(
            "Id",
            "StageName",
            "CloseDate",
            none_of=("OpportunityId",),
            why="Id, StageName and CloseDate stand in Salesforce opportunities.",
        ),
        DEAL,
    ),
    export(
        "lead",
        "leads",
        "lead",
        32,
        when(
            "Id",
            "LastName",
            "Company",
            any_of=("IsConverted", "ConvertedDate", "Status"),
            none_of=ESPO,
            why="Id, LastName, Company and the conversion columns stand in Salesforce leads.",
        ),
        LEAD,
    ),
    export(
        "user",
        "users",
        "user",
        33,
        when(
            "Id",
            "Username",
            any_of=("ProfileId", "UserRoleId", "IsActive"),
            none_of=ESPO,
            why="Id and Username with a profile or role stand in Salesforce users.",
        ),
        USER,
    ),
    export(
        "contact",
        "contacts",
        "contact",
        34,
        when(
            "Id",
            "LastName",
            any_of=("AccountId", "MailingCity", "MailingStreet", "ReportsToId"),
            none_of=ESPO,
            why="Id, LastName and AccountId or a mailing address stand in Salesforce contacts.",
        ),
        CONTACT,
    ),
    export(
        "account",
        "accounts",
        "account",
        35,
        when(
            "Id",
            "Name",
            any_of=("BillingCity", "BillingStreet", "BillingCountry", "NumberOfEmployees", "MasterRecordId"),
            none_of=ESPO,
            why="Id, Name and a billing address stand in Salesforce accounts.",
        ),
        ACCOUNT,
    ),
    export(
        "loader-task",
        "tasks made for the Data Loader",
        "activity",
        140,
        loader("Subject"),
        {**TASK, **LOADER_IDS, "Who:Contact-Email": "contact_id"},
        confidence=60,
        zone="",
    ),
    export(
        "loader-contact",
        "contacts made for the Data Loader",
        "contact",
        141,
        loader("LastName"),
        {**CONTACT, **LOADER_IDS},
        confidence=60,
        zone="",
    ),
    export(
        "loader-account",
        "accounts made for the Data Loader",
        "account",
        142,
        loader("Name"),
        LOADER_ACCOUNT,
        confidence=60,
        zone="",
    ),
)
