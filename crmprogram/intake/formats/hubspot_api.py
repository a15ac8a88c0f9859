"""HubSpot over its API (CRM v3): JSON records whose fields stand under `properties`, by their internal names."""

from crmprogram.intake.formats import ExportFormat, when
from crmprogram.intake.formats.hubspot import VENDOR
from crmprogram.intake.formats.warehouse import HUBSPOT_COMPANY, HUBSPOT_CONTACT, HUBSPOT_DEAL

RECORD = {
    "id": "source_id",
    "vid": "source_id",
    "companyId": "source_id",
    "dealId": "source_id",
    "properties.hs_object_id": "source_id",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}


def named(columns: dict[str, str]) -> dict[str, str]:
    """What a warehouse calls `property_email`, the API calls `properties.email`; the first API put `.value` behind."""
    own = {name[9:]: field for name, field in columns.items() if name.startswith("property_")}
    return {f"properties.{name}{end}": field for end in ("", ".value") for name, field in own.items()} | RECORD


def with_value(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of properties, and what the first API called them."""
    return *names, *(f"{name}.value" for name in names)


DEAL = {
    **named(HUBSPOT_DEAL),
    "properties.pipeline": "pipeline",
    "properties.dealstage": "stage",
    "properties.description": "description",
}
CONTACT = {**named(HUBSPOT_CONTACT), "properties.salutation": "salutation", "properties.date_of_birth": "birth_date"}
COMPANY = {**named(HUBSPOT_COMPANY), "properties.hs_parent_company_id": "parent_id"}
WHY = "“{}” is how the API of HubSpot names a property of {}."

FORMATS = tuple(
    ExportFormat(
        f"hubspot-api-{slug}",
        f"HubSpot {label} (API)",
        VENDOR,
        obj,
        rank,
        when(any_of=with_value(signs), none_of=with_value(others), why=WHY.format(signs[0], label)),
        columns,
        zone="UTC",
    )
    for slug, label, obj, rank, signs, others, columns in (
        ("deal", "deals", "deal", 74, ("properties.dealname", "properties.dealstage"), (), DEAL),
        (
            "contact",
            "contacts",
            "contact",
            75,
            ("properties.email", "properties.firstname", "properties.lastname"),
            ("properties.domain",),
            CONTACT,
        ),
        ("company", "companies", "account", 76, ("properties.domain", "properties.name"), (), COMPANY),
    )
)
