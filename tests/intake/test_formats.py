"""Whose file is it: every sample, every signature, and files nobody knows."""

from pathlib import Path

import pytest

from crmprogram.intake.fields import FIELDS, KINDS, fields_of
from crmprogram.intake.formats import all_formats, by_slug, recognise
from crmprogram.intake.headers import normalise, read_headers
from crmprogram.intake.read import Row, read_file
from crmprogram.intake.sniff import sniff

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
EXPECTED = {
    "dynamics365/Account.csv": "dynamics365-account",
    "dynamics365/Appointments.csv": "dynamics365-activity",
    "dynamics365/Contact.csv": "dynamics365-contact",
    "dynamics365/User.csv": "dynamics365-user",
    "hubspot/warehouse/company_data.csv": "warehouse-hubspot-company",
    "hubspot/warehouse/contact_data.csv": "warehouse-hubspot-contact",
    "hubspot/warehouse/contact_merge_audit_data.csv": "warehouse-table",
    "hubspot/warehouse/engagement_call_data.csv": "warehouse-hubspot-engagement",
    "hubspot/warehouse/engagement_contact_data.csv": "warehouse-table",
    "hubspot/warehouse/engagement_data.csv": "warehouse-hubspot-engagement-index",
    "hubspot/warehouse/engagement_email_data.csv": "warehouse-hubspot-engagement",
    "hubspot/warehouse/owner_data.csv": "warehouse-hubspot-owner",
    "hubspot/warehouse/property_data.csv": "warehouse-table",
    "hubspot/warehouse/property_option_data.csv": "warehouse-table",
    "salesforce/dataloader/accountsForInsert.csv": "generic-account",
    "salesforce/dataloader/csvEscapedQuotes.csv": "generic",
    "salesforce/dataloader/csvtext_BOM_UTF16LE.csv": "generic",
    "salesforce/dataloader/csvtext_BOM_UTF8.csv": "generic",
    "salesforce/dataloader/dateWithTimeZone.csv": "salesforce-loader-account",
    "salesforce/dataloader/insertTaskWithContactAsWhoCsv.csv": "salesforce-loader-task",
    "salesforce/dataloader/timeZoneFormatTesting.csv": "generic",
    "salesforce/dataloader/updateAccountWithExternalIdCsvTemplate.csv": "salesforce-loader-account",
    "salesforce/dataloader/upsertAccountSmallTemplate.csv": "salesforce-loader-account",
    "salesforce/dataloader/upsertFkAccountNewFormatCsvTemplate.csv": "salesforce-loader-account",
    "salesforce/native/Account.csv": "salesforce-account",
    "salesforce/native/Contact.csv": "salesforce-contact",
    "salesforce/warehouse/sf_account_data.csv": "warehouse-salesforce-account",
    "salesforce/warehouse/sf_lead_data.csv": "warehouse-salesforce-lead",
    "salesforce/warehouse/sf_task_data.csv": "warehouse-salesforce-task",
    "salesforce/warehouse/sf_user_data.csv": "warehouse-salesforce-user",
}
EVENT_LOG = "EVENT_TYPE,TIMESTAMP,REQUEST_ID,USER_ID,TIMESTAMP_DERIVED,USER_ID_DERIVED,LOGIN_STATUS"
OPPORTUNITY = "Id,IsDeleted,AccountId,Name,StageName,Amount,CloseDate,OwnerId,CreatedDate"
ZOHO_CONTACT = (
    "Record Id,Contact Owner.id,Contact Owner,First Name,Last Name,Account Name.id,Account Name,Email,Created Time"
)
HEADERS = {
    EVENT_LOG: "salesforce-login",
    "Id,WhoId,WhatId,Subject,ActivityDate,Status,OwnerId,CreatedDate,TaskSubtype": "salesforce-task",
    "Id,ActivityDate,Subject,CreatedDate,CompletedDateTime,Status,WhatId,Description,What.Name": "salesforce-task",
    "Id,WhoId,Subject,ActivityDate,StartDateTime,EndDateTime,OwnerId": "salesforce-event",
    OPPORTUNITY: "salesforce-opportunity",
    "Id,LastName,FirstName,Company,Status,IsConverted,Email": "salesforce-lead",
    "Id,Username,Email,Name,IsActive,LastLoginDate,ProfileId": "salesforce-user",
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Create Date": "hubspot-contact",
    "ID de registro,Nombre,Apellidos,Correo,Cargo,Ciudad,Propietario del contacto": "hubspot-contact",
    "Record ID,First Name,Email,Company Name": "hubspot-contact",
    "Record ID,Company name,Company Domain Name,City,Industry": "hubspot-company",
    "ID de registro,Nombre de la empresa,Nombre de dominio de la empresa,Sector": "hubspot-company",
    "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Close Date": "hubspot-deal",
    "Record ID,Activity date,Activity assigned to,Call Title,Call outcome": "hubspot-activity",
    "Deal - ID,Deal - Title,Deal - Organization,Deal - Status": "pipedrive-deal",
    "Person - ID,Person - Name,Person - Email - Work,Person - Organization": "pipedrive-person",
    "Organization - ID,Organization - Name,Organization - Owner": "pipedrive-organization",
    "Activity - ID,Activity - Subject,Deal - Title,Person - ID,Person - Email": "pipedrive-activity",
    "Activity type,Activity assigned to user,Deal - Title,Person - Email": "pipedrive-activity",
    ZOHO_CONTACT: "zoho-contact",
    "Record Id,Deal Owner.id,Deal Owner,Deal Name,Stage,Amount,Closing Date": "zoho-deal",
    "Record Id,First Name,Last Name,Email,Mailing Zip,Created Time,Modified Time": "zoho-contact",
    "Record Id,Subject,Call Type,Call Owner.id,Call Owner,Call Start Time": "zoho-call",
    "(Do Not Modify) Lead,(Do Not Modify) Row Checksum,Subject,First Name,Last Name,Email": "dynamics365-lead",
    "Created On,Topic,Owner,Potential Customer,Status,Est. revenue": "dynamics365-opportunity",
    "Subject,From,To,Regarding,Date Sent,Owner,Activity Type,Activity Status": "dynamics365-activity",
    "Id,Name / First Name,Name / Last Name,Emails / Primary Email": "twenty-person",
    "Id,Name,Domain Name / Link URL,Employees": "twenty-company",
    "id,firstName,lastName,emailAddress,accountId,assignedUserId,createdAt": "espocrm-contact",
    "id,name,website,billingAddressCity,assignedUserId,createdAt": "espocrm-account",
    "ID,First Name,Last Name,Email Address,Office Phone,Primary Address City,Date Modified": "suitecrm-contact",
    "ID,Name,Office Phone,Billing City,Date Modified": "suitecrm-account",
    "id,name,email,phone,parent_id/id": "odoo-partner",
    "Vorname,Nachname,E-Mail,Firma,PLZ": "generic-contact",
    "source_id,company,phone,street,city,source": "generic-account",
    "username,is active,last login": "generic-user",
    "Username,Source IP,Login Time,Status,Browser,Login URL": "salesforce-login-report",
    "Id,OpportunityId,CreatedById,CreatedDate,StageName,Amount,CloseDate": "salesforce-opportunity-history",
    "Id,OpportunityId,CreatedById,CreatedDate,Field,OldValue,NewValue": "salesforce-field-history",
    "Subject,Assigned,Date,Status,Company / Account,Created Date": "salesforce-task-report",
    "Opportunity Name,Opportunity Owner,Stage,Close Date,Amount,Won": "salesforce-opportunity-report",
    "Login timestamp,User email,IP address,Location,Type of login,User agent": "hubspot-login",
    "ID de registro,Actividad asignada a,Fecha de la actividad,Título de la llamada": "hubspot-activity",
    "Datensatz-ID,Aktivitätsdatum,Aktivität zugewiesen zu,Anruftitel": "hubspot-activity",
    "Datensatz-ID,Deal-Name,Deal-Phase,Betrag": "hubspot-deal",
    "id,properties.hs_timestamp,properties.hubspot_owner_id,properties.hs_createdate": "hubspot-engagement",
    "id,properties.email,properties.firstname,properties.lastname,properties.phone,createdAt": "hubspot-api-contact",
    "vid,properties.email.value,properties.firstname.value,properties.lastname.value": "hubspot-api-contact",
    "id,properties.name,properties.domain,properties.city,createdAt": "hubspot-api-company",
    "id,properties.dealname,properties.amount,properties.dealstage,createdAt": "hubspot-api-deal",
    "Object ID,Property name,Value,Timestamp,Changed by": "hubspot-history",
    "id,type,subject,due_date,due_time,done,add_time,update_time,owner_id": "pipedrive-api-activity",
    "id,title,value,stage_id,status,add_time,update_time,won_time,owner_id": "pipedrive-api-deal",
    "Record Id,Deal Name.id,Deal Name,Stage,Moved To,Modified By.id,Modified By,Modified Time": "zoho-stage-history",
    "Record Id,Host.id,Host,Title,From,To,Created Time": "zoho-meeting",
    "(Do Not Modify) Phone Call,(Do Not Modify) Row Checksum,Subject,Owner,Due Date": "dynamics365-activity",
    "Betreff,Bezug,Besitzer,Aktivitätstyp,Aktivitätsstatus,Erstellt am": "dynamics365-activity",
    "Objet,Concernant,Propriétaire,Type d'activité,Statut de l'activité,Créé le": "dynamics365-activity",
    "Changed Date,Changed By,Event,Changed Field,Old Value,New Value": "dynamics365-audit",
    "_type,id,lead_id,user_id,user_name,date_created,activity_at": "close-api-activity",
    "id,name,status,dateStart,dateEnd,assignedUserId,assignedUserName,createdAt": "espocrm-activity",
    "id,name,stage,amount,closeDate,assignedUserId,createdAt": "espocrm-opportunity",
    "id,username,userId,isDenied,createdAt": "espocrm-login",
    "ID,Subject,Status,Direction,Start Date,Assigned User Name,Date Created,Date Modified": "suitecrm-call",
    "ID,Subject,Status,Start Date & Time,Assigned to,Date Created,Date Modified": "suitecrm-meeting",
    "ID,Subject,Status,Due Date,Assigned to,Date Created,Date Modified": "suitecrm-task",
    "ID,Opportunity Name,Sales Stage,Opportunity Amount,Expected Close Date,Date Modified": "suitecrm-opportunity",
    "id,summary,activity_type_id/id,user_id/id,date_deadline,create_date,activity_type_id": "odoo-activity",
    "id,name,partner_id/id,stage_id,expected_revenue,user_id,create_date,date_closed": "odoo-opportunity",
    "Id,Name,Amount / Amount,Amount / Currency,Close date,Stage,Company / Id": "twenty-opportunity",
    "Id,Title,Status,Due Date,Assignee / Email,Creation date": "twenty-task",
    "this,that": "generic",
}


