"""The fields of a contact and of an account, and the kind of value each holds; names as in the intake.

Every reader and mapping speaks in these names; a field that is not listed is
free text and is only tidied.
"""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """How the values of a field are written and cleaned."""

    ID = "id"
    GIVEN = "given"
    FAMILY = "family"
    FULL = "full"
    EMAIL = "email"
    PHONE = "phone"
    COMPANY = "company"
    COUNTRY = "country"
    DATE = "date"
    DATETIME = "datetime"
    INDUSTRY = "industry"
    WEBSITE = "website"
    POSTCODE = "postcode"
    FLAG = "flag"
    TEXT = "text"
    LONG_TEXT = "long_text"


FIELDS: Mapping[str, Kind] = {
    "source_id": Kind.ID,
    "account_id": Kind.ID,
    "parent_id": Kind.ID,
    "household_id": Kind.ID,
    "salutation": Kind.TEXT,
    "given_name": Kind.GIVEN,
    "middle_name": Kind.TEXT,
    "family_name": Kind.FAMILY,
    "suffix": Kind.TEXT,
    "full_name": Kind.FULL,
    "email": Kind.EMAIL,
    "email_2": Kind.EMAIL,
    "phone": Kind.PHONE,
    "mobile": Kind.PHONE,
    "phone_2": Kind.PHONE,
    "fax": Kind.PHONE,
    "company": Kind.COMPANY,
    "title": Kind.TEXT,
    "department": Kind.TEXT,
    "website": Kind.WEBSITE,
    "industry": Kind.INDUSTRY,
    "street": Kind.TEXT,
    "city": Kind.TEXT,
    "state": Kind.TEXT,
    "postcode": Kind.POSTCODE,
    "country": Kind.COUNTRY,
    "birth_date": Kind.DATE,
    "owner": Kind.TEXT,
    "lead_source": Kind.TEXT,
    "lifecycle_stage": Kind.TEXT,
    "has_open_deal": Kind.FLAG,
    "opted_out": Kind.FLAG,
    "do_not_call": Kind.FLAG,
    "consent": Kind.TEXT,
    "last_activity_at": Kind.DATETIME,
    "created_at": Kind.DATETIME,
    "updated_at": Kind.DATETIME,
    "description": Kind.LONG_TEXT,
}

PHONES = ("phone", "mobile", "phone_2")
EMAILS = ("email", "email_2")

# Derived by cleaning, never mapped from a file.
DERIVED = ("company_form", "phone_ext", "mobile_ext", "phone_2_ext", "fax_ext")


def kind_of(field: str) -> Kind:
    """Kind of `field`; free text when it is not one of ours."""
    return FIELDS.get(field, Kind.TEXT)
