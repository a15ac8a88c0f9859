"""Files made for the Salesforce Data Loader: API names in any letter case, custom fields, look-ups by external id."""

import re

from crmprogram.intake.formats import Look, Signature
from crmprogram.intake.formats.salesforce import ACCOUNT, CONTACT, TASK, export

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


FORMATS = (
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