def test_every_sample_has_its_expected_format():
    assert {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.csv")} == set(EXPECTED)


@pytest.mark.parametrize(("name", "slug"), EXPECTED.items())
def test_sample_is_recognised(name, slug):
    path = SAMPLES / name
    sniffed = sniff(path, name=path.name)
    rows = [record.cells for record in sniffed.first if isinstance(record, Row)]

    assert recognise(sniffed.headers.originals, rows).format.slug == slug


@pytest.mark.parametrize(("header", "slug"), HEADERS.items(), ids=HEADERS.values())
def test_header_row_is_recognised(header, slug):
    found = recognise(header.split(","))

    assert found.format.slug == slug
    assert found.why.endswith(".")


def test_case_alone_does_not_decide_between_hubspot_and_zoho():
    assert recognise(["record id", "first name", "email", "contact owner"]).format.vendor == "HubSpot"
    assert (
        recognise(["record id", "last name", "email"], [["zcrm_4650", "Lee", "a@example.com"]]).format.vendor
        == "Zoho CRM"
    )


@pytest.mark.parametrize(
    ("prefix", "slug"),
    [("acti_", "close-activity"), ("cont_", "close-contact"), ("lead_", "close-lead"), ("oppo_", "close-opportunity")],
)
def test_close_is_known_by_its_ids(prefix, slug):
    assert recognise(["id", "name", "date_created"], [[f"{prefix}9f", "x", "2021-07-13"]]).format.slug == slug


def test_odoo_is_known_by_its_external_ids():
    assert (
        recognise(["id", "name", "email"], [["__export__.res_partner_12_ab12", "x", ""]]).format.slug == "odoo-partner"
    )


@pytest.mark.parametrize("each", all_formats(), ids=lambda each: each.slug)
def test_format_maps_to_fields_of_its_object(each):
    assert set(each.columns.values()) | set(each.constants) <= set(fields_of(each.object)) | {"source_id"}


@pytest.mark.parametrize("each", all_formats(), ids=lambda each: each.slug)
def test_format_maps_each_field_once(each):
    fields = list(each.map_headers([normalise(header) for header in each.columns]).values())

    assert len(fields) == len(set(fields))


def test_duplicate_header_is_never_mapped():
    headers = read_headers(["Deal - ID", "Deal - Title", "Deal - Status", "Deal - Status"])
    keys = [column.key for column in headers.columns]

    assert by_slug("pipedrive-deal").map_headers(keys, headers.duplicated()) == {0: "source_id", 1: "name"}


def test_likelier_of_two_headers_gets_the_field():
    keys = [normalise(name) for name in ("LastModifiedDate", "SystemModstamp")]

    assert by_slug("salesforce-contact").map_headers(keys) == {1: "updated_at"}


def test_opt_out_is_never_read_as_consent():
    for each in all_formats():
        for header, field in each.columns.items():
            if "opt" in header.lower() and "out" in header.lower():
                assert field == "opted_out"


def test_fields_have_known_kinds_and_unique_names():
    for fields in FIELDS.values():
        assert len({field.name for field in fields}) == len(fields)
        assert {field.kind for field in fields} <= set(KINDS)


def test_unknown_slug_is_an_error():
    with pytest.raises(KeyError):
        by_slug("abacus")


def test_contacts_that_share_a_mailbox_are_all_read():
    path = SAMPLES / "salesforce/native/Contact.csv"
    _, *records = read_file(path, encoding="utf-8-sig", delimiter=",")

    assert len(records) == 133
    assert {type(record) for record in records} == {Row}


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("Vorname,Name", ["given_name", "family_name"]),
        ("Prénom,Nom,Nom complet", ["given_name", "family_name", "full_name"]),
        ("Name,E-Mail", ["full_name", "email"]),
        ("FNAME,LNAME,Email_Addr", ["given_name", "family_name", ""]),
    ],
)
def test_name_beside_a_first_name_is_the_familys(headers, fields):
    keys = [normalise(header) for header in headers.split(",")]

    found = by_slug("generic-contact").map_headers(keys)

    assert [found.get(at, "") for at in range(len(keys))] == fields
